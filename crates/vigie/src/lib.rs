//! The face: HTTP API, live updates, console files, commands.
