//! The bodies of upstream messages that were refused: sealed, in the database, while the stream's entry holds only reason
//! and reference (personal data, 3).

use async_trait::async_trait;
use domain::label::TenantId;
use domain::time::Timestamp;

use crate::store::StoreError;

/// A body as it was kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RefusedBody {
    /// Whose message it was.
    pub tenant: TenantId,
    /// When it was refused.
    pub at: Timestamp,
    /// The body, sealed.
    pub sealed: Vec<u8>,
}

/// Where they are kept.
#[async_trait]
pub trait RefusedBodies: Send + Sync {
    /// Keeps a sealed body of at most [`MAX_PART`](crate::store::MAX_PART) bytes. What is there under this reference
    /// stays as it is: a message that is delivered again is kept once.
    async fn keep(
        &self,
        reference: [u8; 16],
        tenant: &TenantId,
        at: Timestamp,
        sealed: &[u8],
    ) -> Result<(), StoreError>;

    /// What is kept under this reference.
    async fn read(&self, reference: [u8; 16]) -> Result<Option<RefusedBody>, StoreError>;
}
