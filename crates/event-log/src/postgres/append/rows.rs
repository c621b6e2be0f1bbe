//! What an append writes beside its events, as the columns of its statement.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::InputId;

use super::super::pool::Bound;
use crate::codes;
use crate::record::{Append, ParkedRow};

/// The rows, sorted out so that no row is touched twice by the one statement.
pub(super) struct Rows<'a> {
    append: &'a Append,
    /// Parked facts whose key waits or not: one that does is left alone.
    park: Vec<&'a ParkedRow>,
    /// Those whose key this append drains first: they take its place.
    replace: Vec<&'a ParkedRow>,
    /// Keys that are drained and not parked anew.
    drain: Vec<[u8; 16]>,
    /// The latest opt-out of each contact point.
    suppress: BTreeMap<[u8; 16], i64>,
}

impl<'a> Rows<'a> {
    pub(super) fn of(append: &'a Append) -> Self {
        let drained: BTreeSet<InputId> = append.unpark.iter().copied().collect();
        let mut seen = BTreeSet::new();
        let firsts = append.park.iter().filter(|row| seen.insert(row.key));
        let (replace, park): (Vec<_>, Vec<_>) = firsts.partition(|row| drained.contains(&row.key));
        let drain = drained.iter().filter(|key| !seen.contains(*key)).map(InputId::bytes).collect();
        let mut suppress = BTreeMap::new();
        for row in &append.suppress {
            let since = suppress.entry(row.point).or_insert(row.since.0);
            *since = row.since.0.max(*since);
        }
        Self { append, park, replace, drain, suppress }
    }

    /// Binds them, in the order in which the append names them.
    pub(super) fn bind(self, query: Bound<'_>) -> Bound<'_> {
        let query =
            bind_parked(bind_parked(self.bind_keys(query).bind(self.drain), &self.park), &self.replace);
        let (points, since): (Vec<[u8; 16]>, Vec<i64>) = self.suppress.into_iter().unzip();
        query.bind(points).bind(since)
    }

    fn bind_keys<'q>(&self, query: Bound<'q>) -> Bound<'q> {
        let Append { input_keys, lookups, data_keys, .. } = self.append;
        query
            .bind(input_keys.iter().map(|row| row.key.bytes()).collect::<Vec<_>>())
            .bind(input_keys.iter().map(|row| row.content).collect::<Vec<_>>())
            .bind(lookups.iter().map(|row| i16::from(codes::lookup_number(row.kind))).collect::<Vec<_>>())
            .bind(lookups.iter().map(|row| row.digest).collect::<Vec<_>>())
            .bind(lookups.iter().map(|row| row.stream.bytes()).collect::<Vec<_>>())
            .bind(lookups.iter().map(|row| i64::from(row.number)).collect::<Vec<_>>())
            .bind(data_keys.iter().map(|row| row.stream.bytes()).collect::<Vec<_>>())
            .bind(data_keys.iter().map(|row| row.wrapped.as_slice()).collect::<Vec<_>>())
    }
}

fn bind_parked<'q>(query: Bound<'q>, rows: &[&ParkedRow]) -> Bound<'q> {
    query
        .bind(rows.iter().map(|row| row.key.bytes()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.claim).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.since.0).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.sealed.as_slice()).collect::<Vec<_>>())
}
