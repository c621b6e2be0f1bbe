//! Finding a partition's owner: its epoch, which stands in the subject of permit questions.
//!
//! It is asked for once and remembered; announcements bring it up to date.
//! Where several answer, the highest epoch wins: an owner that was replaced may not know yet.

use std::sync::Arc;
use std::time::Duration;

use async_nats::{Message, StatusCode, Subscriber};
use contract::codec;
use contract::wire::{Ownership, PermitAnswer};
use futures_util::StreamExt;
use runtime::random_id;
use tokio::sync::watch;

use super::asking::Question;
use super::envelope;
use super::headers;
use super::link::{Link, failed, within};
use super::owning::announce;
use super::partitions::Partitions;
use super::parts::Part;
use crate::BusError;

const WHAT: &str = "permit questions";
const DOING: &str = "looked for a partition's owner";

/// How long further answers are waited for once the first is there.
const GATHERING: Duration = Duration::from_millis(20);

/// Most answers that are read.
const MAX_ANSWERS: usize = 8;

impl Link {
    /// Asks the owner for permits. Where nobody listens under the epoch that is remembered, the owner is looked for once
    /// more: nobody has seen the question then.
    pub(super) async fn ask_for_permits(
        &self,
        partitions: &Partitions,
        partition: u16,
        part: &Part,
    ) -> Result<Vec<PermitAnswer>, BusError> {
        let epoch = self.owner(partitions, partition).await?;
        let answer = match self.ask_under(partition, epoch, part).await {
            Err(BusError::NobodyListens { .. }) => {
                partitions.forget(partition, epoch);
                let epoch = self.owner(partitions, partition).await?;
                self.ask_under(partition, epoch, part).await?
            }
            Err(error @ BusError::Unanswered { .. }) => {
                // It may have been replaced, and does not know; whoever asks again finds the newest.
                partitions.forget(partition, epoch);
                return Err(error);
            }
            answer => answer?,
        };
        self.decoded(&answer, part.entries, codec::decode_answers)
    }

    async fn ask_under(&self, partition: u16, epoch: u64, part: &Part) -> Result<Vec<u8>, BusError> {
        let subject = self.topology.permits(partition, epoch);
        let timeout = self.timeouts.permits;
        // Nobody but the owner of this epoch hears it.
        let (plain, owner_of) = (&part.bytes, None);
        self.ask(&Question { what: WHAT, subject: &subject, plain, trace: None, timeout, owner_of }).await
    }

    async fn owner(&self, partitions: &Partitions, partition: u16) -> Result<u64, BusError> {
        if let Some(epoch) = partitions.epoch(partition) {
            return Ok(epoch);
        }
        let found = self.timely(DOING, self.look_for_owner(partition)).await??;
        let epoch = found.ok_or(BusError::NobodyListens { what: WHAT })?;
        // Told to ourselves as if it had been announced.
        let _ours_is_newer = partitions.hear(partition, epoch);
        Ok(epoch)
    }

    async fn look_for_owner(&self, partition: u16) -> Result<Option<u64>, BusError> {
        let other = |error: &dyn core::fmt::Display| failed(DOING, error, true);
        self.check_up(DOING)?;
        let subject = self.topology.owners(partition);
        let id = headers::hex(&random_id(&*self.runtime.random));
        let inbox = self.client.new_inbox();
        let mut answers = self.client.subscribe(inbox.clone()).await.map_err(|error| other(&error))?;
        let mut asking = headers::traced(None);
        asking.insert(headers::QUESTION, id.as_str());
        let asked =
            self.client.publish_with_reply_and_headers(subject.clone(), inbox, asking, Vec::new().into());
        asked.await.map_err(|error| other(&error))?;
        Ok(self.highest(partition, &envelope::answer(&subject, &id), &mut answers).await)
    }

    async fn highest(&self, partition: u16, context: &str, answers: &mut Subscriber) -> Option<u64> {
        // The owner may have gone with the question in its hands.
        let first = within(&self.runtime, self.timeouts.server, answers.next()).await??;
        let mut highest = self.named(partition, context, &first)?;
        let gather = async {
            for _ in 1..MAX_ANSWERS {
                let Some(answer) = answers.next().await else { return };
                highest = highest.max(self.named(partition, context, &answer).unwrap_or(0));
            }
        };
        let _all_or_in_time = within(&self.runtime, GATHERING, gather).await;
        Some(highest)
    }

    fn named(&self, partition: u16, context: &str, answer: &Message) -> Option<u64> {
        if answer.status == Some(StatusCode::NO_RESPONDERS) {
            return None;
        }
        let plain = self.open(context, &answer.payload).ok()?;
        self.ownership(partition, &plain)
    }

    fn ownership(&self, partition: u16, plain: &[u8]) -> Option<u64> {
        match codec::decode_ownership(plain) {
            Ok(Ownership { partition: named, epoch }) if named == partition => Some(epoch),
            Ok(_) | Err(_) => {
                self.unreadable();
                None
            }
        }
    }
}

/// Hears of new owners until the carrier ends, and tells the world of ours once the connection was made anew.
pub(super) async fn hear_of_owners(
    link: Arc<Link>,
    partitions: Arc<Partitions>,
    mut announcements: Subscriber,
    mut closing: watch::Receiver<()>,
) {
    let mut reconnects = link.reconnects();
    loop {
        tokio::select! {
            biased;
            _ended = closing.changed() => return,
            changed = reconnects.changed() => match changed {
                Ok(()) => announce_all(&link, &partitions).await,
                Err(_client_is_gone) => return,
            },
            announcement = announcements.next() => match announcement {
                Some(announcement) => heard(&link, &partitions, &announcement).await,
                None => return,
            },
        }
    }
}

async fn announce_all(link: &Link, partitions: &Partitions) {
    for (partition, epoch) in partitions.held() {
        announce(link, partition, epoch).await;
    }
}

async fn heard(link: &Link, partitions: &Partitions, announcement: &Message) {
    let partition = announcement.subject.rsplit('.').next().and_then(|token| token.parse().ok());
    let opened = link.open(&envelope::announcement(&announcement.subject), &announcement.payload);
    let (Some(partition), Ok(plain)) = (partition, opened) else { return };
    let Some(epoch) = link.ownership(partition, &plain) else { return };
    if let Some(ours) = partitions.hear(partition, epoch) {
        tracing::info!(partition, epoch, newer = ours, "an owner that was replaced is told so");
        announce(link, partition, ours).await;
    }
}
