//! A table as a feed: its rows sorted by instant, each turned into facts when its instant comes.
//!
//! Kept in memory are the rows' text and 24 bytes for each, not the facts: some 60 MB for 600,000 rows.
//! Every row is tried once when the file is opened, so that a bad one is known before anything is played.

use std::path::Path;
use std::sync::Arc;

use contract::wire::FactMessage;
use domain::time::Timestamp;

use super::Source;
use crate::digests::{Digests, NoDigests};
use crate::error::IngestError;
use crate::import::RowProblems;
use crate::mapping::Mapping;
use crate::problem::RowProblem;
use crate::table::{Row, Step, Table};

/// Most text that one feed may hold, in bytes.
const MAX_TEXT: usize = 2 * 1024 * 1024 * 1024;

/// One row that is to be played.
#[derive(Clone, Copy)]
struct Entry {
    at: Timestamp,
    line: u32,
    start: u32,
    length: u32,
}

/// A table whose rows are played at their own instants.
pub struct FileFeed {
    mapping: Mapping,
    digests: Arc<dyn Digests>,
    places: Vec<usize>,
    text: String,
    /// By instant, and in the order of the file where that is the same.
    entries: Vec<Entry>,
    next: usize,
    problems: RowProblems,
}

impl FileFeed {
    /// Reads a table, tries each row, and sorts those that have facts. Rows that can't be read are in
    /// [`Self::problems`] and are not played.
    pub fn open(file: &Path, mapping: Mapping, digests: Arc<dyn Digests>) -> Result<Self, IngestError> {
        if !mapping.has_instants() {
            let what = "its rows have no instants of their own".into();
            let remedy = "say instant = { column = … } in the mapping, or use `import`".into();
            return Err(IngestError::Table { file: file.display().to_string(), what, remedy });
        }
        let table = mapping.open(file)?;
        let mut feed = Self {
            places: table.places().to_vec(),
            mapping,
            digests,
            text: String::new(),
            entries: Vec::new(),
            next: 0,
            problems: RowProblems::default(),
        };
        feed.read(table)?;
        feed.text.shrink_to_fit();
        feed.entries.shrink_to_fit();
        feed.entries.sort_by_key(|entry| entry.at);
        Ok(feed)
    }

    /// Rows that can't be played.
    pub const fn problems(&self) -> &RowProblems {
        &self.problems
    }

    /// How many rows are still to be played.
    pub fn left(&self) -> usize {
        self.entries.len().saturating_sub(self.next)
    }

    /// The last instant.
    pub fn last_at(&self) -> Option<Timestamp> {
        self.entries.last().map(|entry| entry.at)
    }

    fn read(&mut self, mut table: Table) -> Result<(), IngestError> {
        let mut row = Row::default();
        loop {
            match table.next(&mut row)? {
                Step::End => return Ok(()),
                Step::Problem(problem) => self.problems.add(problem),
                Step::Row => {
                    if let Err(problem) = self.keep(&row) {
                        self.problems.add(problem);
                    }
                }
            }
        }
    }

    /// Tries a row and keeps it if it has facts.
    fn keep(&mut self, row: &Row) -> Result<(), RowProblem> {
        // What `now` is does not matter: the mapping has instants.
        let now = Timestamp(0);
        let at = self.mapping.instant(row, &self.places, now)?;
        if self.mapping.facts(row, &self.places, now, &NoDigests)?.is_empty() {
            return Ok(());
        }
        let entry = self.entry(at, row).ok_or_else(|| too_large(row))?;
        self.text.push_str(row.raw());
        self.entries.push(entry);
        Ok(())
    }

    fn entry(&self, at: Timestamp, row: &Row) -> Option<Entry> {
        let start = u32::try_from(self.text.len()).ok().filter(|_| self.text.len() <= MAX_TEXT)?;
        let length = u32::try_from(row.raw().len()).ok()?;
        Some(Entry { at, line: u32::try_from(row.line()).ok()?, start, length })
    }

    fn facts(&self, entry: Entry, row: &mut Row) -> Vec<FactMessage> {
        let start = entry.start as usize;
        let raw = self.text.get(start..start + entry.length as usize).unwrap_or_default();
        row.refill(entry.line.into(), raw, self.mapping.separator());
        // It was tried when the file was opened, and nothing but the digests differs now.
        self.mapping.facts(row, &self.places, entry.at, self.digests.as_ref()).unwrap_or_default()
    }
}

impl Source for FileFeed {
    fn next_at(&self) -> Option<Timestamp> {
        self.entries.get(self.next).map(|entry| entry.at)
    }

    fn take(&mut self, at: Timestamp) -> Vec<FactMessage> {
        let end = self.entries.partition_point(|entry| entry.at <= at).max(self.next);
        let mut row = Row::default();
        let due = self.entries.get(self.next..end).unwrap_or_default();
        let facts = due.iter().flat_map(|entry| self.facts(*entry, &mut row)).collect();
        self.next = end;
        facts
    }

    fn skip_before(&mut self, at: Timestamp) {
        self.next = self.entries.partition_point(|entry| entry.at < at).max(self.next);
    }
}

fn too_large(row: &Row) -> RowProblem {
    RowProblem {
        row: row.line(),
        column: None,
        what: "is behind the first 2 GiB of the feed".into(),
        remedy: "split the file and give each part as a feed of its own".into(),
    }
}
