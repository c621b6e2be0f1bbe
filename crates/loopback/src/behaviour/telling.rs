//! How a stand-in provider tells what became of the messages that it took.

use serde::{Deserialize, Serialize};

/// Longest that a late callback waits, in milliseconds.
const MAX_LATE_MS: u32 = 600_000;

/// In which manner one message's callbacks are posted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Manner {
    /// One after the other, soon after the submission was answered.
    Plain,
    /// Before the submission is answered.
    Early,
    /// A good while later.
    Late,
    /// Each of them twice.
    Twice,
    /// The last one first.
    OutOfOrder,
    /// Not at all.
    Never,
}

/// How one provider tells. Shares are in thousandths; the first five together at most 1000, and the rest is told plainly.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Telling {
    /// Share told as [`Manner::Early`].
    pub early_per_mille: u16,
    /// Share told as [`Manner::Late`].
    pub late_per_mille: u16,
    /// Share told as [`Manner::Twice`].
    pub twice_per_mille: u16,
    /// Share told as [`Manner::OutOfOrder`].
    pub out_of_order_per_mille: u16,
    /// Share told as [`Manner::Never`].
    pub never_per_mille: u16,
    /// Share of messages that fail after they were taken: there is nobody at that address.
    pub failed_per_mille: u16,
    /// How late a late one is.
    pub late_ms: u32,
}

impl Default for Telling {
    /// Everything arrives, and is told plainly.
    fn default() -> Self {
        Self {
            early_per_mille: 0,
            late_per_mille: 0,
            twice_per_mille: 0,
            out_of_order_per_mille: 0,
            never_per_mille: 0,
            failed_per_mille: 0,
            late_ms: 2_000,
        }
    }
}

impl Telling {
    /// The manner that a roll of 0 to 999 meets.
    pub(crate) fn manner(&self, roll: u64) -> Manner {
        let mut reached = 0;
        for (share, manner) in self.shares() {
            reached += u64::from(share);
            if roll < reached {
                return manner;
            }
        }
        Manner::Plain
    }

    /// Whether the message fails, for another roll.
    pub(crate) fn fails(&self, roll: u64) -> bool {
        roll < u64::from(self.failed_per_mille)
    }

    /// What contradicts itself or goes past a limit.
    pub(crate) fn problem(&self) -> Option<String> {
        let total: u32 = self.shares().iter().map(|(share, _)| u32::from(*share)).sum();
        if total > 1000 {
            Some(format!(
                "the shares of its callbacks add up to {total} thousandths; at most 1000 can be shared out"
            ))
        } else if self.failed_per_mille > 1000 {
            Some(format!("failed_per_mille is {}; at most 1000 can fail", self.failed_per_mille))
        } else if self.late_ms > MAX_LATE_MS {
            Some(format!("late_ms is {}; at most {MAX_LATE_MS} is allowed", self.late_ms))
        } else {
            None
        }
    }

    const fn shares(&self) -> [(u16, Manner); 5] {
        [
            (self.early_per_mille, Manner::Early),
            (self.late_per_mille, Manner::Late),
            (self.twice_per_mille, Manner::Twice),
            (self.out_of_order_per_mille, Manner::OutOfOrder),
            (self.never_per_mille, Manner::Never),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_roll_meets_the_shares_in_their_order() {
        let telling =
            Telling { early_per_mille: 1, late_per_mille: 1, never_per_mille: 500, ..Telling::default() };
        for (roll, manner) in [
            (0, Manner::Early),
            (1, Manner::Late),
            (2, Manner::Never),
            (501, Manner::Never),
            (502, Manner::Plain),
        ] {
            assert_eq!(telling.manner(roll), manner, "{roll}");
        }
        assert_eq!(Telling::default().manner(0), Manner::Plain);
        assert!(!Telling::default().fails(0) && Telling { failed_per_mille: 1000, ..telling }.fails(999));
    }

    #[test]
    fn what_contradicts_itself_is_said() {
        let problem = |telling: Telling| telling.problem().unwrap_or_default();
        let all = Telling { early_per_mille: 600, twice_per_mille: 401, ..Telling::default() };
        assert!(problem(all).contains("1001 thousandths"));
        assert!(problem(Telling { failed_per_mille: 1001, ..Telling::default() }).contains("1001"));
        assert!(problem(Telling { late_ms: MAX_LATE_MS + 1, ..Telling::default() }).contains("late_ms"));
        assert_eq!(Telling::default().problem(), None);
    }
}
