//! What is read out of the log on request: states, explanations, events, what waits, and whether all is whole.
//!
//! Reading needs the log and, for some of it, its keys; both belong to whoever implements this.
//! **Invariant:** nothing personal is in what comes back, but for [`Archive::content`].

use async_trait::async_trait;
use domain::debtor::Debtor;
use domain::ids::InputId;
use domain::label::TenantId;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// Why something can't be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It is not there.
    #[error("{0}")]
    Unknown(String),
    /// The question makes no sense.
    #[error("{what}; {remedy}")]
    Unfit {
        /// Which part of it.
        place: &'static str,
        /// What is wrong.
        what: String,
        /// What would be right.
        remedy: String,
    },
    /// It can't be read just now; what is wrong, without a personal value.
    #[error("{0}")]
    Unavailable(String),
}

/// Whose it is: all that is shown to a caller belongs to tenants that the caller may see.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Whose {
    /// The tenant.
    pub tenant: TenantId,
    /// The debtor, by the tenant's reference or the 32 digits of the stream.
    pub debtor: String,
}

/// Which events are asked for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct EventsWanted {
    /// In which partition.
    pub partition: u16,
    /// After this position.
    pub after: u64,
    /// At most so many.
    pub limit: usize,
    /// Of these tenants alone; of all where there is none.
    pub tenants: Option<Vec<TenantId>>,
    /// Of one debtor.
    pub debtor: Option<Whose>,
    /// Of these kinds; of all where there is none.
    pub kinds: Vec<String>,
    /// From this instant on.
    pub since: Option<Timestamp>,
    /// Before this instant.
    pub before: Option<Timestamp>,
}

/// A page of events.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub struct EventsPage {
    /// The events, oldest first, each as `replay` writes it.
    pub events: Vec<Value>,
    /// Where the next page begins: its `after`. Stays good for ever, since events are only ever added.
    pub next: u64,
    /// Whether there may be more by now.
    pub more: bool,
}

/// A pause in force.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, ToSchema)]
pub struct PauseView {
    /// The tenant whose contacts rest; all where there is none.
    pub tenant: Option<String>,
    /// The channel; all where there is none.
    pub channel: Option<String>,
    /// Since when.
    pub since: String,
    /// Why.
    pub reason: String,
    /// Who said so.
    pub actor: String,
}

/// An input that waits.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct WaitingView {
    /// What it is named by: 32 digits.
    pub key: String,
    /// Since when.
    pub since: String,
    /// For how long, in seconds.
    pub age_s: i64,
    /// The tenant, where it can be read.
    pub tenant: Option<String>,
    /// Which kind of fact it is, where it can be read.
    pub kind: Option<String>,
    /// What it waits for.
    pub waits_for: String,
    /// What to do about it.
    pub remedy: String,
}

/// Reads the log.
#[async_trait]
pub trait Archive: Send + Sync {
    /// How a debtor stands now. One of another tenant's is not known, whatever names it.
    async fn state(&self, whose: &Whose) -> Result<Debtor, ArchiveError>;

    /// Why a debtor was contacted or not, as things stood then; as they stand now where there is no instant.
    async fn why(&self, whose: &Whose, at: Option<Timestamp>) -> Result<Value, ArchiveError>;

    /// A page of events.
    async fn events(&self, wanted: &EventsWanted) -> Result<EventsPage, ArchiveError>;

    /// One event.
    async fn event(&self, partition: u16, position: u64) -> Result<Value, ArchiveError>;

    /// The pauses in force.
    async fn pauses(&self) -> Result<Vec<PauseView>, ArchiveError>;

    /// Inputs that wait until they are addressed, oldest first, at most `limit`.
    async fn parked(&self, limit: u32) -> Result<Vec<WaitingView>, ArchiveError>;

    /// Inputs that could not be processed, oldest first, at most `limit`.
    async fn quarantined(&self, limit: u32) -> Result<Vec<WaitingView>, ArchiveError>;

    /// What an input that waits says, decrypted, for an operator's eyes.
    async fn content(&self, key: InputId) -> Result<Value, ArchiveError>;

    /// Whether the log is whole.
    async fn verify(&self) -> Result<Value, ArchiveError>;

    /// The rulebook in force.
    async fn rulebook(&self) -> Result<Value, ArchiveError>;
}
