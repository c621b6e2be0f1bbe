//! What is wrong with a value, a row or a line of a mapping file, said without repeating the value.
//!
//! **Invariant:** nothing here holds anything that was read from a table's cells, since a cell may be personal;
//! only column names, line numbers and sentences.

use core::fmt;

/// Why one value does not fit, and what would.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unfit {
    /// What is wrong, as the end of a sentence that begins with the column's name.
    pub what: String,
    /// What would be right.
    pub remedy: String,
}

impl Unfit {
    /// Both sentences.
    pub fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what: what.into(), remedy: remedy.into() }
    }
}

/// Why one row became no fact.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RowProblem {
    /// The line of the file on which the row begins; the header is on line 1.
    pub row: u64,
    /// The column, where it is one column's fault.
    pub column: Option<String>,
    /// What is wrong.
    pub what: String,
    /// What would be right.
    pub remedy: String,
}

impl RowProblem {
    /// A problem of the row as a whole.
    pub fn of_row(row: u64, unfit: Unfit) -> Self {
        Self { row, column: None, what: unfit.what, remedy: unfit.remedy }
    }
}

impl fmt::Display for RowProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}", self.row)?;
        if let Some(column) = &self.column {
            write!(f, ", column \"{column}\"")?;
        }
        write!(f, ": {}; {}", self.what, self.remedy)
    }
}

/// What is wrong on one line of a mapping file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MappingProblem {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// What would be right.
    pub remedy: String,
}

impl fmt::Display for MappingProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}; {}", self.line, self.what, self.remedy)
    }
}
