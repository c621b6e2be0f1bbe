//! Questions to a partition's owner, and their answers.
//!
//! A question is sent once. That nobody listens is known at once, and then nobody has seen it; whatever else goes wrong
//! leaves open whether the owner acted, and its sender may repeat it, as the log recognises what comes again.
//! A connection that is lost ends the waiting: the answer may have been lost with it. So does a newer owner: the question
//! may have come to the one before as it stopped listening, or was killed, and nobody will answer it.

use std::future::pending;
use std::time::Duration;

use async_nats::{Message, Request, RequestErrorKind};
use contract::DecodeError;
use contract::wire::TraceContext;
use runtime::{Runtime, random_id};

use super::envelope;
use super::headers::{self, Standing};
use super::link::{Link, failed};
use super::partitions::Partitions;
use super::parts::Part;
use crate::BusError;

const DOING: &str = "asked a partition's owner";

/// How long an answer is waited for once there is a newer owner.
const AFTER_SUCCESSION: Duration = Duration::from_secs(1);

/// A question on its way.
pub(super) struct Question<'a> {
    /// What is asked for, for errors.
    pub(super) what: &'static str,
    /// Where the owner listens.
    pub(super) subject: &'a str,
    /// What it is about.
    pub(super) plain: &'a [u8],
    /// Where it came from.
    pub(super) trace: TraceContext,
    /// How long the answer may take.
    pub(super) timeout: Duration,
    /// Whose owner is asked, where a newer one hears the same question.
    pub(super) owner_of: Option<(&'a Partitions, u16)>,
}

impl Question<'_> {
    /// Resolves when an answer need not be waited for any more.
    async fn succeeded(&self, runtime: &Runtime) {
        match self.owner_of {
            Some((partitions, partition)) => partitions.succeeded(partition).await,
            None => pending().await,
        }
        // The new one may have heard it; the old one's answer may be on its way.
        runtime.clock.sleep(AFTER_SUCCESSION).await;
    }
}

impl Link {
    /// Asks, and waits for the answer.
    pub(super) async fn ask(&self, question: &Question<'_>) -> Result<Vec<u8>, BusError> {
        let (what, subject) = (question.what, question.subject);
        self.check_up(DOING)?;
        let _busy = self.runtime.activity.begin();
        let id = headers::hex(&random_id(&*self.runtime.random));
        let sealed = self.seal(&envelope::question(subject, &id), question.plain);
        let sealed = sealed.map_err(|error| failed(DOING, error, false))?;
        let mut headers = headers::traced(question.trace);
        headers.insert(headers::QUESTION, id.as_str());
        let request = Request::new().payload(sealed.into()).headers(headers).timeout(Some(question.timeout));
        let succeeded = question.succeeded(&self.runtime);
        let asked = self.client.send_request(subject.to_owned(), request);
        // The library's own time begins once the question has left its queue.
        let limit = question.timeout.saturating_add(Duration::from_secs(1));
        let asked = async {
            tokio::select! {
                biased;
                () = succeeded => None,
                answer = self.while_connected(limit, asked) => answer,
            }
        };
        let answer = asked.await.ok_or(BusError::Unanswered { what })?;
        let message = answer.map_err(|error| refused(what, error.kind(), self.client.max_payload()))?;
        self.read(what, &envelope::answer(subject, &id), &message)
    }

    fn read(&self, what: &'static str, context: &str, message: &Message) -> Result<Vec<u8>, BusError> {
        match Standing::of(message.headers.as_ref()) {
            Some(Standing::Answered) => {
                self.open(context, &message.payload).map_err(|error| failed(DOING, error, false))
            }
            Some(Standing::Nobody) => Err(BusError::NobodyListens { what }),
            // What was done is done: asked again, the answer is a short one.
            Some(Standing::Dropped | Standing::TooLarge) => Err(BusError::Unanswered { what }),
            Some(Standing::Unreadable) => {
                let detail =
                    "the owner can't read the question; it has another key, or is of another release";
                Err(failed(DOING, detail, false))
            }
            None => Err(failed(DOING, "an answer does not say what it is", true)),
        }
    }

    /// Asks part after part, and joins the answers in order; there is one for each entry.
    pub(super) async fn ask_in_parts<R>(
        &self,
        question: &Question<'_>,
        parts: Vec<Part>,
        decode: fn(&[u8]) -> Result<Vec<R>, DecodeError>,
    ) -> Result<Vec<R>, BusError> {
        let mut answers = Vec::new();
        for part in parts {
            let answer = self.ask(&Question { plain: &part.bytes, ..*question }).await?;
            answers.extend(self.decoded(&answer, part.entries, decode)?);
        }
        Ok(answers)
    }

    pub(super) fn decoded<R>(
        &self,
        answer: &[u8],
        entries: usize,
        decode: fn(&[u8]) -> Result<Vec<R>, DecodeError>,
    ) -> Result<Vec<R>, BusError> {
        let answers = decode(answer).map_err(|error| {
            self.unreadable();
            failed(DOING, error, false)
        })?;
        if answers.len() == entries {
            return Ok(answers);
        }
        Err(failed(DOING, format!("{} answers came for {entries} questions", answers.len()), false))
    }
}

fn refused(what: &'static str, kind: RequestErrorKind, limit: usize) -> BusError {
    match kind {
        RequestErrorKind::NoResponders => BusError::NobodyListens { what },
        RequestErrorKind::TimedOut | RequestErrorKind::Other => BusError::Unanswered { what },
        // Parts are half as long: only a key that lengthens what it seals could end here.
        RequestErrorKind::MaxPayloadExceeded => BusError::TooLarge { what: "bytes", size: limit + 1, limit },
        RequestErrorKind::InvalidSubject => failed(DOING, "the subject is no subject", false),
    }
}
