//! Escalations and other contacts, in a checkpoint.

use domain::attempt::{Attempt, AttemptState, MAX_HISTORY, OutsideContact};
use domain::claim::MAX_CLAIMS;

use crate::error::DecodeError;
use crate::field::{Field, record, required};
use crate::generated::mahnwerk::state::v1::{self as wire, attempt::State};

record! {
    OutsideContact = wire::OutsideContact, at most 4 * MAX_HISTORY;
    channel = channel, at_ms = at
}

impl Field<wire::Attempt> for Attempt {
    const MOST: usize = 4 * MAX_HISTORY;

    fn write(&self) -> wire::Attempt {
        wire::Attempt {
            number: self.number,
            creditor: self.creditor.write(),
            channel: self.channel.write(),
            point_id: self.point.write(),
            step: self.step.write(),
            template: self.template.write(),
            language: self.language.write(),
            legs: self.legs.write(),
            levels_before_plus_one: self.levels_before.iter().copied().map(write_level).collect(),
            priority: self.priority,
            emitted_at_ms: self.emitted_at.write(),
            state: Some(write_state(&self.state)),
        }
    }

    fn read(_: &'static str, wire: wire::Attempt) -> Result<Self, DecodeError> {
        Ok(Self {
            number: wire.number,
            creditor: Field::read("Attempt.creditor", wire.creditor)?,
            channel: Field::read("Attempt.channel", wire.channel)?,
            point: Field::read("Attempt.point_id", wire.point_id)?,
            step: Field::read("Attempt.step", wire.step)?,
            template: Field::read("Attempt.template", wire.template)?,
            language: Field::read("Attempt.language", wire.language)?,
            legs: Field::read("Attempt.legs", wire.legs)?,
            levels_before: read_levels(&wire.levels_before_plus_one)?,
            priority: wire.priority,
            emitted_at: Field::read("Attempt.emitted_at_ms", wire.emitted_at_ms)?,
            state: read_state(required("Attempt.state", wire.state)?)?,
        })
    }
}

fn write_level(level: Option<u16>) -> u32 {
    level.map_or(0, |level| u32::from(level) + 1)
}

fn read_levels(levels: &[u32]) -> Result<Vec<Option<u16>>, DecodeError> {
    let field = "Attempt.levels_before_plus_one";
    if levels.len() > 4 * MAX_CLAIMS {
        return Err(DecodeError::TooMany { field, found: levels.len(), limit: 4 * MAX_CLAIMS });
    }
    let level = |number: &u32| number.checked_sub(1).map(|level| Field::read(field, level)).transpose();
    levels.iter().map(level).collect()
}

fn write_state(state: &AttemptState) -> State {
    match state {
        AttemptState::Emitted { expires_at } => {
            State::Emitted(wire::AttemptEmitted { expires_at_ms: expires_at.write() })
        }
        AttemptState::Started { at, request, outcome_by, recorded_at } => {
            State::Started(wire::AttemptStarted {
                at_ms: at.write(),
                request_id: request.write(),
                outcome_by_ms: outcome_by.write(),
                recorded_at: recorded_at.write(),
            })
        }
        AttemptState::Done { at, request, outcome, recorded_at } => State::Done(wire::AttemptDone {
            at_ms: at.write(),
            request_id: request.write(),
            outcome: outcome.write(),
            recorded_at: recorded_at.write(),
        }),
        AttemptState::Ended => State::Ended(wire::AttemptEnded {}),
    }
}

fn read_state(state: State) -> Result<AttemptState, DecodeError> {
    match state {
        State::Emitted(wire) => Ok(AttemptState::Emitted {
            expires_at: Field::read("AttemptEmitted.expires_at_ms", wire.expires_at_ms)?,
        }),
        State::Started(wire) => Ok(AttemptState::Started {
            at: Field::read("AttemptStarted.at_ms", wire.at_ms)?,
            request: Field::read("AttemptStarted.request_id", wire.request_id)?,
            outcome_by: Field::read("AttemptStarted.outcome_by_ms", wire.outcome_by_ms)?,
            recorded_at: Field::read("AttemptStarted.recorded_at", wire.recorded_at)?,
        }),
        State::Done(wire) => Ok(AttemptState::Done {
            at: Field::read("AttemptDone.at_ms", wire.at_ms)?,
            request: Field::read("AttemptDone.request_id", wire.request_id)?,
            outcome: Field::read("AttemptDone.outcome", wire.outcome)?,
            recorded_at: Field::read("AttemptDone.recorded_at", wire.recorded_at)?,
        }),
        State::Ended(wire::AttemptEnded {}) => Ok(AttemptState::Ended),
    }
}
