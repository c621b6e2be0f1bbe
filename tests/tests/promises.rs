//! Processes that are killed at seeded moments, over a carrier that loses, repeats and delays.
//!
//! Aim: promises 1, 2 and 4 (and whatever else the judge knows) hold whatever dies when.
//! Model: a kill drops every task of one process, or of all, where it stands: before or after a commit, between permit and
//! first byte, between first byte and reply; after a while it is started again on the same log and carrier.
//! A failure is any breach that the judge finds, after two quiet days, or a log that is not whole.
//! Not a failure: a contact that is never made, since nobody knows whether it was.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::ops::Range;
use std::sync::Arc;

use domain::event::Event;
use domain::rulebook::Rulebook;
use domain::time::Span;
use journeys::draw::Draw;
use journeys::judge::Evidence;
use journeys::town::carrier::Losses;
use journeys::town::pulse::Kind;
use journeys::town::{Plan, Role, Town, book};
use replay::check::check;
use replay::filter::Filter;
use replay::log::LogReader;
use replay::verify::verify;

/// What a life of kills was like.
#[derive(Default, Debug)]
struct Toll {
    kills: usize,
    with_a_submission_under_way: usize,
    with_a_fact_unanswered: usize,
    unknown: usize,
    submissions: usize,
}

fn bad_carrier() -> Losses {
    Losses { lost: 5, unanswered: 8, repeated: 15, delayed: 10 }
}

/// Lives through a month of kills and two quiet days.
fn killed_again_and_again(seed: u64, toll: &mut Toll) -> Town {
    let mut town = Town::new(Plan { seed, debtors: 14, days: 21, losses: bad_carrier() });
    let mut draw = Draw::new(seed, 2_000_000);
    loop {
        let (kind, most) = match draw.between(1, 4) {
            1 => (Kind::Log, 30),
            2 => (Kind::Facts, 15),
            _ => (Kind::Contact, 8),
        };
        let moments = draw.between(1, most).unsigned_abs();
        town.run_for_moments(kind, moments, Span(draw.between(0, 60)), town.end());
        if town.now() >= town.end() {
            break;
        }
        let dying = dying(&mut draw);
        let seen = town.seen();
        toll.kills += 1;
        toll.with_a_submission_under_way += usize::from(seen.under_way > 0);
        toll.with_a_fact_unanswered += usize::from(seen.unanswered > 0);
        dying.iter().for_each(|role| town.kill(*role));
        let down =
            if draw.percent(20) { Span::hours(draw.between(1, 12)) } else { Span(draw.between(0, 90_000)) };
        town.run_until(town.now().plus(down));
        dying.iter().for_each(|role| town.start(*role));
    }
    town.run_until(town.end().max(town.now()).plus(Span::days(2)));
    town.stop();
    town
}

/// Mostly one process, now and then the whole house.
fn dying(draw: &mut Draw) -> Vec<Role> {
    match draw.between(1, 10) {
        1..=4 => vec![Role::Scheduler],
        5 => Role::ALL.to_vec(),
        _ => draw.pick(&Role::ALL).copied().into_iter().collect(),
    }
}

/// Each seed is judged by itself; together they must have met what they are about.
fn live_through(seeds: Range<u64>) {
    let mut toll = Toll::default();
    for seed in seeds {
        let town = killed_again_and_again(seed, &mut toll);
        let evidence = Evidence::of(&town);
        assert_eq!(evidence.breaches(), Vec::<String>::new(), "seed {seed}");
        assert_eq!(evidence.seen.unanswered, 0, "seed {seed}: every fact was acknowledged in the end");
        toll.submissions += evidence.seen.submissions.len();
        let unknown = |event: &&Event| matches!(event, Event::OutcomeUnknown { .. });
        toll.unknown += evidence.events.iter().filter(unknown).count();
        is_whole(&town, seed);
    }
    println!("{toll:?}");
    assert!(toll.kills > 100 && toll.submissions > 500, "{toll:?}");
    assert!(toll.with_a_submission_under_way > 15 && toll.with_a_fact_unanswered > 15, "{toll:?}");
    assert!(toll.unknown > 30, "{toll:?}");
}

// Two halves, so that two processors can share the work.

#[test]
fn whatever_dies_when_the_promises_hold() {
    live_through(0..15);
}

#[test]
fn whatever_dies_when_in_other_lives_the_promises_hold_too() {
    live_through(15..30);
}

/// The log is whole, and decides the same again, after any number of takeovers.
fn is_whole(town: &Town, seed: u64) {
    let reader = LogReader::new(town.log_for_readers(false));
    let (whole, same) = town.block_on(async move {
        let rules: Arc<Rulebook> = Arc::new(book().rules.clone());
        let known = move |hash| (hash == rules.hash).then(|| Arc::clone(&rules));
        (verify(&reader).await.unwrap(), check(&reader, &known, &Filter::default()).await.unwrap())
    });
    assert!(whole.is_whole(), "seed {seed}: {whole:#?}");
    assert!(same.is_same(), "seed {seed}: {same:#?}");
}
