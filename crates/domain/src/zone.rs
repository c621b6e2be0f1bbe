//! Time zones as plain tables of transitions, compiled into the rulebook.
//!
//! The host's zone data never reaches a decision: the rulebook's hash covers these tables.

use core::fmt;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::calendar::CivilDateTime;
use crate::time::Timestamp;

/// An IANA zone name such as `Europe/Zurich`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ZoneName(Arc<str>);

impl ZoneName {
    /// Checks the shape only; whether the zone is known is the rulebook's to say.
    pub fn new(text: &str) -> Option<Self> {
        let fits = (1..=48).contains(&text.len())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '+'));
        fits.then(|| Self(text.into()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ZoneName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One zone: the offset that holds at first, and each change with the offset that holds from it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Zone {
    first_offset_seconds: i64,
    changes: Vec<(Timestamp, i64)>,
}

impl Zone {
    /// Takes changes in rising order of instants; `None` if they are not.
    pub fn new(first_offset_seconds: i64, changes: Vec<(Timestamp, i64)>) -> Option<Self> {
        changes.is_sorted_by(|a, b| a.0 < b.0).then_some(Self { first_offset_seconds, changes })
    }

    /// Seconds east of UTC at that instant.
    pub fn offset_seconds(&self, at: Timestamp) -> i64 {
        let after = self.changes.partition_point(|(from, _)| *from <= at);
        match after.checked_sub(1).and_then(|i| self.changes.get(i)) {
            Some((_, offset)) => *offset,
            None => self.first_offset_seconds,
        }
    }

    /// The first change of offset after that instant.
    pub fn next_change(&self, at: Timestamp) -> Option<Timestamp> {
        let after = self.changes.partition_point(|(from, _)| *from <= at);
        self.changes.get(after).map(|(from, _)| *from)
    }

    /// What a clock in the zone shows at that instant.
    pub fn local(&self, at: Timestamp) -> CivilDateTime {
        CivilDateTime::from_utc(at, self.offset_seconds(at))
    }
}

/// All zones that a rulebook knows.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ZoneTable(BTreeMap<ZoneName, Zone>);

impl ZoneTable {
    /// Takes the zones by name.
    pub const fn new(zones: BTreeMap<ZoneName, Zone>) -> Self {
        Self(zones)
    }

    /// A zone by its name.
    pub fn get(&self, name: &ZoneName) -> Option<&Zone> {
        self.0.get(name)
    }
}
