//! What is known to be lost: where each partition had ended, and which contacts the public feed shows behind that.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use bus::feed::PublishedHead;
use bus::nats::NatsBus;
use contract::envelope;
use contract::wire::{Addressee, FactMessage};
use domain::channel::Channel;
use domain::event::Event;
use domain::fact::{Direction, Fact};
use domain::ids::{InputId, Position, StreamId};
use domain::label::{Label, TenantId};
use domain::time::Timestamp;
use event_log::keys::Keyring;
use event_log::postgres::PgLog;
use event_log::store::EventLog;
use scheduler::Standing;

use super::{NAME, REASON};

/// How a partition stands beside what its owner last said of it.
pub(super) struct Left {
    pub(super) partition: u16,
    /// Where what is left of the history ends.
    pub(super) ends_at: Position,
    /// The instant of that.
    pub(super) since: Timestamp,
    /// What was kept outside the database, if anything was.
    pub(super) published: Option<PublishedHead>,
    frozen: bool,
}

/// Somebody who was contacted in the lost span.
pub(super) struct Contacted {
    partition: u16,
    position: Position,
    tenant: TenantId,
    stream: StreamId,
    at: Timestamp,
    /// Over which channel, where the feed still shows the escalation.
    channel: Option<Channel>,
    history: [u8; 16],
}

impl Left {
    /// Whether no owner takes the partition.
    pub(super) const fn is_frozen(&self) -> bool {
        self.frozen
    }
}

/// How every partition stands.
pub(super) async fn standings(log: &PgLog, nats: &NatsBus) -> Result<Vec<Left>> {
    let mut standings = Vec::new();
    for partition in 0..log.partitions() {
        standings.push(standing(log, nats, partition).await?);
    }
    Ok(standings)
}

async fn standing(log: &PgLog, nats: &NatsBus, partition: u16) -> Result<Left> {
    let head = log.head(partition).await?;
    let whole = Left { partition, ends_at: head.position, since: head.at, published: None, frozen: false };
    match scheduler::standing(log, nats, partition, log.origin().history, head.position).await? {
        Standing::GoesOn(published) => Ok(Left { published, ..whole }),
        // Behind some position that nobody has noted it may have gone another way: all since then may be lost.
        Standing::SetBack(kept) => Ok(Left { published: Some(kept), frozen: true, ..whole }),
        // A recovery that did not come to its end.
        Standing::OtherHistory(kept) => {
            let ends_at = last_of(log, partition, kept.history, head.position).await?;
            if ends_at.0 == 0 && head.position.0 > 0 {
                bail!(
                    "the broker keeps the end of partition {partition} of another log: nothing can be said about this \
                     one; name the broker, or the account on it, that this log was used with"
                );
            }
            at(log, Left { ends_at, published: Some(kept), frozen: true, ..whole }).await
        }
    }
}

/// The last position of a history, by halving: histories follow each other.
async fn last_of(log: &PgLog, partition: u16, history: [u8; 16], end: Position) -> Result<Position> {
    let (mut from, mut to) = (0, end.0);
    while from < to {
        let middle = from + (to - from).div_ceil(2);
        let rows = log.read_at(partition, &[Position(middle)]).await?;
        if rows.first().is_some_and(|row| row.history == history) { from = middle } else { to = middle - 1 }
    }
    Ok(Position(from))
}

async fn at(log: &PgLog, standing: Left) -> Result<Left> {
    let rows = log.read_at(standing.partition, &[standing.ends_at]).await?;
    Ok(Left { since: rows.first().map_or(standing.since, |row| row.event.at), ..standing })
}

/// The contacts that the feed shows behind where these partitions end.
pub(super) async fn contacted(nats: &NatsBus, frozen: &[&Left]) -> Result<Vec<Contacted>> {
    let mut channels: BTreeMap<(StreamId, u32), Channel> = BTreeMap::new();
    nats.read_feed("escalated", |bytes| {
        let Ok(envelope) = envelope::decode(bytes) else { return };
        if let Ok(Event::Escalated(escalation)) = envelope.event() {
            channels.insert((envelope.stream, escalation.number), escalation.channel);
        }
    })
    .await?;
    let mut contacted: BTreeMap<(u16, Position), Contacted> = BTreeMap::new();
    nats.read_feed("delivery_started", |bytes| {
        let Ok(envelope) = envelope::decode(bytes) else { return };
        let Ok(Event::DeliveryStarted(delivery)) = envelope.event() else { return };
        let is_lost = frozen.iter().any(|standing| {
            let of_it = standing.published.is_some_and(|head| head.history == envelope.history);
            of_it && standing.partition == envelope.partition && envelope.position > standing.ends_at
        });
        if is_lost {
            let (partition, position) = (envelope.partition, envelope.position);
            let channel = channels.get(&(envelope.stream, delivery.number)).copied();
            let (tenant, stream, at, history) =
                (envelope.tenant, envelope.stream, envelope.now, envelope.history);
            // The feed may show an event more than once.
            let lost = Contacted { partition, position, tenant, stream, at, channel, history };
            contacted.insert((partition, position), lost);
        }
    })
    .await?;
    Ok(contacted.into_values().collect())
}

/// What is recorded of the contacts of one partition: each counts for the caps, and holds its debtor.
pub(super) fn facts(keyring: &Keyring, standing: &Left, contacted: &[Contacted]) -> Vec<FactMessage> {
    let of_it = contacted.iter().filter(|contact| contact.partition == standing.partition);
    of_it.flat_map(|contact| contact.facts(keyring)).collect()
}

impl Contacted {
    fn facts(&self, keyring: &Keyring) -> Vec<FactMessage> {
        let (Ok(actor), Ok(reason)) = (Label::new(NAME), Label::new(REASON)) else { return Vec::new() };
        let place = format!("{}-{}", self.partition, self.position.0);
        let hold = keyring.hold_id(&self.tenant, &format!("{NAME} {place}"));
        let held = Fact::HoldPlaced { hold, claim: None, reason, actor, until: None };
        let made = self.channel.map(|channel| Fact::ContactMade {
            channel,
            direction: Direction::Outbound,
            right_party: false,
        });
        let named = [("hold", Some(held)), ("contact", made)];
        named.into_iter().filter_map(|(name, fact)| Some(self.fact(keyring, name, fact?))).collect()
    }

    fn fact(&self, keyring: &Keyring, name: &str, fact: Fact) -> FactMessage {
        let position = self.position.0.to_be_bytes();
        let parts = [&self.history[..], &self.partition.to_be_bytes(), &position, name.as_bytes()];
        let key = InputId::new(keyring.digest16("recovered", &parts));
        FactMessage {
            tenant: self.tenant.clone(),
            addressee: Addressee::Debtor(self.stream),
            key,
            content: key.bytes(),
            occurred_at: self.at,
            fact,
            personal: None,
            trace: None,
        }
    }
}
