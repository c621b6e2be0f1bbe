//! A claim event as upstream systems publish it: in their own words, and in clear.

use prost::Message;

use crate::error::DecodeError;
use crate::field::message;
use crate::generated::mahnwerk::claim::v1 as wire;

/// Most fields of one event.
pub const MAX_FIELDS: usize = 64;
/// Most values of one field.
pub const MAX_VALUES: usize = 64;

/// A claim event. No `Debug`: what it says may be personal.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ClaimEvent {
    /// The system that publishes.
    pub source: String,
    /// The source's own id of the event; empty where the message has one.
    pub id: String,
    /// When it happened, RFC 3339; empty for now.
    pub at: String,
    /// What it states: names and values, in order.
    pub fields: Vec<(String, Vec<String>)>,
}

/// The bytes of an event.
pub fn encode(event: &ClaimEvent) -> Vec<u8> {
    let field =
        |(name, values): &(String, Vec<String>)| wire::Field { name: name.clone(), values: values.clone() };
    let ClaimEvent { source, id, at, fields } = event.clone();
    wire::ClaimEvent { source, id, at, fields: fields.iter().map(field).collect() }.encode_to_vec()
}

/// The event of such bytes. What its fields say is not read yet.
pub fn decode(bytes: &[u8]) -> Result<ClaimEvent, DecodeError> {
    let wire::ClaimEvent { source, id, at, fields } = message::<wire::ClaimEvent>("ClaimEvent", bytes)?;
    not_too_many("ClaimEvent.fields", fields.len(), MAX_FIELDS)?;
    for field in &fields {
        not_too_many("Field.values", field.values.len(), MAX_VALUES)?;
    }
    let fields = fields.into_iter().map(|field| (field.name, field.values)).collect();
    Ok(ClaimEvent { source, id, at, fields })
}

const fn not_too_many(field: &'static str, found: usize, limit: usize) -> Result<(), DecodeError> {
    if found > limit { Err(DecodeError::TooMany { field, found, limit }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(fields: usize, values: usize) -> ClaimEvent {
        let field = |n| (format!("field {n}"), vec!["é".to_owned(); values]);
        let (source, id) = ("erp".to_owned(), "4711".to_owned());
        ClaimEvent { source, id, at: String::new(), fields: (0..fields).map(field).collect() }
    }

    #[test]
    fn an_event_reads_back_and_too_much_is_refused() {
        for (fields, values) in [(0, 0), (3, 1), (MAX_FIELDS, MAX_VALUES)] {
            assert!(decode(&encode(&event(fields, values))) == Ok(event(fields, values)));
        }
        for (fields, values) in [(MAX_FIELDS + 1, 0), (1, MAX_VALUES + 1)] {
            assert!(matches!(decode(&encode(&event(fields, values))), Err(DecodeError::TooMany { .. })));
        }
        assert!(matches!(decode(b"no protobuf"), Err(DecodeError::Malformed { .. })));
    }
}
