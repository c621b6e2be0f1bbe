//! The types that the build generates from `proto/`, private to this crate.

#![expect(unreachable_pub, reason = "the generator does not know how far its types are seen")]

include!(concat!(env!("OUT_DIR"), "/wire_types.rs"));
