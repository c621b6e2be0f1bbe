//! The stand-in providers, spoken to over their sockets.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "a test fails by panicking, and its modules are nobody else's"
)]

mod callbacks;
mod http;
mod smtp;
mod support;
