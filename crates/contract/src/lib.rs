//! The wire contract: protobuf types generated from `proto/`, and their conversion to and from the domain's.
//!
//! **Invariant:** nothing outside this crate knows the generated types' fields.
//! **Invariant:** no bytes, however wrong, end in a panic or in a default that nobody sent.

pub mod codec;
pub mod envelope;
mod error;
pub mod event;
mod fact;
mod field;
mod generated;
mod numbers;
mod outcome;
pub mod personal;
pub mod state;
pub mod upstream;
pub mod wire;

pub use error::DecodeError;
