//! The crate from outside: mappings, imports, feeds and the listener, over a real bus with an owner made up here.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod api;
mod connections;
mod doors;
mod feed;
mod fines;
mod hooks;
mod import;
mod listener;
mod mapping;
mod mapping_errors;
mod mapping_rows;
mod openapi;
mod publish;
mod published;
mod server;
mod shelf;
mod support;
