//! The wire contract: protobuf types generated from `proto/`, and their conversion to and from the domain's.
//!
//! **Invariant:** nothing outside this crate knows the generated types' fields.

pub mod personal;
pub mod wire;
