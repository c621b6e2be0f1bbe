//! Hours and caps at their boundaries: the minute before and after, both clock changes, two zones, a closed day.

use domain::channel::Channel;
use domain::event::Answer;
use domain::rules::{Proposal, verdict, weigh};
use domain::time::{Span, Timestamp};

use crate::world::{MONDAY, PHONE, World};

fn open(world: &World, channel: Channel, at: Timestamp) -> bool {
    let tenant = world.rulebook.tenants.values().next().unwrap();
    let contact = Proposal { channel, point: PHONE, except: None };
    verdict(&world.debtor, &world.rulebook, tenant, contact, at).open
}

/// Hours and minutes after midnight UTC of a day of March 2026 (day 2 is [`MONDAY`]).
fn utc(day: i64, hours: i64, minutes: i64) -> Timestamp {
    MONDAY.plus(Span::days(day - 2)).plus(Span::hours(hours)).plus(Span::minutes(minutes))
}

#[test]
fn messages_go_from_eight_to_twenty_in_rome() {
    let world = World::person();
    for (at, allowed) in [
        (utc(2, 6, 59), false),
        (utc(2, 7, 0), true),
        (utc(2, 18, 59), true),
        (utc(2, 19, 0), false),
        // Sunday.
        (utc(8, 12, 0), false),
        // 19 March, San Giuseppe, is a closed day of this policy.
        (utc(18, 12, 0), true),
        (utc(19, 12, 0), false),
        (utc(20, 12, 0), true),
        // Summer time begins on the 29th at 01:00Z: eight o'clock is an hour earlier in UTC.
        (utc(28, 6, 30), false),
        (utc(30, 6, 30), true),
        (utc(30, 18, 30), false),
    ] {
        assert_eq!(open(&world, Channel::Sms, at), allowed, "{at}");
    }
}

#[test]
fn winter_time_gives_the_hour_back() {
    let world = World::person();
    // 24 October 2026 is a Saturday, the 26th a Monday.
    let day = |day: i64| MONDAY.plus(Span::days(236 + day - 24));
    assert!(open(&world, Channel::Sms, day(24).plus(Span::hours(6))));
    assert!(!open(&world, Channel::Sms, day(26).plus(Span::hours(6))));
    assert!(open(&world, Channel::Sms, day(26).plus(Span::hours(7))));
}

#[test]
fn two_candidate_zones_leave_only_the_hours_that_both_have_time_3() {
    let mut world = World::person();
    world.describe(&["Europe/Rome", "America/Los_Angeles"]);
    for (at, allowed) in [
        (utc(3, 15, 59), false),
        (utc(3, 16, 0), true),
        (utc(3, 18, 59), true),
        (utc(3, 19, 0), false),
        // Sunday in Los Angeles while it is Monday in Rome.
        (utc(9, 7, 30), false),
    ] {
        assert_eq!(open(&world, Channel::Sms, at), allowed, "{at}");
    }
    assert!(
        !open(&world, Channel::Call, utc(3, 16, 30)),
        "17 to 20 in Rome never is 17 to 20 in Los Angeles"
    );
}

#[test]
fn a_channel_without_hours_is_closed() {
    assert!(!open(&World::person(), Channel::Letter, utc(2, 12, 0)));
}

#[test]
fn a_rule_s_answer_holds_until_the_instant_that_it_names() {
    let world = World::person();
    let tenant = world.rulebook.tenants.values().next().unwrap();
    let contact = Proposal { channel: Channel::Sms, point: PHONE, except: None };
    let ask = |at| {
        let weighed = weigh(&world.debtor, &world.rulebook, tenant, contact, at);
        weighed.into_iter().find(|w| w.rule.as_str() == "message-hours").unwrap().answer
    };
    let mut at = utc(1, 0, 0);
    for _ in 0..90 {
        match ask(at) {
            Answer::Open { until: Some(until) } => {
                assert!(matches!(ask(Timestamp(until.0 - 1)), Answer::Open { .. }));
                assert!(matches!(ask(until), Answer::Closed { .. }));
                at = until;
            }
            Answer::Closed { opens: Some(opens) } => {
                assert!(matches!(ask(Timestamp(opens.0 - 1)), Answer::Closed { .. }));
                assert!(matches!(ask(opens), Answer::Open { .. }));
                at = opens;
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_cap_opens_when_the_contact_that_fills_it_is_old_enough() {
    let mut world = World::owing();
    let (started, _) = world.contact_in_vain();
    assert!(!open(&world, Channel::Call, started.plus(Span::days(1)).minus(Span(1))));
    let day_after = started.plus(Span::days(2));
    assert!(open(&world, Channel::Call, day_after), "{day_after}");
}
