//! Caps over rolling windows: at most so many contacts per person within a time.

use crate::debtor::Debtor;
use crate::event::{Answer, Weighed};
use crate::rulebook::{CapRule, Policy};
use crate::rules::Proposal;
use crate::time::Timestamp;

/// Weighs each cap that governs the channel.
pub fn weigh(state: &Debtor, policy: &Policy, contact: Proposal, at: Timestamp) -> Vec<Weighed> {
    let governs = |cap: &&CapRule| cap.channels.contains(&contact.channel);
    let weighed = |cap: &CapRule| Weighed { rule: cap.name.clone(), answer: answer(state, cap, contact, at) };
    policy.caps.iter().filter(governs).map(weighed).collect()
}

/// A contact at `t` counts until `t + within`; the cap opens when the `max`th latest one stops to count.
fn answer(state: &Debtor, cap: &CapRule, contact: Proposal, at: Timestamp) -> Answer {
    let mut counted: Vec<Timestamp> =
        contacts(state, cap, contact.except).filter(|t| t.plus(cap.within) > at).collect();
    counted.sort_unstable_by(|a, b| b.cmp(a));
    match usize::from(cap.max).checked_sub(1).and_then(|last| counted.get(last)) {
        Some(oldest) => Answer::Closed { opens: Some(oldest.plus(cap.within)) },
        None if cap.max == 0 => Answer::Closed { opens: None },
        None => Answer::Open { until: None },
    }
}

fn contacts(state: &Debtor, cap: &CapRule, except: Option<u32>) -> impl Iterator<Item = Timestamp> {
    let permitted = state
        .attempts
        .iter()
        .filter(move |a| cap.channels.contains(&a.channel) && Some(a.number) != except)
        .filter_map(|a| a.counted_at());
    let outside = state.outside_contacts.iter().filter(|c| cap.channels.contains(&c.channel)).map(|c| c.at);
    permitted.chain(outside)
}
