//! Plays sources in: merged by instant, each instant's facts sent when the clock has come to it.
//!
//! At one instant the sources come in the order in which they were given, each in its own order.
//! **Guarantees:** a virtual clock does not leave an instant before all its facts are acknowledged, since the guard of
//! the timer is held until then; and it can't pass the next one, since its timer is registered before the guard goes.
//! A crash at any line loses nothing: after a restart the facts of the log's last instant are sent again and are
//! recognised there.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use domain::time::Timestamp;
use runtime::Runtime;
use runtime::activity::Busy;
use runtime::clock::Timer;
use tokio::sync::mpsc;

use super::Source;
use crate::error::IngestError;
use crate::gate::Gate;
use crate::receipts::Tally;

/// How far playing has come; for a progress bar.
#[derive(Debug, Default)]
pub struct Progress {
    facts: AtomicU64,
    at_ms: AtomicI64,
}

impl Progress {
    /// How many facts are acknowledged.
    pub fn facts(&self) -> u64 {
        self.facts.load(Ordering::Relaxed)
    }

    /// The instant that was played last, 1970 before the first.
    pub fn at(&self) -> Timestamp {
        Timestamp(self.at_ms.load(Ordering::Relaxed))
    }

    fn note(&self, at: Timestamp, facts: u64) {
        self.facts.fetch_add(facts, Ordering::Relaxed);
        self.at_ms.store(at.0, Ordering::Relaxed);
    }
}

/// What became of what was played.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FeedReport {
    /// At how many instants there were facts.
    pub instants: u64,
    /// What became of the facts.
    pub facts: Tally,
}

/// Plays sources in.
pub struct Player {
    runtime: Runtime,
    gate: Gate,
    sources: Vec<Box<dyn Source>>,
    until: Option<Timestamp>,
    wake: Option<mpsc::Receiver<Busy>>,
    next: Option<(Timestamp, Timer)>,
    progress: Arc<Progress>,
}

/// What ended a wait.
enum Woken {
    /// The instant has come.
    Due(Timestamp, Busy),
    /// A source knows of more.
    Changed(Busy),
    /// There is nothing more to wait for.
    Finished,
}

impl Player {
    /// Sets sources up and registers the first timer at once, so that a virtual clock that is started behind this
    /// call can't pass it.
    ///
    /// Facts before `resume_at` are skipped: they were acknowledged before a restart. Those after `until` are not played.
    pub fn new(
        runtime: Runtime,
        gate: Gate,
        mut sources: Vec<Box<dyn Source>>,
        resume_at: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> Self {
        if let Some(at) = resume_at {
            sources.iter_mut().for_each(|source| source.skip_before(at));
        }
        let mut player =
            Self { runtime, gate, sources, until, wake: None, next: None, progress: Arc::default() };
        player.arm();
        player
    }

    /// Has the sources asked anew whenever a guard arrives here: they learnt of facts for an earlier instant.
    ///
    /// The guard holds a virtual clock until the new timer stands. The player then ends only when the sender is gone.
    #[must_use]
    pub fn woken_by(mut self, wake: mpsc::Receiver<Busy>) -> Self {
        self.wake = Some(wake);
        self
    }

    /// Where it says how far it is.
    pub fn progress(&self) -> Arc<Progress> {
        Arc::clone(&self.progress)
    }

    /// Plays until the sources have nothing more up to `until`.
    pub async fn run(mut self) -> Result<FeedReport, IngestError> {
        let mut report = FeedReport::default();
        loop {
            let guard = match self.wait().await {
                Woken::Due(at, busy) => {
                    self.play(at, &mut report).await?;
                    busy
                }
                Woken::Changed(busy) => busy,
                Woken::Finished => return Ok(report),
            };
            self.arm();
            // Only now: the clock may move as soon as the guard is gone.
            drop(guard);
        }
    }

    /// Registers the timer for the earliest instant; the one before is taken back behind it.
    fn arm(&mut self) {
        let earliest = self.sources.iter().filter_map(|source| source.next_at()).min();
        let within = earliest.filter(|at| self.until.is_none_or(|until| *at <= until));
        self.next = within.map(|at| (at, self.runtime.clock.timer(at)));
    }

    async fn wait(&mut self) -> Woken {
        match (&mut self.next, &mut self.wake) {
            (None, None) => Woken::Finished,
            (Some((at, timer)), None) => Woken::Due(*at, timer.await),
            (None, Some(wake)) => wake.recv().await.map_or(Woken::Finished, Woken::Changed),
            (Some((at, timer)), Some(wake)) => {
                let at = *at;
                tokio::select! {
                    biased;
                    Some(busy) = wake.recv() => Woken::Changed(busy),
                    busy = timer => Woken::Due(at, busy),
                }
            }
        }
    }

    async fn play(&mut self, at: Timestamp, report: &mut FeedReport) -> Result<(), IngestError> {
        // The timer has fired and must not be polled again.
        self.next = None;
        let facts: Vec<_> = self.sources.iter_mut().flat_map(|source| source.take(at)).collect();
        let names: Vec<&'static str> = facts.iter().map(|message| message.fact.name()).collect();
        let receipts = self.gate.send(facts).await?;
        self.progress.note(at, u64::try_from(receipts.len()).unwrap_or(u64::MAX));
        report.instants += 1;
        for (receipt, name) in receipts.into_iter().zip(names) {
            report.facts.add(receipt, || format!("{name} at {at}"));
        }
        Ok(())
    }
}
