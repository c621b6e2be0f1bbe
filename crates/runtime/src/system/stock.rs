//! Random bytes of the operating system, fetched some thousand at a time: an id or a nonce costs no system call of its own.
//!
//! Each thread has a stock of its own. Bytes are given out once and wiped when they are; the process never forks, so that
//! no two of them share a stock.

use std::cell::RefCell;

/// How many are fetched at once.
const STOCK: usize = 4_096;

struct Stock {
    bytes: [u8; STOCK],
    /// Those before this place have been given out.
    given: usize,
}

thread_local! {
    static OF_THREAD: RefCell<Stock> = const { RefCell::new(Stock { bytes: [0; STOCK], given: STOCK }) };
}

/// Fills the slice.
pub(super) fn fill(out: &mut [u8]) {
    // A thread that is ending has no stock any more.
    let taken = OF_THREAD.try_with(|stock| stock.borrow_mut().give(out)).unwrap_or(false);
    if !taken {
        fetch(out);
    }
}

impl Stock {
    /// Gives from the stock, which is filled up first where it has too little; not what is larger than a stock.
    fn give(&mut self, out: &mut [u8]) -> bool {
        if self.bytes.len() - self.given < out.len() {
            fetch(&mut self.bytes);
            self.given = 0;
        }
        let Some(bytes) = self.bytes.get_mut(self.given..).and_then(|rest| rest.get_mut(..out.len())) else {
            return false;
        };
        out.copy_from_slice(bytes);
        bytes.fill(0);
        self.given += out.len();
        true
    }
}

#[expect(clippy::expect_used, reason = "without a random source no id is safe: better not to run at all")]
fn fetch(out: &mut [u8]) {
    getrandom::fill(out).expect("the operating system gives random bytes");
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_byte_is_given_twice_and_none_stays_behind() {
        let mut stock = Stock { bytes: [0; STOCK], given: STOCK };
        let mut seen = BTreeSet::new();
        for _ in 0..STOCK {
            let mut id = [0; 24];
            assert!(stock.give(&mut id));
            assert!(seen.insert(id), "twenty-four bytes came twice");
            assert!(stock.bytes[..stock.given].iter().all(|byte| *byte == 0));
        }
    }

    #[test]
    fn whatever_the_length_all_of_it_is_filled() {
        for length in [0, 1, STOCK - 1, STOCK, STOCK + 1, 3 * STOCK] {
            let mut out = vec![0; length];
            fill(&mut out);
            let longest_gap = out.split(|byte| *byte != 0).map(<[u8]>::len).max().unwrap_or(0);
            assert!(longest_gap < 16.min(length.max(1)), "{length} bytes with {longest_gap} zeros in a row");
        }
    }
}
