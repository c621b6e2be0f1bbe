//! The debtor writes: what is stopped, what is held, and who is called to look (R14, R38, R44, R47).

use domain::channel::Channel;
use domain::event::Event;
use domain::fact::{Fact, Invalidity, Scope, TaskKind};
use domain::ids::HoldId;
use domain::inbound::{HoldLength, InboundClass, InboundRules, StopCovers};
use domain::label::TenantId;
use domain::outcome::Outcome;
use domain::time::{Span, Timestamp};

use crate::world::{CLAIM, MAIL, PHONE, World, label};

fn wrote(world: &mut World, class: InboundClass) -> Vec<Event> {
    world.tell(Fact::MessageReceived { channel: Channel::Sms, point: PHONE, class })
}

fn holds(world: &World) -> Vec<(&str, Option<Timestamp>)> {
    world.debtor.holds.iter().map(|hold| (hold.reason.as_str(), hold.until)).collect()
}

fn change(world: &mut World, change: impl FnOnce(&mut InboundRules)) {
    let town = TenantId::new("town").unwrap();
    change(&mut world.rulebook.tenants.get_mut(&town).unwrap().inbound);
}

fn tasks(world: &World) -> Vec<TaskKind> {
    world.debtor.tasks.iter().map(|open| open.task).collect()
}

#[test]
fn each_class_holds_as_the_rulebook_says_and_calls_somebody() {
    for (class, days, task) in [
        (InboundClass::Question, Some(7), TaskKind::Answer),
        (InboundClass::Unclear, Some(7), TaskKind::Answer),
        (InboundClass::Promise, Some(7), TaskKind::Review),
        (InboundClass::PaymentClaimed, Some(14), TaskKind::Review),
        (InboundClass::Dispute, None, TaskKind::Review),
        (InboundClass::Hardship, None, TaskKind::Review),
        (InboundClass::Abuse, None, TaskKind::Review),
    ] {
        let mut world = World::owing();
        wrote(&mut world, class);
        let until = days.map(|days| world.now.plus(Span::days(days)));
        assert_eq!(holds(&world), [(class.as_str(), until)]);
        assert_eq!(tasks(&world), [task], "{class:?}");
        assert_eq!(world.debtor.heard_at, Some(world.now));
        assert_eq!(world.next_due(), until, "{class:?}: nothing happens before");
    }
}

#[test]
fn a_hold_that_ends_by_itself_lets_the_ladder_go_on() {
    let mut world = World::owing();
    wrote(&mut world, InboundClass::Question);
    let began = world.now;
    world.until_escalated();
    assert!(world.now >= began.plus(Span::days(7)));
}

#[test]
fn a_stop_closes_the_contact_point_on_every_channel_and_nothing_else() {
    let mut world = World::owing();
    let events = wrote(&mut world, InboundClass::Stop);
    let scope = Scope::Point(PHONE);
    assert!(events.contains(&Event::Fact(Fact::OptedOut { scope, source: label("reply") })));
    assert_eq!((holds(&world), tasks(&world)), (vec![], vec![]));
    assert_eq!(world.until_escalated().1, Channel::Email, "by phone and SMS nobody reaches that number");
}

#[test]
fn a_stop_covers_what_the_rulebook_says() {
    for (covers, wider) in
        [(StopCovers::Channel, Scope::Channel(Channel::Sms)), (StopCovers::All, Scope::All)]
    {
        let mut world = World::owing();
        change(&mut world, |rules| rules.stop_covers = covers);
        let events = wrote(&mut world, InboundClass::Stop);
        for scope in [Scope::Point(PHONE), wider] {
            let opted_out = Event::Fact(Fact::OptedOut { scope, source: label("reply") });
            assert!(events.contains(&opted_out), "{covers:?}: {events:?}");
        }
        assert!(world.debtor.preferences.opted_out(Channel::Sms, PHONE));
        let everywhere = covers == StopCovers::All;
        assert_eq!(world.debtor.preferences.opted_out(Channel::Email, MAIL), everywhere);
    }
}

#[test]
fn a_stop_takes_back_what_is_on_its_way() {
    let mut world = World::owing();
    let (number, channel) = world.until_escalated();
    assert_eq!(channel, Channel::Call);
    wrote(&mut world, InboundClass::Stop);
    assert!(world.ask(number).is_err());
}

#[test]
fn a_later_consent_lifts_a_stop() {
    let mut world = World::owing();
    wrote(&mut world, InboundClass::Stop);
    world.now = world.now.plus(Span::days(1));
    world.tell(Fact::ConsentGiven { scope: Scope::Point(PHONE), source: label("letter") });
    assert_eq!(world.until_escalated().1, Channel::Call);
}

#[test]
fn a_wrong_person_is_never_written_to_there_again_and_is_not_the_debtors_voice() {
    let mut world = World::owing();
    let events = wrote(&mut world, InboundClass::WrongPerson);
    let gone = Fact::ContactPointInvalidated { point: PHONE, reason: Invalidity::WrongPerson };
    assert!(events.contains(&Event::Fact(gone)));
    assert_eq!((tasks(&world), world.debtor.heard_at), (vec![TaskKind::Review], None));
    assert_eq!(world.until_escalated().1, Channel::Email);
}

#[test]
fn who_writes_often_gathers_one_hold_of_a_kind_and_the_longest_stays() {
    let mut world = World::owing();
    for _ in 0..100 {
        wrote(&mut world, InboundClass::Question);
        wrote(&mut world, InboundClass::Dispute);
        world.now = world.now.plus(Span::hours(1));
    }
    let last = world.now.plus(Span::hours(-1)).plus(Span::days(7));
    assert_eq!(holds(&world), [("dispute", None), ("question", Some(last))]);
    change(&mut world, |rules| {
        rules.holds.insert(InboundClass::Question, HoldLength::For(Span::days(1)));
    });
    wrote(&mut world, InboundClass::Question);
    assert_eq!(holds(&world)[1], ("question", Some(last)), "a shorter one shortens nothing");
    world.tell(Fact::HoldReleased { hold: HoldId::new(*b"reply-dispute..."), actor: label("clerk") });
    assert_eq!(holds(&world).len(), 1);
}

#[test]
fn a_message_while_an_attempt_is_under_way_holds_what_would_follow_it() {
    let mut world = World::owing();
    world.contact_in_vain();
    let (number, _) = world.until_escalated();
    world.ask(number).unwrap();
    wrote(&mut world, InboundClass::PaymentClaimed);
    world.report(number, Outcome::Accepted);
    let until = world.now.plus(Span::days(14));
    world.until_escalated();
    assert!(world.now >= until, "{} is before {until}", world.now);
    assert!(world.debtor.claim(CLAIM).is_some());
}
