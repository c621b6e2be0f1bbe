//! Why a debtor was contacted, and why not, from the log alone (P15).
//!
//! For each contact and each non-contact: the decision, every rule that was weighed with where it comes from, the facts
//! relied on, what would have to change, and when contact may be at the earliest.
//! Then where the debtor stands at an instant, by the same functions that decide, and what comes next.
//!
//! **Invariant:** no personal value; people and things go by the beginnings of their digests.

use domain::ids::{Position, StreamId};
use domain::time::Timestamp;
use serde::Serialize;

use crate::error::ReplayError;
use crate::log::LogReader;
use crate::pauses;
use crate::refold::{Refolded, UpTo, refold};
use crate::rulebooks::{RulebookSource, Shelf};

mod blocks;
mod next;
mod paused;
mod person;
mod relied;
mod rules;
mod sentence;
mod standing;
mod text;
mod timeline;
mod words;

/// Most events of a debtor that are told; the oldest are left out beyond.
pub const MAX_MOMENTS: usize = 2_000;

/// The explanation of one debtor at an instant.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Why {
    /// The debtor's stream, hex.
    pub debtor: String,
    /// The tenant.
    pub tenant: String,
    /// As of when, RFC 3339 in UTC.
    pub at: String,
    /// How many events are left out at the beginning.
    pub left_out: usize,
    /// What happened, oldest first.
    pub timeline: Vec<Moment>,
    /// Where the debtor stands.
    pub standing: Standing,
    /// What comes next.
    pub next: Next,
}

/// One event, told.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Moment {
    /// When it was decided, RFC 3339 in UTC.
    pub at: String,
    /// When what it states happened, where that is another instant.
    pub occurred_at: Option<String>,
    /// Where it stands in the partition's log.
    pub position: u64,
    /// Which kind of moment it is.
    pub kind: MomentKind,
    /// The event's name.
    pub event: &'static str,
    /// What happened, in a sentence or two.
    pub what: String,
    /// What it answered: `fact`, `outcome`, `permit`, `render_refused`, `due` or `operator`, and its id.
    pub cause: String,
    /// The local time in each zone that the debtor may be in, where hours were weighed.
    pub local: Vec<String>,
    /// The rules that were weighed.
    pub rules: Vec<Rule>,
    /// The facts relied on.
    pub relied_on: Vec<String>,
    /// What would have had to be otherwise.
    pub would_change: Vec<String>,
    /// When contact was admissible at the earliest, as far as time alone decides.
    pub next_admissible: Option<String>,
}

/// Which kind of moment an event is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MomentKind {
    /// Somebody stated something.
    Fact,
    /// Something was decided.
    Decision,
    /// Somebody was contacted.
    Contact,
    /// Somebody was not contacted.
    NonContact,
    /// A contact came to something.
    Outcome,
}

/// A rule that was weighed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Rule {
    /// Its name in the rulebook.
    pub name: String,
    /// Where it comes from: a law, an agreement, a habit.
    pub source: String,
    /// Whether Mahnwerk itself brings it, whatever the rulebook says.
    pub built_in: bool,
    /// Whether it allows contact.
    pub open: bool,
    /// The first instant at which that turns by itself, if it does.
    pub turns_at: Option<String>,
}

/// Where a debtor stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Standing {
    /// Who the debtor is, as far as decisions need it.
    pub profile: String,
    /// The claims.
    pub claims: Vec<ClaimStanding>,
    /// The ways to reach them.
    pub points: Vec<String>,
    /// Consents and opt-outs.
    pub preferences: Vec<String>,
    /// Pauses in force: contacts of the tenant rest because an operator said so.
    pub pauses: Vec<String>,
    /// Holds in force.
    pub holds: Vec<String>,
    /// Promises that are open.
    pub promises: Vec<String>,
    /// The escalation that is emitted or under a permit.
    pub open_attempt: Option<String>,
    /// Contacts so far, by channel.
    pub contacts: Vec<String>,
    /// What a person has to look at.
    pub tasks: Vec<String>,
}

/// Where a claim stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ClaimStanding {
    /// The claim, hex.
    pub claim: String,
    /// To whom it is owed.
    pub creditor: String,
    /// ISO 4217.
    pub currency: String,
    /// What is owed, in minor units; negative when overpaid.
    pub owed_minor: i64,
    /// When it falls or fell due.
    pub due_at: String,
    /// How it stands, in words.
    pub state: String,
    /// The last step that it has taken.
    pub level: Option<String>,
    /// The step that comes next or is being tried.
    pub next_step: Option<String>,
    /// From when on that step may be taken, if it waits for time.
    pub goes_on_at: Option<String>,
    /// What stands in the way of contact about it, each with what would change it.
    pub blocked_by: Vec<String>,
}

/// What comes next.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Next {
    /// In a sentence or two.
    pub what: String,
    /// When the debtor is looked at again.
    pub due_at: Option<String>,
    /// The channel of the next contact, if one is in sight.
    pub channel: Option<String>,
    /// The rules as they will stand then.
    pub rules: Vec<Rule>,
    /// When contact is admissible at the earliest, as far as time alone decides.
    pub next_admissible: Option<String>,
    /// What would have to change for contact, or for an earlier one.
    pub would_change: Vec<String>,
}

/// Explains a debtor as of an instant.
pub async fn why(
    log: &LogReader,
    rulebooks: &dyn RulebookSource,
    stream: StreamId,
    at: Timestamp,
) -> Result<Why, ReplayError> {
    let folded = refold(log, stream, UpTo::Instant(at)).await?;
    let mut shelf = Shelf::open(log, folded.partition, rulebooks).await?;
    let (left_out, timeline) = timeline::tell(&folded.entries, &mut shelf).await?;
    let (position, hash) = deciding(&folded, &shelf, at);
    let rulebook = match hash {
        Some(hash) => shelf.get(hash, position).await?,
        None => None,
    };
    let debtor = &folded.debtor;
    let pauses = pauses::in_force(log, folded.partition, Some(at)).await?;
    let next = next::tell(debtor, rulebook.as_deref(), at);
    Ok(Why {
        debtor: stream.to_string(),
        tenant: debtor.tenant.to_string(),
        at: at.to_string(),
        left_out,
        timeline,
        standing: Standing {
            pauses: paused::tell(&pauses, &debtor.tenant),
            ..standing::tell(debtor, rulebook.as_deref(), at)
        },
        next: paused::next(&pauses, &debtor.tenant, next),
    })
}

/// The rulebook that decides at that instant: the last one activated by then, else the one that decided last.
fn deciding(
    folded: &Refolded,
    shelf: &Shelf<'_>,
    at: Timestamp,
) -> (Position, Option<domain::ids::RulebookHash>) {
    let last = folded.entries.last().map(|entry| &entry.recorded);
    let position = last.map_or(Position(0), |row| row.position);
    match shelf.active_at(at) {
        Some((position, hash)) => (position, Some(hash)),
        None => (position, last.map(|row| row.event.rulebook)),
    }
}

impl Why {
    /// As text of at most 100 columns.
    pub fn text(&self) -> String {
        text::write(self)
    }
}
