//! Imports: what can be read goes in, and each thing that can't is reported.

use std::fmt::Write as _;
use std::sync::Arc;

use bus::Bus;
use domain::time::Timestamp;
use ingest::IngestError;
use ingest::gate::{Gate, MAX_BATCH, Route};
use ingest::import::{ImportReport, import};
use ingest::mapping::Mapping;
use runtime::simulated::Simulation;

use crate::support::{Judge, at, file, keyring, own, record, refuse_payments, world};

const MAPPING: &str = r#"
tenant = "stadt"
source = "erp"
instant = "now"
currency = { column = "currency" }
debtor = { column = "debtor" }
claim = { column = "claim" }
[[fact]]
kind = "claim_registered"
when = { column = "type", equals = "claim" }
creditor = "wasser"
principal = { column = "amount" }
due_after = "30d"
[[fact]]
kind = "payment_received"
when = { column = "type", equals = "payment" }
amount = { column = "amount" }
"#;

const HEADER: &str = "type,debtor,claim,amount,currency\n";
const START: Timestamp = Timestamp(1_700_000_000_000);

/// Imports each text after the other into one log.
fn imports(texts: &[String], judge: Judge) -> (Vec<Result<ImportReport, IngestError>>, usize, Vec<usize>) {
    let (simulation, runtime) = Simulation::new(1, START);
    let world = world(&runtime, judge);
    let files: Vec<_> = texts.iter().map(|text| file(text)).collect();
    let gate = world.gate.clone();
    let work = async move {
        let mapping = Mapping::parse("m.toml", MAPPING).unwrap();
        let keyring = keyring();
        let mut reports = Vec::new();
        for file in &files {
            reports.push(import(file.path(), &mapping, &keyring, &gate, at("2024-01-01T00:00:00Z")).await);
        }
        reports
    };
    let reports = simulation.block_on(work).unwrap();
    let batches = world.batches.lock().unwrap().clone();
    (reports, world.seen.lock().unwrap().len(), batches)
}

fn imported(text: String) -> ImportReport {
    imports(&[text], record).0.pop().unwrap().unwrap()
}

#[test]
fn ten_broken_rows_among_a_thousand_are_named_and_the_others_go_in() {
    let broken = [
        "claim,D,C,-5,EUR",
        "claim,D,C,5,EUX",
        "claim,D,C,5.005,EUR",
        "claim,D,C,abc,EUR",
        "claim,,C,5,EUR",
        "claim,D,,5,EUR",
        "claim,D,C,5",
        "claim,D,C,5,EUR,more",
        "claim,\"D,C,5,EUR",
        "claim,D,C,99999999999999,EUR",
    ];
    let mut text = HEADER.to_owned();
    for n in 0..1000 {
        match broken.get(n / 100).filter(|_| n % 100 == 50) {
            Some(row) => writeln!(text, "{row}").unwrap(),
            None => writeln!(text, "claim,D{n},C{n},5.00,EUR").unwrap(),
        }
    }
    let report = imported(text);
    assert_eq!((report.rows, report.facts.recorded, report.problems.count), (1000, 990, 10));
    let named: Vec<_> = report.problems.first.iter().map(|p| p.row).collect();
    assert_eq!(named, [52, 152, 252, 352, 452, 552, 652, 752, 852, 952]);
    let columns: Vec<_> = report.problems.first.iter().filter_map(|p| p.column.as_deref()).collect();
    assert_eq!(columns, ["amount", "currency", "amount", "amount", "debtor", "claim", "amount"]);
    assert!(!report.is_complete());
}

#[test]
fn the_same_file_again_changes_nothing() {
    let text = format!("{HEADER}claim,D,C,5,EUR\npayment,D,C,1,EUR\nother,,,,\n");
    let (reports, seen, _) = imports(&[text.clone(), text], record);
    let counts: Vec<_> = reports
        .iter()
        .map(|report| report.as_ref().unwrap())
        .map(|r| (r.facts.recorded, r.facts.duplicates, r.rows_without_facts, r.is_complete()))
        .collect();
    assert_eq!(counts, [(2, 0, 1, true), (0, 2, 1, true)]);
    assert_eq!(seen, 2);
}

#[test]
fn refused_facts_are_counted_by_reason_and_named_by_row() {
    let mut text = HEADER.to_owned();
    (0..30).for_each(|n| writeln!(text, "payment,D,C{n},5,EUR").unwrap());
    let (mut reports, _, _) = imports(&[text], refuse_payments);
    let report = reports.pop().unwrap().unwrap();
    let refused = &report.facts.refused["bad_amount"];
    assert_eq!((refused.count, refused.first.len()), (30, 20));
    assert_eq!(refused.first[0], ("line 2, payment_received".to_owned(), "too much; send less".to_owned()));
    assert!(!report.is_complete());
}

#[test]
fn facts_travel_in_bulk() {
    let mut text = HEADER.to_owned();
    (0..2500).for_each(|n| writeln!(text, "claim,D{n},C{n},5,EUR").unwrap());
    let (reports, seen, batches) = imports(&[text], record);
    assert_eq!(reports[0].as_ref().unwrap().facts.recorded, 2500);
    assert_eq!((seen, batches), (2500, vec![MAX_BATCH, MAX_BATCH, 500]));
}

#[test]
fn a_file_that_is_not_what_the_mapping_says_sends_nothing() {
    for (text, said) in [
        (HEADER.replace(',', ";"), "set separator = \";\""),
        (HEADER.replace("claim", "klaim"), "did you mean `klaim`?"),
        (String::new(), "empty"),
    ] {
        let (mut reports, seen, _) = imports(&[text], record);
        let refused = reports.pop().unwrap().unwrap_err().to_string();
        assert!(refused.contains(said), "{refused}");
        assert_eq!(seen, 0);
    }
}

#[test]
fn an_owner_that_comes_late_is_waited_for_and_one_that_never_comes_stops_the_import() {
    let text = format!("{HEADER}claim,D,C,5,EUR\n");
    for comes in [true, false] {
        let (simulation, runtime) = Simulation::new(1, START);
        let bus = Arc::new(bus::in_process::InProcessBus::new(runtime.activity.clone(), Default::default()));
        let gate =
            Gate::new(Arc::clone(&bus) as Arc<dyn Bus>, runtime.clone(), Route::by_digest(keyring(), 1));
        if comes {
            let (late, bus) = (runtime.clone(), Arc::clone(&bus));
            let task = async move {
                late.clock.sleep(std::time::Duration::from_millis(300)).await;
                own(&late, &bus, Arc::default(), Arc::default(), record);
            };
            runtime.tasks.spawn("late owner", Box::pin(task));
        }
        let file = file(&text);
        let work = async move {
            let mapping = Mapping::parse("m.toml", MAPPING).unwrap();
            import(file.path(), &mapping, &keyring(), &gate, START).await
        };
        let report = simulation.block_on(work).unwrap().unwrap();
        assert_eq!(report.facts.recorded, u64::from(comes));
        assert_eq!(report.stopped.as_ref().map(IngestError::is_transient), (!comes).then_some(true));
        assert_eq!(report.is_complete(), comes);
    }
}
