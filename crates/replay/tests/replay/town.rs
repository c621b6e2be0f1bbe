//! A town that follows its claims up: a rulebook made in code, a clock moved by hand, a log in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::channel::PointKind;
use domain::debtor::Debtor;
use domain::decide::decide;
use domain::event::Event;
use domain::evolve::Place;
use domain::fact::{DebtorKind, Fact};
use domain::ids::{ClaimId, InputId, PointId, Position, RequestId, RulebookHash, StreamId};
use domain::input::{Cause, CauseKind, Input, PermitRequest};
use domain::label::{CreditorId, Label, Language, TenantId};
use domain::money::{Currency, Minor};
use domain::next_due::next_due;
use domain::outcome::{Disposition, Outcome, OutcomeReport, Reach, Said};
use domain::rulebook::Rulebook;
use domain::time::{Span, Timestamp};
use domain::zone::ZoneName;
use domain::{DECIDER_REVISION, STATE_REVISION};
use event_log::memory::MemoryLog;
use event_log::record::{Append, Lease, NewEvent, Origin, Snapshot};
use event_log::store::EventLog;
use replay::log::LogReader;

use crate::by_laws::rulebook;

pub(crate) const ANNA: StreamId = StreamId::new([0xa1; 16]);
pub(crate) const BEN: StreamId = StreamId::new([0xb2; 16]);
pub(crate) const HASH: RulebookHash = RulebookHash([9; 32]);

/// 2026-03-02T00:00:00Z, a Monday.
pub(crate) const MONDAY: Timestamp = Timestamp(1_772_409_600_000);

pub(crate) fn label(text: &str) -> Label {
    Label::new(text).unwrap()
}

/// The claim of a debtor.
pub(crate) fn claim_of(stream: StreamId) -> ClaimId {
    ClaimId::new(stream.bytes().map(|byte| byte ^ 0xff))
}

/// The phone number of a debtor.
pub(crate) fn phone_of(stream: StreamId) -> PointId {
    PointId::new(stream.bytes().map(|byte| byte ^ 0x0f))
}

pub(crate) fn town() -> TenantId {
    TenantId::new("town").unwrap()
}

pub(crate) struct Town {
    pub(crate) log: Arc<MemoryLog>,
    pub(crate) now: Timestamp,
    pub(crate) decider: u32,
    pub(crate) hash: RulebookHash,
    rulebook: Rulebook,
    lease: Lease,
    known: BTreeMap<StreamId, (Debtor, Position)>,
    ids: u128,
}

impl Town {
    pub(crate) async fn new() -> Self {
        let origin = Origin { history: [1; 16], partitions: 1, key_check: [2; 16] };
        let log = Arc::new(MemoryLog::new(origin, DECIDER_REVISION));
        let lease = log.lease(0).await.unwrap();
        let mut town = Self {
            log,
            now: MONDAY,
            decider: DECIDER_REVISION,
            hash: HASH,
            rulebook: rulebook(),
            lease,
            known: BTreeMap::new(),
            ids: 0,
        };
        let cause = Cause { kind: CauseKind::Operator, id: InputId::new(town.id()) };
        town.append(StreamId::PARTITION, cause, &[Event::RulebookActivated { rulebook: HASH }], town.now)
            .await;
        town
    }

    pub(crate) fn reader(&self) -> LogReader {
        let log: Arc<dyn EventLog> = Arc::<MemoryLog>::clone(&self.log);
        LogReader::new(log)
    }

    fn id(&mut self) -> [u8; 16] {
        self.ids += 1;
        self.ids.to_be_bytes()
    }

    pub(crate) fn debtor(&self, stream: StreamId) -> Debtor {
        self.known.get(&stream).map_or_else(|| Debtor::new(town()), |(debtor, _)| debtor.clone())
    }

    /// Decides an input and appends what follows.
    pub(crate) async fn act(&mut self, stream: StreamId, input: Input) -> Vec<Event> {
        let mut events = decide(&self.debtor(stream), &input, &self.rulebook, self.now).events;
        // The edge adds the digest of the words.
        for event in &mut events {
            if let Event::DeliveryStarted(delivery) = event {
                delivery.words = Some([5; 32]);
            }
        }
        let occurred_at = Place::of(&input, 0, Position::PENDING, self.now).occurred_at;
        let cause = Cause { kind: input.kind(), id: InputId::new(self.id()) };
        self.append(stream, cause, &events, occurred_at).await;
        events
    }

    pub(crate) async fn append(
        &mut self,
        stream: StreamId,
        cause: Cause,
        events: &[Event],
        first: Timestamp,
    ) {
        for (index, event) in events.iter().enumerate() {
            let occurred_at = if index == 0 { first } else { self.now };
            self.append_one(stream, cause, event, occurred_at).await;
        }
    }

    async fn append_one(&mut self, stream: StreamId, cause: Cause, event: &Event, occurred_at: Timestamp) {
        let (mut debtor, previous) = match self.known.get(&stream) {
            Some((debtor, position)) => (debtor.clone(), Some(*position)),
            None => (Debtor::new(town()), None),
        };
        let position = Position(self.lease.head.position.0 + 1);
        debtor.evolve(event, Place { position, at: self.now, occurred_at });
        let (kind, payload) = contract::event::encode(event);
        let version = debtor.version;
        let new = self.row(stream, version, previous, cause, occurred_at, kind, payload);
        self.write(new).await;
        self.known.insert(stream, (debtor, position));
    }

    /// Appends a row of a debtor who lives here, in a version that may be unknown.
    pub(crate) async fn append_of_version(
        &mut self,
        stream: StreamId,
        kind: u16,
        schema: u16,
        payload: Vec<u8>,
    ) {
        let (debtor, previous) = self.known.get(&stream).unwrap().clone();
        let cause = Cause { kind: CauseKind::Operator, id: InputId::new(self.id()) };
        let row = self.row(stream, debtor.version + 1, Some(previous), cause, self.now, kind, payload);
        self.write(NewEvent { schema, ..row }).await;
    }

    async fn write(&mut self, new: NewEvent) {
        let append = Append { events: vec![new], ..Append::nothing(0, self.lease.epoch, self.lease.head) };
        self.lease.head = self.log.append(&append).await.unwrap();
    }

    #[expect(clippy::too_many_arguments, reason = "as many as a row has that differ")]
    fn row(
        &mut self,
        stream: StreamId,
        version: u64,
        previous: Option<Position>,
        cause: Cause,
        occurred_at: Timestamp,
        kind: u16,
        payload: Vec<u8>,
    ) -> NewEvent {
        NewEvent {
            tenant: town(),
            stream,
            version,
            previous,
            event_id: self.id(),
            cause,
            at: self.now,
            occurred_at,
            kind,
            schema: contract::event::schema_of(kind),
            decider: self.decider,
            rulebook: self.hash,
            trace: Some(([3; 16], [4; 8], 1)),
            payload,
            personal: None,
        }
    }

    pub(crate) async fn fact(&mut self, stream: StreamId, fact: Fact) -> Vec<Event> {
        let occurred_at = self.now;
        self.act(stream, Input::Fact { fact, occurred_at }).await
    }

    /// Somebody with a phone owes 120.50 francs that are due now.
    pub(crate) async fn move_in(&mut self, stream: StreamId) {
        self.fact(
            stream,
            Fact::DebtorDescribed {
                zones: vec![ZoneName::new("Europe/Zurich").unwrap()],
                language: Language::new("de"),
                kind: DebtorKind::Person,
                country: None,
            },
        )
        .await;
        let (point, source) = (phone_of(stream), label("register"));
        let fact = Fact::ContactPointAdded {
            point,
            kind: PointKind::Phone,
            source,
            confidence: 90,
            verified_at: None,
        };
        self.fact(stream, fact).await;
        self.fact(
            stream,
            Fact::ClaimRegistered {
                claim: claim_of(stream),
                creditor: CreditorId::new("water").unwrap(),
                currency: Currency::new("CHF").unwrap(),
                principal: Minor(12_050),
                interest: Minor::ZERO,
                costs: Minor::ZERO,
                due_at: MONDAY,
                scenario: None,
            },
        )
        .await;
    }

    pub(crate) fn due(&self, stream: StreamId) -> Option<Timestamp> {
        next_due(&self.debtor(stream), &self.rulebook)
    }

    /// Goes to the debtor's next due instant, and decides what is due there.
    pub(crate) async fn wait(&mut self, stream: StreamId) -> Vec<Event> {
        self.now = self.now.max(self.due(stream).unwrap());
        self.act(stream, Input::Due).await
    }

    /// Waits until the debtor's next contact is decided, and gives its number.
    pub(crate) async fn wait_for_contact(&mut self, stream: StreamId) -> u32 {
        for _ in 0..20 {
            if let Some(Event::Escalated(escalation)) = self.wait(stream).await.last() {
                return escalation.number;
            }
        }
        panic!("no contact is ever decided");
    }

    pub(crate) async fn ask(&mut self, stream: StreamId, number: u32) -> Vec<Event> {
        let request = RequestId::new(self.id());
        self.act(stream, Input::Permit(PermitRequest { number, request })).await
    }

    pub(crate) async fn report(&mut self, stream: StreamId, number: u32, outcome: Outcome) -> Vec<Event> {
        let report = OutcomeReport { number, outcome, at: self.now, provider_message: None, late: false };
        self.act(stream, Input::Outcome(report)).await
    }

    /// The next contact is made, and nobody answers.
    pub(crate) async fn contact_in_vain(&mut self, stream: StreamId) {
        let number = self.wait_for_contact(stream).await;
        self.ask(stream, number).await;
        let called = Outcome::Called(Disposition { reach: Reach::NoAnswer, said: Said::Nothing });
        self.report(stream, number, called).await;
    }

    /// Anna is called in vain, then pays; Ben is called and promises.
    pub(crate) async fn lived_in() -> Self {
        let mut town = Self::new().await;
        town.move_in(ANNA).await;
        town.move_in(BEN).await;
        town.contact_in_vain(ANNA).await;
        let number = town.wait_for_contact(BEN).await;
        town.ask(BEN, number).await;
        let said = Said::Promise { amount: Minor(12_050), due_at: town.now.plus(Span::days(5)) };
        town.report(BEN, number, Outcome::Called(Disposition { reach: Reach::RightParty, said })).await;
        town.fact(
            ANNA,
            Fact::PaymentReceived { claim: claim_of(ANNA), amount: Minor(12_050), currency: Currency::CHF },
        )
        .await;
        town
    }

    /// Writes snapshots of everybody.
    pub(crate) async fn checkpoint(&self) {
        let people = self.known.iter().filter(|(stream, _)| **stream != StreamId::PARTITION);
        let snapshots: Vec<Snapshot> = people
            .map(|(stream, (debtor, position))| Snapshot {
                stream: *stream,
                tenant: town(),
                version: debtor.version,
                position: *position,
                revision: STATE_REVISION,
                state: contract::state::encode(debtor),
                due_at: self.due(*stream),
                ready: None,
            })
            .collect();
        let head = self.lease.head.position;
        self.log.write_checkpoint(0, self.lease.epoch, head, &snapshots).await.unwrap();
    }
}
