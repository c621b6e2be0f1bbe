//! What stands outside the log for others to read: heads, owners, refused claims.

use crate::error::DecodeError;
use crate::field::{Field, record};
use crate::generated::mahnwerk::feed::v1 as wire;
use crate::wire::{Ownership, PublishedHead, RefusedClaim};

/// Longest detail of a refused claim that is read, in bytes.
const MAX_DETAIL: usize = 4_096;

record! {
    Ownership = wire::Ownership, at most super::MAX_BATCH;
    partition = partition, epoch = epoch
}

impl Field<wire::PublishedHead> for PublishedHead {
    fn write(&self) -> wire::PublishedHead {
        wire::PublishedHead {
            partition: self.partition.write(),
            history_id: self.history.write(),
            position: self.position.0,
            chain_hash: self.chain.write(),
        }
    }

    fn read(_: &'static str, wire: wire::PublishedHead) -> Result<Self, DecodeError> {
        Ok(Self {
            partition: Field::read("PublishedHead.partition", wire.partition)?,
            history: Field::read("PublishedHead.history_id", wire.history_id)?,
            // An empty log ends at 0, which is no event's position.
            position: domain::ids::Position(wire.position),
            chain: Field::read("PublishedHead.chain_hash", wire.chain_hash)?,
        })
    }
}

impl Field<wire::RefusedClaim> for RefusedClaim {
    fn write(&self) -> wire::RefusedClaim {
        wire::RefusedClaim {
            tenant: self.tenant.write(),
            reason: self.reason.write(),
            detail: self.detail.clone(),
            reference: self.reference.write(),
        }
    }

    fn read(_: &'static str, wire: wire::RefusedClaim) -> Result<Self, DecodeError> {
        let found = wire.detail.len();
        if found > MAX_DETAIL {
            return Err(DecodeError::TooMany { field: "RefusedClaim.detail", found, limit: MAX_DETAIL });
        }
        Ok(Self {
            tenant: Field::read("RefusedClaim.tenant", wire.tenant)?,
            reason: Field::read("RefusedClaim.reason", wire.reason)?,
            detail: wire.detail,
            reference: Field::read("RefusedClaim.reference", wire.reference)?,
        })
    }
}
