//! Facts that name a claim or a contact point alone, in a log of many partitions: one of the two always sees the other
//! (inputs, 5 and 6).

use std::sync::Arc;

use contract::wire::{PermitAnswer, PermitQuestions, Receipt};
use domain::channel::{Channel, PointKind};
use domain::event::Refusal;
use domain::ids::{EscalationId, Position, RequestId};
use domain::inbound::InboundClass;
use event_log::store::EventLog;

use crate::cluster::Cluster;
use crate::worker::credit;
use crate::world::Person;

const NUMBER: &str = "+39 1";

fn started() -> Cluster {
    let mut cluster = Cluster::new();
    cluster.join(1);
    cluster.join(2);
    cluster.run_for(4);
    cluster
}

impl Cluster {
    /// A debtor who lives in another partition than this digest's own.
    fn person_away_from(&self, digest: impl Fn(&Person) -> [u8; 16]) -> Person {
        let all = (0..100).map(|n| Person::new(&self.keys, "town", &format!("person {n}")));
        let away = |person: &Person| self.home(person.stream.bytes()) != self.home(digest(person));
        all.into_iter().find(away).unwrap()
    }

    fn partition_of(&self, person: &Person) -> u16 {
        self.home(person.stream.bytes())
    }

    fn story(&self, person: &Person) -> Vec<&'static str> {
        let (log, partition) = (Arc::clone(&self.log), self.partition_of(person));
        let rows = self.sim.block_on(async move { log.read(partition, Position(0), 10_000).await });
        let own = rows.unwrap().unwrap().into_iter().filter(|row| row.event.stream == person.stream);
        own.map(|row| contract::event::kind_name(row.event.kind).unwrap()).collect()
    }

    fn waiting(&self, partition: u16) -> usize {
        let log = Arc::clone(&self.log);
        self.sim.block_on(async move { log.parked(partition, None, 100).await }).unwrap().unwrap().len()
    }
}

#[test]
fn a_payment_that_waits_elsewhere_counts_as_soon_as_its_claim_is_registered() {
    let cluster = started();
    let person = cluster.person_away_from(|person| person.claim.bytes());
    let (here, elsewhere) = (cluster.partition_of(&person), cluster.home(person.claim.bytes()));
    let payment = person.paid_by_claim("transfer", 10_000);
    assert_eq!(cluster.tell(elsewhere, vec![payment.clone()]), [Receipt::Parked]);
    assert_eq!(
        cluster.tell(here, vec![person.described(), person.registered("calm")]),
        [Receipt::Recorded, Receipt::Recorded]
    );
    let story = cluster.story(&person);
    assert!(story.contains(&"payment_received"), "before the registration is acknowledged: {story:?}");
    cluster.run_for(5);
    assert_eq!(cluster.waiting(elsewhere), 0, "and then it waits no longer");
    assert_eq!(cluster.tell(here, vec![payment]), [Receipt::Duplicate]);
    let payments = cluster.story(&person).into_iter().filter(|name| *name == "payment_received").count();
    assert_eq!(payments, 1, "both brought it in, and it counts once");
}

#[test]
fn a_payment_that_is_parked_after_the_registration_is_sent_on() {
    let cluster = started();
    let person = cluster.person_away_from(|person| person.claim.bytes());
    let (here, elsewhere) = (cluster.partition_of(&person), cluster.home(person.claim.bytes()));
    cluster.tell(here, vec![person.described(), person.registered("calm")]);
    assert_eq!(cluster.tell(elsewhere, vec![person.paid_by_claim("transfer", 10_000)]), [Receipt::Parked]);
    cluster.run_for(1);
    assert!(cluster.story(&person).contains(&"payment_received"));
    assert_eq!(cluster.waiting(elsewhere), 0);
}

#[test]
fn a_claim_is_not_registered_for_a_second_debtor_in_another_partition() {
    let cluster = started();
    let first = Person::new(&cluster.keys, "town", "first");
    let second = cluster.person_away_from(|_| first.stream.bytes());
    cluster.tell(cluster.partition_of(&first), vec![first.described(), first.registered("calm")]);
    let again = Person { claim: first.claim, ..second.clone() }.registered("calm");
    let told = cluster.tell(cluster.partition_of(&second), vec![second.described(), again]);
    let Receipt::Refused { reason, .. } = &told[1] else { panic!("{told:?}") };
    assert_eq!(reason.as_str(), "claim_of_another");
}

#[test]
fn a_stop_from_a_number_that_nobody_has_yet_meets_whoever_is_given_it_in_any_partition() {
    let cluster = started();
    let point = |person: &Person| person.phone(NUMBER).bytes();
    let person = cluster.person_away_from(point);
    let elsewhere = cluster.home(point(&person));
    let stop = person.wrote("stop", NUMBER, InboundClass::Stop);
    assert_eq!(cluster.tell(elsewhere, vec![stop]), [Receipt::Parked]);
    let number = person.point(PointKind::Phone, NUMBER);
    cluster.tell(cluster.partition_of(&person), vec![person.described(), number]);
    let story = cluster.story(&person);
    assert!(story.contains(&"opted_out") && story.contains(&"message_received"), "{story:?}");
    cluster.run_for(5);
    assert_eq!(cluster.waiting(elsewhere), 0);
}

#[test]
fn an_opt_out_in_one_partition_refuses_the_permit_of_whoever_shares_the_number_in_another() {
    let cluster = started();
    let first = Person::new(&cluster.keys, "town", "first");
    let second = cluster.person_away_from(|_| first.stream.bytes());
    for person in [&first, &second] {
        let number = person.point(PointKind::Phone, NUMBER);
        let partition = cluster.partition_of(person);
        cluster.tell(partition, vec![person.described(), number, person.registered("urgent")]);
    }
    let partition = cluster.partition_of(&second);
    let (bus, mut lane) = (Arc::clone(&cluster.bus), cluster.bus.work(Channel::Sms));
    let escalated = async move {
        bus.grant(partition, credit("town", Channel::Sms, 5)).await.unwrap();
        let (notices, answer) = lane.recv().await.unwrap().split();
        drop(answer.give(()));
        notices[0].id
    };
    let id: EscalationId = cluster.sim.block_on(escalated).unwrap();
    assert_eq!(id.stream, second.stream);
    let stop = first.wrote("stop", NUMBER, InboundClass::Stop);
    assert_eq!(cluster.tell(cluster.partition_of(&first), vec![stop]), [Receipt::Recorded]);
    let questions = PermitQuestions { partition, questions: vec![(id, RequestId::new([7; 16]))] };
    let bus = Arc::clone(&cluster.bus);
    let answers = cluster.sim.block_on(async move { bus.ask(questions).await }).unwrap().unwrap();
    assert!(matches!(answers[0], PermitAnswer::Refused(Refusal::NotOpen)), "{answers:?}");
    assert!(cluster.story(&second).contains(&"opted_out"));
}
