//! The worker against a partition's owner and a provider that are told to misbehave, on the simulated executor.
//!
//! A failure is: more than one submission of an escalation, a submission after `start_within` of the first asking, a
//! permit that is neither used nor given back, an outcome that never reaches the log, two runs of one seed that differ.
//! Not a failure: an escalation that nobody submitted, since its notice is only a hint.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "worker/world.rs"]
mod world;

use std::time::Duration;

use channel::{DeferredBy, Submission, UnknownReason, UnsentReason, WorkerConfig};
use contract::personal::Personal;
use domain::outcome::{Outcome, RejectClass};
use domain::time::Span;

use world::{Asked, Plan, Reply, World, accepted, config};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_permit_is_submitted_once_and_its_outcome_reported() {
    let world = World::new(1, config());
    world.emit(&[(1, 0), (2, 0)]);
    world.run_for(SECOND);
    assert_eq!(world.submitted(), [1, 2]);
    assert_eq!(world.outcomes(), [(1, Outcome::Accepted), (2, Outcome::Accepted)]);
    let message = &world.reported()[0];
    assert_eq!(message.report.provider_message, Some(world::digest("provider-1")));
    assert_eq!(message.personal, Some(Personal::Text { text: "provider-1".into() }));
    assert_eq!(message.report.at, world.now_at_submission(1));
    assert_eq!(world.in_flight(), 0, "nothing is held when all is done");
}

#[test]
fn every_answer_of_a_provider_becomes_its_outcome() {
    let class = RejectClass::BadAddress;
    let delay = Span::minutes(5);
    for (submission, outcome) in [
        (Submission::Delivered { provider_message: None }, Outcome::Delivered),
        (Submission::Rejected { class, said: Some("550 jane@example.org".into()) }, Outcome::Rejected(class)),
        (Submission::Deferred { delay, by: DeferredBy::Recipient }, Outcome::Deferred { delay }),
        (Submission::Unsent { reason: UnsentReason::NoConnection }, Outcome::Unsent),
        (Submission::Unknown { reason: UnknownReason::NoReply }, Outcome::Unknown),
    ] {
        let world = World::new(1, config());
        world.provider_does(move |_| Plan { result: submission.clone(), ..accepted() });
        world.emit(&[(1, 0)]);
        world.run_for(SECOND);
        assert_eq!(world.outcomes(), [(1, outcome)]);
    }
}

#[test]
fn a_repeated_notice_is_submitted_once() {
    let world = World::new(1, config());
    world.provider_does(|_| Plan { after: Duration::from_millis(500), ..accepted() });
    world.emit(&[(1, 0), (1, 0)]);
    world.emit(&[(1, 0)]);
    world.run_for(SECOND);
    assert_eq!(world.asked().len(), 1, "while it is in hand, no other question is asked");
    world.emit(&[(1, 0)]);
    world.run_for(SECOND);
    assert_eq!(world.asked().len(), 2);
    assert_eq!(world.submitted(), [1], "a later question has another id and is refused as taken");
    assert_eq!(world.outcomes(), [(1, Outcome::Accepted)]);
}

#[test]
fn a_lost_reply_is_asked_again_with_the_same_id() {
    for reply in [Reply::Lose, Reply::After(Duration::from_secs(5))] {
        let world = World::new(1, config());
        world.owner_replies(move |asking| if asking < 2 { reply } else { Reply::AtOnce });
        world.emit(&[(1, 0)]);
        world.run_for(Duration::from_secs(12));
        assert_eq!(world.submitted(), [1]);
        let asked = world.asked();
        assert_eq!(asked.len(), 3, "{asked:?}");
        assert!(asked.iter().all(|again| again.request == asked[0].request), "{asked:?}");
        assert!(world.began_after_first_asking(1) < Duration::from_secs(10));
    }
}

#[test]
fn a_question_without_an_answer_is_dropped_when_its_time_is_over() {
    let world = World::new(1, config());
    world.owner_replies(|_| Reply::Lose);
    world.emit(&[(1, 0)]);
    world.run_for(Duration::from_secs(60));
    let asked = world.asked();
    let last = asked.iter().map(|asked| asked.at).max().unwrap();
    assert!(last - asked[0].at <= Duration::from_secs(10), "{asked:?}");
    assert!(world.submitted().is_empty() && world.outcomes().is_empty());
    assert_eq!(world.in_flight(), 0, "a virtual clock may go on, to the partition's own deadline");
}

#[test]
fn a_new_notice_after_a_dropped_question_is_asked_with_a_new_id() {
    let world = World::new(1, config());
    world.owner_replies(|_| Reply::Lose);
    world.emit(&[(1, 0)]);
    world.run_for(Duration::from_secs(60));
    let first = world.asked()[0].request;
    world.emit(&[(1, 0)]);
    world.run_for(Duration::from_secs(60));
    assert!(world.asked().iter().any(|asked| asked.request != first));
    assert!(world.submitted().is_empty());
}

#[test]
fn ask_again_is_asked_again_with_the_same_id_and_only_for_those_it_concerns() {
    let world = World::new(1, config());
    world.owner_replies(|asking| if asking == 0 { Reply::AskAgainFor(2) } else { Reply::AtOnce });
    world.emit(&[(1, 0), (2, 0)]);
    world.run_for(SECOND);
    let asked = world.asked();
    let numbers: Vec<u32> = asked.iter().map(|asked| asked.number).collect();
    assert_eq!(numbers, [1, 2, 2]);
    assert_eq!(asked[1].request, asked[2].request);
    assert_eq!(world.submitted(), [1, 2]);
}

#[test]
fn a_permit_that_comes_too_late_is_given_back_and_not_submitted() {
    // The owner takes eleven seconds, and the worker is patient; so is the bus.
    let patient = WorkerConfig {
        ask_timeout: Duration::from_secs(29),
        start_within: Duration::from_secs(30),
        ..config()
    };
    let world = World::new(1, patient);
    world.owner_replies(|_| Reply::After(Duration::from_secs(11)));
    world.emit(&[(1, 0)]);
    world.run_for(Duration::from_secs(40));
    assert_eq!(world.asked().len(), 1);
    assert!(world.submitted().is_empty(), "the permit said ten seconds");
    assert_eq!(world.outcomes(), [(1, Outcome::Unsent)]);
}

#[test]
fn a_client_whose_time_is_over_before_the_write_reports_unsent() {
    let world = World::new(1, config());
    world.provider_does(|_| Plan { before_check: Duration::from_secs(10), ..accepted() });
    world.emit(&[(1, 0)]);
    world.run_for(Duration::from_secs(30));
    assert!(world.submitted().is_empty());
    assert_eq!(world.outcomes(), [(1, Outcome::Unsent)]);
}

#[test]
fn a_write_that_began_late_is_reported_as_late() {
    let world = World::new(1, config());
    world.provider_does(|_| Plan { frozen_after_check: Duration::from_secs(11), ..accepted() });
    world.emit(&[(1, 0)]);
    world.run_for(Duration::from_secs(30));
    let reported = world.reported();
    assert_eq!((reported.len(), reported[0].report.late), (1, true));
    assert_eq!(reported[0].report.outcome, Outcome::Accepted);
}

#[test]
fn a_submission_that_takes_too_long_is_unknown_if_it_may_have_left() {
    let endless = Duration::from_secs(3_600);
    for (plan, outcome) in [
        (Plan { frozen_after_check: endless, ..accepted() }, Outcome::Unknown),
        (Plan { before_check: endless, ..accepted() }, Outcome::Unsent),
    ] {
        let world = World::new(1, config());
        world.provider_does(move |_| plan.clone());
        world.emit(&[(1, 0)]);
        world.run_for(Duration::from_secs(90));
        assert_eq!(world.outcomes(), [(1, outcome)]);
    }
}

#[test]
fn a_refused_permit_is_not_submitted_and_frees_its_slot_and_token() {
    let world = World::new(1, WorkerConfig { concurrency: 1, burst: 1, rate_per_second: 1, ..config() });
    world.owner_replies(|asking| if asking < 5 { Reply::Refuse } else { Reply::AtOnce });
    world.emit(&[(1, 0), (2, 0), (3, 0), (4, 0), (5, 0), (6, 0)]);
    world.run_for(Duration::from_millis(500));
    assert_eq!(world.submitted(), [6], "refusals cost no time");
}

#[test]
fn the_rate_holds_and_the_most_urgent_go_first() {
    let world = World::new(1, WorkerConfig { rate_per_second: 2, burst: 1, ..config() });
    world.emit(&[(1, 1), (2, 5), (3, 9), (4, 7)]);
    world.run_for(Duration::from_secs(5));
    assert_eq!(world.submitted(), [3, 4, 2, 1]);
    assert_eq!(world.submission_times_ms(), [0, 500, 1_000, 1_500]);
}

#[test]
fn no_more_permits_are_asked_than_can_be_submitted_at_once() {
    let world = World::new(1, WorkerConfig { concurrency: 4, ..config() });
    world.provider_does(|_| Plan { after: Duration::from_secs(1), ..accepted() });
    world.emit(&(1..=12).map(|number| (number, 0)).collect::<Vec<_>>());
    world.run_for(Duration::from_secs(30));
    assert_eq!(world.submitted().len(), 12);
    assert!(world.most_under_way() <= 4);
    let mut at_once = 0;
    for asked in world.asked() {
        at_once = if asked.first_of_its_request { 1 } else { at_once + 1 };
        assert!(at_once <= 4, "one request asked for more than can be submitted");
    }
}

#[test]
fn one_request_goes_to_one_partition() {
    let world = World::new(1, WorkerConfig { partitions: vec![0, 1], ..config() });
    world.emit_to(0, &[(1, 3), (2, 1)]);
    world.emit_to(1, &[(3, 2)]);
    world.run_for(SECOND);
    assert_eq!(world.submitted(), [1, 2, 3]);
    let by_partition: Vec<(u16, u32)> =
        world.asked().iter().map(|asked| (asked.partition, asked.number)).collect();
    assert_eq!(by_partition, [(0, 1), (0, 2), (1, 3)]);
}

#[test]
fn lapsed_notices_are_dropped() {
    let world = World::new(1, WorkerConfig { rate_per_second: 1, burst: 1, ..config() });
    world.emit_expiring(&[(1, 9), (2, 0)], Duration::from_millis(900));
    world.run_for(Duration::from_secs(5));
    assert_eq!(world.submitted(), [1]);
    assert_eq!(world.in_flight(), 0);
}

#[test]
fn outcomes_are_repeated_until_the_log_has_them() {
    let world = World::new(1, config());
    world.log_acknowledges(|message| message >= 4);
    world.emit(&[(1, 0), (2, 0)]);
    world.run_for(Duration::from_millis(100));
    assert!(world.in_flight() > 0, "a virtual clock waits for what the log does not have");
    world.run_for(Duration::from_secs(60));
    assert_eq!(world.outcomes_acknowledged(), [1, 2]);
    assert_eq!(world.submitted(), [1, 2]);
    assert_eq!(world.in_flight(), 0);
}

#[test]
fn no_permit_is_asked_while_too_many_outcomes_are_unacknowledged() {
    let world = World::new(1, WorkerConfig { unacknowledged_outcomes: 3, ..config() });
    world.log_acknowledges(|message| message >= 10);
    world.emit(&(1..=9).map(|number| (number, 0)).collect::<Vec<_>>());
    world.run_for(SECOND);
    assert_eq!(world.submitted().len(), 3);
    world.run_for(Duration::from_secs(120));
    assert_eq!(world.submitted().len(), 9);
}

#[test]
fn credits_are_absolute_shared_out_and_renewed() {
    let config = WorkerConfig { partitions: vec![0, 1], capacity: 100, ..config() };
    let lifetime = config.credit_lifetime;
    let world = World::new(1, config);
    world.run_for(Duration::from_secs(61));
    for partition in [0, 1] {
        let credits = world.credits(partition);
        assert!(credits.iter().all(|(_, credit)| credit.amount == 50 && !credit.outage));
        assert!(credits.windows(2).all(|pair| pair[1].0 - pair[0].0 <= lifetime / 2), "{credits:?}");
        assert!(credits.len() >= 6);
        assert!(credits.iter().all(|(_, credit)| credit.worker == credits[0].1.worker));
    }
}

#[test]
fn the_circuit_opens_says_so_and_closes_after_a_probe() {
    let world = World::new(
        1,
        WorkerConfig { failures_to_open: 2, concurrency: 1, open_for: Duration::from_secs(25), ..config() },
    );
    let broken_until = Duration::from_secs(20);
    world.provider_does(move |at| {
        let result = if at < broken_until {
            Submission::Unsent { reason: UnsentReason::NoConnection }
        } else {
            accepted().result
        };
        Plan { result, ..accepted() }
    });
    world.emit(&[(1, 0), (2, 0), (3, 0)]);
    world.run_for(SECOND);
    assert_eq!(world.outcomes(), [(1, Outcome::Unsent), (2, Outcome::Unsent)], "the third is left alone");
    assert_eq!(world.last_credit(0), (0, true));
    assert_eq!(world.in_flight(), 0, "what it does not take is not waited for");
    world.emit(&[(4, 0)]);
    world.run_for(Duration::from_secs(23));
    assert_eq!(world.outcomes().len(), 2, "still open");
    world.run_for(Duration::from_secs(2));
    assert_eq!(world.last_credit(0), (1, false), "half open: one to try with");
    world.emit(&[(5, 0), (6, 0)]);
    world.run_for(SECOND);
    assert_eq!(world.outcomes()[2..], [(5, Outcome::Accepted), (6, Outcome::Accepted)]);
    assert_eq!(world.last_credit(0), (2_000, false));
}

#[test]
fn a_worker_is_ready_once_every_owner_has_its_credits() {
    let world = World::new(1, WorkerConfig { partitions: vec![0, 9], ..config() });
    world.run_for(SECOND);
    assert!(!world.is_ready(), "nobody owns partition 9");
    world.own(9);
    world.run_for(Duration::from_secs(15));
    assert!(world.is_ready());
}

#[test]
fn two_runs_of_one_seed_are_the_same() {
    let run = |seed| {
        let world = World::new(seed, WorkerConfig { concurrency: 3, partitions: vec![0, 1], ..config() });
        world.owner_replies(|asking| match asking % 4 {
            0 => Reply::Lose,
            1 => Reply::After(Duration::from_millis(700)),
            2 => Reply::AskAgainFor(7),
            _ => Reply::AtOnce,
        });
        world.log_acknowledges(|message| message % 3 == 0);
        world.provider_does(|at| Plan { after: Duration::from_millis(at.as_secs() % 7), ..accepted() });
        for number in 1..=20 {
            world.emit_to(u16::from(number % 2 == 0), &[(number, i32::try_from(number % 5).unwrap())]);
        }
        world.run_for(Duration::from_secs(90));
        let asked: Vec<Asked> = world.asked();
        (world.trace(), world.submitted(), asked.len())
    };
    let (first, again, other) = (run(7), run(7), run(8));
    assert_eq!(first, again);
    assert_ne!(first.0, other.0);
    assert_eq!(first.1.len(), 20);
    let mut once = first.1.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), 20, "no escalation twice");
}
