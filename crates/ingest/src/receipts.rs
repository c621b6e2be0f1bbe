//! What became of facts, counted.

use std::collections::BTreeMap;

use contract::wire::Receipt;

/// How many refused facts are named for each reason.
pub const NAMED: usize = 20;

/// Facts refused for one reason.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Refused {
    /// How many.
    pub count: u64,
    /// The first [`NAMED`] of them: which, and what was wrong and what would be right.
    pub first: Vec<(String, String)>,
}

/// What became of facts.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// In the log now.
    pub recorded: u64,
    /// In the log before.
    pub duplicates: u64,
    /// Waiting for their claim.
    pub parked: u64,
    /// Refused, by reason.
    pub refused: BTreeMap<String, Refused>,
}

impl Tally {
    /// Counts one receipt; `name` says which fact it was, without a personal value, and is asked only if it is named.
    pub fn add(&mut self, receipt: Receipt, name: impl FnOnce() -> String) {
        match receipt {
            Receipt::Recorded => self.recorded += 1,
            Receipt::Duplicate => self.duplicates += 1,
            Receipt::Parked => self.parked += 1,
            Receipt::Refused { reason, detail } => {
                let refused = self.refused.entry(reason.as_str().to_owned()).or_default();
                refused.count += 1;
                if refused.first.len() < NAMED {
                    refused.first.push((name(), detail));
                }
            }
        }
    }

    /// How many were refused, for whatever reason.
    pub fn refused(&self) -> u64 {
        self.refused.values().map(|refused| refused.count).sum()
    }
}

#[cfg(test)]
mod tests {
    use domain::label::Label;

    use super::*;

    #[test]
    fn all_are_counted_and_twenty_of_a_reason_are_named() {
        let mut tally = Tally::default();
        for n in 0..25 {
            let reason = Label::new(if n == 24 { "other" } else { "unknown_claim" }).unwrap();
            tally.add(Receipt::Refused { reason, detail: "d".into() }, || format!("row {n}"));
        }
        tally.add(Receipt::Recorded, || unreachable!());
        tally.add(Receipt::Duplicate, || unreachable!());
        tally.add(Receipt::Parked, || unreachable!());
        assert_eq!((tally.recorded, tally.duplicates, tally.parked, tally.refused()), (1, 1, 1, 25));
        assert_eq!(tally.refused["unknown_claim"].count, 24);
        assert_eq!(tally.refused["unknown_claim"].first.len(), NAMED);
        assert_eq!(tally.refused["other"].first, [("row 24".to_owned(), "d".to_owned())]);
    }
}
