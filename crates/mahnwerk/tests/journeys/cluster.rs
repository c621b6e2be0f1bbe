//! Journeys that only many processes can make: three schedulers, two of each worker, each in a process of its own, and
//! what happens when some of them, or the broker, go away.
//!
//! The stand-in providers' own record is the witness of what left. Who owns what is read in the database.

mod frozen;
mod line;
mod lists;
mod published;
mod recovered;
mod rolling;
mod takeover;
mod wrong;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::folder::{Folder, HEADER, bytes};
use crate::process::{Process, Running, soon};
use crate::servers::{Database, PARTITIONS, Version};

/// The channels that deliver by themselves.
const CHANNELS: [&str; 3] = ["sms", "email", "social"];
/// So slow that there is time to disturb what is under way.
const SLOWLY: &str = "\n[worker]\nrate_per_second = 12\n";

/// All roles, each in a process of its own.
struct Cluster {
    schedulers: Vec<Process>,
    ingest: Process,
    /// Two for each channel, one after the other.
    workers: Vec<Process>,
    calls: Vec<Process>,
    _providers: Running,
    folder: Folder,
}

impl Cluster {
    /// Each of the schedulers owns what falls to it: nothing is about to change hands.
    fn new(version: Version) -> Self {
        let folder = Folder::shared(version);
        folder.open_all_hours();
        folder.spoil("scenarios.toml", "then_wait = \"2d\"", "then_wait = \"0d\"");
        let settings = folder.path().join("mahnwerk.toml");
        let text = std::fs::read_to_string(&settings).unwrap();
        std::fs::write(settings, format!("{text}{SLOWLY}")).unwrap();
        let providers = Running::providers(&folder);
        // Two call lists have a folder each, as on two machines.
        let other = another_machine(&folder);
        let start = |role: &[&str], number: u32| {
            Process::role(&folder, folder.dir(), role, &format!("{}-{number}.log", role.join("-")))
        };
        let schedulers: Vec<Process> = (0..3).map(|number| start(&["scheduler"], number)).collect();
        let ingest = start(&["ingest"], 0);
        let pairs = CHANNELS.into_iter().flat_map(|channel| [(channel, 0), (channel, 1)]);
        let workers = pairs.map(|(channel, number)| start(&["worker", channel], number)).collect();
        let calls = vec![
            start(&["worker", "call"], 0),
            Process::role(&folder, other, &["worker", "call"], "worker-call-1.log"),
        ];
        let cluster = Self { schedulers, ingest, workers, calls, _providers: providers, folder };
        cluster.all().for_each(|process| drop(process.until_ready()));
        cluster.until_owned_by(3);
        cluster
    }

    fn all(&self) -> impl Iterator<Item = &Process> {
        let others = self.workers.iter().chain(&self.calls);
        self.schedulers.iter().chain([&self.ingest]).chain(others)
    }

    /// How many partitions have an owner whose lease counts, and how many such owners there are.
    fn owned(&self) -> (u32, u32) {
        let asked = "SELECT count(*) || ' ' || count(DISTINCT owner) FROM mahnwerk.owners WHERE owner IS NOT NULL \
                     AND lease_until > extract(epoch FROM clock_timestamp()) * 1000";
        let answer = self.database().ask(asked);
        let (partitions, owners) = answer.split_once(' ').unwrap();
        (partitions.parse().unwrap(), owners.parse().unwrap())
    }

    fn database(&self) -> &Database {
        &self.folder.servers.as_ref().unwrap().database
    }

    #[track_caller]
    fn until_owned_by(&self, owners: u32) {
        soon("owners of all partitions", || (self.owned() == (PARTITIONS, owners)).then_some(()));
    }

    /// What the stand-ins received.
    fn record(&self) -> Vec<Value> {
        let text = String::from_utf8(bytes(self.folder.beside("providers/record.jsonl").as_ref())).unwrap();
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Imports debtors with a claim each that is due, and an e-mail address.
    #[track_caller]
    fn import_debtors(&self, numbers: std::ops::Range<u32>) {
        self.folder.import_whole(numbers.map(row));
    }

    /// Waits until so many messages left, and checks that each person got one and each escalation left once.
    #[track_caller]
    fn until_each_was_contacted_once(&self, debtors: usize) {
        soon("a message to each", || (self.record().len() >= debtors).then_some(()));
        soon("an outcome of each", || (self.outcomes() >= debtors).then_some(()));
        self.nobody_was_contacted_twice(debtors);
    }

    /// Checks that so many messages left, to as many people.
    #[track_caller]
    fn nobody_was_contacted_twice(&self, debtors: usize) {
        let record = self.record();
        let to: BTreeSet<&str> = record.iter().map(|message| message["to"].as_str().unwrap()).collect();
        let escalations: BTreeSet<&str> =
            record.iter().map(|message| message["escalation"].as_str().unwrap()).collect();
        assert_eq!((record.len(), to.len(), escalations.len()), (debtors, debtors, debtors));
    }

    fn outcomes(&self) -> usize {
        self.folder.run(&["replay", "--type", "outcome_recorded"]).ends(0).out.lines().count()
    }

    /// Asks everything to end, and looks whether the log is whole and decides the same again.
    #[track_caller]
    fn ends_whole(self) {
        let Self { schedulers, ingest, workers, calls, _providers, folder } = self;
        let all: Vec<Process> = schedulers.into_iter().chain([ingest]).chain(workers).chain(calls).collect();
        all.iter().for_each(|process| process.signal("TERM"));
        for process in all {
            assert_eq!(process.ended(), Some(0));
        }
        folder.must_be_whole();
        assert_eq!(folder.run(&["replay", "--check"]).ends(0).json()["different"], 0);
    }

    /// What a process has logged.
    fn log(&self, name: &str) -> String {
        String::from_utf8(bytes(self.folder.beside(name).as_ref())).unwrap()
    }
}

fn row(number: u32) -> String {
    let mail = format!("{number}.planted@town.example");
    let row = format!(
        "{number},claim,D{number},C{number},P {number} Planted,en,,{mail},werke,20.00,CHF,2026-01-01T00:00:00Z,"
    );
    assert_eq!(row.matches(',').count(), HEADER.matches(',').count());
    row
}

/// A folder beside the first, with the same keys, settings and rulebook.
fn another_machine(folder: &Folder) -> &'static str {
    let other = folder.beside("other");
    std::fs::create_dir(other).unwrap();
    for file in ["keys", "mahnwerk.toml"] {
        std::fs::copy(folder.path().join(file), format!("{other}/{file}")).unwrap();
    }
    std::os::unix::fs::symlink(folder.path().join("rulebook"), format!("{other}/rulebook")).unwrap();
    other
}
