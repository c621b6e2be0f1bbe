//! What upstream publishes over the broker: acknowledged once in the log, refused with its body kept, or left to come again.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bus::BusError;
use bus::upstream::{Published, Settled, Taken, Upstream};
use contract::codec::decode_receipts;
use contract::upstream::{ClaimEvent, encode};
use contract::wire::{FactMessage, Receipt};
use domain::label::TenantId;
use domain::time::Timestamp;
use event_log::refused::{RefusedBodies, RefusedBody};
use event_log::seal::message::{Purpose, open_message};
use event_log::store::StoreError;
use ingest::IngestError;
use ingest::published::Intake;
use ingest::sink::FactSink;
use runtime::simulated::Simulation;
use tokio::sync::watch;

use crate::support::{Judge, keyring, record, refuse_payments, world};

const BODY: &str = "K-17";

/// What became of each message, by its id.
type Ends = Arc<Mutex<BTreeMap<String, Settled>>>;

struct Shelf {
    waiting: Mutex<VecDeque<Published>>,
    ends: Ends,
}

struct Delivery {
    message: Published,
    ends: Ends,
}

#[async_trait]
impl Taken for Delivery {
    fn message(&self) -> &Published {
        &self.message
    }

    async fn settle(self: Box<Self>, settled: Settled) -> Result<(), BusError> {
        let id = self.message.message_id.clone().unwrap();
        self.ends.lock().unwrap().insert(id, settled);
        Ok(())
    }
}

#[async_trait]
impl Upstream for Shelf {
    async fn take(&self, most: usize) -> Result<Vec<Box<dyn Taken>>, BusError> {
        let taken: Vec<Published> = {
            let mut waiting = self.waiting.lock().unwrap();
            let many = most.min(waiting.len());
            waiting.drain(..many).collect()
        };
        if taken.is_empty() {
            std::future::pending::<()>().await;
        }
        let deliver =
            |message| Box::new(Delivery { message, ends: Arc::clone(&self.ends) }) as Box<dyn Taken>;
        Ok(taken.into_iter().map(deliver).collect())
    }

    async fn oldest(&self) -> Result<Duration, BusError> {
        Ok(Duration::ZERO)
    }
}

/// A log that is away.
struct Nobody;

#[async_trait]
impl FactSink for Nobody {
    async fn take(&self, _: Vec<FactMessage>) -> Result<Vec<Receipt>, IngestError> {
        Err(IngestError::Bus(BusError::NobodyListens { what: "facts" }))
    }
}

#[derive(Default)]
struct Bodies(Mutex<BTreeMap<[u8; 16], RefusedBody>>);

#[async_trait]
impl RefusedBodies for Bodies {
    async fn keep(
        &self,
        reference: [u8; 16],
        tenant: &TenantId,
        at: Timestamp,
        sealed: &[u8],
    ) -> Result<(), StoreError> {
        let body = RefusedBody { tenant: tenant.clone(), at, sealed: sealed.to_vec() };
        self.0.lock().unwrap().insert(reference, body);
        Ok(())
    }

    async fn read(&self, reference: [u8; 16]) -> Result<Option<RefusedBody>, StoreError> {
        Ok(self.0.lock().unwrap().get(&reference).cloned())
    }
}

fn payment(id: &str, fields: &[(&str, &str)]) -> Published {
    let field = |(name, text): &(&str, &str)| ((*name).to_owned(), vec![(*text).to_owned()]);
    let event = ClaimEvent {
        source: "erp".to_owned(),
        at: "2026-03-01T10:00:00Z".to_owned(),
        fields: fields.iter().map(field).collect(),
        ..ClaimEvent::default()
    };
    Published {
        tenant: "roma".to_owned(),
        kind: "payment_received".to_owned(),
        content_type: None,
        message_id: Some(id.to_owned()),
        receipt_to: None,
        body: encode(&event),
        trace: None,
        deliveries: 1,
    }
}

fn paid(id: &str) -> Published {
    payment(id, &[("debtor", BODY), ("claim", "R-9"), ("amount", "120.50"), ("currency", "CHF")])
}

/// Lets the intake take these in; gives what became of them, and the bodies that were kept.
fn taken_in(
    judge: impl Into<Option<Judge>>,
    messages: Vec<Published>,
) -> (BTreeMap<String, Settled>, Arc<Bodies>, usize) {
    let (simulation, runtime) = Simulation::new(1, Timestamp(1_772_409_600_000));
    let judge = judge.into();
    let world = world(&runtime, judge.unwrap_or(record));
    let (ends, bodies) = (Ends::default(), Arc::new(Bodies::default()));
    let shelf = Shelf { waiting: Mutex::new(messages.into()), ends: Arc::clone(&ends) };
    let intake = Intake {
        upstream: Arc::new(shelf),
        sink: if judge.is_some() { Arc::new(world.gate.clone()) } else { Arc::new(Nobody) },
        bodies: Arc::clone(&bodies) as _,
        keyring: Arc::new(keyring()),
        tenants: [TenantId::new("roma").unwrap()].into(),
        runtime: runtime.clone(),
    };
    let (_stop, stopped) = watch::channel(false);
    runtime.tasks.spawn("intake", Box::pin(async move { intake.run(stopped).await }));
    simulation.run_until(runtime.clock.now().plus(domain::time::Span::seconds(60)));
    let ends = ends.lock().unwrap().clone();
    let seen = world.seen.lock().unwrap().len();
    (ends, bodies, seen)
}

fn receipt(settled: &Settled) -> Receipt {
    let (Settled::Done { receipt } | Settled::Refused { receipt, .. }) = settled else {
        panic!("{settled:?}")
    };
    decode_receipts(receipt).unwrap().remove(0)
}

#[test]
fn an_event_goes_once_its_fact_is_in_the_log_and_one_that_comes_again_changes_nothing() {
    let json = Published {
        content_type: Some("application/json".to_owned()),
        body: br#"{"source": "erp", "claim": "R-9", "debtor": "K-17", "amount": "1", "currency": "CHF"}"#
            .to_vec(),
        ..paid("3")
    };
    let (ends, _, seen) = taken_in(record as Judge, vec![paid("1"), paid("2"), json, paid("1")]);
    assert_eq!(
        ends.values().map(receipt).collect::<Vec<_>>(),
        [Receipt::Duplicate, Receipt::Recorded, Receipt::Recorded]
    );
    assert_eq!(seen, 3);
}

#[test]
fn what_can_never_be_right_is_refused_with_the_reason_and_its_body_is_kept_sealed() {
    let table: [(Published, &str, &str); 6] = [
        (Published { tenant: "elsewhere".to_owned(), ..paid("a") }, "unknown_tenant", "no tenant"),
        (Published { body: b"\xff\xff".to_vec(), ..paid("b") }, "malformed", "ClaimEvent"),
        (Published { content_type: Some("text/csv".to_owned()), ..paid("c") }, "malformed", "Content-Type"),
        (payment("d", &[("debtor", BODY), ("amount", "much")]), "malformed", "`currency`"),
        (Published { kind: "payment_recieved".to_owned(), ..paid("e") }, "malformed", "kind"),
        (payment("f", &[("tenant", "other"), ("debtor", BODY)]), "malformed", ""),
    ];
    for (message, reason, detail) in table {
        let (id, body) = (message.message_id.clone().unwrap(), message.body.clone());
        let (ends, bodies, seen) = taken_in(record as Judge, vec![message]);
        let Settled::Refused { reason: said, detail: told, reference, receipt } = &ends[&id] else {
            panic!("{id}: {ends:?}")
        };
        assert!(said == reason && told.contains(detail), "{id}: {said}, {told}");
        assert!(!told.contains(BODY) && !told.contains("much"), "{id} repeats a value: {told}");
        assert!(matches!(decode_receipts(receipt).unwrap()[0], Receipt::Refused { .. }));
        let sealed = bodies.0.lock().unwrap()[reference].sealed.clone();
        let opened = open_message(&keyring(), Purpose::Refused, reference, &sealed).unwrap();
        assert!(opened == body && seen == 0, "{id}");
    }
}

#[test]
fn what_the_log_refuses_is_refused_and_what_it_did_not_take_comes_again() {
    let (ends, bodies, _) = taken_in(refuse_payments as Judge, vec![paid("1")]);
    assert!(matches!(&ends["1"], Settled::Refused { reason, .. } if reason == "bad_amount"));
    assert_eq!(bodies.0.lock().unwrap().len(), 1);
    let (ends, bodies, _) = taken_in(None, vec![paid("1")]);
    assert_eq!(ends["1"], Settled::Later { pause: Duration::from_secs(2) });
    let (ends, ..) = taken_in(None, vec![Published { deliveries: 31, ..paid("1") }]);
    assert_eq!(
        ends["1"],
        Settled::Later { pause: Duration::from_secs(60) },
        "something lasting is the reason"
    );
    assert_eq!(bodies.0.lock().unwrap().len(), 0);
}
