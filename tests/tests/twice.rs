//! The real scheduler, workers and call desk, run twice: the same seed gives the same run, step by step.
//!
//! Aim: nothing but the runtime that was handed in decides what happens when; the promises hold in such a run, and the
//! log alone tells it all again, with its data keys or without them.
//! A failure is: two runs of one seed that differ in trace, log or record; any breach that the judge finds; a log that
//! is not whole, or that decides otherwise a second time.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::channel::Channel;
use domain::event::{Event, SkipReason};
use domain::ids::{Position, RulebookHash, StreamId};
use domain::rulebook::Rulebook;
use domain::time::{Span, Timestamp};
use journeys::judge::Evidence;
use journeys::town::carrier::Losses;
use journeys::town::{Plan, Town, book};
use replay::check::check;
use replay::filter::Filter;
use replay::log::LogReader;
use replay::verify::verify;

/// Nothing is lost, but a third of all messages take their time, so that facts and questions overtake each other.
const SLOW: Losses = Losses { delayed: 33, ..Losses::NONE };

/// Forty debtors and forty days, and the half day that the last acts need.
fn lived(seed: u64) -> Town {
    let mut town = Town::new(Plan { seed, debtors: 40, days: 40, losses: SLOW });
    town.run_until(town.end().plus(Span::hours(12)));
    town.stop();
    town
}

#[test]
fn the_same_seed_gives_the_same_run_and_another_seed_another() {
    let (first, second, other) = (lived(7), lived(7), lived(8));
    let trace = first.trace();
    assert!(trace == second.trace(), "the traces of two runs of one seed differ");
    assert_eq!(first.rows(), second.rows(), "every row, its chain hash and its sealed part");
    assert_eq!(first.seen(), second.seen(), "what left and what was answered");
    assert_ne!(trace, other.trace());
    assert_ne!(first.rows(), other.rows());
    // So that equal traces say something: every process took part, and the trace kept every step.
    let processes: BTreeSet<&str> = trace.iter().filter_map(|(_, task)| task.split('/').next()).collect();
    for role in ["scheduler", "sms", "email", "social", "desk", "upstream"] {
        assert!(processes.contains(role), "{role} did nothing");
    }
    assert!((20_000..1_000_000).contains(&trace.len()), "{} steps", trace.len());
}

#[test]
fn the_promises_hold_in_such_a_run() {
    for seed in 7..9 {
        let town = lived(seed);
        let evidence = Evidence::of(&town);
        assert_eq!(evidence.breaches(), Vec::<String>::new(), "seed {seed}");
        assert_eq!(evidence.seen.unanswered, 0, "every fact was acknowledged in the end");
        for channel in [Channel::Call, Channel::Sms, Channel::Email, Channel::Social] {
            let left = evidence.seen.submissions.iter().filter(|submission| submission.channel == channel);
            assert!(left.count() > 5, "seed {seed} says too little about {channel}");
        }
    }
}

/// A run in which nothing is refused, hangs, is skipped or is stopped would prove little.
#[test]
fn such_a_run_meets_what_it_is_about() {
    let town = lived(7);
    let evidence = Evidence::of(&town);
    let names: BTreeSet<&str> = evidence.events.iter().map(Event::name).collect();
    for name in [
        "payment_received",
        "payment_reversed",
        "dispute_opened",
        "dispute_resolved",
        "hold_placed",
        "hold_released",
        "hold_expired",
        "opted_out",
        "promise_made",
        "fact_parked",
        "claim_reopened",
        "escalation_withdrawn",
        "outcome_unknown",
        "step_deferred",
        "ladder_ended",
        "task_opened",
    ] {
        assert!(names.contains(name), "{name} never happened");
    }
    let never_open =
        |event: &&Event| matches!(event, Event::StepSkipped { reason: SkipReason::NoAllowedHours, .. });
    assert!(evidence.events.iter().any(|event| never_open(&event)), "two zones without a common hour");
    assert!(evidence.seen.too_late > 0, "a connection that took longer than its permit");
    let unzoned: Vec<StreamId> =
        town.people().iter().filter(|person| person.zones.is_empty()).map(|person| person.stream).collect();
    assert_eq!(unzoned.len(), 4);
    assert!(evidence.seen.submissions.iter().all(|submission| !unzoned.contains(&submission.attempt.stream)));
}

#[test]
fn the_log_is_whole_and_decides_the_same_again_even_without_its_keys() {
    let town = lived(7);
    let rows = town.rows();
    let rules = Arc::new(book().rules.clone());
    for without_keys in [false, true] {
        let log = town.log_for_readers(without_keys);
        let sealed = rows.iter().find(|row| row.event.personal.is_some()).unwrap().clone();
        let (reader, rules, hash) = (LogReader::new(Arc::clone(&log)), Arc::clone(&rules), rules.hash);
        let (opened, whole, same) = town.block_on(async move {
            let wrapped = log.data_keys(0, &[sealed.event.stream]).await.unwrap();
            let known = move |asked: RulebookHash| (asked == hash).then(|| Arc::<Rulebook>::clone(&rules));
            let same = check(&reader, &known, &Filter::default()).await.unwrap();
            (wrapped.len(), verify(&reader).await.unwrap(), same)
        });
        assert_eq!(opened, usize::from(!without_keys));
        assert!(whole.is_whole(), "{whole:#?}");
        assert_eq!((whole.debtors, whole.snapshots, whole.events), (40, 40, rows.last().unwrap().position.0));
        assert!(same.is_same() && same.other_revisions.is_empty(), "{same:#?}");
        assert!(same.decisions > 500, "{}", same.decisions);
    }
}

#[test]
fn these_judgements_can_fail() {
    let town = lived(7);
    type Alter = fn(&mut Evidence<'_>);
    let cases: [(Alter, &str); 11] = [
        (|e| e.seen.submissions.push(e.seen.submissions[3].clone()), "left twice"),
        (|e| e.seen.submissions[3].at = e.seen.submissions[3].at.plus(Span::seconds(10)), "was permitted at"),
        (|e| e.seen.submissions[3].at = e.seen.submissions[3].at.plus(Span::hours(12)), "closed in Europe/"),
        (|e| e.seen.submissions[3].address.push('0'), "not the debtor's"),
        (|e| e.seen.submissions.iter_mut().for_each(|s| s.message.body.push('!')), "other words"),
        (|e| e.seen.submissions[3].attempt.number += 1_000, "without a permit"),
        (|e| e.seen.acknowledged.iter_mut().for_each(|ack| ack.at = Timestamp(0)), "although"),
        (|e| e.seen.acknowledged[3].fact.key = e.seen.acknowledged[4].fact.key, "is 0 times in the log"),
        (|e| e.seen.noted[3].attempt.number += 1_000, "is not in the log"),
        (|e| drop((e.rows.remove(100), e.events.remove(100))), "stands where 101 should"),
        (
            |e| {
                e.rows.truncate(700);
                e.events.truncate(700);
            },
            "and nothing happened until",
        ),
    ];
    for (alter, expected) in cases {
        let mut evidence = Evidence::of(&town);
        alter(&mut evidence);
        let breaches = evidence.breaches();
        assert!(breaches.iter().any(|breach| breach.contains(expected)), "{expected}: {breaches:#?}");
    }
    assert_eq!(town.rows()[100].position, Position(101));
}
