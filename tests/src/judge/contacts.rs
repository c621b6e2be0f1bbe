//! Promises 1, 3 and 6: each contact once, under a permit that stands in the log with these very words, within the caps.

use std::collections::{BTreeMap, BTreeSet};

use contract::personal::{self, Personal};
use domain::channel::Channel;
use domain::ids::StreamId;
use domain::time::{Span, Timestamp};

use super::Evidence;
use crate::town::record::Submission;

/// How much later than its permit a contact may begin.
pub const START_WITHIN: Span = Span::seconds(10);

/// No escalation leaves twice.
pub fn once(evidence: &Evidence<'_>) -> Vec<String> {
    let mut left = BTreeSet::new();
    let again = evidence.seen.submissions.iter().filter(|submission| !left.insert(submission.attempt));
    again.map(|submission| format!("{} left twice, again at {}", submission.attempt, submission.at)).collect()
}

/// A permit stands in the log before the first byte, to this address and in these words, and is fresh.
pub fn permitted(evidence: &Evidence<'_>, submission: &Submission) -> Vec<String> {
    let id = submission.attempt;
    let (Some(person), Some((_, escalation)), Some((granted_at, delivery))) =
        (evidence.person(id), evidence.escalation(id), evidence.delivery(id))
    else {
        return vec![format!("{id} left without a permit in the log")];
    };
    let mut breaches = Vec::new();
    if submission.at < granted_at || submission.at.since(granted_at) >= START_WITHIN {
        breaches.push(format!("{id} was permitted at {granted_at} and left at {}", submission.at));
    }
    if escalation.channel != submission.channel {
        breaches.push(format!("{id} was for {} and left over {}", escalation.channel, submission.channel));
    }
    let theirs = person.points.iter().any(|(_, value)| *value == submission.address);
    if !theirs {
        breaches.push(format!("{id} left to an address that is not the debtor's"));
    }
    let (address, message) = (submission.address.clone(), submission.message.clone());
    let words = personal::encode(&Personal::Words { address, message });
    let said = evidence.town.keys().words_digest(id.stream, &words);
    // Agents see the script in a shape of its own.
    if submission.channel != Channel::Call && delivery.words != Some(said) {
        breaches.push(format!("{id} left in other words than the log attests"));
    }
    breaches
}

/// Never twice within a day, never four times within a week; what provably did not arrive counts for nothing.
pub fn capped(evidence: &Evidence<'_>) -> Vec<String> {
    let mut contacts: BTreeMap<StreamId, Vec<Timestamp>> = BTreeMap::new();
    for submission in evidence.seen.submissions.iter().filter(|submission| submission.kept) {
        contacts.entry(submission.attempt.stream).or_default().push(submission.at);
    }
    let mut breaches = Vec::new();
    for (stream, instants) in contacts {
        for (apart, within, cap) in [(1, Span::days(1), "a day"), (3, Span::days(7), "a week")] {
            for (first, last) in instants.iter().zip(instants.iter().skip(apart)) {
                // Caps count from the permits, which the first bytes follow within their time.
                if last.since(*first).plus(START_WITHIN) < within {
                    breaches
                        .push(format!("{stream} was contacted {} times within {cap}, at {last}", apart + 1));
                }
            }
        }
    }
    breaches
}
