//! Outcomes, to and from the wire.

use domain::money::Minor;
use domain::outcome::{Disposition, Outcome, OutcomeReport, Said};
use domain::time::Timestamp;

use crate::error::DecodeError;
use crate::field::{Field, nested, record, required};
use crate::generated::mahnwerk::outcome::v1::{self as wire, OutcomeKind};

record! {
    OutcomeReport = wire::OutcomeReport, at most 1000;
    number = number, outcome = outcome, at_ms = at, provider_message_id = provider_message, late = late
}

impl Field<wire::Outcome> for Outcome {
    fn write(&self) -> wire::Outcome {
        let of = |kind: OutcomeKind| wire::Outcome { kind: kind as i32, ..wire::Outcome::default() };
        match self {
            Self::Accepted => of(OutcomeKind::Accepted),
            Self::Delivered => of(OutcomeKind::Delivered),
            Self::Read => of(OutcomeKind::Read),
            Self::Replied => of(OutcomeKind::Replied),
            Self::Rejected(class) => {
                wire::Outcome { reject_class: class.write(), ..of(OutcomeKind::Rejected) }
            }
            Self::Deferred { delay } => wire::Outcome { delay_ms: delay.0, ..of(OutcomeKind::Deferred) },
            Self::Unsent => of(OutcomeKind::Unsent),
            Self::Unknown => of(OutcomeKind::Unknown),
            Self::Called(disposition) => wire::Outcome {
                disposition: Some(write_disposition(*disposition)),
                ..of(OutcomeKind::Called)
            },
        }
    }

    fn read(_: &'static str, wire: wire::Outcome) -> Result<Self, DecodeError> {
        match OutcomeKind::try_from(wire.kind) {
            Ok(OutcomeKind::Accepted) => Ok(Self::Accepted),
            Ok(OutcomeKind::Delivered) => Ok(Self::Delivered),
            Ok(OutcomeKind::Read) => Ok(Self::Read),
            Ok(OutcomeKind::Replied) => Ok(Self::Replied),
            Ok(OutcomeKind::Rejected) => {
                Field::read("Outcome.reject_class", wire.reject_class).map(Self::Rejected)
            }
            Ok(OutcomeKind::Deferred) => {
                Ok(Self::Deferred { delay: Field::read("Outcome.delay_ms", wire.delay_ms)? })
            }
            Ok(OutcomeKind::Unsent) => Ok(Self::Unsent),
            Ok(OutcomeKind::Unknown) => Ok(Self::Unknown),
            Ok(OutcomeKind::Called) => {
                read_disposition(required("Outcome.disposition", wire.disposition)?).map(Self::Called)
            }
            Ok(OutcomeKind::Unspecified) | Err(_) => Err(DecodeError::Wrong {
                field: "Outcome.kind",
                wrong: format!("is {}", wire.kind),
                right: "1 (accepted) to 9 (called)",
            }),
        }
    }
}

nested!(Outcome = wire::Outcome);

fn write_disposition(disposition: Disposition) -> wire::Disposition {
    let (said, promised_minor, promised_by_ms) = match disposition.said {
        Said::Nothing => (wire::Said::Nothing, 0, 0),
        Said::Promise { amount, due_at } => (wire::Said::Promise, amount.0, due_at.0),
        Said::Disputes => (wire::Said::Disputes, 0, 0),
        Said::ClaimsPaid => (wire::Said::ClaimsPaid, 0, 0),
        Said::Hardship => (wire::Said::Hardship, 0, 0),
        Said::Question => (wire::Said::Question, 0, 0),
        Said::Refuses => (wire::Said::Refuses, 0, 0),
        Said::OptsOut => (wire::Said::OptsOut, 0, 0),
    };
    wire::Disposition { reach: disposition.reach.write(), said: said as i32, promised_minor, promised_by_ms }
}

fn read_disposition(wire: wire::Disposition) -> Result<Disposition, DecodeError> {
    let said = match wire::Said::try_from(wire.said) {
        Ok(wire::Said::Nothing) => Said::Nothing,
        Ok(wire::Said::Promise) => {
            Said::Promise { amount: Minor(wire.promised_minor), due_at: Timestamp(wire.promised_by_ms) }
        }
        Ok(wire::Said::Disputes) => Said::Disputes,
        Ok(wire::Said::ClaimsPaid) => Said::ClaimsPaid,
        Ok(wire::Said::Hardship) => Said::Hardship,
        Ok(wire::Said::Question) => Said::Question,
        Ok(wire::Said::Refuses) => Said::Refuses,
        Ok(wire::Said::OptsOut) => Said::OptsOut,
        Ok(wire::Said::Unspecified) | Err(_) => {
            return Err(DecodeError::Wrong {
                field: "Disposition.said",
                wrong: format!("is {}", wire.said),
                right: "1 (nothing) to 8 (opts out)",
            });
        }
    };
    Ok(Disposition { reach: Field::read("Disposition.reach", wire.reach)?, said })
}
