//! The API from outside: the real app in this process on a free port with its own folder.

mod app;
mod doors;
mod openapi;
mod session;
