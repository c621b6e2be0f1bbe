//! Older versions of events, brought up to date while they are read: what stands in the log stays as it is.
//!
//! Works on messages: the tables of [`decision`](super::decision) know the newest version alone.
//! A version is added here, with golden files of its own in `tests/golden`; none is ever taken away.

use domain::event::QuarantineReason;
use domain::label::Label;

use crate::error::DecodeError;
use crate::field::Field;
use crate::generated::mahnwerk::event::v1::{self as wire, event::Event as Wire};

/// The newest version of each kind: 1 where nothing has changed since.
pub(super) const fn newest(kind: u16) -> u16 {
    match kind {
        // `why`, an enumeration, in place of `reason`, a text.
        121 => 2,
        _ => 1,
    }
}

/// An event of this version, as its newest version has it.
pub(super) fn upcast(schema: u16, event: Wire) -> Result<Wire, DecodeError> {
    let Wire::StreamQuarantined(read) = event else { return Ok(event) };
    let newest = if schema == 1 { quarantined(read)? } else { read };
    Ok(Wire::StreamQuarantined(newest))
}

fn quarantined(first: wire::StreamQuarantined) -> Result<wire::StreamQuarantined, DecodeError> {
    let reason: Label = Field::read("StreamQuarantined.reason", first.reason)?;
    let why = QuarantineReason::of_name(reason.as_str()).write();
    Ok(wire::StreamQuarantined { why, ..wire::StreamQuarantined::default() })
}
