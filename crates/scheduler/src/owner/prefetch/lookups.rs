//! What leads from keyed digests: known inputs, owners of claims, users of contact points, attempts by the provider's
//! name, what waits for any of them, and what is suppressed.

use std::collections::{BTreeMap, BTreeSet};

use contract::wire::{About, Addressee, FactMessage, OutcomeMessage};
use domain::fact::MadeKnown;
use domain::ids::{ClaimId, EscalationId, InputId, PointId, ProviderMessageId, StreamId};
use domain::outcome::{Outcome, RejectClass};
use domain::time::Timestamp;
use event_log::record::{LookupKind, ParkedRow};

use crate::batch::Work;
use crate::error::SchedulerError;
use crate::owner::Owner;
use crate::round::{Known, opted_out};

/// Whose claims are.
#[derive(Default)]
pub(super) struct Owners {
    /// The debtors, of this partition.
    pub(super) here: BTreeMap<ClaimId, StreamId>,
    /// Those of debtors in other partitions.
    pub(super) elsewhere: BTreeSet<ClaimId>,
}

impl Owner {
    /// Whether other partitions have debtors as well.
    pub(crate) fn is_one_of_many(&self) -> bool {
        self.around.log.partitions() > 1
    }

    pub(super) async fn known_inputs(
        &self,
        part: &[Work],
    ) -> Result<BTreeMap<InputId, [u8; 16]>, SchedulerError> {
        let keys: Vec<InputId> = part.iter().filter_map(fact).map(|fact| fact.key).collect();
        if keys.is_empty() {
            return Ok(BTreeMap::new());
        }
        let read = self.around.log.known_inputs(self.desk.partition, &keys).await;
        let known = read.map_err(|source| self.store_error(source))?;
        Ok(known.into_iter().map(|key| (key.key, key.content)).collect())
    }

    pub(super) async fn owners(&self, part: &[Work]) -> Result<Owners, SchedulerError> {
        self.owners_of(part.iter().filter_map(fact).filter_map(claim_to_look_up).collect()).await
    }

    /// Whose the claims are that facts name beside a debtor who, as far as read, does not have them.
    pub(super) async fn owners_of_others(
        &self,
        part: &[Work],
        known: &Known,
    ) -> Result<Owners, SchedulerError> {
        let registered: BTreeSet<ClaimId> =
            part.iter().filter_map(fact).filter_map(claim_to_look_up).collect();
        let is_theirs = |stream: StreamId, claim| {
            self.cache.get(stream).is_some_and(|entry| entry.debtor.claim(claim).is_some())
        };
        let unknown = |message: &FactMessage| {
            let Addressee::Debtor(stream) = message.addressee else { return None };
            let claim = message.fact.claim().filter(|claim| !registered.contains(claim))?;
            (!known.inputs.contains_key(&message.key) && !is_theirs(stream, claim)).then_some(claim)
        };
        self.owners_of(part.iter().filter_map(fact).filter_map(unknown).collect()).await
    }

    /// Whose these claims are: in any partition, since a claim has one debtor at a time.
    async fn owners_of(&self, claims: BTreeSet<ClaimId>) -> Result<Owners, SchedulerError> {
        let mut owners = Owners::default();
        if claims.is_empty() {
            return Ok(owners);
        }
        let digests: Vec<[u8; 16]> = claims.iter().map(ClaimId::bytes).collect();
        let read = self.around.log.locate(LookupKind::Claim, &digests).await;
        for (partition, lookup) in read.map_err(|source| self.store_error(source))? {
            let claim = ClaimId::new(lookup.digest);
            if partition == self.desk.partition {
                owners.here.entry(claim).or_insert(lookup.stream);
            } else {
                owners.elsewhere.insert(claim);
            }
        }
        Ok(owners)
    }

    /// Which attempts the provider's names lead to.
    pub(super) async fn attempts(
        &self,
        part: &[Work],
    ) -> Result<BTreeMap<ProviderMessageId, EscalationId>, SchedulerError> {
        let mut attempts = BTreeMap::new();
        for message in part.iter().filter_map(outcome).filter_map(named_message) {
            let found = self.follow(LookupKind::ProviderMessage, message.bytes()).await?;
            let first =
                found.first().map(|(stream, number)| EscalationId { stream: *stream, number: *number });
            attempts.extend(first.map(|id| (message, id)));
        }
        Ok(attempts)
    }

    /// Who uses the contact points that these inputs may close, or came from.
    pub(super) async fn users(
        &self,
        part: &[Work],
        known: &Known,
    ) -> Result<BTreeMap<PointId, Vec<StreamId>>, SchedulerError> {
        let points: BTreeSet<PointId> = part.iter().filter_map(|work| self.point_of(work, known)).collect();
        let mut users = BTreeMap::new();
        for point in points {
            let found = self.follow(LookupKind::Point, point.bytes()).await?;
            users.insert(point, found.into_iter().map(|(stream, _)| stream).collect());
        }
        Ok(users)
    }

    fn point_of(&self, work: &Work, known: &Known) -> Option<PointId> {
        match work {
            Work::Fact(message) => point_of_fact(message, known),
            Work::Outcome(message) => {
                let waits =
                    message.report.provider_message.is_some_and(|id| known.parked.contains_key(&id.bytes()));
                let refuses = message.report.outcome == Outcome::Rejected(RejectClass::RecipientRefuses);
                let id = known.attempt_of(&message.about).filter(|_| waits || refuses)?;
                self.cache.get(id.stream)?.debtor.attempt(id.number).map(|attempt| attempt.point)
            }
            Work::Permit { .. } | Work::Due(_) => None,
        }
    }

    /// What waits for the claims, contact points and messages that these inputs make known or are to wait for.
    pub(super) async fn waiting_for(
        &self,
        part: &[Work],
    ) -> Result<BTreeMap<[u8; 16], Vec<ParkedRow>>, SchedulerError> {
        let some_wait = |id: &[u8; 16]| self.waited_for.as_ref().is_none_or(|known| known.contains(id));
        let ids: BTreeSet<[u8; 16]> = part.iter().flat_map(made_known).filter(some_wait).collect();
        let mut rows = BTreeMap::new();
        for id in ids {
            let limit = self.desk.config.max_parked;
            let read = self.around.log.parked(self.desk.partition, Some(id), limit).await;
            let read = read.map_err(|source| self.store_error(source))?;
            if !read.is_empty() {
                rows.insert(id, read);
            }
        }
        Ok(rows)
    }

    /// Which of the contact points that are given to somebody are suppressed, and since when. The states of the debtors
    /// whom permits are asked for are read by now.
    pub(super) async fn suppressed_among(
        &self,
        part: &[Work],
    ) -> Result<BTreeMap<PointId, Timestamp>, SchedulerError> {
        let mut points: BTreeSet<PointId> = part.iter().filter_map(fact).filter_map(added_point).collect();
        if self.is_one_of_many() {
            points.extend(part.iter().filter_map(|work| self.point_of_question(work)));
            return self.suppressed_anywhere(&points).await;
        }
        let mut suppressed = BTreeMap::new();
        for point in points {
            let since = match &self.suppressed {
                Some(all) => all.get(&point).copied(),
                None => self.suppressed_since(point).await?,
            };
            suppressed.extend(since.map(|since| (point, since)));
        }
        Ok(suppressed)
    }

    fn point_of_question(&self, work: &Work) -> Option<PointId> {
        let Work::Permit { id, .. } = work else { return None };
        self.cache.get(id.stream)?.debtor.attempt(id.number).map(|attempt| attempt.point)
    }

    async fn suppressed_anywhere(
        &self,
        points: &BTreeSet<PointId>,
    ) -> Result<BTreeMap<PointId, Timestamp>, SchedulerError> {
        if points.is_empty() {
            return Ok(BTreeMap::new());
        }
        let points: Vec<[u8; 16]> = points.iter().map(PointId::bytes).collect();
        let read = self.around.log.suppressed_anywhere(&points).await;
        let rows = read.map_err(|source| self.store_error(source))?;
        Ok(rows.into_iter().map(|row| (PointId::new(row.point), row.since)).collect())
    }

    async fn suppressed_since(&self, point: PointId) -> Result<Option<Timestamp>, SchedulerError> {
        let read = self.around.log.suppressed(self.desk.partition, Some(point.bytes()), 1).await;
        Ok(read.map_err(|source| self.store_error(source))?.first().map(|row| row.since))
    }

    async fn follow(
        &self,
        kind: LookupKind,
        digest: [u8; 16],
    ) -> Result<Vec<(StreamId, u32)>, SchedulerError> {
        let read = self.around.log.lookup(self.desk.partition, kind, digest).await;
        let found = read.map_err(|source| self.store_error(source))?;
        Ok(found.into_iter().map(|lookup| (lookup.stream, lookup.number)).collect())
    }
}

pub(super) fn fact(work: &Work) -> Option<&FactMessage> {
    if let Work::Fact(message) = work { Some(message) } else { None }
}

fn outcome(work: &Work) -> Option<&OutcomeMessage> {
    if let Work::Outcome(message) = work { Some(message) } else { None }
}

const fn named_message(message: &OutcomeMessage) -> Option<ProviderMessageId> {
    match message.about {
        About::Message(id) => Some(id),
        About::Attempt(_) => None,
    }
}

/// The claim whose debtor has to be known before the fact is decided.
fn claim_to_look_up(message: &FactMessage) -> Option<ClaimId> {
    if let Addressee::OwnerOf(claim) = message.addressee {
        return Some(claim);
    }
    message.fact.makes_known().and_then(MadeKnown::claim)
}

fn added_point(message: &FactMessage) -> Option<PointId> {
    message.fact.makes_known().and_then(MadeKnown::point)
}

fn point_of_fact(message: &FactMessage, known: &Known) -> Option<PointId> {
    if let Addressee::UsersOf(point) = message.addressee {
        return Some(point);
    }
    // What waited for it may close it again.
    let waited = added_point(message).filter(|point| known.parked.contains_key(&point.bytes()));
    opted_out(&message.fact).or(waited)
}

/// The digests that something may wait for, and that this input makes known or is to wait for.
fn made_known(work: &Work) -> Vec<[u8; 16]> {
    match work {
        Work::Fact(message) => {
            let claim = claim_to_look_up(message).map(|claim| claim.bytes());
            let added = added_point(message).map(|point| point.bytes());
            let from =
                if let Addressee::UsersOf(point) = message.addressee { Some(point.bytes()) } else { None };
            [claim, added, from].into_iter().flatten().collect()
        }
        Work::Outcome(message) => {
            let named = named_message(message).map(|id| id.bytes());
            let told = message.report.provider_message.map(|id| id.bytes());
            [named, told].into_iter().flatten().collect()
        }
        Work::Permit { .. } | Work::Due(_) => Vec::new(),
    }
}
