//! A rate limit: a bucket of tokens that fills steadily.
//!
//! Whole-number arithmetic on the monotonic clock, which is an argument.

use std::time::Duration;

const NANOS: u128 = 1_000_000_000;

/// Tokens, in billionths, so that any rate divides.
#[derive(Clone, Debug)]
pub struct TokenBucket {
    rate_per_second: u32,
    burst: u32,
    level: u128,
    filled_at: Duration,
}

impl TokenBucket {
    /// A full bucket. Rate and burst are at least 1.
    pub fn new(rate_per_second: u32, burst: u32, now: Duration) -> Self {
        let (rate_per_second, burst) = (rate_per_second.max(1), burst.max(1));
        Self { rate_per_second, burst, level: u128::from(burst) * NANOS, filled_at: now }
    }

    /// Takes as many whole tokens as there are, up to this many.
    pub fn take_up_to(&mut self, most: u32, now: Duration) -> u32 {
        self.fill(now);
        let whole = u32::try_from(self.level / NANOS).unwrap_or(u32::MAX);
        let taken = whole.min(most);
        self.level -= u128::from(taken) * NANOS;
        taken
    }

    /// Puts back tokens that were not used.
    pub fn give_back(&mut self, tokens: u32) {
        self.level = self.level.saturating_add(u128::from(tokens) * NANOS).min(self.most());
    }

    /// How long until there is a whole token.
    pub fn wait(&mut self, now: Duration) -> Duration {
        self.fill(now);
        let missing = NANOS.saturating_sub(self.level);
        let wait_ns = missing.div_ceil(u128::from(self.rate_per_second));
        Duration::from_nanos(u64::try_from(wait_ns).unwrap_or(u64::MAX))
    }

    fn fill(&mut self, now: Duration) {
        let elapsed = now.saturating_sub(self.filled_at);
        self.filled_at = self.filled_at.max(now);
        let gained = elapsed.as_nanos().saturating_mul(u128::from(self.rate_per_second));
        self.level = self.level.saturating_add(gained).min(self.most());
    }

    fn most(&self) -> u128 {
        u128::from(self.burst) * NANOS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Duration = Duration::from_secs(5);

    fn after(ms: u64) -> Duration {
        START + Duration::from_millis(ms)
    }

    #[test]
    fn it_gives_its_burst_and_then_its_rate() {
        let mut bucket = TokenBucket::new(10, 3, START);
        assert_eq!(bucket.take_up_to(9, START), 3);
        assert_eq!(bucket.wait(START), Duration::from_millis(100));
        assert_eq!(bucket.take_up_to(9, after(99)), 0);
        assert_eq!(bucket.wait(after(99)), Duration::from_millis(1));
        assert_eq!(bucket.take_up_to(9, after(100)), 1);
        assert_eq!(bucket.take_up_to(9, after(10_000)), 3, "never more than the burst");
    }

    #[test]
    fn over_a_long_time_it_gives_exactly_its_rate() {
        let mut bucket = TokenBucket::new(7, 2, START);
        let taken: u32 = (0..=10_000).map(|ms| bucket.take_up_to(9, after(ms))).sum();
        assert_eq!(taken, 2 + 70);
    }

    #[test]
    fn what_is_given_back_can_be_taken_again_and_time_that_steps_back_gives_nothing() {
        let mut bucket = TokenBucket::new(1, 2, START);
        assert_eq!(bucket.take_up_to(2, START), 2);
        bucket.give_back(1);
        assert_eq!(bucket.take_up_to(2, Duration::ZERO), 1);
        bucket.give_back(9);
        assert_eq!(bucket.take_up_to(9, START), 2);
    }
}
