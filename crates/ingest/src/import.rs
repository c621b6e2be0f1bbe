//! Taking in a table at once: every row that can be read becomes facts, and every one that can't is reported.

use std::collections::VecDeque;
use std::path::Path;

use contract::wire::FactMessage;
use domain::time::Timestamp;

use crate::digests::Digests;
use crate::error::IngestError;
use crate::gate::MAX_BATCH;
use crate::mapping::Mapping;
use crate::problem::RowProblem;
use crate::receipts::Tally;
use crate::sink::FactSink;
use crate::table::{Row, Step, Table};

/// How many problems are kept; the others are counted.
pub const MAX_PROBLEMS: usize = 1000;

/// Problems of rows: the first of them, and how many there were.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RowProblems {
    /// The first [`MAX_PROBLEMS`].
    pub first: Vec<RowProblem>,
    /// How many there were.
    pub count: u64,
}

impl RowProblems {
    pub(crate) fn add(&mut self, problem: RowProblem) {
        self.count += 1;
        if self.first.len() < MAX_PROBLEMS {
            self.first.push(problem);
        }
    }
}

/// What became of a table.
#[derive(Debug, Default)]
pub struct ImportReport {
    /// Rows read, broken ones included.
    pub rows: u64,
    /// Rows for which no block of the mapping was.
    pub rows_without_facts: u64,
    /// Rows that could not become facts.
    pub problems: RowProblems,
    /// What became of the facts.
    pub facts: Tally,
    /// Why it ended before the last row, if it did. Importing the file again is safe.
    pub stopped: Option<IngestError>,
}

impl ImportReport {
    /// Whether all of the file is in the log, or was before, or waits for its claims.
    pub fn is_complete(&self) -> bool {
        self.stopped.is_none() && self.problems.count == 0 && self.facts.refused() == 0
    }
}

/// Sends the facts of a table in its order.
///
/// Fails only if the file as a whole can't be read as the mapping says; nothing was sent then.
pub async fn import(
    file: &Path,
    mapping: &Mapping,
    digests: &dyn Digests,
    sink: &dyn FactSink,
    now: Timestamp,
) -> Result<ImportReport, IngestError> {
    let table = mapping.open(file)?;
    let mut import = Import { report: ImportReport::default(), batch: Batch::default(), sink };
    if let Err(error) = import.rows(table, mapping, digests, now).await {
        import.report.stopped = Some(error);
    }
    Ok(import.report)
}

/// Facts that wait to be sent, and on which row and of which kind each is.
#[derive(Default)]
struct Batch {
    facts: Vec<FactMessage>,
    names: VecDeque<(u64, &'static str)>,
}

struct Import<'a> {
    report: ImportReport,
    batch: Batch,
    sink: &'a dyn FactSink,
}

impl Import<'_> {
    async fn rows(
        &mut self,
        mut table: Table,
        mapping: &Mapping,
        digests: &dyn Digests,
        now: Timestamp,
    ) -> Result<(), IngestError> {
        let mut row = Row::default();
        loop {
            match table.next(&mut row)? {
                Step::End => return self.flush().await,
                Step::Problem(problem) => self.problem(problem),
                Step::Row => match mapping.facts(&row, table.places(), now, digests) {
                    Ok(facts) => self.take(row.line(), facts),
                    Err(problem) => self.problem(problem),
                },
            }
            if self.batch.facts.len() >= MAX_BATCH {
                self.flush().await?;
            }
        }
    }

    fn problem(&mut self, problem: RowProblem) {
        self.report.rows += 1;
        self.report.problems.add(problem);
    }

    fn take(&mut self, line: u64, facts: Vec<FactMessage>) {
        self.report.rows += 1;
        self.report.rows_without_facts += u64::from(facts.is_empty());
        self.batch.names.extend(facts.iter().map(|message| (line, message.fact.name())));
        self.batch.facts.extend(facts);
    }

    async fn flush(&mut self) -> Result<(), IngestError> {
        let facts = std::mem::take(&mut self.batch.facts);
        let names = std::mem::take(&mut self.batch.names);
        if facts.is_empty() {
            return Ok(());
        }
        let receipts = self.sink.take(facts).await?;
        for (receipt, (line, kind)) in receipts.into_iter().zip(names) {
            self.report.facts.add(receipt, || format!("line {line}, {kind}"));
        }
        Ok(())
    }
}
