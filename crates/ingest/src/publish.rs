//! Facts as JSON: one object for each, alone, in a list, or one on each line.
//!
//! An object has the kinds, fields and words of a mapping's `[[fact]]` block:
//!
//! ```json
//! {"tenant": "town", "source": "erp", "id": "4711", "kind": "payment_received", "at": "2026-03-01T10:00:00Z",
//!  "claim": "R-9", "amount": "120.50", "currency": "CHF"}
//! ```
//!
//! **Guarantees:** each fact is answered on its own, in order, once it is in the log (inputs, 3); a bad one never keeps a
//! good one out; what is told about it names the line and the member, and never repeats a value.
//! Left out: mail that came in (it is classed where it comes in), and numbers as amounts.

mod answered;
mod lines;
mod members;
pub(crate) mod schema;

use contract::wire::FactMessage;
use domain::time::Timestamp;

use crate::digests::Digests;
use crate::error::IngestError;
use crate::mapping::object;
use crate::problem::{RowProblem, Unfit};
use crate::sink::FactSink;

pub use crate::mapping::object::Defaults;
pub use answered::{Answered, Fault, Place, ReceiptWord};
pub use lines::{Line, Lines, MAX_LINE, lines_of};
pub use members::{MAX_MEMBERS, Object};

/// Most facts of one request.
pub const MAX_FACTS: usize = 10_000;

/// What turns objects into facts.
#[derive(Clone, Copy)]
pub struct Reading<'a> {
    /// What holds where an object does not say otherwise.
    pub defaults: &'a Defaults,
    /// Makes digests of references.
    pub digests: &'a dyn Digests,
    /// When a fact happened that does not say.
    pub now: Timestamp,
}

/// One fact on its way, or why there is none.
#[derive(Debug)]
pub struct Entry {
    /// Where it stood.
    pub place: Place,
    /// The source's own id of it, where it could be read: the sender's word, told back to the sender alone.
    pub id: Option<String>,
    /// The fact.
    pub fact: Result<FactMessage, RowProblem>,
}

impl Reading<'_> {
    /// The fact that an object states.
    pub fn object(&self, place: Place, object: &Object) -> Entry {
        let fact = match object.members() {
            Ok(members) => object::fact(place.number(), members, self.defaults, self.now, self.digests),
            Err(unfit) => Err(RowProblem::of_row(place.number(), unfit.clone())),
        };
        Entry { place, id: object.id(), fact }
    }

    /// The fact that a line states.
    pub fn line(&self, place: Place, line: &[u8]) -> Entry {
        match serde_json::from_slice::<Object>(line) {
            Ok(object) => self.object(place, &object),
            Err(error) => {
                let what = format!("is no JSON from its column {} on", error.column());
                let remedy = "write one object on one line, such as {\"kind\": \"payment_received\", …}";
                refused(place, None, Unfit::new(what, remedy))
            }
        }
    }
}

/// An entry that became no fact, for the sake of one member or as a whole.
pub fn refused(place: Place, member: Option<&str>, unfit: Unfit) -> Entry {
    let problem =
        RowProblem { column: member.map(str::to_owned), ..RowProblem::of_row(place.number(), unfit) };
    Entry { place, id: None, fact: Err(problem) }
}

/// An entry for a line that is too long to be read.
pub fn too_long(place: Place) -> Entry {
    let what = format!("has more than {MAX_LINE} bytes on one line");
    refused(place, None, Unfit::new(what, "state one fact on a line, with a shorter text"))
}

/// Sends those that are facts, in their order; an answer for each entry.
pub async fn send(sink: &dyn FactSink, entries: Vec<Entry>) -> Result<Vec<Answered>, IngestError> {
    let facts = entries.iter().filter_map(|entry| entry.fact.as_ref().ok()).cloned().collect::<Vec<_>>();
    let sent = facts.len();
    let receipts = if facts.is_empty() { Vec::new() } else { sink.take(facts).await? };
    if receipts.len() != sent {
        return Err(IngestError::Receipts { sent, answered: receipts.len() });
    }
    let mut receipts = receipts.into_iter();
    let answered = entries.into_iter().map(|Entry { place, id, fact }| match fact {
        Err(problem) => Some(Answered::malformed(place, id, problem)),
        Ok(_) => receipts.next().map(|receipt| Answered::of(place, id, receipt)),
    });
    Ok(answered.flatten().collect())
}
