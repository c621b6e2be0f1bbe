//! The event log: an append-only record per partition, behind one trait, and the keys that personal parts are sealed with.
//!
//! **Invariant:** an event is never updated or deleted; positions have no gaps and are in commit order.
//! **Invariant:** no plain personal value is written: personal parts come sealed, lookups and input keys as keyed digests.

pub mod chain;
mod check;
mod codes;
pub mod feed_cursor;
pub mod keys;
pub mod membership;
pub mod memory;
mod names;
pub mod postgres;
pub mod record;
pub mod refused;
pub mod seal;
pub mod sqlite;
pub mod store;
mod tail;
