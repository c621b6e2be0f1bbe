//! Whether all schedulers that live decide by the same rulebook.
//!
//! A rolling restart with a new one is right, and for as long as it lasts they differ. If it never ends, each partition that
//! changes hands changes its rulebook with them, back and forth: so it is said, once for each change, and counted.

use std::collections::BTreeSet;

use domain::ids::RulebookHash;
use event_log::membership::Roster;
use tokio::sync::watch;

/// What the others run.
pub(super) struct Rulebooks {
    ours: RulebookHash,
    others: BTreeSet<RulebookHash>,
    count: watch::Sender<u64>,
}

impl Rulebooks {
    /// As long as nobody else is known, and where it is told how many others there are.
    pub(super) fn new(ours: RulebookHash) -> (Self, watch::Receiver<u64>) {
        let (count, told) = watch::channel(0);
        (Self { ours, others: BTreeSet::new(), count }, told)
    }

    /// The one that this process runs.
    pub(super) const fn ours(&self) -> RulebookHash {
        self.ours
    }

    /// Looks at who lives, and says what has changed since the last look.
    pub(super) fn look(&mut self, roster: &Roster) {
        let others = others(roster, self.ours);
        if others == self.others {
            return;
        }
        for theirs in others.difference(&self.others) {
            tracing::warn!(
                rulebook.ours = %self.ours,
                rulebook.theirs = %theirs,
                "another scheduler that lives runs another rulebook, and partitions change theirs with whoever owns them; give all \
                 the same one, and start again those that have the older"
            );
        }
        if others.is_empty() {
            tracing::info!(rulebook = %self.ours, "all schedulers that live run the same rulebook again");
        }
        self.count.send_replace(u64::try_from(others.len()).unwrap_or(u64::MAX));
        self.others = others;
    }
}

/// The rulebooks of others that are not ours.
fn others(roster: &Roster, ours: RulebookHash) -> BTreeSet<RulebookHash> {
    roster.rulebooks.values().copied().filter(|theirs| *theirs != ours).collect()
}

#[cfg(test)]
mod tests {
    use domain::time::Timestamp;
    use event_log::membership::Instance;

    use super::*;

    fn roster(running: &[(u8, u8)]) -> Roster {
        let rulebooks =
            running.iter().map(|(member, hash)| (Instance([*member; 16]), RulebookHash([*hash; 32])));
        Roster { now: Timestamp(0), members: Vec::new(), rulebooks: rulebooks.collect(), holders: Vec::new() }
    }

    #[test]
    fn those_of_others_are_counted_once_each_and_forgotten_with_them() {
        let (mut rulebooks, told) = Rulebooks::new(RulebookHash([1; 32]));
        for (running, count) in [
            (&[(1, 1)][..], 0),
            (&[(1, 1), (2, 1)], 0),
            (&[(1, 1), (2, 2), (3, 2)], 1),
            (&[(1, 1), (2, 2), (3, 3)], 2),
            // The third is of an older release, and does not say.
            (&[(1, 1), (2, 2)], 1),
            (&[(1, 1), (2, 1)], 0),
        ] {
            rulebooks.look(&roster(running));
            assert_eq!(*told.borrow(), count, "{running:?}");
        }
    }
}
