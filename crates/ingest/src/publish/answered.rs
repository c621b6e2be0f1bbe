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

/// What was wrong, with how a fact was written or with it where it stands in its log.
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
    /// What was wrong with it, and what would be right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Fault>,
}

impl Fault {
    /// Reads a receipt, which says what was wrong and, behind a semicolon, what would be right.
    fn of_log(text: &str) -> Self {
        let (detail, remedy) =
            text.split_once("; ").unwrap_or((text, "correct it and send it again, or leave it out"));
        Self { detail: detail.to_owned(), place: None, remedy: remedy.to_owned() }
    }
}

impl Answered {
    /// By its receipt.
    pub fn of(place: Place, id: Option<String>, receipt: Receipt) -> Self {
        let taken = |receipt| (receipt, None, None);
        let (receipt, reason, problem) = match receipt {
            Receipt::Recorded => taken(ReceiptWord::Recorded),
            Receipt::Duplicate => taken(ReceiptWord::Duplicate),
            Receipt::Parked => taken(ReceiptWord::Parked),
            Receipt::Refused { reason, detail } => {
                (ReceiptWord::Refused, Some(reason.as_str().to_owned()), Some(Fault::of_log(&detail)))
            }
        };
        Self { place, id, receipt, reason, problem }
    }

    /// It never became a fact.
    pub fn malformed(place: Place, id: Option<String>, problem: RowProblem) -> Self {
        let RowProblem { column, what, remedy, .. } = problem;
        let detail = if column.is_some() { what } else { format!("it {what}") };
        let reason = Some("malformed".to_owned());
        let fault = Fault { detail, place: column, remedy };
        Self { place, id, receipt: ReceiptWord::Refused, reason, problem: Some(fault) }
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
        let Some(problem) = &self.problem else { return Ok(()) };
        match &problem.place {
            Some(place) => write!(f, ": `{place}` {}; {}", problem.detail, problem.remedy),
            None => write!(f, ": {}; {}", problem.detail, problem.remedy),
        }
    }
}
