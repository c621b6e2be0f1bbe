//! Facts and outcomes with all that travels beside them.

use domain::ids::{ClaimId, EscalationId, PointId, ProviderMessageId, StreamId};
use domain::outcome::OutcomeReport;

use crate::error::DecodeError;
use crate::field::{Field, record, required};
use crate::generated::mahnwerk::claim::v1::{self as wire, ReceiptKind, fact_message};
use crate::generated::mahnwerk::outcome::v1::{self as outcome, FiledKind, outcome_message};
use crate::generated::mahnwerk::trace::v1 as trace;
use crate::wire::{About, Addressee, FactMessage, Filed, OutcomeMessage, Receipt, TraceContext};

record! {
    FactMessage = wire::FactMessage, at most super::MAX_BATCH;
    tenant = tenant, addressee = addressee, key = key, content = content, occurred_at_ms = occurred_at,
    fact = fact, personal = personal, trace = trace
}

impl Field<Option<fact_message::Addressee>> for Addressee {
    fn write(&self) -> Option<fact_message::Addressee> {
        Some(match self {
            Self::Debtor(stream) => fact_message::Addressee::Debtor(stream.write()),
            Self::OwnerOf(claim) => fact_message::Addressee::OwnerOf(claim.write()),
            Self::UsersOf(point) => fact_message::Addressee::UsersOf(point.write()),
        })
    }

    fn read(field: &'static str, wire: Option<fact_message::Addressee>) -> Result<Self, DecodeError> {
        match required(field, wire)? {
            fact_message::Addressee::Debtor(stream) => {
                <StreamId as Field<_>>::read("FactMessage.debtor", stream).map(Self::Debtor)
            }
            fact_message::Addressee::OwnerOf(claim) => {
                <ClaimId as Field<_>>::read("FactMessage.owner_of", claim).map(Self::OwnerOf)
            }
            fact_message::Addressee::UsersOf(point) => {
                <PointId as Field<_>>::read("FactMessage.users_of", point).map(Self::UsersOf)
            }
        }
    }
}

impl Field<Option<trace::TraceContext>> for TraceContext {
    fn write(&self) -> Option<trace::TraceContext> {
        self.map(|(trace_id, parent_id, flags)| trace::TraceContext {
            trace_id: trace_id.to_vec(),
            parent_id: parent_id.to_vec(),
            flags: u32::from(flags),
        })
    }

    fn read(_: &'static str, wire: Option<trace::TraceContext>) -> Result<Self, DecodeError> {
        let read = |wire: trace::TraceContext| {
            Ok((
                Field::read("TraceContext.trace_id", wire.trace_id)?,
                Field::read("TraceContext.parent_id", wire.parent_id)?,
                Field::read("TraceContext.flags", wire.flags)?,
            ))
        };
        wire.map(read).transpose()
    }
}

impl Field<wire::Receipt> for Receipt {
    const MOST: usize = super::MAX_BATCH;

    fn write(&self) -> wire::Receipt {
        let of = |kind: ReceiptKind| wire::Receipt { kind: kind as i32, ..wire::Receipt::default() };
        match self {
            Self::Recorded => of(ReceiptKind::Recorded),
            Self::Duplicate => of(ReceiptKind::Duplicate),
            Self::Parked => of(ReceiptKind::Parked),
            Self::Refused { reason, detail } => {
                wire::Receipt { reason: reason.write(), detail: detail.clone(), ..of(ReceiptKind::Refused) }
            }
        }
    }

    fn read(_: &'static str, wire: wire::Receipt) -> Result<Self, DecodeError> {
        match ReceiptKind::try_from(wire.kind) {
            Ok(ReceiptKind::Recorded) => Ok(Self::Recorded),
            Ok(ReceiptKind::Duplicate) => Ok(Self::Duplicate),
            Ok(ReceiptKind::Parked) => Ok(Self::Parked),
            Ok(ReceiptKind::Refused) => {
                Ok(Self::Refused { reason: Field::read("Receipt.reason", wire.reason)?, detail: wire.detail })
            }
            Ok(ReceiptKind::Unspecified) | Err(_) => Err(DecodeError::Wrong {
                field: "Receipt.kind",
                wrong: format!("is {}", wire.kind),
                right: "1 (recorded) to 4 (refused)",
            }),
        }
    }
}

impl Field<outcome::OutcomeMessage> for OutcomeMessage {
    const MOST: usize = super::MAX_BATCH;

    fn write(&self) -> outcome::OutcomeMessage {
        outcome::OutcomeMessage {
            about: self.about.write(),
            tenant: self.tenant.write(),
            report: self.report.write(),
            personal: self.personal.write(),
            trace: self.trace.write(),
        }
    }

    fn read(_: &'static str, wire: outcome::OutcomeMessage) -> Result<Self, DecodeError> {
        let about: About = Field::read("OutcomeMessage.about", wire.about)?;
        let report: OutcomeReport = Field::read("OutcomeMessage.report", wire.report)?;
        let named = match about {
            About::Attempt(id) => id.number,
            About::Message(_) => 0,
        };
        if named != report.number {
            return Err(DecodeError::Wrong {
                field: "OutcomeReport.number",
                wrong: format!("is {}, and the id says {named}", report.number),
                right: "the number of the escalation that the id names, or 0 where it names none",
            });
        }
        let personal = Field::read("OutcomeMessage.personal", wire.personal)?;
        let tenant = Field::read("OutcomeMessage.tenant", wire.tenant)?;
        Ok(Self { about, tenant, report, personal, trace: Field::read("OutcomeMessage.trace", wire.trace)? })
    }
}

impl Field<Option<outcome_message::About>> for About {
    fn write(&self) -> Option<outcome_message::About> {
        Some(match self {
            Self::Attempt(id) => outcome_message::About::Id(id.write()),
            Self::Message(message) => outcome_message::About::MessageId(message.write()),
        })
    }

    fn read(field: &'static str, wire: Option<outcome_message::About>) -> Result<Self, DecodeError> {
        match required(field, wire)? {
            outcome_message::About::Id(id) => {
                <EscalationId as Field<_>>::read("OutcomeMessage.id", id).map(Self::Attempt)
            }
            outcome_message::About::MessageId(message) => {
                <ProviderMessageId as Field<_>>::read("OutcomeMessage.message_id", message).map(Self::Message)
            }
        }
    }
}

impl Field<i32> for Filed {
    const MOST: usize = super::MAX_BATCH;

    fn write(&self) -> i32 {
        let kind = match self {
            Self::Recorded => FiledKind::Recorded,
            Self::NothingNew => FiledKind::NothingNew,
            Self::Waits => FiledKind::Waits,
            Self::Unknown => FiledKind::Unknown,
        };
        kind as i32
    }

    fn read(field: &'static str, wire: i32) -> Result<Self, DecodeError> {
        match FiledKind::try_from(wire) {
            Ok(FiledKind::Recorded) => Ok(Self::Recorded),
            Ok(FiledKind::NothingNew) => Ok(Self::NothingNew),
            Ok(FiledKind::Waits) => Ok(Self::Waits),
            Ok(FiledKind::Unknown) => Ok(Self::Unknown),
            Ok(FiledKind::Unspecified) | Err(_) => {
                let right = "1 (recorded) to 4 (unknown)";
                Err(DecodeError::Wrong { field, wrong: format!("is {wire}"), right })
            }
        }
    }
}
