//! A whole log is found whole, and each thing that was changed is found where it was changed.

use std::sync::Arc;

use domain::ids::Position;
use domain::label::TenantId;
use domain::time::{Span, Timestamp};
use event_log::record::{Recorded, Snapshot};
use replay::log::LogReader;
use replay::verify::{Report, verify};

use crate::tampered::{Change, Tampered};
use crate::town::{ANNA, BEN, Town};

async fn changed(town: &Town, change: Change) -> Report {
    let log = Tampered { log: Arc::clone(&town.log), change };
    verify(&LogReader::new(Arc::new(log))).await.unwrap()
}

#[tokio::test]
async fn a_whole_log_is_whole() {
    let town = Town::lived_in().await;
    town.checkpoint().await;
    let report = verify(&town.reader()).await.unwrap();
    assert!(report.is_whole(), "{report:#?}");
    assert_eq!((report.partitions, report.debtors, report.snapshots), (1, 2, 2));
    let head = town.reader().head(0).await.unwrap();
    assert_eq!(report.events, head.position.0);
}

#[tokio::test]
async fn an_empty_log_is_whole() {
    let origin = event_log::record::Origin { history: [1; 16], partitions: 3, key_check: [2; 16] };
    let log = event_log::memory::MemoryLog::new(origin, 1);
    let report = verify(&LogReader::new(Arc::new(log))).await.unwrap();
    assert_eq!((report.partitions, report.events, report.is_whole()), (3, 0, true));
}

#[tokio::test]
async fn a_checkpoint_behind_the_log_is_whole() {
    let mut town = Town::lived_in().await;
    town.checkpoint().await;
    town.wait(BEN).await;
    let report = verify(&town.reader()).await.unwrap();
    assert!(report.is_whole() && report.snapshots == 2, "{report:#?}");
}

#[tokio::test]
async fn each_changed_row_is_found_at_its_place() {
    let town = Town::lived_in().await;
    type Alter = fn(&mut Recorded);
    let cases: [(Alter, &[&str]); 8] = [
        (|row| row.event.payload.push(0), &["chain", "payload"]),
        (|row| row.event.occurred_at = Timestamp(1), &["chain"]),
        (|row| row.chain = [0; 32], &["chain", "chain"]),
        (|row| row.event.at = Timestamp(1), &["chain", "instant"]),
        (|row| row.event.version += 1, &["chain", "stream", "stream"]),
        (|row| row.event.previous = Some(Position(1)), &["chain", "stream"]),
        (|row| row.event.tenant = TenantId::new("elsewhere").unwrap(), &["chain", "stream", "stream"]),
        (|row| row.event.schema = 9, &["chain", "payload"]),
    ];
    for (index, (alter, checks)) in cases.into_iter().enumerate() {
        let report = changed(&town, Change::Row(Position(4), alter)).await;
        let found: Vec<&str> = report.findings.iter().map(|finding| finding.check).collect();
        assert_eq!(found, checks, "case {index}: {report:#?}");
        assert_eq!(report.findings[0].position, 4, "case {index}");
        assert_eq!(report.finding_count, u64::try_from(checks.len()).unwrap());
    }
}

#[tokio::test]
async fn a_missing_row_is_a_gap_and_a_broken_link() {
    let town = Town::lived_in().await;
    let report = changed(&town, Change::WithoutRow(Position(3))).await;
    let first = &report.findings[0];
    assert_eq!((first.check, first.position), ("position", 4));
    assert_eq!(first.expected, "position 3, without a gap");
    let second = &report.findings[1];
    assert_eq!((second.check, second.expected.as_str()), ("stream", "version 2 after position 2"));
}

#[tokio::test]
async fn a_cut_log_or_another_head_is_found() {
    let town = Town::lived_in().await;
    let last = town.reader().head(0).await.unwrap().position;
    let cut = changed(&town, Change::WithoutRow(last)).await;
    assert_eq!(cut.findings.len(), 1);
    assert_eq!(cut.findings[0].found, format!("the last event is at {}", last.0 - 1));
    let chain = changed(&town, Change::Head(|head| head.chain = [0; 32])).await;
    let at = changed(&town, Change::Head(|head| head.at = head.at.plus(Span(1)))).await;
    for report in [chain, at] {
        assert_eq!((report.findings.len(), report.findings[0].check), (1, "head"));
    }
}

#[tokio::test]
async fn a_snapshot_that_is_no_fold_of_its_events_is_found() {
    let town = Town::lived_in().await;
    town.checkpoint().await;
    type Alter = fn(&mut Snapshot);
    let cases: [(Alter, &str); 5] = [
        (|snapshot| snapshot.state = vec![1], "these bytes are no Debtor"),
        (|snapshot| snapshot.version += 1, "version"),
        (|snapshot| snapshot.position = Position(1), "a position of no event of theirs"),
        (|snapshot| snapshot.position = Position(1_000), "no event of this debtor there"),
        (
            |snapshot| {
                let mut state = contract::state::decode(&snapshot.state).unwrap();
                state.quarantined = true;
                snapshot.state = contract::state::encode(&state);
            },
            "another state",
        ),
    ];
    for (alter, found) in cases {
        let report = changed(&town, Change::Snapshot(ANNA, alter)).await;
        assert_eq!(report.findings.len(), 1, "{found}: {report:#?}");
        let finding = &report.findings[0];
        assert_eq!((finding.check, finding.stream.clone()), ("snapshot", Some(ANNA.to_string())));
        assert!(finding.found.starts_with(found), "{finding:?}");
    }
    let older = changed(&town, Change::Snapshot(ANNA, |snapshot| snapshot.revision = 0)).await;
    assert!(older.is_whole());
    assert_eq!((older.snapshots, older.snapshots_of_other_revisions), (1, 1));
}
