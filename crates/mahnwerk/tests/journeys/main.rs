//! Journeys with the binary itself, as a person or a script would make them: by its command line, its files and its
//! listener, and by nothing else.
//!
//! Each journey has a folder of its own and takes a free port, so that all run side by side.
//! Left out: kills at many random moments (`tests/kills`), a town's worth of fines (`tests/fines`).

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod stage;

mod bad_folders;
mod bad_requests;
mod bad_rulebooks;
mod bad_tables;
mod by_hand;
mod calls;
mod cluster;
mod doctor;
mod documents;
mod erased_keys;
mod first_steps;
mod folder;
mod outputs;
mod partitions;
mod pauses;
mod process;
mod request;
mod servers;
mod settings;
mod tokens;
mod webhooks;
mod written_back;
