//! Debtors by shares, so that a pass over a log of any size folds a bounded number of them at once.

use domain::ids::StreamId;

/// Most debtors that one pass folds, roughly: ids are digests, so that shares come out even.
const AT_ONCE: u64 = 50_000;

/// A part of all debtors.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Share {
    index: u64,
    of: u64,
}

impl Share {
    /// The shares of that many debtors.
    pub(crate) fn of(debtors: u64) -> impl Iterator<Item = Self> {
        let of = debtors / AT_ONCE + 1;
        (0..of).map(move |index| Self { index, of })
    }

    /// Whether a debtor is in it.
    pub(crate) fn has(self, stream: StreamId) -> bool {
        let [a, b, c, d, ..] = stream.bytes();
        u64::from(u32::from_be_bytes([a, b, c, d])) % self.of == self.index
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_debtor_is_in_one_share() {
        let shares: Vec<Share> = Share::of(120_000).collect();
        assert_eq!(shares.len(), 3);
        for byte in 0..=255 {
            let stream = StreamId::new([byte; 16]);
            assert_eq!(shares.iter().filter(|share| share.has(stream)).count(), 1);
        }
        assert_eq!(Share::of(0).count(), 1);
    }
}
