//! How taking something in can fail as a whole; what is wrong with single rows is a
//! [`RowProblem`](crate::problem::RowProblem).

use bus::BusError;

use crate::problem::MappingProblem;

/// Why nothing (more) could be taken in.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// A file can't be opened or read to its end.
    #[error("{file}: {detail}; {remedy}")]
    Unreadable {
        /// The file.
        file: String,
        /// What the system says.
        detail: String,
        /// What to do.
        remedy: String,
    },
    /// A table is not what the mapping says it is: encoding, separator, columns.
    #[error("{file}: {what}; {remedy}")]
    Table {
        /// The file.
        file: String,
        /// What is wrong.
        what: String,
        /// What to do.
        remedy: String,
    },
    /// A mapping file has mistakes; all that were found.
    #[error("{file}: {}", list(problems))]
    Mapping {
        /// The file.
        file: String,
        /// Each mistake, in order of lines.
        problems: Vec<MappingProblem>,
    },
    /// What comes in could not be handed to the log's owner. The carrier's word is within the sentence, and no cause of it
    /// that whoever prints causes would print once more.
    #[error("{}", not_handed_on(.0))]
    Bus(BusError),
    /// Whoever passes facts on did not answer, or refused them all.
    #[error("facts were not taken: {detail}")]
    Sink {
        /// What was wrong and what would be right.
        detail: String,
        /// Whether trying the same again may help.
        transient: bool,
    },
    /// The log's owner answered fewer or more facts than it was sent.
    #[error(
        "{sent} facts were sent and {answered} answered; send them again, those in the log are recognised"
    )]
    Receipts {
        /// How many were sent.
        sent: usize,
        /// How many were answered.
        answered: usize,
    },
    /// The listener's token file can't be used.
    #[error("token file {file}: {what}; {remedy}")]
    Token {
        /// The file.
        file: String,
        /// What is wrong.
        what: String,
        /// What to do.
        remedy: String,
    },
    /// The listener can't listen there.
    #[error("can't listen on {address}: {detail}; {remedy}")]
    Listen {
        /// Where.
        address: String,
        /// What is wrong.
        detail: String,
        /// What to do.
        remedy: String,
    },
}

impl From<BusError> for IngestError {
    fn from(error: BusError) -> Self {
        Self::Bus(error)
    }
}

impl IngestError {
    /// Whether trying the same again may help.
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Bus(error) => error.is_transient(),
            Self::Sink { transient, .. } => *transient,
            Self::Receipts { .. } => true,
            Self::Unreadable { .. }
            | Self::Table { .. }
            | Self::Mapping { .. }
            | Self::Token { .. }
            | Self::Listen { .. } => false,
        }
    }

    /// What a failed system call becomes.
    pub(crate) fn unreadable(file: &std::path::Path, error: &std::io::Error) -> Self {
        Self::Unreadable {
            file: file.display().to_string(),
            detail: error.to_string(),
            remedy: "check the path and that the file is whole and may be read".into(),
        }
    }
}

fn not_handed_on(error: &BusError) -> String {
    match error {
        BusError::NobodyListens { .. } => {
            "no scheduler answers; start one with `mahnwerk scheduler`".to_owned()
        }
        BusError::Unanswered { .. }
        | BusError::Carrier { .. }
        | BusError::Topology { .. }
        | BusError::TooLarge { .. } => format!("it was not taken: {error}"),
    }
}

fn list(problems: &[MappingProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n  ")
}
