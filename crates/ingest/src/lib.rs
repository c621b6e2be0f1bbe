//! All that comes in: tables of facts with their mappings, facts as JSON, feeds that are played, what upstream publishes
//! over a broker, the listener, and providers' webhooks.
//!
//! **Invariant:** references, numbers and addresses leave this crate only as keyed digests and as personal parts.
//! **Invariant:** what is told about bad input names the place and the remedy, and never repeats a cell's value.
//! Left out so far: bank statements.

pub mod acts;
pub mod archive;
mod canonical;
pub mod digests;
pub mod error;
pub mod feed;
pub mod figures;
pub mod gate;
pub mod hex;
pub mod hooks;
pub mod import;
pub mod listener;
pub mod mapping;
pub mod normalise;
pub mod problem;
pub mod publish;
pub mod published;
pub mod receipts;
pub mod sink;
pub mod suggest;
pub mod table;

pub use error::IngestError;
