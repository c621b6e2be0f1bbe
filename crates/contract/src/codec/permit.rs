//! Escalations, permit questions and answers, credits.

use core::time::Duration;

use domain::event::Refusal;
use domain::ids::{EscalationId, RequestId};

use crate::error::DecodeError;
use crate::field::{Field, record, required};
use crate::generated::mahnwerk::escalation::v1::{self as wire, permit_answer};
use crate::wire::{Credit, EscalationNotice, PermitAnswer, PermitQuestions};

record! {
    EscalationId = wire::EscalationId, at most super::MAX_BATCH;
    stream = stream, number = number
}

record! {
    EscalationNotice = wire::EscalationNotice, at most super::MAX_BATCH;
    id = id, tenant = tenant, channel = channel, partition = partition, emission = emission, priority = priority,
    expires_at_ms = expires_at, trace = trace
}

record! {
    Credit = wire::Credit, at most super::MAX_BATCH;
    worker = worker, tenant = tenant, channel = channel, amount = amount, expires_in_ms = expires_in, outage = outage
}

impl Field<u64> for Duration {
    fn write(&self) -> u64 {
        u64::try_from(self.as_millis()).unwrap_or(u64::MAX)
    }

    fn read(_: &'static str, wire: u64) -> Result<Self, DecodeError> {
        Ok(Self::from_millis(wire))
    }
}

/// One question: for which escalation, by which random id.
impl Field<wire::PermitQuestion> for (EscalationId, RequestId) {
    const MOST: usize = super::MAX_BATCH;

    fn write(&self) -> wire::PermitQuestion {
        wire::PermitQuestion { id: self.0.write(), request_id: self.1.write() }
    }

    fn read(_: &'static str, wire: wire::PermitQuestion) -> Result<Self, DecodeError> {
        let id = Field::read("PermitQuestion.id", wire.id)?;
        Ok((id, Field::read("PermitQuestion.request_id", wire.request_id)?))
    }
}

pub(super) fn write_questions(questions: &PermitQuestions) -> wire::QuestionBatch {
    wire::QuestionBatch { partition: questions.partition.write(), questions: questions.questions.write() }
}

pub(super) fn read_questions(wire: wire::QuestionBatch) -> Result<PermitQuestions, DecodeError> {
    let partition = Field::read("QuestionBatch.partition", wire.partition)?;
    Ok(PermitQuestions { partition, questions: Field::read("QuestionBatch.questions", wire.questions)? })
}

impl Field<wire::PermitAnswer> for PermitAnswer {
    const MOST: usize = super::MAX_BATCH;

    fn write(&self) -> wire::PermitAnswer {
        let answer = match self {
            Self::Granted { address, message, start_within } => {
                permit_answer::Answer::Granted(wire::PermitGranted {
                    address: address.clone(),
                    message: message.write(),
                    start_within_ms: start_within.write(),
                })
            }
            Self::Refused(refusal) => permit_answer::Answer::Refused(refusal.write()),
            Self::AskAgain { reason } => {
                permit_answer::Answer::AskAgain(wire::AskAgain { reason: reason.write() })
            }
            Self::NotNow { reason } => permit_answer::Answer::NotNow(wire::NotNow { reason: reason.write() }),
        };
        wire::PermitAnswer { answer: Some(answer) }
    }

    fn read(_: &'static str, wire: wire::PermitAnswer) -> Result<Self, DecodeError> {
        Ok(match required("PermitAnswer.answer", wire.answer)? {
            permit_answer::Answer::Granted(granted) => Self::Granted {
                address: granted.address,
                message: Field::read("PermitGranted.message", granted.message)?,
                start_within: Field::read("PermitGranted.start_within_ms", granted.start_within_ms)?,
            },
            permit_answer::Answer::Refused(refusal) => {
                Self::Refused(<Refusal as Field<_>>::read("PermitAnswer.refused", refusal)?)
            }
            permit_answer::Answer::AskAgain(wire) => {
                Self::AskAgain { reason: Field::read("AskAgain.reason", wire.reason)? }
            }
            permit_answer::Answer::NotNow(wire) => {
                Self::NotNow { reason: Field::read("NotNow.reason", wire.reason)? }
            }
        })
    }
}
