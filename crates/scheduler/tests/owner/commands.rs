//! What operators tell: pauses, and inputs that are tried again or given up (inputs, 7).

use contract::wire::{CommandAnswer, Order, PermitAnswer, Reach, Receipt};
use domain::channel::Channel;
use domain::event::Event;
use domain::fact::{Fact, TaskKind};
use domain::ids::{EscalationId, InputId, RequestId};
use domain::label::{Label, TenantId};
use domain::time::Span;

use crate::worker::{Script, credit};
use crate::world::World;

fn reason() -> Label {
    Label::new("wrong-words").unwrap()
}

fn pause(reach: &Reach) -> Order {
    Order::Pause { reach: reach.clone(), reason: reason() }
}

fn sms_of_town() -> Reach {
    Reach { tenant: Some(TenantId::new("town").unwrap()), channel: Some(Channel::Sms) }
}

#[test]
fn nothing_goes_out_while_it_is_paused_and_all_of_it_afterwards() {
    let mut world = World::started(1);
    let ida = world.person("Ida");
    world.tell(ida.owing("calm"));
    let sms = world.works(Script::new(Channel::Sms));
    assert_eq!(world.command(pause(&sms_of_town())), CommandAnswer::Done);
    assert_eq!(world.command(pause(&sms_of_town())), CommandAnswer::NothingToDo);
    world.run_for_days(3);
    assert_eq!(sms.lock().unwrap().submissions.len(), 0);
    // It outlives its owner.
    world.stop();
    world.start();
    world.grant(credit("town", Channel::Sms, 5));
    world.run_for_days(3);
    assert_eq!(sms.lock().unwrap().submissions.len(), 0);
    assert_eq!(world.command(Order::Resume { reach: sms_of_town() }), CommandAnswer::Done);
    assert_eq!(world.command(Order::Resume { reach: sms_of_town() }), CommandAnswer::NothingToDo);
    world.run_for(Span::hours(2));
    assert_eq!(sms.lock().unwrap().submissions.len(), 1);
}

#[test]
fn an_escalation_that_was_out_gets_no_permit_does_not_lapse_and_does_not_fall_over() {
    let world = World::started(2);
    let ida = world.person("Ida");
    world.tell(ida.owing("calm"));
    world.grant(credit("town", Channel::Sms, 5));
    world.run_for(Span::hours(2));
    let id = EscalationId { stream: ida.stream, number: 1 };
    world.command(pause(&Reach::default()));
    let paused = PermitAnswer::NotNow { reason: Label::new("paused").unwrap() };
    assert_eq!(world.ask(vec![(id, RequestId::new([1; 16]))]), [paused]);
    let email = world.works(Script::new(Channel::Email));
    world.run_for_days(30);
    assert!(!world.story(&ida).contains(&"escalation_lapsed"), "{:?}", world.story(&ida));
    assert_eq!(email.lock().unwrap().submissions.len(), 0);
    let sms = world.works(Script::new(Channel::Sms));
    world.command(Order::Resume { reach: Reach::default() });
    world.run_for_days(1);
    assert_eq!(sms.lock().unwrap().submissions.len(), 1);
}

#[test]
fn others_go_on_meanwhile() {
    let world = World::started(3);
    let (ida, other) = (world.person("Ida"), crate::world::Person::new(&world.keys, "village", "Otto"));
    world.tell([ida.owing("calm"), other.owing("calm")].concat());
    let sms = world.works(Script::new(Channel::Sms));
    world.command(pause(&Reach { tenant: Some(ida.tenant.clone()), channel: None }));
    world.run_for(Span::hours(2));
    let reached: Vec<_> = sms.lock().unwrap().submissions.iter().map(|(id, ..)| id.stream).collect();
    assert_eq!(reached, [other.stream]);
}

#[test]
fn an_input_in_quarantine_is_tried_again_once_its_cause_is_gone() {
    let world = World::started(4);
    let ida = world.person("Ida");
    world.tell(ida.owing("calm"));
    let payment = ida.paid("p", 1);
    let kind = contract::event::kind_number(&Event::Fact(payment.fact.clone()));
    world.log.refuse(ida.stream, kind);
    world.tell(vec![payment.clone()]);
    let key = world.waiting()[0].key;
    let still = world.command(Order::Retry(key));
    assert!(matches!(still, CommandAnswer::Tried(Receipt::Refused { .. })), "{still:?}");
    assert_eq!(world.waiting().len(), 1, "it stays");
    world.log.refuse_nothing();
    assert_eq!(world.command(Order::Retry(key)), CommandAnswer::Tried(Receipt::Recorded));
    assert_eq!((world.waiting().len(), world.tell(vec![payment])), (0, vec![Receipt::Duplicate]));
    assert_eq!(world.command(Order::Retry(key)), CommandAnswer::UnknownInput);
    // The debtor is let go by a person who has looked.
    let done = Fact::TaskDone { task: TaskKind::Quarantined, actor: Label::new("op-1").unwrap() };
    assert_eq!(world.tell(vec![ida.fact("done", done, None)]), [Receipt::Recorded]);
}

#[test]
fn an_input_that_waits_can_be_given_up_and_the_log_says_by_whom() {
    let world = World::started(5);
    let ida = world.person("Ida");
    let statement = ida.paid_by_claim("s1", 10);
    world.tell(vec![statement.clone()]);
    let drop = |input| Order::Drop { input, reason: reason() };
    assert_eq!(world.command(Order::Retry(statement.key)), CommandAnswer::Tried(Receipt::Parked));
    assert_eq!(world.command(drop(InputId::new([9; 16]))), CommandAnswer::UnknownInput);
    assert_eq!(world.command(drop(statement.key)), CommandAnswer::Done);
    assert_eq!(world.waiting().len(), 0);
    let last = world.recorded().pop().unwrap().event;
    let event = contract::event::decode(last.kind, last.schema, &last.payload).unwrap();
    let actor = Label::new("op-1").unwrap();
    assert_eq!(event, Event::InputDropped { input: statement.key, actor, reason: reason() });
    world.tell(ida.owing("calm"));
    assert!(!world.story(&ida).contains(&"payment_received"));
}

#[test]
fn a_partition_tells_how_it_is() {
    let mut world = World::started(6);
    let ida = world.person("Ida");
    world.tell(ida.owing("calm"));
    world.tell(ida.owing("calm"));
    let health = world.handle.as_ref().unwrap().health();
    let told = health.partitions()[0];
    assert_eq!((told.partition, told.owned, told.caught_up), (0, true, true));
    assert_eq!((told.figures.facts_recorded, told.figures.facts_known), (4, 4));
    assert_eq!(told.figures.head, u64::try_from(world.recorded().len()).unwrap());
    let probing = health.clone();
    assert!(world.sim.block_on(async move { probing.probe(&told).await }).unwrap().is_ok());
    world.stop();
    assert!(!health.partitions()[0].owned);
    world.start();
    let probing = health.clone();
    let stale = world.sim.block_on(async move { probing.probe(&told).await }).unwrap();
    assert!(stale.is_err(), "another owner has it by now");
}
