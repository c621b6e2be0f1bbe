//! Streams of events, lines of JSON, states as they were.

use domain::fact::Fact;
use domain::ids::{Position, StreamId};
use domain::label::TenantId;
use domain::time::{Span, Timestamp};
use replay::ReplayError;
use replay::filter::{Filter, kinds_named};
use replay::jsonl;
use replay::log::LogReader;
use replay::reader::{Entry, Reader};
use replay::refold::{UpTo, refold};
use serde_json::json;

use crate::town::{ANNA, BEN, MONDAY, Town, label, town};

async fn read(log: &LogReader, filter: Filter) -> Vec<Entry> {
    let mut reader = Reader::new(log, filter);
    let mut entries = Vec::new();
    while let Some(batch) = reader.next_batch().await.unwrap() {
        assert!(!batch.is_empty(), "a batch has at least one event");
        entries.extend(batch);
    }
    entries
}

fn positions(entries: &[Entry]) -> Vec<u64> {
    entries.iter().map(|entry| entry.recorded.position.0).collect()
}

#[tokio::test]
async fn every_event_is_read_once_in_order_over_many_pages() {
    let mut town = Town::new().await;
    for _ in 0..4_500 {
        let fact = Fact::CeaseRequested { source: label("letter") };
        town.fact(ANNA, fact).await;
    }
    let entries = read(&town.reader(), Filter::default()).await;
    assert_eq!(positions(&entries), (1..=4_501).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_filter_asks_for_what_it_names_and_no_more() {
    let lived_in = Town::lived_in().await;
    let log = lived_in.reader();
    let all = read(&log, Filter::default()).await;
    let (at_5, at_end) = (all[5].recorded.event.at, all.last().unwrap().recorded.event.at);
    let filters = [
        Filter { stream: Some(BEN), ..Filter::default() },
        Filter { stream: Some(BEN), last: Some(Position(9)), ..Filter::default() },
        Filter { kinds: kinds_named(["escalated", "payment_received"]).unwrap(), ..Filter::default() },
        Filter { first: Some(Position(4)), last: Some(Position(7)), ..Filter::default() },
        Filter { from: Some(at_5.plus(Span(1))), ..Filter::default() },
        Filter { to: Some(at_end), ..Filter::default() },
        Filter { from: Some(at_end), first: Some(Position(2)), ..Filter::default() },
        Filter { tenant: Some(TenantId::new("elsewhere").unwrap()), ..Filter::default() },
        Filter { from: Some(Timestamp::MAX), ..Filter::default() },
        Filter { to: Some(Timestamp::MIN), ..Filter::default() },
        Filter { tenant: Some(town()), ..Filter::default() },
    ];
    for filter in filters {
        let expected: Vec<u64> = all
            .iter()
            .filter(|entry| filter.matches(&entry.recorded))
            .map(|e| e.recorded.position.0)
            .collect();
        assert_eq!(positions(&read(&log, filter.clone()).await), expected, "{filter:?}");
    }
    assert_eq!(lived_in.now, at_end);
}

#[tokio::test]
async fn a_line_of_json_is_stable_and_whole() {
    let town = Town::lived_in().await;
    let entries = read(&town.reader(), Filter::default()).await;
    let paid = entries.iter().find(|entry| entry.event.name() == "payment_received").unwrap();
    let line = jsonl::line(paid);
    assert_eq!(line.matches('\n').count(), 1);
    let object: serde_json::Value = serde_json::from_str(&line).unwrap();
    let row = &paid.recorded.event;
    let expected = json!({
        "history": "01010101010101010101010101010101",
        "tenant": "town",
        "stream": "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
        "version": row.version,
        "partition": 0,
        "position": paid.recorded.position.0,
        "previous": row.previous.unwrap().0,
        "event_id": object["event_id"],
        "cause": { "kind": "fact", "id": row.cause.id.to_string() },
        "at": row.at.to_string(),
        "occurred_at": row.occurred_at.to_string(),
        "kind": "payment_received",
        "schema": 1,
        "decider": domain::DECIDER_REVISION,
        "rulebook": "09".repeat(32),
        "trace": format!("00-{}-{}-01", "03".repeat(16), "04".repeat(8)),
        "event": { "claim": "5e".repeat(16), "amount_minor": 12_050, "currency": "CHF" },
        "sealed": false,
        "chain": object["chain"],
    });
    assert_eq!(object, expected);
}

#[tokio::test]
async fn every_event_has_an_object_with_its_fields() {
    let town = Town::lived_in().await;
    for entry in read(&town.reader(), Filter::default()).await {
        let object = jsonl::object(&entry);
        let fields = object["event"].as_object().unwrap();
        assert!(!fields.is_empty(), "{}", entry.event.name());
        assert_eq!(object["kind"], entry.event.name());
    }
}

#[tokio::test]
async fn a_state_is_folded_as_it_was() {
    let mut town = Town::lived_in().await;
    let before = (town.now, town.debtor(ANNA));
    town.now = town.now.plus(Span::days(1));
    town.fact(ANNA, Fact::CeaseRequested { source: label("letter") }).await;
    let log = town.reader();
    let at = |up_to: UpTo| {
        let log = log.clone();
        async move { refold(&log, ANNA, up_to).await.map(|folded| folded.debtor) }
    };
    assert_eq!(at(UpTo::Head).await.unwrap(), town.debtor(ANNA));
    assert_eq!(at(UpTo::Instant(town.now.minus(Span(1)))).await.unwrap(), before.1);
    assert_eq!(at(UpTo::Instant(before.0)).await.unwrap(), before.1);
    let first = at(UpTo::Position(Position(2))).await.unwrap();
    assert_eq!((first.version, first.claims.len()), (1, 0));
    for nothing in [UpTo::Position(Position(1)), UpTo::Instant(MONDAY.minus(Span(1)))] {
        assert!(matches!(at(nothing).await, Err(ReplayError::UnknownDebtor { stream: ANNA })));
    }
    let nobody = refold(&log, StreamId::new([7; 16]), UpTo::Head).await.unwrap_err();
    assert!(nobody.to_string().contains("no event of debtor 0707"), "{nobody}");
    assert!(!nobody.is_transient());
}
