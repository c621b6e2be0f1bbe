//! A database that was restored to a moment ago: its partitions stand still until `recover` was run, and nobody who is known
//! to have been contacted meanwhile is contacted again (takeover, 6).

use super::{CHANNELS, Cluster};
use crate::process::{Process, soon};
use crate::servers::Version;

const LIVING: &str = "SELECT count(*) FROM mahnwerk.schedulers WHERE seen_until > mahnwerk.clock_ms()";

#[test]
fn a_restored_database_stands_still_until_it_is_recovered_and_nobody_is_contacted_twice() {
    let mut cluster = Cluster::new(Version::Oldest);
    cluster.import_debtors(1..6);
    cluster.until_each_was_contacted_once(5);
    let backup = cluster.folder.beside("backup");
    cluster.database().back_up(backup);
    // All of this will be lost, though it was acknowledged and sent.
    cluster.import_debtors(6..11);
    cluster.until_each_was_contacted_once(10);
    cluster.until_published();
    cluster.stop_all();
    cluster.database().restore(backup);

    let frozen = cluster.role(&["scheduler"], "frozen.log");
    soon("a word about it", || cluster.log("frozen.log").contains("the database was set back").then_some(()));
    frozen.signal("TERM");
    assert_eq!(frozen.ended(), Some(0));
    cluster.folder.run(&["recover"]).ends(1).says(&["5 contacts were begun", "Nothing was changed"]);
    // Those who took part when the backup was made still stand on the list that it holds.
    soon("an empty list", || (cluster.database().ask(LIVING) == "0").then_some(()));
    cluster.folder.run(&["recover", "--yes"]).ends(0).says(&["under a new history", "send again"]);
    cluster.folder.run(&["recover"]).ends(0).says(&["No partition is frozen"]);
    cluster.folder.must_be_whole();

    cluster.start_again();
    cluster.folder.run(&["pauses"]).ends(0).says(&["log-was-set-back"]);
    cluster.import_debtors(6..11);
    cluster.folder.run(&["resume"]).ends(0);
    // Whoever is new since then is contacted, and by then those of the lost span would have been as well.
    cluster.import_debtors(11..14);
    soon("a message to each", || (cluster.record().len() >= 13).then_some(()));
    cluster.nobody_was_contacted_twice(13);
    cluster.folder.run(&["debtor", "show", "D7"]).ends(0).says(&["log-was-set-back"]);
    cluster.ends_whole();
}

impl Cluster {
    fn role(&self, role: &[&str], log: &str) -> Process {
        Process::role(&self.folder, self.folder.dir(), role, log)
    }

    /// Until the broker has everything that the database has: the feed, and where each partition ends.
    fn until_published(&self) {
        const BEHIND: &str = "SELECT count(*) FROM mahnwerk.owners JOIN mahnwerk.heads USING (partition) \
                              WHERE feed_cursor < position";
        soon("the feed's end", || (self.database().ask(BEHIND) == "0").then_some(()));
    }

    /// Everything ends, as it would before a restore.
    fn stop_all(&mut self) {
        let all = self.schedulers.drain(..).chain(self.workers.drain(..)).chain(self.calls.drain(..));
        let all: Vec<Process> = all.collect();
        all.iter().for_each(|process| process.signal("TERM"));
        for process in all {
            assert_eq!(process.ended(), Some(0));
        }
    }

    /// One scheduler, and a worker for each channel.
    fn start_again(&mut self) {
        self.schedulers.push(self.role(&["scheduler"], "scheduler-again.log"));
        for channel in CHANNELS {
            self.workers.push(self.role(&["worker", channel], &format!("{channel}-again.log")));
        }
        self.schedulers.iter().chain(&self.workers).for_each(|process| drop(process.until_ready()));
    }
}
