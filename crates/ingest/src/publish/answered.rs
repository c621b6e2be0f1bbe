//! What became of each fact, in the form in which it is told: to a program as JSON, to a person as a line.

use core::fmt;

use contract::wire::Receipt;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::RowProblem;

/// Where a fact stood.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// On this line, from 1.
    Line(u64),
    /// At this place of a list, from 0.
    Index(u64),
}

impl Place {
    /// The number.
    pub const fn number(self) -> u64 {
        match self {
            Self::Line(number) | Self::Index(number) => number,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(number) => write!(f, "line {number}"),
            Self::Index(number) => write!(f, "fact {number}"),
        }
    }
}

/// What became of a fact, in a word.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptWord {
    /// It is in the log.
    Recorded,
    /// It was in the log before; nothing changed.
    Duplicate,
    /// It waits for its claim.
    Parked,
    /// It changed nothing.
    Refused,
}

/// What was wrong with what was sent.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Fault {
    /// What was wrong.
    pub detail: String,
    /// Where: the member.
    #[serde(rename = "where", skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// What would be right.
    pub remedy: String,
}

/// What became of one fact.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Answered {
    /// Where it stood.
    #[serde(flatten)]
    pub place: Place,
    /// The source's own id of it, where it could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What became of it.
    pub receipt: ReceiptWord,
    /// Why it was refused, from a closed set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What was wrong with it where it stands in its log, and what would be right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What was wrong with how it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Fault>,
}

impl Answered {
    /// By its receipt.
    pub fn of(place: Place, id: Option<String>, receipt: Receipt) -> Self {
        let (word, reason, detail) = match receipt {
            Receipt::Recorded => (ReceiptWord::Recorded, None, None),
            Receipt::Duplicate => (ReceiptWord::Duplicate, None, None),
            Receipt::Parked => (ReceiptWord::Parked, None, None),
            Receipt::Refused { reason, detail } => {
                (ReceiptWord::Refused, Some(reason.as_str().to_owned()), Some(detail))
            }
        };
        Self { place, id, receipt: word, reason, detail, problem: None }
    }

    /// It never became a fact.
    pub fn malformed(place: Place, id: Option<String>, problem: RowProblem) -> Self {
        let fault = Fault { detail: problem.what, place: problem.column, remedy: problem.remedy };
        let reason = Some("malformed".to_owned());
        Self { place, id, receipt: ReceiptWord::Refused, reason, detail: None, problem: Some(fault) }
    }

    /// Whether it was refused.
    pub fn is_refused(&self) -> bool {
        self.receipt == ReceiptWord::Refused
    }
}

impl fmt::Display for Answered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        f.write_str(match self.receipt {
            ReceiptWord::Recorded => "recorded",
            ReceiptWord::Duplicate => "known before",
            ReceiptWord::Parked => "parked until its claim comes",
            ReceiptWord::Refused => "refused",
        })?;
        if let Some(reason) = &self.reason {
            write!(f, " as {reason}")?;
        }
        if let Some(detail) = &self.detail {
            write!(f, ": {detail}")?;
        }
        let Some(problem) = &self.problem else { return Ok(()) };
        match &problem.place {
            Some(place) => write!(f, ": `{place}` {}; {}", problem.detail, problem.remedy),
            None => write!(f, ": it {}; {}", problem.detail, problem.remedy),
        }
    }
}
