//! The desk behind which all three providers stand: it judges, records, and tells a listener.
//!
//! What is recorded as taken is answered as taken, or not at all; what can't be recorded is not taken.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::time::Timestamp;
use runtime::Runtime;

use crate::behaviour::{Behaviours, Manner, Provider, Verdict};
use crate::config::Config;
use crate::draw::Draw;
use crate::error::LoopbackError;
use crate::outbox::Outbox;
use crate::record::{Received, Record};

/// What sets the draws about callbacks apart from those about submissions.
const MANNERS: u64 = 0x6d61_6e6e_6572_7321;
const FAILURES: u64 = 0x6661_696c_7572_6573;

/// Called with each submission after it is recorded and before it is answered; it must return soon.
pub(crate) type Listener = Arc<dyn Fn(&Received) + Send + Sync>;

/// How many submissions met which verdict, by provider; refused requests count as `malformed`.
pub type Counts = BTreeMap<&'static str, BTreeMap<&'static str, u64>>;

/// A submission as a provider read it.
#[derive(Default)]
pub(crate) struct Submission {
    pub(crate) to: String,
    pub(crate) from: String,
    pub(crate) escalation: Option<String>,
    /// The sender's clock, where it announced it.
    pub(crate) announced_at: Option<Timestamp>,
    pub(crate) subject: Option<String>,
    pub(crate) body: Option<String>,
    pub(crate) template: Option<(String, String)>,
    pub(crate) parameters: Vec<String>,
    /// The mail as it came.
    pub(crate) mail: Option<Vec<u8>>,
    /// Where the sender wants to hear of it (SMS), or what it gave along to be heard with (WhatsApp).
    pub(crate) callback: Option<String>,
}

/// How a message's callbacks are posted, as it was drawn.
pub(crate) struct Tone {
    pub(crate) manner: Manner,
    /// Whether there is nobody at the address after all.
    pub(crate) fails: bool,
    /// How late a late one is.
    pub(crate) late: Duration,
}

/// The desk.
pub(crate) struct Desk {
    runtime: Runtime,
    books: Mutex<Books>,
    outbox: Option<Outbox>,
    listener: Option<Listener>,
}

struct Books {
    record: Record,
    draw: Draw,
    manners: Draw,
    failures: Draw,
    behaviours: Behaviours,
    counts: Counts,
}

impl Desk {
    /// Opens the record, and the outbox if there shall be one.
    pub(crate) fn open(
        config: &Config,
        runtime: Runtime,
        listener: Option<Listener>,
    ) -> Result<Self, LoopbackError> {
        config.behaviours.check()?;
        std::fs::create_dir_all(&config.folder).map_err(|source| LoopbackError::File {
            action: "make",
            path: config.folder.clone(),
            source,
        })?;
        let outbox =
            config.write_messages.then(|| Outbox::open(&config.folder.join("outbox"))).transpose()?;
        let books = Mutex::new(Books {
            record: Record::open(&config.folder.join("record.jsonl"))?,
            draw: Draw::new(config.seed),
            manners: Draw::new(config.seed ^ MANNERS),
            failures: Draw::new(config.seed ^ FAILURES),
            behaviours: config.behaviours.clone(),
            counts: Counts::new(),
        });
        Ok(Self { runtime, books, outbox, listener })
    }

    /// What will become of the next submission to this address, and how long its answer is delayed.
    pub(crate) fn judge(&self, provider: Provider, to: &str) -> (Verdict, Duration) {
        let mut books = self.books();
        let Books { draw, behaviours, .. } = &mut *books;
        let behaviour = behaviours.of(provider);
        let verdict = draw.verdict(behaviour, provider, to);
        (verdict, Duration::from_millis(u64::from(behaviour.delay_ms)))
    }

    /// How the callbacks of the next message to this address are posted.
    pub(crate) fn tone(&self, provider: Provider, to: &str) -> Tone {
        let mut books = self.books();
        let Books { manners, failures, behaviours, .. } = &mut *books;
        let telling = &behaviours.of(provider).callbacks;
        Tone {
            manner: telling.manner(manners.roll(provider, to)),
            fails: telling.fails(failures.roll(provider, to)),
            late: Duration::from_millis(u64::from(telling.late_ms)),
        }
    }

    /// Records the submission, writes it to the outbox if it was taken, and tells the listener.
    pub(crate) fn receive(
        &self,
        provider: Provider,
        submission: Submission,
        verdict: Verdict,
        provider_message: &str,
    ) -> Result<Received, LoopbackError> {
        let wall_at = self.runtime.clock.now();
        let mail = submission.mail;
        let received = Received {
            sequence: 0,
            received_at: submission.announced_at.unwrap_or(wall_at),
            wall_at,
            channel: provider.channel().as_str(),
            to: submission.to,
            from: submission.from,
            escalation: submission.escalation,
            subject: submission.subject,
            body: submission.body,
            template: submission.template,
            parameters: submission.parameters,
            provider_message: verdict.taken().then(|| provider_message.to_owned()),
            verdict,
            taken: verdict.taken(),
        };
        let received = self.enter(provider, received)?;
        self.show(&received, mail.as_deref());
        Ok(received)
    }

    /// Counts a request that is no submission: malformed or without the right credentials.
    pub(crate) fn count_malformed(&self, provider: Provider) {
        count(&mut self.books().counts, provider, "malformed");
    }

    /// A name for a message, never given twice.
    pub(crate) fn new_id(&self) -> [u8; 16] {
        runtime::random_id(self.runtime.random.as_ref())
    }

    /// Waits in real time.
    pub(crate) async fn pause(&self, length: Duration) {
        if length > Duration::ZERO {
            self.runtime.clock.sleep(length).await;
        }
    }

    /// How the providers behave now, and what they met so far.
    pub(crate) fn state(&self) -> (Behaviours, Counts) {
        let books = self.books();
        (books.behaviours.clone(), books.counts.clone())
    }

    /// Changes how they behave, from the next submission on.
    pub(crate) fn behave(&self, behaviours: Behaviours) -> Result<(), LoopbackError> {
        behaviours.check()?;
        self.books().behaviours = behaviours;
        Ok(())
    }

    fn enter(&self, provider: Provider, received: Received) -> Result<Received, LoopbackError> {
        let mut books = self.books();
        let received = books.record.append(received).inspect_err(|error| {
            tracing::error!(error.transient = error.is_transient(), "the record can't be written");
        })?;
        count(&mut books.counts, provider, received.verdict.as_str());
        Ok(received)
    }

    fn show(&self, received: &Received, mail: Option<&[u8]>) {
        if let Some(outbox) = self.outbox.as_ref().filter(|_| received.taken)
            && outbox.write(received, mail).is_err()
        {
            // The record has it, so it is taken; the file is for people.
            tracing::warn!(
                record.sequence = received.sequence,
                "a message could not be written to the outbox"
            );
        }
        if let Some(listener) = &self.listener {
            listener(received);
        }
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        // A listener runs outside the lock; whoever panicked inside it left the books as they were.
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn count(counts: &mut Counts, provider: Provider, what: &'static str) {
    let counted = counts.entry(provider.as_str()).or_default().entry(what).or_insert(0);
    *counted = counted.saturating_add(1);
}
