//! What came back from a debtor, newest first, and what keeps contact at rest.

use std::collections::BTreeMap;

use contract::personal::Personal;
use domain::channel::Channel;
use domain::debtor::Debtor;
use domain::event::Event;
use domain::fact::Fact;
use domain::ids::{ClaimId, Position};
use domain::outcome::Outcome;
use replay::reader::Entry;
use serde_json::{Value, json};

/// Messages that came in, and replies that a provider reported; each with its text, where its key is there.
pub(super) fn received(entries: &[Entry], opened: &BTreeMap<Position, Personal>) -> Vec<Value> {
    entries.iter().rev().filter_map(|entry| message(entry, opened)).collect()
}

/// The holds in force, by the ids that release them.
pub(super) fn holds(state: &Debtor, opened: &BTreeMap<Position, Personal>) -> Vec<Value> {
    let show = |hold: &domain::hold::Hold| {
        json!({
            "hold": hold.hold.to_string(),
            "claim": hold.claim.map(|claim| claim_name(state, opened, claim)),
            "reason": hold.reason.as_str(),
            "actor": hold.actor.as_str(),
            "since": hold.since.to_string(),
            "until": hold.until.map(|until| until.to_string()),
        })
    };
    state.holds.iter().map(show).collect()
}

fn message(entry: &Entry, opened: &BTreeMap<Position, Personal>) -> Option<Value> {
    let row = &entry.recorded;
    let of = |channel: Option<Channel>, class: &str| {
        let text = match opened.get(&row.position) {
            Some(Personal::Text { text }) => Some(text),
            Some(
                Personal::Debtor { .. }
                | Personal::Point { .. }
                | Personal::Claim { .. }
                | Personal::Words { .. },
            )
            | None => None,
        };
        json!({
            "at": row.event.occurred_at.to_string(),
            "channel": channel.map(Channel::as_str),
            "class": class,
            "text": text,
        })
    };
    if let Event::Fact(Fact::MessageReceived { channel, class, .. }) = &entry.event {
        return Some(of(Some(*channel), class.as_str()));
    }
    if let Event::OutcomeRecorded { report, .. } = &entry.event
        && report.outcome == Outcome::Replied
    {
        return Some(of(None, "reply"));
    }
    None
}

/// A claim by its reference, or by its digits where that can't be read.
pub(super) fn claim_name(state: &Debtor, opened: &BTreeMap<Position, Personal>, claim: ClaimId) -> String {
    let recorded = state.claim(claim).and_then(|known| opened.get(&known.recorded_at));
    match recorded {
        Some(Personal::Claim { reference, .. }) => reference.clone(),
        Some(
            Personal::Debtor { .. } | Personal::Point { .. } | Personal::Words { .. } | Personal::Text { .. },
        )
        | None => claim.to_string(),
    }
}
