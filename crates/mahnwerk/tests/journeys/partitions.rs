//! Looking at a log of many partitions: the last events of all, of one, one event, and what comes.
//!
//! Positions count within a partition, so that what a position names needs its partition.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::folder::Folder;
use crate::process::{Process, Running};
use crate::servers::{PARTITIONS, Version};

const DEBTORS: u32 = 30;

fn row(number: u32) -> String {
    format!(
        "{number},claim,D{number},C{number},P {number} Planted,de,,,werke,20.00,CHF,2096-01-01T00:00:00Z,"
    )
}

/// When, in which partition, and where in it.
fn place(event: &Value) -> (String, u64, u64) {
    // A full second is written without its milliseconds, and would sort behind them.
    let at = event["at"].as_str().unwrap().trim_end_matches('Z');
    let at = if at.contains('.') { at.to_owned() } else { format!("{at}.000") };
    (at, event["partition"].as_u64().unwrap(), event["position"].as_u64().unwrap())
}

fn tail(folder: &Folder, words: &[&str]) -> Vec<Value> {
    folder.run(&[&["events", "tail"], words].concat()).ends(0).json_lines()
}

/// A log that nobody writes to any more, with debtors in many partitions.
fn a_log_at_rest() -> Folder {
    let folder = Folder::shared(Version::Newest);
    let _providers = Running::providers(&folder);
    let running = Running::mahnwerk(&folder);
    folder.import_whole((0..DEBTORS).map(row));
    assert_eq!(running.terminate(), Some(0));
    folder
}

#[test]
fn the_last_events_of_all_partitions_stand_in_the_order_of_their_instants() {
    let folder = a_log_at_rest();
    let all = folder.run(&["replay"]).ends(0).json_lines();
    let mut by_instant: Vec<&Value> = all.iter().collect();
    by_instant.sort_by_key(|event| place(event));
    assert_ne!(
        by_instant,
        all.iter().collect::<Vec<_>>(),
        "partitions one after the other are another order"
    );
    for count in [0, 1, 7, 40, all.len(), all.len() + 9] {
        let last = &by_instant[all.len().saturating_sub(count)..];
        let told = tail(&folder, &["-n", &count.to_string()]);
        assert_eq!(told.iter().collect::<Vec<_>>(), last, "{count}");
    }
    let default = tail(&folder, &[]);
    assert_eq!(default.iter().collect::<Vec<_>>(), by_instant[all.len() - 20..]);
    folder.must_be_whole();
}

#[test]
fn one_partition_is_looked_at_alone_and_one_event_is_named_by_partition_and_position() {
    let folder = a_log_at_rest();
    let all = folder.run(&["replay"]).ends(0).json_lines();
    let mut logs: BTreeMap<u64, Vec<&Value>> = BTreeMap::new();
    all.iter().for_each(|event| logs.entry(place(event).1).or_default().push(event));
    assert_eq!(logs.len(), PARTITIONS as usize, "each has an event at least: its rulebook's");
    let (longest, log) = logs.iter().max_by_key(|(_, log)| log.len()).unwrap();
    assert!(log.len() > 2, "{}", log.len());
    let partition = longest.to_string();
    for (count, from) in [("2", log.len() - 2), ("99", 0), ("0", log.len())] {
        let told = tail(&folder, &["-n", count, "--partition", &partition]);
        assert_eq!(told.iter().collect::<Vec<_>>(), log[from..], "{count}");
    }
    let show = |words: &[&str]| folder.run(&[&["events", "show"], words].concat());
    // The same position, another event.
    for (partition, log) in logs.iter().take(5) {
        let told = show(&["1", "--partition", &partition.to_string()]).ends(0).json();
        assert_eq!(&told, log[0], "partition {partition}");
    }
    let end = log.len().to_string();
    assert_eq!(&show(&[&end, "--partition", &partition]).ends(0).json(), log[log.len() - 1]);
    let beyond = (log.len() + 1).to_string();
    show(&[&beyond, "--partition", &partition]).ends(3).says(&["no event at position", &beyond]);
    show(&["1"]).ends(3).says(&["the log has 24 partitions", "has a position 1", "--partition"]);
    for words in [&["show", "1"][..], &["tail"]] {
        let answer = folder.run(&[&["events"], words, &["--partition", "24"]].concat()).ends(3);
        answer.says(&["there is no such partition", "from 0 to 23"]);
    }
}

#[test]
fn what_comes_is_followed_in_whichever_partition_it_comes() {
    let folder = Folder::shared(Version::Oldest);
    let (_providers, _running) = (Running::providers(&folder), Running::mahnwerk(&folder));
    folder.import_whole((0..1).map(row));
    let following = Process::follow(&folder, &["events", "tail", "-n", "1", "--follow"]);
    // By then it knows where each partition ends.
    following.until_it_says("\"event_id\"");
    folder.import_whole((1..DEBTORS).map(row));
    let mut streams = BTreeMap::new();
    while streams.len() < DEBTORS as usize - 1 {
        let line = following.until_it_says("\"claim_registered\"");
        let event: Value = serde_json::from_str(&line).unwrap();
        let before = streams.insert(event["stream"].as_str().unwrap().to_owned(), place(&event).1);
        assert_eq!(before, None, "an event was shown twice: {event}");
    }
    let partitions: std::collections::BTreeSet<u64> = streams.into_values().collect();
    assert!(partitions.len() > 3, "{partitions:?}");
}
