//! References, or the 32 digits by which the log shows the same thing.

use domain::channel::PointKind;
use domain::ids::{ClaimId, HoldId, InputId, PointId, PromiseId, StreamId};
use domain::label::{Label, TenantId};

use crate::digests::Digests;

/// Takes 32 hexadecimal digits for the digest that they are, and makes one of every other reference.
pub(super) struct ById<'a>(pub(super) &'a dyn Digests);

impl Digests for ById<'_> {
    fn stream(&self, tenant: &TenantId, reference: &str) -> StreamId {
        StreamId::from_hex(reference).unwrap_or_else(|| self.0.stream(tenant, reference))
    }

    fn claim(&self, tenant: &TenantId, reference: &str) -> ClaimId {
        ClaimId::from_hex(reference).unwrap_or_else(|| self.0.claim(tenant, reference))
    }

    fn point(&self, tenant: &TenantId, kind: PointKind, value: &str) -> PointId {
        self.0.point(tenant, kind, value)
    }

    fn hold(&self, tenant: &TenantId, reference: &str) -> HoldId {
        HoldId::from_hex(reference).unwrap_or_else(|| self.0.hold(tenant, reference))
    }

    fn promise(&self, tenant: &TenantId, reference: &str) -> PromiseId {
        self.0.promise(tenant, reference)
    }

    fn input(&self, tenant: &TenantId, source: &Label, id: &str) -> InputId {
        self.0.input(tenant, source, id)
    }

    fn content(&self, bytes: &[u8]) -> [u8; 16] {
        self.0.content(bytes)
    }
}
