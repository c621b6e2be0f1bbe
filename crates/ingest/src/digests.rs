//! Keyed digests of what upstream systems name things by, so that no reference goes further than this crate in clear.

use domain::channel::PointKind;
use domain::ids::{ClaimId, HoldId, InputId, PointId, PromiseId, StreamId};
use domain::label::{Label, TenantId};
use event_log::keys::Keyring;

/// Makes keyed digests. The same words under the same key give the same digest for ever.
pub trait Digests: Send + Sync {
    /// A debtor's stream, from the debtor's reference.
    fn stream(&self, tenant: &TenantId, reference: &str) -> StreamId;
    /// A claim, from its reference.
    fn claim(&self, tenant: &TenantId, reference: &str) -> ClaimId;
    /// A contact point, from its normalised value.
    fn point(&self, tenant: &TenantId, kind: PointKind, value: &str) -> PointId;
    /// A hold, from its reference.
    fn hold(&self, tenant: &TenantId, reference: &str) -> HoldId;
    /// A promise, from its reference.
    fn promise(&self, tenant: &TenantId, reference: &str) -> PromiseId;
    /// What a fact is recognised by, from its source and the source's own id.
    fn input(&self, tenant: &TenantId, source: &Label, id: &str) -> InputId;
    /// A fact's content.
    fn content(&self, bytes: &[u8]) -> [u8; 16];
}

impl Digests for Keyring {
    fn stream(&self, tenant: &TenantId, reference: &str) -> StreamId {
        self.stream_id(tenant, reference)
    }

    fn claim(&self, tenant: &TenantId, reference: &str) -> ClaimId {
        self.claim_id(tenant, reference)
    }

    fn point(&self, tenant: &TenantId, kind: PointKind, value: &str) -> PointId {
        self.point_id(tenant, kind, value)
    }

    fn hold(&self, tenant: &TenantId, reference: &str) -> HoldId {
        self.hold_id(tenant, reference)
    }

    fn promise(&self, tenant: &TenantId, reference: &str) -> PromiseId {
        self.promise_id(tenant, reference)
    }

    fn input(&self, tenant: &TenantId, source: &Label, id: &str) -> InputId {
        self.input_id(tenant, source.as_str(), id)
    }

    fn content(&self, bytes: &[u8]) -> [u8; 16] {
        self.content_digest(bytes)
    }
}

/// Zeros: to check a file without its keys.
pub(crate) struct NoDigests;

impl Digests for NoDigests {
    fn stream(&self, _: &TenantId, _: &str) -> StreamId {
        StreamId::new([0; 16])
    }

    fn claim(&self, _: &TenantId, _: &str) -> ClaimId {
        ClaimId::new([0; 16])
    }

    fn point(&self, _: &TenantId, _: PointKind, _: &str) -> PointId {
        PointId::new([0; 16])
    }

    fn hold(&self, _: &TenantId, _: &str) -> HoldId {
        HoldId::new([0; 16])
    }

    fn promise(&self, _: &TenantId, _: &str) -> PromiseId {
        PromiseId::new([0; 16])
    }

    fn input(&self, _: &TenantId, _: &Label, _: &str) -> InputId {
        InputId::new([0; 16])
    }

    fn content(&self, _: &[u8]) -> [u8; 16] {
        [0; 16]
    }
}
