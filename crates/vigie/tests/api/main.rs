//! The API from outside: the real app in this process on a free port with its own folder.

mod app;
mod chats;
mod doors;
mod house;
mod intake;
mod live;
mod openapi;
mod policy;
mod reading;
mod session;
