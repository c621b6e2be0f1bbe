//! The same log gives the same decisions (promise 5), and what differs is found.

use std::sync::Arc;

use domain::event::{Event, QuarantineReason};
use domain::ids::{InputId, Position, RulebookHash, StreamId};
use domain::input::{Cause, CauseKind};
use domain::money::Minor;
use domain::rulebook::Rulebook;
use domain::time::Span;
use replay::check::{Report, check};
use replay::filter::Filter;
use replay::log::LogReader;
use replay::rulebooks::StoredRulebooks;

use crate::by_laws::{rulebook, rulebooks};
use crate::tampered::{Change, Tampered};
use crate::town::{ANNA, BEN, HASH, Town, claim_of};

async fn checked(town: &Town) -> Report {
    check(&town.reader(), &rulebooks, &Filter::default()).await.unwrap()
}

#[tokio::test]
async fn a_lived_in_log_is_decided_the_same_again() {
    let mut town = Town::lived_in().await;
    for _ in 0..3 {
        town.wait(BEN).await;
    }
    let report = checked(&town).await;
    assert!(report.is_same(), "{report:#?}");
    assert_eq!(report.decisions, 17, "6 facts, 2 x (due, permit, outcome), deferrals, a payment, 3 more due");
    assert_eq!(report.not_decided, 1, "the activation of the rulebook");
}

#[tokio::test]
async fn one_debtor_alone_is_decided_again() {
    let town = Town::lived_in().await;
    let of = |stream: StreamId| Filter { stream: Some(stream), ..Filter::default() };
    let report = check(&town.reader(), &rulebooks, &of(ANNA)).await.unwrap();
    assert!(report.is_same() && report.decisions > 0 && report.decisions < checked(&town).await.decisions);
    let some = Filter { first: Some(Position(10)), ..Filter::default() };
    let later = check(&town.reader(), &rulebooks, &some).await.unwrap();
    assert!(later.is_same() && later.decisions < checked(&town).await.decisions);
    assert!(check(&town.reader(), &rulebooks, &of(StreamId::new([7; 16]))).await.is_err());
}

#[tokio::test]
async fn another_rulebook_decides_otherwise_and_the_first_difference_is_named() {
    let town = Town::lived_in().await;
    let slower = |hash: RulebookHash| {
        let mut rulebook = rulebook();
        let ladder = rulebook.scenarios.values_mut().next().unwrap();
        ladder.begins_after_due = Span::days(1);
        (hash == HASH).then(|| Arc::new(rulebook))
    };
    let report = check(&town.reader(), &slower, &Filter::default()).await.unwrap();
    assert_eq!(report.different, 2, "each of the two scenarios begins later: {report:#?}");
    let first = &report.differences[0];
    assert_eq!((first.cause, first.index, first.stream.clone()), ("fact", 1, ANNA.to_string()));
    assert_eq!(first.recorded.as_ref().unwrap()["event"]["not_before"], "2026-03-02T00:00:00Z");
    assert_eq!(first.decided.as_ref().unwrap()["event"]["not_before"], "2026-03-03T00:00:00Z");
}

#[tokio::test]
async fn a_changed_decision_is_found() {
    let town = Town::lived_in().await;
    let settled = |row: &mut event_log::record::Recorded| {
        let settled = Event::ClaimSettled { claim: claim_of(ANNA), overpaid: Minor(1) };
        row.event.payload = contract::event::encode(&settled).1;
    };
    let last = town.reader().head(0).await.unwrap().position;
    let log = Tampered { log: Arc::clone(&town.log), change: Change::Row(last, settled) };
    let report = check(&LogReader::new(Arc::new(log)), &rulebooks, &Filter::default()).await.unwrap();
    assert_eq!((report.different, report.differences[0].index), (1, 1));
}

#[tokio::test]
async fn decisions_of_another_revision_are_counted_apart() {
    let mut town = Town::lived_in().await;
    let head = town.reader().head(0).await.unwrap().position.0;
    town.decider += 1;
    town.wait(BEN).await;
    town.wait(BEN).await;
    let report = checked(&town).await;
    assert!(report.is_same());
    let other = &report.other_revisions[0];
    assert_eq!((other.revision, other.decisions, other.first), (town.decider, 2, head + 1));
    assert!(other.last > other.first);
}

#[tokio::test]
async fn a_rulebook_that_is_not_there_is_said() {
    let mut town = Town::lived_in().await;
    town.hash = RulebookHash([8; 32]);
    town.wait(BEN).await;
    let report = checked(&town).await;
    assert_eq!(report.without_rulebook.get(&"08".repeat(32)), Some(&1));
    assert!(!report.is_same());
}

#[tokio::test]
async fn a_quarantine_is_no_decision() {
    let mut town = Town::lived_in().await;
    let before = checked(&town).await;
    let cause = Cause { kind: CauseKind::Due, id: InputId::new([77; 16]) };
    let event = Event::StreamQuarantined { reason: QuarantineReason::DeciderPanicked };
    town.append(BEN, cause, &[event], town.now).await;
    let after = checked(&town).await;
    assert_eq!((after.decisions, after.not_decided), (before.decisions, before.not_decided + 1));
    assert!(after.is_same());
}

#[tokio::test]
async fn rulebooks_come_from_the_log_itself() {
    use event_log::store::EventLog;
    let town = Town::lived_in().await;
    let compile = |sources: &[u8]| -> Result<Rulebook, String> {
        if sources == b"the town's" { Ok(rulebook()) } else { Err("no such town".to_owned()) }
    };
    let stored = StoredRulebooks::new(town.reader(), compile);
    let without = check(&town.reader(), &stored, &Filter::default()).await.unwrap();
    assert_eq!(without.decisions, 0);
    town.log.put_rulebook(HASH, b"the town's").await.unwrap();
    assert!(check(&town.reader(), &stored, &Filter::default()).await.unwrap().is_same());
    let broken = StoredRulebooks::new(town.reader(), |_: &[u8]| Err("an empty window".to_owned()));
    let error = check(&town.reader(), &broken, &Filter::default()).await.unwrap_err();
    assert!(error.to_string().ends_with("can't be compiled by this release: an empty window"), "{error}");
}
