//! What the measurements share: servers, a house with its owners, made-up people, a scripted worker, and tables.
//!
//! Nothing here is shipped. The servers are those that `tests/with-servers` starts and names in the environment.

pub mod figures;
pub mod house;
pub mod people;
pub mod rules;
pub mod servers;
pub mod timed;
pub mod usage;
pub mod worker;

/// The allocator that the binary ships with.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
