//! What the carrier seals with: whole payloads, each bound to where it goes.
//!
//! The keys are the binary's; the carrier knows none.
//! What does not open was written by somebody without the key, or for another subject: it is refused and counted.

/// Why a payload could not be sealed or opened. Says nothing of what was in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// It could not be sealed.
    #[error("the payload can't be sealed; the keys are damaged or lacking")]
    Seal,
    /// It does not open.
    #[error("the payload does not open; its sender has another key, or wrote it for another subject")]
    Open,
}

/// Seals and opens payloads.
///
/// `context` names what a payload is: subject, number of the question, and whether it asks or answers.
/// It has to be authenticated with the payload, so that an answer opens for its question alone.
pub trait Envelope: Send + Sync {
    /// Seals a payload.
    fn seal(&self, context: &str, plain: &[u8]) -> Result<Vec<u8>, EnvelopeError>;

    /// Opens what [`Self::seal`] gave for the same context.
    fn open(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, EnvelopeError>;
}

/// The context of a question.
pub(super) fn question(subject: &str, id: &str) -> String {
    format!("question {subject} {id}")
}

/// The context of the answer to it.
pub(super) fn answer(subject: &str, id: &str) -> String {
    format!("answer {subject} {id}")
}

/// The context of what is told to everybody.
pub(super) fn announcement(subject: &str) -> String {
    format!("announcement {subject}")
}
