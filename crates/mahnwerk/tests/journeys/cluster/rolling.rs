//! A rolling restart: one scheduler after the other ends and comes back, while facts come in all the time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;

use super::Cluster;
use crate::folder::Folder;
use crate::process::{Process, monotonic, since, soon};
use crate::request::{send, text_at};
use crate::servers::Version;

#[test]
fn schedulers_are_restarted_one_after_the_other_and_every_fact_is_acknowledged() {
    let mut cluster = Cluster::new(Version::Oldest);
    let stop = AtomicBool::new(false);
    let restarted = std::thread::scope(|scope| {
        let folder = &cluster.folder;
        let publishing = scope.spawn(|| publish_until(folder, &stop));
        let mut handed_over = Vec::new();
        for number in 0..3 {
            let told = monotonic();
            let old = cluster.schedulers.remove(0);
            old.signal("TERM");
            assert_eq!(old.ended(), Some(0));
            let ended = since(told);
            let new =
                Process::role(folder, folder.dir(), &["scheduler"], &format!("scheduler-{}.log", number + 3));
            new.until_ready();
            handed_over.push((ended, since(told)));
            cluster.schedulers.push(new);
        }
        stop.store(true, Ordering::Relaxed);
        (handed_over, publishing.join().unwrap())
    });
    let (handed_over, Published { facts: published, again, slowest }) = restarted;
    println!(
        "ended and replaced after {handed_over:?}; {published} facts, of which {again} were known when they were asked for \
         again, the slowest answer after {slowest:?}"
    );
    assert!(published > 20, "{published}");
    let recorded = cluster.folder.run(&["replay", "--type", "debtor_described"]).ends(0).out.lines().count();
    assert_eq!(recorded, published);
    cluster.ends_whole();
}

/// What was published.
#[derive(Default)]
struct Published {
    facts: usize,
    /// Those whose first answer got lost.
    again: usize,
    slowest: Duration,
}

/// Publishes one fact after the other.
fn publish_until(folder: &Folder, stop: &AtomicBool) -> Published {
    let mut published = Published::default();
    while !stop.load(Ordering::Relaxed) {
        let fact = json!({
            "id": published.facts.to_string(), "kind": "debtor_described", "debtor": format!("R{}", published.facts),
            "name": "Rolf Planted", "zones": ["Europe/Zurich"],
        });
        let path = "/v1/facts?tenant=gemeinde-musterwil&source=erp";
        let asked = monotonic();
        let (status, receipts) = send(folder, "POST", path, "application/json", fact.to_string().as_bytes());
        published.slowest = published.slowest.max(since(asked));
        // A lease that lapsed may cost an answer, and the second asking finds the fact in the log.
        let receipt = receipts[0]["receipt"].as_str().unwrap_or_default();
        assert!(status == 200 && ["recorded", "duplicate"].contains(&receipt), "{status}: {receipts}");
        published.facts += 1;
        published.again += usize::from(receipt == "duplicate");
    }
    published
}

/// For a while that is how a new rulebook comes; whoever forgets a scheduler is told.
#[test]
fn schedulers_with_different_rulebooks_say_so_until_all_have_the_same() {
    let mut cluster = Cluster::new(Version::Newest);
    let doctor = |cluster: &Cluster| cluster.folder.run(&["doctor"]);
    doctor(&cluster).ends(0).says(&["ok    all schedulers that live, 3, run the same rulebook"]);
    cluster.folder.spoil("scenarios.toml", "then_wait = \"0d\"", "then_wait = \"1d\"");
    doctor(&cluster).says(&["warn  the schedulers that live run the rulebook ", "this folder has another"]);
    let restart = |cluster: &mut Cluster, number: u32| {
        let old = cluster.schedulers.remove(0);
        old.signal("TERM");
        assert_eq!(old.ended(), Some(0));
        let folder = &cluster.folder;
        let log = format!("scheduler-{}.log", number + 3);
        let new = Process::role(folder, folder.dir(), &["scheduler"], &log);
        let address = new.until_ready();
        cluster.schedulers.push(new);
        address
    };
    let address = restart(&mut cluster, 0);
    doctor(&cluster).says(&["warn  the 3 schedulers that live run 2 rulebooks: ", "give all the same one"]);
    for log in ["scheduler-1.log", "scheduler-2.log", "scheduler-3.log"] {
        let said =
            soon("a warning", || Some(cluster.log(log)).filter(|log| log.contains("runs another rulebook")));
        assert_eq!(said.matches("runs another rulebook").count(), 1, "once, not at each beat");
        assert!(said.contains("rulebook.ours=") && said.contains("rulebook.theirs="), "{said}");
    }
    let others = || {
        let metrics = text_at(&address, "/metrics");
        metrics.lines().find_map(|line| line.strip_prefix("mahnwerk_other_rulebooks ")).unwrap().to_owned()
    };
    assert_eq!(others(), "1");
    (1..3).for_each(|number| drop(restart(&mut cluster, number)));
    soon("one rulebook", || (others() == "0").then_some(()));
    assert!(cluster.log("scheduler-3.log").contains("run the same rulebook again"));
    cluster.ends_whole();
}
