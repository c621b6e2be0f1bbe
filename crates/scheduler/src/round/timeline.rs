//! What an agent should know of the past before calling (R40): contacts, promises, what the debtor said.

use domain::attempt::{Attempt, AttemptState};
use domain::channel::Channel;
use domain::hold::{Promise, PromiseState};

use crate::cache::Entry;
use crate::render::TimelineLine;
use crate::round::Round;

/// Most lines; the latest are kept.
const MAX_LINES: usize = 40;

impl Round<'_> {
    /// The lines, oldest first; none on channels where nobody reads them.
    pub(super) fn timeline(&self, entry: &Entry, channel: Channel) -> Vec<TimelineLine> {
        match channel {
            Channel::Call => lines(entry),
            Channel::Sms | Channel::Email | Channel::Social | Channel::Letter => Vec::new(),
        }
    }
}

fn lines(entry: &Entry) -> Vec<TimelineLine> {
    let debtor = &entry.debtor;
    let outside = debtor.outside_contacts.iter().map(|contact| TimelineLine {
        at: contact.at,
        what: format!("{}: contact made elsewhere", contact.channel),
    });
    let mut lines: Vec<TimelineLine> =
        debtor.attempts.iter().filter_map(attempt_line).chain(outside).collect();
    lines.extend(debtor.promises.iter().map(promise_line));
    lines.extend(
        debtor
            .holds
            .iter()
            .map(|hold| TimelineLine { at: hold.since, what: format!("hold: {}", hold.reason) }),
    );
    lines.sort();
    let surplus = lines.len().saturating_sub(MAX_LINES);
    lines.split_off(surplus)
}

fn attempt_line(attempt: &Attempt) -> Option<TimelineLine> {
    let (at, how) = match &attempt.state {
        AttemptState::Started { at, .. } => (*at, "under way"),
        AttemptState::Done { at, outcome, .. } => (*at, outcome.name()),
        // Nothing left Mahnwerk.
        AttemptState::Emitted { .. } | AttemptState::Ended => return None,
    };
    Some(TimelineLine { at, what: format!("{}: {how}", attempt.channel) })
}

fn promise_line(promise: &Promise) -> TimelineLine {
    let how = match promise.state {
        PromiseState::Open => "open",
        PromiseState::Kept => "kept",
        PromiseState::Broken => "broken",
        PromiseState::Superseded => "superseded",
    };
    TimelineLine { at: promise.due_at, what: format!("promise to pay by then: {how}") }
}
