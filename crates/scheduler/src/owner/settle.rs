//! After a commit: what it led to becomes what memory knows.
//!
//! The only place where the cache, the due index, the ready set and the flights change together.

use domain::ids::{PointId, StreamId};
use domain::next_due::next_due;

use crate::flights::Seen;
use crate::owner::Owner;
use crate::round::Draft;

/// How often in a row a debtor may be due again at once, each time with an event, before that is taken for endless.
const MAX_SPINS: u32 = 1_000;

impl Owner {
    /// Takes in a committed draft, in which these debtors were looked at because they were due.
    pub(super) fn settle(&mut self, draft: Draft, due: &[StreamId]) {
        self.remember_rows(&draft);
        let waiting = draft.waiting.clone();
        let (looked_at, muted) = (draft.looked_at.clone(), draft.muted.clone());
        looked_at.iter().filter(|stream| draft.entry(**stream).is_none()).for_each(|s| self.look_again(*s));
        for (stream, entry) in draft.into_states() {
            self.cache.put(stream, entry);
            self.index(stream, Seen::Now);
        }
        for stream in muted {
            self.cache.update(stream, |entry| entry.muted = true);
            self.index(stream, Seen::Now);
        }
        for (stream, place) in waiting {
            // Decided again in the same round, the debtor may have changed since; then it is due as it stands.
            self.due.set(stream, None);
            self.ready.put(stream, place);
            self.cache.update(stream, |entry| entry.dirty = true);
        }
        self.count_spins(due);
    }

    /// Brings a debtor's due instant, place among the waiting and open escalation up to date.
    pub(super) fn index(&mut self, stream: StreamId, seen: Seen) {
        let now = self.monotonic();
        self.ready.remove(stream);
        let Some(entry) = self.cache.get(stream) else { return };
        let due_at = if entry.muted { None } else { next_due(&entry.debtor, &self.desk.rulebook) };
        self.due.set(stream, due_at);
        self.flights.follow(stream, &entry.debtor.tenant, entry.debtor.open_attempt(), seen, now);
        self.flights.trace(stream, entry.trace);
    }

    /// A debtor who was looked at and not changed: memory's due instant may have been another one.
    fn look_again(&mut self, stream: StreamId) {
        if self.cache.get(stream).is_none() {
            // The store spoke of a debtor whom it does not have.
            self.due.set(stream, None);
            return;
        }
        if !self.cache.is_dirty(stream) {
            // The checkpoint's row is out of date, or the debtor waited: it is written anew.
            self.cache.update(stream, |entry| entry.dirty = true);
        }
        self.index(stream, Seen::Now);
    }

    fn count_spins(&mut self, due: &[StreamId]) {
        let now = self.now();
        for stream in due {
            let due_again = self.due.at(*stream).is_some_and(|at| at <= now);
            if due_again {
                let spins = self.spins.entry(*stream).or_default();
                *spins = spins.saturating_add(1);
            } else {
                self.spins.remove(stream);
            }
        }
    }

    /// Those who were due again too often.
    pub(super) fn spinning(&self) -> std::collections::BTreeSet<StreamId> {
        self.spins.iter().filter(|(_, spins)| **spins >= MAX_SPINS).map(|(stream, _)| *stream).collect()
    }

    /// What inputs wait for and what is suppressed from now on, as long as memory holds all of it.
    fn remember_rows(&mut self, draft: &Draft) {
        let most = self.desk.config.max_remembered;
        if !draft.append().park.is_empty() {
            self.forward.hurry();
        }
        if let Some(waited_for) = &mut self.waited_for {
            waited_for.extend(draft.append().park.iter().map(|row| row.claim));
            for id in draft.emptied() {
                waited_for.remove(id);
            }
        }
        self.waited_for.take_if(|known| known.len() > most);
        if let Some(suppressed) = &mut self.suppressed {
            for row in &draft.append().suppress {
                let since = suppressed.entry(PointId::new(row.point)).or_insert(row.since);
                *since = row.since.max(*since);
            }
        }
        self.suppressed.take_if(|known| known.len() > most);
    }
}
