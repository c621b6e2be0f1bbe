//! What a scheduler works with: the same for every partition.

use core::time::Duration;
use std::sync::Arc;

use bus::Bus;
use domain::rulebook::Rulebook;
use event_log::keys::Keyring;
use event_log::store::EventLog;
use runtime::Runtime;
use tokio::sync::watch;

use crate::config::SchedulerConfig;
use crate::desk::Desk;
use crate::feed::Publishing;
use crate::render::Renderer;
use crate::vault::Vault;

/// Everything that is handed in. Cheap to clone.
#[derive(Clone)]
pub struct Equipment {
    /// Time, randomness, tasks.
    pub runtime: Runtime,
    /// The log.
    pub log: Arc<dyn EventLog>,
    /// The bus.
    pub bus: Arc<dyn Bus>,
    /// The keys of the log.
    pub keyring: Arc<Keyring>,
    /// The rules that decide; it also holds the scenarios of older rulebooks that claims may still be on.
    pub rulebook: Arc<Rulebook>,
    /// Makes the words.
    pub renderer: Arc<dyn Renderer>,
    /// Limits and intervals.
    pub config: SchedulerConfig,
    /// What is beyond the lanes and the log.
    pub outside: Outside,
}

/// What an owner learns and tells besides, where many processes share the work. Nothing of it in one process.
#[derive(Clone, Default)]
pub struct Outside {
    /// Where the public feed goes, and where the end of each partition's log is kept outside the database.
    pub publishing: Option<Publishing>,
    /// How old the oldest input is that has not come as far as the lanes; nothing in it yet means unknown (inputs, 2).
    pub intake: Option<watch::Receiver<Option<IntakeAge>>>,
}

/// How old the oldest input was that waited before the lanes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IntakeAge {
    /// When somebody looked, monotonic.
    pub seen_at: Duration,
    /// How old it was then; zero if none waited.
    pub oldest: Duration,
}

impl Outside {
    /// How old an input may be by now that has not come as far as the lanes; none if that is unknown.
    pub(crate) fn intake_lag(&self, now: Duration) -> Option<Duration> {
        let Some(intake) = &self.intake else { return Some(Duration::ZERO) };
        let seen = *intake.borrow();
        seen.map(|age| age.oldest.saturating_add(now.saturating_sub(age.seen_at)))
    }
}

impl Equipment {
    /// One partition's desk.
    pub(crate) fn desk(&self, partition: u16) -> Desk {
        let vault = Vault::new(Arc::clone(&self.keyring), Arc::clone(&self.runtime.random), partition);
        let (rulebook, renderer) = (Arc::clone(&self.rulebook), Arc::clone(&self.renderer));
        Desk { partition, rulebook, renderer, vault, config: self.config }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_before_the_lanes_grows_older_until_somebody_looks_again() {
        let seconds = Duration::from_secs;
        assert_eq!(Outside::default().intake_lag(seconds(99)), Some(Duration::ZERO), "there is no intake");
        let (tell, intake) = watch::channel(None);
        let outside = Outside { intake: Some(intake), ..Outside::default() };
        assert_eq!(outside.intake_lag(seconds(1)), None, "nobody has looked");
        tell.send_replace(Some(IntakeAge { seen_at: seconds(10), oldest: seconds(5) }));
        assert_eq!(outside.intake_lag(seconds(12)), Some(seconds(7)));
    }
}
