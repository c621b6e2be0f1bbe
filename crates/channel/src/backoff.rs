//! How long to wait before something is tried again: doubling, bounded, with jitter from the seed handed in.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use runtime::Random;

/// Pauses without end.
pub(crate) struct Pauses {
    pauses: backon::ExponentialBackoff,
    longest: Duration,
}

impl Pauses {
    /// Pauses from the shortest to the longest.
    pub(crate) fn new(shortest: Duration, longest: Duration, random: &dyn Random) -> Self {
        let mut seed = [0; 8];
        random.fill(&mut seed);
        let pauses = ExponentialBuilder::new()
            .with_min_delay(shortest)
            .with_max_delay(longest)
            .without_max_times()
            .with_jitter()
            .with_jitter_seed(u64::from_le_bytes(seed))
            .build();
        Self { pauses, longest }
    }

    /// The next one.
    pub(crate) fn next(&mut self) -> Duration {
        self.pauses.next().unwrap_or(self.longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::time::Timestamp;
    use runtime::simulated::Simulation;

    #[test]
    fn pauses_grow_to_their_bound_and_repeat_with_the_seed() {
        let draw = |seed| {
            let (_simulation, runtime) = Simulation::new(seed, Timestamp(0));
            let (shortest, longest) = (Duration::from_millis(50), Duration::from_secs(2));
            let mut pauses = Pauses::new(shortest, longest, &*runtime.random);
            (0..40).map(|_| pauses.next()).collect::<Vec<_>>()
        };
        let pauses = draw(3);
        assert_eq!(pauses, draw(3));
        assert_ne!(pauses, draw(4));
        assert!(pauses.iter().all(|p| (50..=4_000).contains(&p.as_millis())), "{pauses:?}");
        assert!(pauses.last() >= Some(&Duration::from_secs(2)), "{pauses:?}");
    }
}
