//! What the stand-ins tell of their own accord: what became of messages, and what people write back.
//!
//! Each callback is signed as the real provider signs it, posted until it is answered with 2xx, a bounded number of
//! times, and recorded in `callbacks.jsonl` with the answer to each try.
//! Nothing leaves the machine: it goes to a loopback address, whatever host the address names.

mod meta;
mod post;
mod record;
mod sign;
mod target;
mod twilio;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::time::Timestamp;
use runtime::{BoxFuture, Runtime};
use serde::Deserialize;

use crate::behaviour::{Manner, Provider};
use crate::config::Config;
use crate::desk::{Desk, Tone};
use crate::error::LoopbackError;
use post::Letter;
use record::{Callback, CallbackRecord};

pub(crate) use meta::MetaMessage;
pub(crate) use twilio::TwilioMessage;

/// How often one callback is posted at most.
const MAX_TRIES: u32 = 5;
/// How long it rests before the second try; it doubles with each.
const FIRST_REST: Duration = Duration::from_millis(100);
/// How long after the answer to a submission its callbacks begin.
const SOON: Duration = Duration::from_millis(20);

/// Where the stand-ins tell, and what they sign with.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Callbacks {
    /// Where everything is posted, in place of a TLS proxy; without it an address must itself be on loopback.
    #[serde(default)]
    pub via: Option<SocketAddr>,
    /// What the SMS API signs with: the account's auth token.
    pub sms_auth_token: String,
    /// Where the SMS API posts what people write, if anywhere. Statuses go where each message says.
    #[serde(default)]
    pub sms_inbound_url: Option<String>,
    /// What the WhatsApp API signs with: the app's secret.
    pub whatsapp_app_secret: String,
    /// Where the WhatsApp API posts everything, if anywhere.
    #[serde(default)]
    pub whatsapp_url: Option<String>,
}

impl std::fmt::Debug for Callbacks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Callbacks").field("via", &self.via).finish_non_exhaustive()
    }
}

/// Posts callbacks.
pub(crate) struct Teller {
    runtime: Runtime,
    desk: Arc<Desk>,
    callbacks: Callbacks,
    record: Mutex<CallbackRecord>,
}

/// What came of one callback.
pub(crate) struct Told {
    /// How often it was posted.
    pub(crate) tries: u32,
    /// The last status that it was answered with, if it was.
    pub(crate) answered: Option<u16>,
}

/// What is told, for the record.
#[derive(Clone)]
pub(crate) struct About {
    pub(crate) provider: Provider,
    /// `status` or `inbound`.
    pub(crate) kind: &'static str,
    /// The provider's name for the message.
    pub(crate) message: String,
    /// The status; nothing of what was written.
    pub(crate) word: Option<&'static str>,
}

impl Teller {
    /// Opens the record; what nobody could sign or receive is refused.
    pub(crate) fn open(
        config: &Config,
        callbacks: Callbacks,
        runtime: Runtime,
        desk: Arc<Desk>,
    ) -> Result<Arc<Self>, LoopbackError> {
        if callbacks.sms_auth_token.is_empty() || callbacks.whatsapp_app_secret.is_empty() {
            return Err(LoopbackError::Callbacks(
                "a secret is empty, with which anybody could sign".to_owned(),
            ));
        }
        if callbacks.via.is_some_and(|via| !via.ip().is_loopback()) {
            return Err(LoopbackError::Callbacks(
                "via is no loopback address; use 127.0.0.1 or [::1]".to_owned(),
            ));
        }
        for url in [&callbacks.sms_inbound_url, &callbacks.whatsapp_url].into_iter().flatten() {
            target::Target::of(url, callbacks.via)
                .map_err(|wrong| LoopbackError::Callbacks(wrong.to_owned()))?;
        }
        let record = Mutex::new(CallbackRecord::open(&config.folder.join("callbacks.jsonl"))?);
        Ok(Arc::new(Self { runtime, desk, callbacks, record }))
    }

    /// Tells what becomes of a text message that was taken, if its sender wants to hear of it.
    pub(crate) async fn sms(self: &Arc<Self>, message: TwilioMessage) {
        let tone = self.desk.tone(Provider::Sms, &message.to);
        let Some(url) = message.callback.clone() else { return };
        let last = if tone.fails { "undelivered" } else { "delivered" };
        let teller = Arc::clone(self);
        let letters = ["queued", "sent", last].map(|word| teller.sms_status(&url, &message, word));
        self.tell(tone, letters.to_vec()).await;
    }

    /// Tells what becomes of a WhatsApp message that was taken.
    pub(crate) async fn whatsapp(self: &Arc<Self>, message: MetaMessage) {
        let tone = self.desk.tone(Provider::WhatsApp, &message.to);
        let Some(url) = self.callbacks.whatsapp_url.clone() else { return };
        let words: &[&'static str] =
            if tone.fails { &["sent", "failed"] } else { &["sent", "delivered", "read"] };
        let letters = words.iter().map(|word| self.whatsapp_status(&url, &message, word)).collect();
        self.tell(tone, letters).await;
    }

    /// Posts what somebody writes, and says what came of it; none if it goes nowhere.
    pub(crate) async fn inbound(&self, written: Written) -> Option<Told> {
        let (about, letter) = match written.provider {
            Provider::Sms => self.sms_inbound(&written)?,
            Provider::WhatsApp => self.whatsapp_inbound(&written)?,
            Provider::Email => return None,
        };
        Some(self.deliver(&about, &letter).await)
    }

    /// Posts them in the manner that was drawn: at once, or in a task of its own.
    async fn tell(self: &Arc<Self>, tone: Tone, letters: Vec<(About, Letter)>) {
        let letters: Vec<_> = match tone.manner {
            Manner::Never => return,
            Manner::Twice => letters.into_iter().flat_map(|letter| [letter.clone(), letter]).collect(),
            Manner::OutOfOrder => letters.into_iter().rev().collect(),
            Manner::Plain | Manner::Early | Manner::Late => letters,
        };
        let rest = match tone.manner {
            Manner::Early => return self.post_all(Duration::ZERO, &letters).await,
            Manner::Late => tone.late,
            Manner::Plain | Manner::Twice | Manner::OutOfOrder | Manner::Never => SOON,
        };
        let teller = Arc::clone(self);
        let telling: BoxFuture<'static, ()> = Box::pin(async move { teller.post_all(rest, &letters).await });
        self.runtime.tasks.spawn("loopback callbacks", telling);
    }

    async fn post_all(&self, rest: Duration, letters: &[(About, Letter)]) {
        self.desk.pause(rest).await;
        for (about, letter) in letters {
            self.deliver(about, letter).await;
        }
    }

    /// Posts one until it is answered with 2xx; each try is recorded.
    async fn deliver(&self, about: &About, letter: &Letter) -> Told {
        let mut rest = FIRST_REST;
        let mut told = Told { tries: 0, answered: None };
        while told.tries < MAX_TRIES {
            if told.tries > 0 {
                self.desk.pause(rest).await;
                rest = rest.saturating_mul(2);
            }
            told.tries += 1;
            let answer = post::post(letter, self.callbacks.via, self.runtime.clock.as_ref()).await;
            told.answered = answer.as_ref().ok().copied();
            self.enter(about, told.tries, answer);
            if told.answered.is_some_and(|status| (200..300).contains(&status)) {
                break;
            }
        }
        told
    }

    fn enter(&self, about: &About, tries: u32, answer: Result<u16, &'static str>) {
        let callback = Callback {
            sequence: 0,
            at: self.runtime.clock.now(),
            provider: about.provider.as_str(),
            kind: about.kind,
            message: about.message.clone(),
            word: about.word,
            tried: tries,
            answered: answer.ok(),
            failed: answer.err(),
        };
        let mut record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = record.append(callback) {
            tracing::error!(
                error.transient = error.is_transient(),
                "the record of callbacks can't be written"
            );
        }
    }

    /// The instant that is signed: the sender's own where it announced it, so that a played feed stays in its time.
    fn instant(&self, announced: Option<Timestamp>) -> Timestamp {
        announced.unwrap_or_else(|| self.runtime.clock.now())
    }
}

/// What somebody writes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Spoken {
    pub(crate) channel: String,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) text: String,
    /// The provider's name for it; a new one if it is left out.
    pub(crate) id: Option<String>,
    /// The message of ours that it is written under (WhatsApp).
    pub(crate) reply_to: Option<String>,
}

/// The same, with its provider and its name.
pub(crate) struct Written {
    pub(crate) provider: Provider,
    pub(crate) id: String,
    pub(crate) spoken: Spoken,
}
