//! Batches of what goes over the bus, to and from the bytes that a carrier moves.
//!
//! Facts and outcomes hold their personal parts in clear here: a carrier that leaves the process, and whoever stores
//! such bytes, seals them first (`protocol.md`, personal data, 3).
//! Order is kept. A batch of more than [`MAX_BATCH`] messages, or of more than [`MAX_BYTES`], is refused when it is read:
//! who sends cuts it before.

use domain::ids::EscalationId;
use prost::Message;

use crate::error::DecodeError;
use crate::field::{Field, message};
use crate::generated::mahnwerk::claim::v1 as claim;
use crate::generated::mahnwerk::command::v1 as command_wire;
use crate::generated::mahnwerk::escalation::v1 as escalation;
use crate::generated::mahnwerk::feed::v1 as feed_wire;
use crate::generated::mahnwerk::outcome::v1 as outcome;
use crate::wire::{
    Command, CommandAnswer, Credit, EscalationNotice, FactMessage, Filed, OutcomeMessage, Ownership,
    PermitAnswer, PermitQuestions, PublishedHead, Receipt, RefusedClaim, WaitingInput,
};

mod command;
mod fact;
mod feed;
mod permit;

/// Most messages in one batch.
pub const MAX_BATCH: usize = crate::field::MAX_ENTRIES;

/// Longest batch, in bytes.
pub const MAX_BYTES: usize = 64 << 20;

fn bounded<M: Message + Default>(name: &'static str, bytes: &[u8]) -> Result<M, DecodeError> {
    match bytes.len() {
        found if found > MAX_BYTES => Err(DecodeError::TooMany { field: name, found, limit: MAX_BYTES }),
        _ => message(name, bytes),
    }
}

/// Facts to bytes.
pub fn encode_facts(facts: &[FactMessage]) -> Vec<u8> {
    claim::FactBatch { facts: facts.iter().map(Field::write).collect() }.encode_to_vec()
}

/// Bytes to facts.
pub fn decode_facts(bytes: &[u8]) -> Result<Vec<FactMessage>, DecodeError> {
    Field::read("FactBatch.facts", bounded::<claim::FactBatch>("FactBatch", bytes)?.facts)
}

/// Receipts to bytes.
pub fn encode_receipts(receipts: &[Receipt]) -> Vec<u8> {
    claim::ReceiptBatch { receipts: receipts.iter().map(Field::write).collect() }.encode_to_vec()
}

/// Bytes to receipts.
pub fn decode_receipts(bytes: &[u8]) -> Result<Vec<Receipt>, DecodeError> {
    Field::read("ReceiptBatch.receipts", bounded::<claim::ReceiptBatch>("ReceiptBatch", bytes)?.receipts)
}

/// Escalations to bytes.
pub fn encode_notices(notices: &[EscalationNotice]) -> Vec<u8> {
    escalation::NoticeBatch { notices: notices.iter().map(Field::write).collect() }.encode_to_vec()
}

/// Bytes to escalations.
pub fn decode_notices(bytes: &[u8]) -> Result<Vec<EscalationNotice>, DecodeError> {
    Field::read("NoticeBatch.notices", bounded::<escalation::NoticeBatch>("NoticeBatch", bytes)?.notices)
}

/// Escalations that are withdrawn, to bytes.
pub fn encode_recall(escalations: &[EscalationId]) -> Vec<u8> {
    escalation::RecallBatch { escalations: escalations.iter().map(Field::write).collect() }.encode_to_vec()
}

/// Bytes to escalations that are withdrawn.
pub fn decode_recall(bytes: &[u8]) -> Result<Vec<EscalationId>, DecodeError> {
    let batch = bounded::<escalation::RecallBatch>("RecallBatch", bytes)?;
    Field::read("RecallBatch.escalations", batch.escalations)
}

/// Permit questions to bytes.
pub fn encode_questions(questions: &PermitQuestions) -> Vec<u8> {
    permit::write_questions(questions).encode_to_vec()
}

/// Bytes to permit questions.
pub fn decode_questions(bytes: &[u8]) -> Result<PermitQuestions, DecodeError> {
    permit::read_questions(bounded("QuestionBatch", bytes)?)
}

/// Permit answers to bytes.
pub fn encode_answers(answers: &[PermitAnswer]) -> Vec<u8> {
    escalation::AnswerBatch { answers: answers.iter().map(Field::write).collect() }.encode_to_vec()
}

/// Bytes to permit answers.
pub fn decode_answers(bytes: &[u8]) -> Result<Vec<PermitAnswer>, DecodeError> {
    Field::read("AnswerBatch.answers", bounded::<escalation::AnswerBatch>("AnswerBatch", bytes)?.answers)
}

/// Outcomes to bytes.
pub fn encode_outcomes(outcomes: &[OutcomeMessage]) -> Vec<u8> {
    outcome::OutcomeBatch { outcomes: outcomes.iter().map(Field::write).collect() }.encode_to_vec()
}

/// Bytes to outcomes.
pub fn decode_outcomes(bytes: &[u8]) -> Result<Vec<OutcomeMessage>, DecodeError> {
    Field::read("OutcomeBatch.outcomes", bounded::<outcome::OutcomeBatch>("OutcomeBatch", bytes)?.outcomes)
}

/// A credit to bytes.
pub fn encode_credit(credit: &Credit) -> Vec<u8> {
    let wire: escalation::Credit = credit.write();
    wire.encode_to_vec()
}

/// Bytes to a credit.
pub fn decode_credit(bytes: &[u8]) -> Result<Credit, DecodeError> {
    Field::read("Credit", bounded::<escalation::Credit>("Credit", bytes)?)
}

/// What became of reports, to bytes.
pub fn encode_filed(filed: &[Filed]) -> Vec<u8> {
    outcome::FiledBatch { filed: filed.iter().map(Field::write).collect() }.encode_to_vec()
}

/// Bytes to what became of reports.
pub fn decode_filed(bytes: &[u8]) -> Result<Vec<Filed>, DecodeError> {
    Field::read("FiledBatch.filed", bounded::<outcome::FiledBatch>("FiledBatch", bytes)?.filed)
}

/// A command to bytes.
pub fn encode_command(command: &Command) -> Vec<u8> {
    let wire: command_wire::Command = command.write();
    wire.encode_to_vec()
}

/// Bytes to a command.
pub fn decode_command(bytes: &[u8]) -> Result<Command, DecodeError> {
    Field::read("Command", bounded::<command_wire::Command>("Command", bytes)?)
}

/// The answer to a command, to bytes.
pub fn encode_command_answer(answer: &CommandAnswer) -> Vec<u8> {
    let wire: command_wire::CommandAnswer = answer.write();
    wire.encode_to_vec()
}

/// Bytes to the answer to a command.
pub fn decode_command_answer(bytes: &[u8]) -> Result<CommandAnswer, DecodeError> {
    Field::read("CommandAnswer", bounded::<command_wire::CommandAnswer>("CommandAnswer", bytes)?)
}

/// What waits, to bytes.
pub fn encode_waiting(input: &WaitingInput) -> Vec<u8> {
    let input = match input {
        WaitingInput::Fact(fact) => outcome::waiting_input::Input::Fact(fact.write()),
        WaitingInput::Report(report) => outcome::waiting_input::Input::Report(report.write()),
    };
    outcome::WaitingInput { input: Some(input) }.encode_to_vec()
}

/// Bytes to what waits.
pub fn decode_waiting(bytes: &[u8]) -> Result<WaitingInput, DecodeError> {
    let wire = bounded::<outcome::WaitingInput>("WaitingInput", bytes)?;
    Ok(match crate::field::required("WaitingInput.input", wire.input)? {
        outcome::waiting_input::Input::Fact(fact) => {
            WaitingInput::Fact(Field::read("WaitingInput.fact", fact)?)
        }
        outcome::waiting_input::Input::Report(report) => {
            WaitingInput::Report(Field::read("WaitingInput.report", report)?)
        }
    })
}

/// A head to bytes.
pub fn encode_head(head: &PublishedHead) -> Vec<u8> {
    let wire: feed_wire::PublishedHead = head.write();
    wire.encode_to_vec()
}

/// Bytes to a head.
pub fn decode_head(bytes: &[u8]) -> Result<PublishedHead, DecodeError> {
    Field::read("PublishedHead", bounded::<feed_wire::PublishedHead>("PublishedHead", bytes)?)
}

/// An owner to bytes.
pub fn encode_ownership(ownership: &Ownership) -> Vec<u8> {
    let wire: feed_wire::Ownership = ownership.write();
    wire.encode_to_vec()
}

/// Bytes to an owner.
pub fn decode_ownership(bytes: &[u8]) -> Result<Ownership, DecodeError> {
    Field::read("Ownership", bounded::<feed_wire::Ownership>("Ownership", bytes)?)
}

/// A refused claim to bytes.
pub fn encode_refused(refused: &RefusedClaim) -> Vec<u8> {
    let wire: feed_wire::RefusedClaim = refused.write();
    wire.encode_to_vec()
}

/// Bytes to a refused claim.
pub fn decode_refused(bytes: &[u8]) -> Result<RefusedClaim, DecodeError> {
    Field::read("RefusedClaim", bounded::<feed_wire::RefusedClaim>("RefusedClaim", bytes)?)
}
