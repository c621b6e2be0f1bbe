//! Two call lists: each has tasks of its own, and a stop strikes them from whichever list they stand on.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Cluster;
use crate::folder::run;
use crate::process::soon;
use crate::servers::Version;

/// Debtors who are imported at once, and how often before both lists must have got some of them.
const AT_ONCE: u32 = 12;
const IMPORTS: u32 = 10;

/// Whoever has a phone is called first.
fn row(number: u32) -> String {
    format!(
        "{number},claim,D{number},C{number},P {number} Planted,de,+4179111{number:04},,werke,20.00,CHF,2026-01-01T00:00:00Z,"
    )
}

impl Cluster {
    /// The folders of the two call lists.
    fn desks(&self) -> [&'static str; 2] {
        [self.folder.dir(), self.folder.beside("other")]
    }

    fn listed(&self) -> [BTreeSet<String>; 2] {
        self.desks().map(listed_in)
    }

    /// Imports debtors until both lists have tasks; how many there are.
    fn until_both_have_tasks(&self) -> u32 {
        for imported in 1..=IMPORTS {
            let debtors = imported * AT_ONCE;
            self.folder.import_whole((debtors - AT_ONCE..debtors).map(row));
            let listed = soon("all tasks", || {
                let listed = self.listed();
                (listed.iter().flatten().count() == debtors as usize).then_some(listed)
            });
            if listed.iter().all(|list| list.len() > 1) {
                return debtors;
            }
        }
        panic!("one list has taken everything: {:?}", self.listed());
    }
}

fn listed_in(desk: &str) -> BTreeSet<String> {
    let list = run(&["calls", "list", "--format", "json", "--dir", desk]).ends(0).json();
    let id = |task: &Value| task["task"].as_str().unwrap().to_owned();
    list.as_array().unwrap().iter().map(id).collect()
}

#[test]
fn what_stood_on_a_list_that_was_killed_comes_to_the_one_that_is_left() {
    let mut cluster = Cluster::new(Version::Newest);
    cluster.until_both_have_tasks();
    let all: BTreeSet<String> = cluster.listed().into_iter().flatten().collect();
    let second = cluster.calls.pop().unwrap();
    second.signal("KILL");
    second.ended();
    let [first, _gone] = cluster.desks();
    soon("all tasks on the first list", || (listed_in(first) == all).then_some(()));
    cluster.ends_whole();
}

#[test]
fn a_payment_strikes_a_call_from_whichever_list_it_stands_on_permits_10() {
    let cluster = Cluster::new(Version::Oldest);
    let debtors = cluster.until_both_have_tasks();
    let [first, second] = cluster.listed();
    println!("{debtors} tasks: {} on the first list, {} on the second", first.len(), second.len());
    assert!(first.is_disjoint(&second), "a task stands on both");
    let payment = |number| format!("9{number},payment,D{number},C{number},,,,,,20.00,CHF,,");
    cluster.folder.import_whole((0..debtors).map(payment));
    soon("empty lists", || cluster.listed().iter().all(BTreeSet::is_empty).then_some(()));
    cluster.ends_whole();
}

#[test]
fn a_second_call_list_in_one_folder_is_refused_and_the_first_goes_on() {
    let cluster = Cluster::new(Version::Newest);
    let [first, other] = cluster.desks();
    let second = run(&["worker", "call", "--dir", first]).ends(3);
    second.says(&["worker-call runs in", "give this one a folder of its own", "or end the other"]);
    for dir in [first, other] {
        run(&["calls", "list", "--dir", dir]).ends(0);
    }
    cluster.ends_whole();
}
