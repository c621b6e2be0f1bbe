//! Seeded draws: the same seed and number give the same sequence, whatever else is drawn elsewhere.

/// A sequence of draws. Not for secrets.
#[derive(Clone, Debug)]
pub struct Draw {
    state: u64,
}

impl Draw {
    /// The sequence of this number under this seed.
    pub const fn new(seed: u64, number: u64) -> Self {
        let mut draw = Self { state: seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ number };
        // The first draws of neighbouring numbers would be alike.
        draw.next();
        draw.next();
        draw
    }

    /// The next 64 bits: an additive sequence, mixed twice.
    const fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0xa076_1d64_78bd_642f);
        let mixed = (self.state ^ (self.state >> 32)).wrapping_mul(0xe703_7ed1_a0b4_28db);
        let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0x8ebc_6af0_9c88_c6e3);
        mixed ^ (mixed >> 32)
    }

    /// A number from `low` to `high`, both included; `low` if there is none.
    pub const fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = high.saturating_sub(low).saturating_add(1);
        if width <= 1 {
            return low;
        }
        low.saturating_add((self.next() >> 1).cast_signed() % width)
    }

    /// True in so many of a hundred cases.
    pub const fn percent(&mut self, chance: i64) -> bool {
        self.between(1, 100) <= chance
    }

    /// One of them; none of none.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let last = i64::try_from(from.len()).ok()?.checked_sub(1)?;
        from.get(usize::try_from(self.between(0, last)).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_repeat_and_spread() {
        let drawn = |seed, number| {
            let mut draw = Draw::new(seed, number);
            (0..1_000).map(|_| draw.between(1, 10)).collect::<Vec<_>>()
        };
        assert_eq!(drawn(1, 1), drawn(1, 1));
        assert_ne!(drawn(1, 1), drawn(1, 2));
        assert_ne!(drawn(1, 1), drawn(2, 1));
        for value in 1..=10 {
            let count = drawn(1, 1).iter().filter(|drawn| **drawn == value).count();
            assert!((60..140).contains(&count), "{value} came {count} times in 1000");
        }
        assert_eq!(Draw::new(1, 1).between(5, 5), 5);
        assert_eq!(Draw::new(1, 1).pick::<u8>(&[]), None);
    }
}
