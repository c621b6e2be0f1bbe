//! The envelope of the public feed: an event with everything that stands around it.
//!
//! Readers deduplicate by history, partition and position.

use domain::event::Event;
use domain::ids::{Position, RulebookHash, StreamId};
use domain::input::Cause;
use domain::label::TenantId;
use domain::time::Timestamp;
use prost::Message;

use crate::error::DecodeError;
use crate::event;
use crate::field::{Field, message, record};
use crate::generated::mahnwerk::event::v1 as wire;
use crate::wire::TraceContext;

/// An event of the log with everything that stands around it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Envelope {
    /// The log's history: a new one begins when a log was restored from an earlier state.
    pub history: [u8; 16],
    /// The tenant.
    pub tenant: TenantId,
    /// The debtor's stream, or [`StreamId::PARTITION`].
    pub stream: StreamId,
    /// Which event of the stream, from 1.
    pub version: u64,
    /// The partition.
    pub partition: u16,
    /// Where it stands in the partition, from 1, without gaps.
    pub position: Position,
    /// The stream's previous event.
    pub previous: Option<Position>,
    /// Random id.
    pub event_id: [u8; 16],
    /// The input that it answers.
    pub cause: Cause,
    /// The instant of the decision; never decreases within a partition.
    pub now: Timestamp,
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
    /// The open part: an encoded event.
    pub payload: Vec<u8>,
    /// The personal part, sealed; left out of public feeds.
    pub personal: Option<Vec<u8>>,
    /// SHA-256 over the chain hash of the position before and this row.
    pub chain: [u8; 32],
}

impl Envelope {
    /// The event in it.
    pub fn event(&self) -> Result<Event, DecodeError> {
        event::decode(self.kind, self.schema, &self.payload)
    }

    /// The same without its personal part, as public feeds have it.
    pub fn public(self) -> Self {
        Self { personal: None, ..self }
    }
}

/// The bytes of an envelope.
pub fn encode(envelope: &Envelope) -> Vec<u8> {
    let wire: wire::Envelope = envelope.write();
    wire.encode_to_vec()
}

/// The envelope of such bytes; the event in it is not read yet.
pub fn decode(bytes: &[u8]) -> Result<Envelope, DecodeError> {
    Field::read("Envelope", message::<wire::Envelope>("Envelope", bytes)?)
}

record! {
    Cause = wire::Cause, at most 1;
    kind = kind, id = id
}

record! {
    Envelope = wire::Envelope, at most 10_000;
    history_id = history, tenant = tenant, stream = stream, version = version, partition = partition,
    position = position, previous = previous, event_id = event_id, cause = cause, now_ms = now,
    occurred_at_ms = occurred_at, kind = kind, schema_version = schema, decider_revision = decider,
    rulebook = rulebook, trace = trace, payload = payload, personal = personal, chain_hash = chain
}
