//! The bodies of messages that were refused: sealed, since the stream of refused messages holds reason and reference alone
//! (personal data, 3).

use async_trait::async_trait;
use domain::label::TenantId;
use domain::time::Timestamp;

use crate::store::StoreError;

/// Where refused bodies lie.
#[async_trait]
pub trait RefusedBodies: Send + Sync {
    /// Keeps a sealed body under a reference; the same reference again changes nothing.
    async fn keep_refused(
        &self,
        reference: [u8; 16],
        tenant: &TenantId,
        at: Timestamp,
        sealed: &[u8],
    ) -> Result<(), StoreError>;

    /// The sealed body that lies under a reference.
    async fn read_refused(&self, reference: [u8; 16]) -> Result<Option<Vec<u8>>, StoreError>;
}
