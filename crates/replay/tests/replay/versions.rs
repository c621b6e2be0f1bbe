//! Rows of several versions of one event: the known ones read alike, one of a newer release is named and never a panic.

use domain::event::{Event, QuarantineReason};
use replay::ReplayError;
use replay::check::check;
use replay::filter::Filter;
use replay::jsonl;
use replay::reader::Reader;
use replay::refold::{UpTo, refold};
use replay::verify::verify;

use crate::by_laws::rulebooks;
use crate::town::{ANNA, BEN, Town};

/// stream_quarantined with the text "not_sealed", as version 1 has it.
const FIRST: &[u8] = b"\xca\x07\x0c\x0a\x0anot_sealed";

const NEWER: &str = "stream_quarantined is of version 3, and this release knows it up to version 2; use the newer \
                     release that wrote it";

/// Anna's last event, its open part as JSON, and her state after it.
async fn last_of_anna(town: &Town) -> (Event, serde_json::Value, String) {
    let entries = refold(&town.reader(), ANNA, UpTo::Head).await.unwrap();
    let last = entries.entries.last().unwrap();
    let object = jsonl::event_object(&last.event);
    (last.event.clone(), object, format!("{:?}", entries.debtor))
}

#[tokio::test]
async fn both_versions_of_an_event_read_show_fold_and_decide_the_same() {
    let reason = QuarantineReason::NotSealed;
    let (kind, second) = contract::event::encode(&Event::StreamQuarantined { reason });
    let mut seen = Vec::new();
    for (schema, payload) in [(1, FIRST.to_vec()), (2, second)] {
        let mut town = Town::lived_in().await;
        town.append_of_version(ANNA, kind, schema, payload).await;
        seen.push(last_of_anna(&town).await);
        assert!(verify(&town.reader()).await.unwrap().is_whole(), "version {schema}");
        let report = check(&town.reader(), &rulebooks, &Filter::default()).await.unwrap();
        assert!(report.is_same(), "{report:#?}");
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0].0, Event::StreamQuarantined { reason });
}

#[tokio::test]
async fn a_row_of_a_newer_release_is_named_by_all_that_read_it() {
    let mut town = Town::lived_in().await;
    town.checkpoint().await;
    town.append_of_version(ANNA, 121, 3, b"\xca\x07\x04\x10\x06\x18\x01".to_vec()).await;
    let log = town.reader();
    let at = log.head(0).await.unwrap().position;
    let said = format!("the event at position {} of partition 0 can't be read: {NEWER}", at.0);

    let shown = Reader::new(&log, Filter { first: Some(at), ..Filter::default() }).next_batch().await;
    let folded = refold(&log, ANNA, UpTo::Head).await.map(drop);
    let checked = check(&log, &rulebooks, &Filter::default()).await.map(drop);
    for (who, error) in
        [("show", shown.unwrap_err()), ("why", folded.unwrap_err()), ("replay", checked.unwrap_err())]
    {
        assert!(matches!(error, ReplayError::Unreadable { position, .. } if position == at), "{who}");
        assert_eq!(error.to_string(), said, "{who}");
        assert!(!error.is_transient(), "{who}");
    }
    // What stands before it, and everybody else, is read as ever.
    assert!(refold(&log, ANNA, UpTo::Position(domain::ids::Position(at.0 - 1))).await.is_ok());
    assert!(refold(&log, BEN, UpTo::Head).await.is_ok());
}

#[tokio::test]
async fn verify_finds_a_row_of_a_newer_release_and_nothing_else_wrong() {
    let mut town = Town::lived_in().await;
    town.checkpoint().await;
    town.append_of_version(ANNA, 121, 3, b"\xca\x07\x04\x10\x06\x18\x01".to_vec()).await;
    let report = verify(&town.reader()).await.unwrap();
    let found: Vec<_> =
        report.findings.iter().map(|f| (f.check, f.found.as_str(), f.expected.as_str())).collect();
    assert_eq!(found, [("payload", NEWER, "an event in a version that this release knows")]);
}
