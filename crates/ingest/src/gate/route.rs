//! To which partitions facts and reports go.
//!
//! A debtor's own digest says its partition. What names a claim, a contact point or a provider's message alone goes to
//! wherever the log knows it; where it is known nowhere, to the partition that its own digest falls into, to wait there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use contract::wire::{About, Addressee, FactMessage, OutcomeMessage};
use domain::ids::StreamId;
use event_log::keys::Keyring;
use event_log::record::LookupKind;
use event_log::store::{EventLog, StoreError};

/// Which partition a stream belongs to, and how many there are.
#[derive(Clone)]
pub struct Route {
    partition_of: Arc<dyn Fn(StreamId) -> u16 + Send + Sync>,
    partitions: u16,
    log: Option<Arc<dyn EventLog>>,
}

/// Where keyed digests are known, as far as anybody asked.
#[derive(Default)]
pub(super) struct Places(BTreeMap<[u8; 16], BTreeSet<u16>>);

impl Route {
    /// The route of a log with that many partitions, of which nobody knows who is where. Right for one partition.
    pub fn by_digest(keyring: Keyring, partitions: u16) -> Self {
        let partition_of = Arc::new(move |stream| keyring.partition_of(stream, partitions));
        Self { partition_of, partitions, log: None }
    }

    /// The route of this log, which is asked where claims, contact points and messages are known.
    pub fn of_log(keyring: Keyring, log: Arc<dyn EventLog>) -> Self {
        let route = Self::by_digest(keyring, log.partitions());
        if route.partitions > 1 { Self { log: Some(log), ..route } } else { route }
    }

    /// All partitions.
    pub fn all(&self) -> impl Iterator<Item = u16> + use<> {
        0..self.partitions
    }

    /// Asks where the claims and contact points are known that these facts name without a debtor.
    pub(super) async fn places_of_facts(&self, facts: &[FactMessage]) -> Result<Places, StoreError> {
        let (mut claims, mut points) = (BTreeSet::new(), BTreeSet::new());
        for fact in facts {
            match fact.addressee {
                Addressee::Debtor(_) => {}
                Addressee::OwnerOf(claim) => drop(claims.insert(claim.bytes())),
                Addressee::UsersOf(point) => drop(points.insert(point.bytes())),
            }
        }
        let mut places = Places::default();
        self.ask(&mut places, LookupKind::Claim, claims).await?;
        self.ask(&mut places, LookupKind::Point, points).await?;
        facts.iter().for_each(|fact| self.note_made_known(&mut places, fact));
        Ok(places)
    }

    /// What one fact of a call makes known, a later one of the call may name alone: it goes the same way, behind it.
    fn note_made_known(&self, places: &mut Places, fact: &FactMessage) {
        let Addressee::Debtor(stream) = fact.addressee else { return };
        if let Some(known) = fact.fact.makes_known() {
            let place = || BTreeSet::from([(self.partition_of)(stream)]);
            places.0.entry(known.digest()).or_insert_with(place);
        }
    }

    /// Asks where the messages are known that these reports name without an attempt.
    pub(super) async fn places_of_reports(&self, reports: &[OutcomeMessage]) -> Result<Places, StoreError> {
        let named = |report: &OutcomeMessage| match report.about {
            About::Attempt(_) => None,
            About::Message(message) => Some(message.bytes()),
        };
        let mut places = Places::default();
        let messages = reports.iter().filter_map(named).collect();
        self.ask(&mut places, LookupKind::ProviderMessage, messages).await?;
        Ok(places)
    }

    async fn ask(
        &self,
        places: &mut Places,
        kind: LookupKind,
        digests: BTreeSet<[u8; 16]>,
    ) -> Result<(), StoreError> {
        let Some(log) = self.log.as_ref().filter(|_| !digests.is_empty()) else { return Ok(()) };
        let digests: Vec<[u8; 16]> = digests.into_iter().collect();
        for (partition, lookup) in log.locate(kind, &digests).await? {
            places.0.entry(lookup.digest).or_default().insert(partition);
        }
        Ok(())
    }

    /// Where a fact goes.
    pub(super) fn of_fact(&self, message: &FactMessage, places: &Places) -> Vec<u16> {
        match message.addressee {
            Addressee::Debtor(stream) => vec![(self.partition_of)(stream)],
            Addressee::OwnerOf(claim) => self.known_or_home(claim.bytes(), places),
            Addressee::UsersOf(point) => self.known_or_home(point.bytes(), places),
        }
    }

    /// Where an outcome goes.
    pub(super) fn of_outcome(&self, message: &OutcomeMessage, places: &Places) -> Vec<u16> {
        match message.about {
            About::Attempt(id) => vec![(self.partition_of)(id.stream)],
            About::Message(message) => self.known_or_home(message.bytes(), places),
        }
    }

    fn known_or_home(&self, digest: [u8; 16], places: &Places) -> Vec<u16> {
        match places.0.get(&digest) {
            Some(known) => known.iter().copied().collect(),
            None => vec![(self.partition_of)(StreamId::new(digest))],
        }
    }
}
