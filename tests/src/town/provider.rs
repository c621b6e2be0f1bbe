//! A provider that accepts, rejects, throttles, hangs and times out by seeded draws, and keeps a record of its own.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use channel::{Deadline, DeferredBy, Provider, Submission, UnknownReason, UnsentReason};
use contract::personal::Message;
use domain::channel::Channel;
use domain::ids::EscalationId;
use domain::outcome::RejectClass;
use domain::time::Span;
use runtime::Runtime;

use super::pulse::{Kind, Pulse};
use super::record::{self, Record};
use crate::draw::Draw;

/// A provider's client of one channel.
pub struct Moody {
    /// Its channel.
    pub channel: Channel,
    /// Its clock.
    pub runtime: Runtime,
    /// Where it writes what left.
    pub record: Record,
    /// Where it says that something has left or come back.
    pub pulse: Pulse,
    /// Its moods; they outlive the client.
    pub draw: Arc<Mutex<Draw>>,
}

/// What it does with one submission.
struct Mood {
    connects_in: Duration,
    replies_in: Duration,
    reply: Reply,
}

enum Reply {
    Is(Submission),
    /// The connection never opens.
    NotReached,
    /// Written, and silent for ever: the worker's own time-out ends it.
    Never,
}

impl Moody {
    fn mood(&self) -> Mood {
        let mut draw = self.draw.lock().unwrap_or_else(PoisonError::into_inner);
        let kind = draw.between(1, 100);
        // Now and then connecting takes so long that the permit's time runs out.
        let connects_ms = if draw.percent(8) { draw.between(3_000, 15_000) } else { draw.between(5, 400) };
        let replies_ms = draw.between(20, 3_000);
        let milliseconds = |n: i64| Duration::from_millis(n.unsigned_abs());
        let minutes = draw.between(1, 120);
        drop(draw);
        let reply = reply(kind, minutes);
        Mood { connects_in: milliseconds(connects_ms), replies_in: milliseconds(replies_ms), reply }
    }
}

fn reply(kind: i64, minutes: i64) -> Reply {
    let delay = Span::minutes(minutes);
    let rejected = |class| Submission::Rejected { class, said: Some("no".to_owned()) };
    Reply::Is(match kind {
        1..=50 => Submission::Accepted { provider_message: Some(format!("m-{kind}-{minutes}")) },
        51..=60 => Submission::Delivered { provider_message: None },
        61..=63 => rejected(RejectClass::BadAddress),
        64..=65 => rejected(RejectClass::RecipientRefuses),
        66..=67 => rejected(RejectClass::NotAllowed),
        68..=71 => rejected(RejectClass::Other),
        72..=76 => Submission::Deferred { delay, by: DeferredBy::Recipient },
        77..=82 => Submission::Deferred { delay, by: DeferredBy::Provider },
        83..=86 => return Reply::NotReached,
        87..=93 => return Reply::Never,
        _ => Submission::Unknown { reason: UnknownReason::NoReply },
    })
}

#[async_trait]
impl Provider for Moody {
    fn channel(&self) -> Channel {
        self.channel
    }

    async fn submit(
        &self,
        address: &str,
        message: &Message,
        attempt: EscalationId,
        deadline: &Deadline,
    ) -> Submission {
        let Mood { connects_in, replies_in, reply } = self.mood();
        let clock = &self.runtime.clock;
        clock.sleep(connects_in).await;
        if matches!(reply, Reply::NotReached) {
            return Submission::Unsent { reason: UnsentReason::NoConnection };
        }
        if deadline.check().is_err() {
            self.record.lock().too_late += 1;
            return Submission::Unsent { reason: UnsentReason::TooLate };
        }
        // No await between the check and the write: here is the first byte.
        let place = self.record.left(record::Submission {
            attempt,
            channel: self.channel,
            at: clock.now(),
            address: address.to_owned(),
            message: message.clone(),
            kept: true,
        });
        deadline.begun();
        let under_way = UnderWay::begin(&self.record);
        self.pulse.beat(Kind::Contact);
        clock.sleep(replies_in).await;
        match reply {
            Reply::Is(submission) => {
                if submission.outcome().gives_back() {
                    self.record.put_off(place);
                }
                self.pulse.beat(Kind::Contact);
                drop(under_way);
                submission
            }
            Reply::NotReached | Reply::Never => std::future::pending().await,
        }
    }
}

/// Counts a submission as under way until it is answered, given up or dropped in a crash.
struct UnderWay(Record);

impl UnderWay {
    fn begin(record: &Record) -> Self {
        record.lock().under_way += 1;
        Self(record.clone())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.lock().under_way -= 1;
    }
}
