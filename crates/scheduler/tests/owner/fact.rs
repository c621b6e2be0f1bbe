//! Facts: recognised, addressed, parked, refused, kept aside.

use contract::wire::{Addressee, FactMessage, Receipt};
use domain::channel::PointKind;
use domain::event::Event;
use domain::fact::{Fact, Scope};
use domain::ids::{EscalationId, StreamId};
use domain::label::{Label, TenantId};
use domain::outcome::{Outcome, OutcomeReport};
use event_log::record::LookupKind;
use event_log::store::EventLog;

use crate::world::{Person, World};

fn reason(receipt: &Receipt) -> String {
    match receipt {
        Receipt::Refused { reason, detail } => {
            assert!(!detail.is_empty());
            reason.to_string()
        }
        Receipt::Recorded | Receipt::Duplicate | Receipt::Parked => format!("{receipt:?}"),
    }
}

#[test]
fn a_fact_is_recorded_once_however_often_it_comes() {
    let mut world = World::started(1);
    let ida = world.person("Ida");
    let (paid, other) = (ida.paid("p1", 100), ida.paid("p1", 200));
    world.tell(ida.owing("calm"));
    let receipts = world.tell(vec![paid.clone(), paid.clone(), other.clone()]);
    assert_eq!(receipts[..2], [Receipt::Recorded, Receipt::Duplicate]);
    assert_eq!(reason(&receipts[2]), "key_reused");
    world.crash();
    world.start();
    let receipts = world.tell(vec![other, paid]);
    assert_eq!((reason(&receipts[0]).as_str(), &receipts[1]), ("key_reused", &Receipt::Duplicate));
    assert_eq!(world.story(&ida).iter().filter(|name| **name == "payment_received").count(), 1);
}

#[test]
fn a_refused_fact_changes_nothing_and_may_be_sent_right() {
    let world = World::started(2);
    let ida = world.person("Ida");
    world.tell(ida.owing("calm"));
    let before = world.recorded().len();
    let elsewhere = Person::new(&world.keys, "village", "Ida");
    let bert = world.person("Bert");
    let of_another = FactMessage { addressee: Addressee::Debtor(bert.stream), ..ida.registered("calm") };
    let of_another = FactMessage { key: bert.key("stolen"), ..of_another };
    let wrong_tenant = FactMessage { addressee: Addressee::Debtor(ida.stream), ..elsewhere.paid("x", 1) };
    let nobody = FactMessage { addressee: Addressee::Debtor(StreamId::PARTITION), ..bert.paid("y", 1) };
    let no_tenant = FactMessage { tenant: TenantId::new("nowhere").unwrap(), ..bert.described() };
    let to_nobody = FactMessage { addressee: Addressee::OwnerOf(bert.claim), ..bert.registered("calm") };
    let wrong_debtor = FactMessage { addressee: Addressee::Debtor(bert.stream), ..ida.paid("z", 5) };
    let told = world.tell(vec![
        ida.paid("bad", -5),
        of_another,
        wrong_debtor,
        wrong_tenant,
        nobody,
        no_tenant,
        to_nobody,
    ]);
    let reasons: Vec<String> = told.iter().map(reason).collect();
    let expected = [
        "bad_amount",
        "claim_of_another",
        "claim_of_another",
        "other_tenant",
        "unknown_debtor",
        "unknown_tenant",
        "unknown_debtor",
    ];
    assert_eq!(reasons, expected);
    assert_eq!(world.recorded().len(), before);
    assert_eq!(world.tell(vec![ida.paid("bad", 5)]), [Receipt::Recorded], "a refusal uses no key up");
}

#[test]
fn a_payment_finds_its_claim_before_or_after_it_is_registered() {
    for registered_first in [true, false] {
        for restart in [true, false] {
            let mut world = World::started(3);
            let ida = world.person("Ida");
            if registered_first {
                world.tell(ida.owing("calm"));
            }
            let statement = vec![ida.paid_by_claim("s1", 4_000), ida.paid_by_claim("s2", 6_000)];
            let expected = if registered_first { Receipt::Recorded } else { Receipt::Parked };
            assert_eq!(world.tell(statement.clone()), vec![expected; 2]);
            if restart {
                world.crash();
                world.start();
            }
            if !registered_first {
                assert_eq!(world.tell(statement), vec![Receipt::Duplicate; 2], "parked is acknowledged");
                world.tell(ida.owing("calm"));
            }
            let story = world.story(&ida);
            assert_eq!(story.iter().filter(|name| **name == "payment_received").count(), 2, "{story:?}");
            assert!(story.contains(&"claim_settled"));
            let log = world.memory.clone();
            let left = world.sim.block_on(async move { log.parked(0, None, 10).await }).unwrap().unwrap();
            assert_eq!(left.len(), 0);
        }
    }
}

#[test]
fn parked_and_registered_in_one_batch_the_payment_counts() {
    let world = World::started(4);
    let ida = world.person("Ida");
    let mut facts = vec![ida.paid_by_claim("s1", 10_000)];
    facts.extend(ida.owing("calm"));
    assert_eq!(world.tell(facts)[0], Receipt::Parked);
    assert!(world.story(&ida).contains(&"claim_settled"));
    let log = world.memory.clone();
    let left = world.sim.block_on(async move { log.parked(0, None, 10).await }).unwrap().unwrap();
    assert_eq!(left.len(), 0);
}

#[test]
fn no_claim_has_more_parked_than_may_wait() {
    let mut world = World::new(5);
    world.config.max_parked = 2;
    world.start();
    let ida = world.person("Ida");
    let payment = |n: u32| ida.paid_by_claim(&format!("s{n}"), 10);
    assert_eq!(world.tell(vec![payment(1)]), [Receipt::Parked]);
    let receipts = world.tell(vec![payment(2), payment(3)]);
    assert_eq!((&receipts[0], reason(&receipts[1]).as_str()), (&Receipt::Parked, "too_many_parked"));
}

#[test]
fn an_opt_out_reaches_everybody_who_uses_the_contact_point() {
    let world = World::started(6);
    let (ida, bert) = (world.person("Ida"), world.person("Bert"));
    let stranger = Person::new(&world.keys, "village", "Stranger");
    for person in [&ida, &bert, &stranger] {
        world.tell(vec![person.described(), person.point(PointKind::Phone, "+39 1")]);
    }
    let source = Label::new("reply").unwrap();
    let fact = Fact::OptedOut { scope: Scope::Point(ida.phone("+39 1")), source };
    assert_eq!(world.tell(vec![ida.fact("stop", fact, None)]), [Receipt::Recorded]);
    for (person, times) in [(&ida, 1), (&bert, 1), (&stranger, 0)] {
        let stops = world.story(person).into_iter().filter(|name| *name == "opted_out").count();
        assert_eq!(stops, times, "{}", person.name);
    }
}

#[test]
fn an_input_that_can_t_be_written_goes_to_quarantine_alone() {
    let world = World::started(7);
    let (ida, bert) = (world.person("Ida"), world.person("Bert"));
    world.tell([ida.owing("calm"), bert.owing("calm")].concat());
    let payment = Event::Fact(ida.paid("p", 1).fact);
    world.log.refuse(ida.stream, contract::event::kind_number(&payment));
    let receipts = world.tell(vec![
        bert.paid("p1", 1),
        bert.paid("p2", 1),
        ida.paid("p3", 1),
        bert.paid("p4", 1),
        ida.paid("p5", 1),
    ]);
    let reasons: Vec<String> = receipts.iter().map(reason).collect();
    assert_eq!(reasons, ["Recorded", "Recorded", "quarantined", "Recorded", "quarantined"]);
    let story = world.story(&ida);
    assert_eq!(story.iter().filter(|name| **name == "stream_quarantined").count(), 1, "held once");
    let log = world.memory.clone();
    let kept = world.sim.block_on(async move { log.parked(0, None, 10).await }).unwrap().unwrap();
    assert_eq!(kept.len(), 2, "the bodies wait for an operator");
}

#[test]
fn names_claims_and_points_lead_to_the_debtor() {
    let world = World::started(8);
    let ida = world.person("Ida");
    world.tell(ida.owing("calm"));
    let name = world.keys.name_digest(&ida.tenant, &scheduler::search_form(" IDA "));
    for (kind, digest) in [
        (LookupKind::Name, name),
        (LookupKind::Claim, ida.claim.bytes()),
        (LookupKind::Point, ida.phone("+39 Ida").bytes()),
    ] {
        let log = world.memory.clone();
        let found = world.sim.block_on(async move { log.lookup(0, kind, digest).await }).unwrap().unwrap();
        assert_eq!(found.iter().map(|row| row.stream).collect::<Vec<_>>(), [ida.stream], "{kind:?}");
    }
}

#[test]
fn an_outcome_that_nobody_waits_for_is_acknowledged_and_changes_nothing() {
    let world = World::started(9);
    let ida = world.person("Ida");
    let id = EscalationId { stream: ida.stream, number: 3 };
    let report = OutcomeReport {
        number: 3,
        outcome: Outcome::Accepted,
        at: world.now(),
        provider_message: None,
        late: false,
    };
    let message = contract::wire::OutcomeMessage {
        about: contract::wire::About::Attempt(id),
        tenant: None,
        report,
        personal: None,
        trace: None,
    };
    let before = world.recorded().len();
    let bus = world.bus.clone();
    world.sim.block_on(async move { bus.report(0, vec![message]).await }).unwrap().unwrap();
    assert_eq!(world.recorded().len(), before);
}
