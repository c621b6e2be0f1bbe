//! Events, to and from the open payload that the log keeps.
//!
//! An event's *kind* is a number for the envelope: of a recorded fact the field number in `mahnwerk.claim.v1.Fact`
//! (below 100), of all else the field number in `mahnwerk.event.v1.Event` (from 101).
//! Its *schema* is the version of that event's payload, counted for each kind; older ones are brought up to date while
//! reading, never in place, and a newer one is an error that says so.

use domain::event::Event;
use prost::Message;

use crate::error::DecodeError;
use crate::fact;
use crate::field::{message, required};
use crate::generated::mahnwerk::event::v1 as wire;

mod decision;
mod part;
mod upcast;

/// The version in which events of this kind are written: the newest that this release knows.
pub const fn schema_of(kind: u16) -> u16 {
    upcast::newest(kind)
}

/// Kind and payload of an event.
pub fn encode(event: &Event) -> (u16, Vec<u8>) {
    let payload = wire::Event { event: Some(decision::write(event)) };
    (kind_number(event), payload.encode_to_vec())
}

/// The event of an envelope's kind, schema version and payload.
pub fn decode(kind: u16, schema: u16, payload: &[u8]) -> Result<Event, DecodeError> {
    let Some(name) = kind_name(kind) else { return Err(DecodeError::UnknownKind { found: kind }) };
    let newest = schema_of(kind);
    if schema == 0 {
        let (field, wrong) = ("Envelope.schema_version", "is 0".to_owned());
        return Err(DecodeError::Wrong { field, wrong, right: "1 or more" });
    }
    if schema > newest {
        return Err(DecodeError::UnknownSchema { event: name, found: schema, newest });
    }
    let wire: wire::Event = message("Event", payload)?;
    let event = decision::read(upcast::upcast(schema, required("Event.event", wire.event)?)?)?;
    match kind_number(&event) {
        found if found == kind => Ok(event),
        found => Err(DecodeError::OtherKind { said: kind, found }),
    }
}

/// The kind of an event.
pub const fn kind_number(event: &Event) -> u16 {
    decision::kind(event)
}

/// The name of a kind, as [`Event::name`] gives it.
pub fn kind_name(kind: u16) -> Option<&'static str> {
    kinds().find(|(number, _)| *number == kind).map(|(_, name)| name)
}

/// The kind that has this name.
pub fn kind_of(name: &str) -> Option<u16> {
    kinds().find(|(_, known)| *known == name).map(|(number, _)| number)
}

/// Every kind with its name, facts first.
pub fn kinds() -> impl Iterator<Item = (u16, &'static str)> {
    fact::KINDS.iter().chain(decision::KINDS).copied()
}
