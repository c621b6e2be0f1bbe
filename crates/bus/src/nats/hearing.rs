//! Questions on one subject, from the wire into a lane, and the answers back.
//!
//! A message counts as work in flight from when it is read until it is answered.
//! A full lane holds up its own subject and no other.

use std::sync::Arc;
use std::time::Duration;

use async_nats::{Message, Subscriber};
use contract::DecodeError;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use runtime::BoxFuture;
use runtime::stop::told;
use tokio::sync::{mpsc, watch};

use super::envelope;
use super::headers::{self, Standing};
use super::link::{Link, within};
use crate::lane::Delivery;

/// Questions of one subject that are open at once; further ones wait on the wire.
const MAX_OPEN: usize = 64;

/// How long a listener whose lane has ended still says that nobody listens.
const LINGERING: Duration = Duration::from_millis(250);

/// What the headers of an answer take up, at most.
const HEADER_BYTES: usize = 512;

/// How a question is read and its answer written.
pub(super) struct Codec<T, R> {
    pub(super) decode: fn(&[u8]) -> Result<T, DecodeError>,
    pub(super) encode: fn(&R) -> Vec<u8>,
}

impl<T, R> Clone for Codec<T, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, R> Copy for Codec<T, R> {}

/// A listener on one subject.
pub(super) struct Hearing<T, R> {
    pub(super) link: Arc<Link>,
    pub(super) subject: String,
    pub(super) subscriber: Subscriber,
    pub(super) entry: mpsc::Sender<Delivery<T, R>>,
    pub(super) codec: Codec<T, R>,
    /// Turns true once a newer listener is known.
    pub(super) stop: watch::Receiver<bool>,
    /// Whether nobody else can hear what is asked here, not even a newer listener.
    pub(super) alone: bool,
}

/// What one question needs of its listener.
struct Hearer<T, R> {
    link: Arc<Link>,
    subject: String,
    codec: Codec<T, R>,
    alone: bool,
}

/// A listener whose lane has ended.
pub(super) struct Ended<T, R> {
    hearer: Arc<Hearer<T, R>>,
    subscriber: Subscriber,
    answers: FuturesUnordered<BoxFuture<'static, ()>>,
    replaced: bool,
}

impl<T: Send + 'static, R: Send + 'static> Hearing<T, R> {
    /// Listens until the lane has ended or a newer listener is known, and tidies up.
    pub(super) async fn run(self) {
        self.listen().await.tidy_up().await;
    }

    /// Listens until the lane has ended or a newer listener is known.
    pub(super) async fn listen(mut self) -> Ended<T, R> {
        let Self { link, subject, codec, alone, .. } = self;
        let hearer = Arc::new(Hearer { link, subject, codec, alone });
        let mut answers: FuturesUnordered<BoxFuture<'static, ()>> = FuturesUnordered::new();
        loop {
            tokio::select! {
                biased;
                () = told(&mut self.stop) => break,
                () = self.entry.closed() => break,
                Some(()) = answers.next(), if !answers.is_empty() => {}
                question = self.subscriber.next(), if answers.len() < MAX_OPEN => match question {
                    Some(question) => {
                        let (entry, stop) = (self.entry.clone(), self.stop.clone());
                        answers.push(Box::pin(Arc::clone(&hearer).answer(question, entry, stop)));
                    }
                    None => break,
                },
            }
        }
        let replaced = *self.stop.borrow();
        Ended { hearer, subscriber: self.subscriber, answers, replaced }
    }
}

impl<T: Send + 'static, R: Send + 'static> Ended<T, R> {
    /// Answers what was taken, and tells whoever still asks that nobody listens.
    pub(super) async fn tidy_up(mut self) {
        let turning_away = self.hearer.turn_away(self.subscriber, self.replaced);
        let answering = async { while self.answers.next().await.is_some() {} };
        tokio::join!(biased; answering, turning_away);
    }
}

impl<T, R> Hearer<T, R> {
    async fn turn_away(&self, mut subscriber: Subscriber, replaced: bool) {
        let turning_away = async {
            while let Some(question) = subscriber.next().await {
                if self.alone || !replaced {
                    self.reply(&question, Standing::Nobody, Vec::new()).await;
                }
            }
        };
        // Ends by time alone, or with the client.
        let _over = within(&self.link.runtime, LINGERING, turning_away).await;
    }

    async fn answer(
        self: Arc<Self>,
        question: Message,
        entry: mpsc::Sender<Delivery<T, R>>,
        stop: watch::Receiver<bool>,
    ) {
        let replaced = stop.clone();
        match self.heard(&question, entry, stop).await {
            Ok(sealed) => self.reply(&question, Standing::Answered, sealed).await,
            // The newer listener has heard it too; a lane that ended has none beside it.
            Err(Standing::Nobody) if !self.alone && *replaced.borrow() => {}
            Err(standing) => self.reply(&question, standing, Vec::new()).await,
        }
    }

    async fn heard(
        &self,
        question: &Message,
        entry: mpsc::Sender<Delivery<T, R>>,
        mut stop: watch::Receiver<bool>,
    ) -> Result<Vec<u8>, Standing> {
        let (id, message) = self.read(question)?;
        let (delivery, answered) = Delivery::new(message, self.link.runtime.activity.begin());
        tokio::select! {
            biased;
            () = told(&mut stop) => return Err(Standing::Nobody),
            sent = entry.send(delivery) => sent.map_err(|_closed| Standing::Nobody)?,
        }
        // Let go of the lane, so that a listener that was replaced sees its end.
        drop(entry);
        let answer = answered.await.map_err(|_gone| Standing::Dropped)?;
        let plain = (self.codec.encode)(&answer);
        let sealed = self.link.seal(&envelope::answer(&self.subject, &id), &plain);
        let sealed = sealed.map_err(|_keys| Standing::Unreadable)?;
        let most = self.link.client.max_payload().saturating_sub(HEADER_BYTES);
        if sealed.len() > most { Err(Standing::TooLarge) } else { Ok(sealed) }
    }

    fn read(&self, question: &Message) -> Result<(String, T), Standing> {
        let id = headers::text(question.headers.as_ref(), headers::QUESTION);
        let Some(id) = id.map(str::to_owned) else {
            self.link.unreadable();
            return Err(Standing::Unreadable);
        };
        let opened = self.link.open(&envelope::question(&self.subject, &id), &question.payload);
        let plain = opened.map_err(|_other_key| Standing::Unreadable)?;
        let message = (self.codec.decode)(&plain).map_err(|error| {
            self.link.unreadable();
            tracing::warn!(%error, subject = self.subject, "a question can't be read; it is refused");
            Standing::Unreadable
        })?;
        Ok((id, message))
    }

    async fn reply(&self, question: &Message, standing: Standing, payload: Vec<u8>) {
        let Some(reply) = question.reply.clone() else { return };
        let mut headers = headers::traced(None);
        headers.insert(headers::STANDING, standing.as_str());
        let sent = self.link.client.publish_with_headers(reply, headers, payload.into());
        if !matches!(self.link.timely("answered", sent).await, Ok(Ok(()))) {
            tracing::warn!(
                subject = self.subject,
                "an answer could not be sent; its question is asked again"
            );
        }
    }
}
