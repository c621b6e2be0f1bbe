//! What is told of attempts, and what goes out.

use core::time::Duration;

use contract::wire::Credit;
use domain::attempt::{Attempt, AttemptState};
use domain::channel::Channel;
use domain::ids::{PointId, Position, RequestId, StreamId};
use domain::label::{CreditorId, Language, StepId, TemplateId, TenantId};
use domain::time::Timestamp;
use runtime::activity::Activity;

use super::{Flights, Seen};
use crate::config::SchedulerConfig;
use crate::credits::Credits;

const EMITTED: AttemptState = AttemptState::Emitted { expires_at: Timestamp(99) };
const STARTED: AttemptState = AttemptState::Started {
    at: Timestamp(1),
    request: RequestId::new([1; 16]),
    outcome_by: Timestamp(99),
    recorded_at: Position(3),
};

fn attempt(channel: Channel, number: u32, state: AttemptState) -> Attempt {
    Attempt {
        number,
        creditor: CreditorId::new("c").unwrap(),
        channel,
        point: PointId::new([1; 16]),
        step: StepId::new("s").unwrap(),
        template: TemplateId::new("t").unwrap(),
        language: Language::new("de").unwrap(),
        legs: Vec::new(),
        levels_before: Vec::new(),
        priority: i32::try_from(number).unwrap(),
        emitted_at: Timestamp(0),
        state,
    }
}

struct World {
    flights: Flights,
    credits: Credits,
    activity: Activity,
    now: Duration,
}

impl World {
    fn new(credit: u32) -> Self {
        let activity = Activity::default();
        let flights = Flights::new(0, 1, &SchedulerConfig::default(), activity.clone());
        let mut world = Self { flights, credits: Credits::default(), activity, now: Duration::ZERO };
        world.grant(credit, 1_000_000);
        world
    }

    fn grant(&mut self, amount: u32, seconds: u64) {
        self.grant_by(1, amount, seconds);
    }

    fn grant_by(&mut self, worker: u8, amount: u32, seconds: u64) {
        for channel in [Channel::Sms, Channel::Call] {
            let tenant = TenantId::new("t").unwrap();
            let expires_in = Duration::from_secs(seconds);
            let credit = Credit { worker: [worker; 16], tenant, channel, amount, expires_in, outage: false };
            self.credits.grant(&credit, self.now);
        }
    }

    fn follow(&mut self, n: u8, seen: Seen, open: Option<&Attempt>) {
        let tenant = TenantId::new("t").unwrap();
        self.flights.follow(StreamId::new([n; 16]), &tenant, open, seen, self.now);
    }

    /// Which are recalled so many seconds later.
    fn recalled(&mut self, seconds: u64) -> Vec<u32> {
        self.now = self.now.saturating_add(Duration::from_secs(seconds));
        self.flights.recall(self.now).iter().map(|id| id.number).collect()
    }

    fn outstanding(&self) -> u32 {
        self.flights.outstanding(&(TenantId::new("t").unwrap(), Channel::Sms))
    }

    /// Emission numbers of what goes out, by debtor.
    fn emit(&mut self, after_s: u64) -> Vec<(u8, u32)> {
        self.now += Duration::from_secs(after_s);
        self.credits.lapse(self.now);
        let notices = self.flights.emit(&mut self.credits, self.now);
        notices.into_values().flatten().map(|n| (n.id.stream.bytes()[0], n.emission)).collect()
    }
}

#[test]
fn credit_is_taken_until_the_outcome_and_the_urgent_go_first() {
    let mut world = World::new(2);
    for n in 1..=3 {
        world.follow(n, Seen::Now, Some(&attempt(Channel::Sms, n.into(), EMITTED)));
    }
    assert_eq!(world.emit(0), [(3, 1), (2, 1)]);
    world.follow(3, Seen::Now, Some(&attempt(Channel::Sms, 3, STARTED)));
    assert_eq!((world.emit(1), world.outstanding()), (vec![], 2));
    world.follow(3, Seen::Now, None);
    assert_eq!((world.emit(1), world.outstanding()), (vec![(1, 1)], 2));
    world.follow(1, Seen::Now, None);
    world.follow(2, Seen::Now, None);
    assert_eq!((world.flights.len(), world.outstanding(), world.activity.in_flight()), (0, 0, 0));
}

#[test]
fn a_virtual_clock_waits_for_who_may_still_answer() {
    let mut world = World::new(5);
    world.follow(1, Seen::Now, Some(&attempt(Channel::Sms, 1, EMITTED)));
    world.follow(2, Seen::Now, Some(&attempt(Channel::Call, 1, EMITTED)));
    world.emit(0);
    assert_eq!(world.activity.in_flight(), 1, "for the worker, not for a person");
    world.follow(2, Seen::Now, Some(&attempt(Channel::Call, 1, STARTED)));
    assert_eq!(world.activity.in_flight(), 2, "for whoever opened the number");
    world.emit(60);
    assert_eq!(world.activity.in_flight(), 1, "no longer than the time-out");
    world.follow(3, Seen::Before, Some(&attempt(Channel::Sms, 1, STARTED)));
    assert_eq!(world.activity.in_flight(), 1, "its worker may be gone with its owner");
}

#[test]
fn without_a_live_worker_nothing_goes_out_again_and_no_clock_waits() {
    let mut world = World::new(0);
    world.grant(1, 30);
    world.follow(1, Seen::Now, Some(&attempt(Channel::Sms, 1, EMITTED)));
    assert_eq!(world.emit(0), [(1, 1)]);
    assert_eq!(world.emit(20), [(1, 2)]);
    assert_eq!(world.activity.in_flight(), 1);
    assert_eq!((world.emit(100), world.activity.in_flight()), (vec![], 0));
    world.grant(1, 1_000);
    world.emit(0);
    assert_eq!(world.activity.in_flight(), 1, "a worker is back");
    assert_eq!(world.emit(40), [(1, 3)]);
}

/// A call list that was killed comes back empty: what stood on it must not wait for a person who can't see it.
#[test]
fn calls_are_listed_again_once_their_list_is_gone_and_another_is_there() {
    let mut world = World::new(0);
    world.grant_by(1, 9, 9);
    world.follow(1, Seen::Now, Some(&attempt(Channel::Call, 1, EMITTED)));
    assert_eq!(world.emit(0), [(1, 1)]);
    assert_eq!(world.emit(10), [], "nobody is there");
    world.grant_by(2, 9, 9);
    assert_eq!(world.emit(1), [(1, 2)]);
    world.grant_by(3, 9, 60);
    assert_eq!(world.emit(7), [], "both are there");
    assert_eq!(world.emit(2), [(1, 3)], "the second has fallen silent");
    assert_eq!(world.emit(1), []);
}

#[test]
fn another_attempt_of_the_same_debtor_takes_the_place_of_the_last() {
    let mut world = World::new(1);
    world.follow(1, Seen::Now, Some(&attempt(Channel::Sms, 1, EMITTED)));
    world.emit(0);
    world.follow(1, Seen::Now, Some(&attempt(Channel::Sms, 2, EMITTED)));
    assert_eq!((world.outstanding(), world.emit(0)), (0, vec![(1, 1)]));
}

/// A payment, say: the task goes from every list, and is not only refused when an agent opens it.
#[test]
fn a_call_that_is_withdrawn_is_recalled_and_nothing_else_is_permits_10() {
    let mut world = World::new(9);
    for (n, channel, state) in
        [(1, Channel::Call, EMITTED), (2, Channel::Sms, EMITTED), (3, Channel::Call, STARTED)]
    {
        world.follow(n, Seen::Now, Some(&attempt(channel, n.into(), state)));
    }
    world.emit(0);
    // This one never went out; the next one may have, by the hand of an earlier owner.
    world.follow(4, Seen::Now, Some(&attempt(Channel::Call, 4, EMITTED)));
    world.follow(5, Seen::Before, Some(&attempt(Channel::Call, 5, EMITTED)));
    (1..=5).for_each(|n| world.follow(n, Seen::Now, None));
    assert_eq!(world.recalled(0), [1, 5]);
    assert_eq!(world.emit(0), [], "nothing goes to one list alone");
}

#[test]
fn a_recall_is_told_again_at_intervals_that_double_and_then_no_more() {
    let mut world = World::new(9);
    world.follow(1, Seen::Before, Some(&attempt(Channel::Call, 1, EMITTED)));
    world.follow(1, Seen::Now, None);
    let mut told = Vec::new();
    while let Some(at) = world.flights.next_alarm() {
        let pause = at.saturating_sub(world.now).as_secs();
        assert_eq!(world.recalled(pause), [1]);
        told.push(pause);
    }
    assert_eq!(told, [0, 20, 40, 80, 160, 320]);
}
