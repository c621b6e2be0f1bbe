//! The rows of the log, as values.

use domain::channel::Channel;
use domain::ids::{InputId, Position, RulebookHash, StreamId};
use domain::input::Cause;
use domain::label::TenantId;
use domain::time::Timestamp;

use contract::wire::TraceContext;

/// An event that is decided and not yet appended. Its position is the head's plus its place in the batch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewEvent {
    /// The tenant.
    pub tenant: TenantId,
    /// The debtor's stream, or [`StreamId::PARTITION`].
    pub stream: StreamId,
    /// Which event of the stream, from 1.
    pub version: u64,
    /// The stream's previous event.
    pub previous: Option<Position>,
    /// Random id.
    pub event_id: [u8; 16],
    /// The input that it answers.
    pub cause: Cause,
    /// The instant of the decision; never decreases within a partition.
    pub at: Timestamp,
    /// When what it states happened.
    pub occurred_at: Timestamp,
    /// Which event, by its number in the wire contract.
    pub kind: u16,
    /// Version of the payload's schema.
    pub schema: u16,
    /// Revision of the decider.
    pub decider: u32,
    /// The rulebook that decided.
    pub rulebook: RulebookHash,
    /// Where it came from.
    pub trace: TraceContext,
    /// The open part, as the wire contract encodes it.
    pub payload: Vec<u8>,
    /// The personal part, sealed.
    pub personal: Option<Vec<u8>>,
}

/// An event as the log holds it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recorded {
    /// The log's history: a new one begins when a log was restored from an earlier state.
    pub history: [u8; 16],
    /// The partition.
    pub partition: u16,
    /// Where it stands.
    pub position: Position,
    /// What was appended.
    pub event: NewEvent,
    /// SHA-256 over the chain hash of the position before and this row.
    pub chain: [u8; 32],
}

/// What a log was made with, fixed for its life.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Origin {
    /// The history that it writes: drawn at random.
    pub history: [u8; 16],
    /// How many partitions it has, from 1.
    pub partitions: u16,
    /// What its digest key gives for this history: a log opened with another key file is noticed before it is written
    /// to (see `Keyring::check_value`).
    pub key_check: [u8; 16],
}

/// The end of a partition's log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Head {
    /// The last position, 0 while the log is empty.
    pub position: Position,
    /// Its chain hash, zeros while the log is empty.
    pub chain: [u8; 32],
    /// The latest instant recorded.
    pub at: Timestamp,
    /// Up to where the checkpoint is complete.
    pub checkpoint: Position,
}

/// The right to append to a partition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lease {
    /// The partition.
    pub partition: u16,
    /// Rises with every owner: the fence.
    pub epoch: u64,
    /// The log's history.
    pub history: [u8; 16],
    /// Where the log ends.
    pub head: Head,
}

/// What an upstream fact or inbound message is recognised by for ever (inputs, 4).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InputKey {
    /// Keyed digest of tenant, source and id.
    pub key: InputId,
    /// Keyed digest of the content.
    pub content: [u8; 16],
}

/// What a lookup leads from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum LookupKind {
    /// A claim leads to its debtor.
    Claim,
    /// A contact point leads to every debtor who has it.
    Point,
    /// A provider's message id leads to the attempt: the value is the escalation's number.
    ProviderMessage,
    /// A debtor reference or a normalised name, for search.
    Name,
}

/// A row that leads from a keyed digest to a debtor.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Lookup {
    /// What it leads from.
    pub kind: LookupKind,
    /// The keyed digest.
    pub digest: [u8; 16],
    /// The debtor.
    pub stream: StreamId,
    /// The escalation's number, where the kind has one, else 0.
    pub number: u32,
}

/// A debtor's data key, wrapped.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WrappedKey {
    /// The debtor.
    pub stream: StreamId,
    /// Nonce and ciphertext under the key-encryption key.
    pub wrapped: Vec<u8>,
}

/// A fact that waits until its claim is known (inputs, 5).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ParkedRow {
    /// The claim's keyed digest.
    pub claim: [u8; 16],
    /// The fact's key.
    pub key: InputId,
    /// Since when.
    pub since: Timestamp,
    /// The message, sealed under the partition's own key.
    pub sealed: Vec<u8>,
}

/// A contact point that somebody opted out of (inputs, 6): for whoever is given it later.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Suppression {
    /// The contact point's keyed digest.
    pub point: [u8; 16],
    /// When the latest opt-out was stated.
    pub since: Timestamp,
}

/// One append: all of it or nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Append {
    /// The partition.
    pub partition: u16,
    /// The owner's epoch.
    pub epoch: u64,
    /// The head that it follows.
    pub expected: Head,
    /// The events, in order; may be empty when only rows below are written.
    pub events: Vec<NewEvent>,
    /// Keys of the inputs that it answers.
    pub input_keys: Vec<InputKey>,
    /// Lookups to add; one that exists is left alone.
    pub lookups: Vec<Lookup>,
    /// Data keys to add.
    pub data_keys: Vec<WrappedKey>,
    /// Facts to park.
    pub park: Vec<ParkedRow>,
    /// Parked facts that are drained, by key.
    pub unpark: Vec<InputId>,
    /// Contact points to suppress; of one that is suppressed already the later instant stays.
    pub suppress: Vec<Suppression>,
}

impl Append {
    /// One that follows this head and carries nothing yet.
    pub const fn nothing(partition: u16, epoch: u64, expected: Head) -> Self {
        Self {
            partition,
            epoch,
            expected,
            events: Vec::new(),
            input_keys: Vec::new(),
            lookups: Vec::new(),
            data_keys: Vec::new(),
            park: Vec::new(),
            unpark: Vec::new(),
            suppress: Vec::new(),
        }
    }
}

/// A debtor's row of the checkpoint.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Snapshot {
    /// The debtor.
    pub stream: StreamId,
    /// The tenant.
    pub tenant: TenantId,
    /// How many events are folded into it.
    pub version: u64,
    /// The last of them.
    pub position: Position,
    /// Revision of the state's shape.
    pub revision: u32,
    /// The state, encoded.
    pub state: Vec<u8>,
    /// The debtor's next due instant, if any.
    pub due_at: Option<Timestamp>,
    /// Where and with which priority the debtor waits for capacity, if it does.
    pub ready: Option<(Channel, i32)>,
}

/// A debtor as the log has it: the snapshot, if there is one, and the events behind it, oldest first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Loaded {
    /// The debtor.
    pub stream: StreamId,
    /// The newest snapshot, of whatever revision.
    pub snapshot: Option<Snapshot>,
    /// The events after it.
    pub tail: Vec<Recorded>,
}
