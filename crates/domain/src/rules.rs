//! The rules on contact: each maps an instant to "open until" or "next open at" (or never), with its name.
//!
//! Rules never poll and never guess: what is not known (a zone, a consent) closes them.

pub mod cap;
pub mod hold;
pub mod point;
pub mod window;

use crate::channel::Channel;
use crate::debtor::Debtor;
use crate::event::{Answer, Weighed};
use crate::ids::PointId;
use crate::label::RuleName;
use crate::rulebook::{Rulebook, TenantRules};
use crate::time::{Span, Timestamp};

/// Most steps that the search for a common opening takes.
const MAX_SEARCH: usize = 256;

/// A contact that is being weighed.
#[derive(Clone, Copy, Debug)]
pub struct Proposal {
    /// Over which channel.
    pub channel: Channel,
    /// At which contact point.
    pub point: PointId,
    /// The escalation that it would be a repeat of, whose own contact counts for no cap.
    pub except: Option<u32>,
}

/// What all rules together say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verdict {
    /// Each rule's answer at the instant asked for.
    pub weighed: Vec<Weighed>,
    /// Whether every rule is open now and stays open as long as asked for.
    pub open: bool,
    /// The first rule that is closed, or closes too soon.
    pub closed_by: Option<RuleName>,
}

/// Every rule's answer about a contact at an instant, strictest sources first.
pub fn weigh(
    state: &Debtor,
    rulebook: &Rulebook,
    tenant: &TenantRules,
    contact: Proposal,
    at: Timestamp,
) -> Vec<Weighed> {
    let mut weighed = hold::weigh(state, at);
    weighed.extend(point::weigh(state, &tenant.policy, contact));
    weighed.extend(window::weigh(state, rulebook, &tenant.policy, contact.channel, at));
    weighed.extend(cap::weigh(state, &tenant.policy, contact, at));
    weighed
}

/// Weighs all rules; a rule must stay open for `margin` from then on (permits, 5).
pub fn verdict(
    state: &Debtor,
    rulebook: &Rulebook,
    tenant: &TenantRules,
    contact: Proposal,
    at: Timestamp,
) -> Verdict {
    let margin = margin(rulebook);
    let weighed = weigh(state, rulebook, tenant, contact, at);
    let closed_by = weighed.iter().find(|w| !stays_open(w.answer, at, margin)).map(|w| w.rule.clone());
    Verdict { open: closed_by.is_none(), closed_by, weighed }
}

/// The earliest instant from `at` on at which every rule is open for long enough; none if facts must change first.
pub fn opens_at(
    state: &Debtor,
    rulebook: &Rulebook,
    tenant: &TenantRules,
    contact: Proposal,
    at: Timestamp,
) -> Option<Timestamp> {
    let margin = margin(rulebook);
    let mut instant = at;
    for _ in 0..MAX_SEARCH {
        let mut next = instant;
        for rule in weigh(state, rulebook, tenant, contact, instant) {
            match rule.answer {
                answer if stays_open(answer, instant, margin) => {}
                Answer::Open { until } => next = next.max(until?),
                Answer::Closed { opens } => next = next.max(opens?),
            }
        }
        if next == instant {
            return Some(instant);
        }
        instant = next;
    }
    None
}

/// How long a rule must stay open for a contact to begin: what the edge may take, and what clocks may differ by.
const fn margin(rulebook: &Rulebook) -> Span {
    rulebook.start_within.plus(rulebook.clock_bound)
}

fn stays_open(answer: Answer, at: Timestamp, margin: Span) -> bool {
    match answer {
        Answer::Open { until } => until.is_none_or(|until| until >= at.plus(margin)),
        Answer::Closed { .. } => false,
    }
}

/// The names of the rules that the domain itself brings, with where they come from.
pub const BUILT_IN: &[(&str, &str)] = &[
    ("cease", "the debtor asked for no contact at all"),
    ("hold", "a hold (Mahnstopp) on the debtor is in force (P6)"),
    ("quarantine", "an input of this debtor could not be processed; an operator looks at it"),
    ("contact-point", "the contact point is valid and its source sure enough (R41)"),
    ("opt-out", "the debtor did not opt out of this contact point or channel (P10)"),
    ("consent", "the channel needs the debtor's consent"),
    ("zone", "every candidate zone of the debtor is known; without one nobody is contacted"),
    ("hours", "the policy names hours for the channel"),
    ("heard", "contact rests after the debtor was heard"),
];

#[cfg(test)]
mod tests {
    use super::BUILT_IN;
    use crate::label::{Label, RuleName};

    #[test]
    fn every_name_that_the_domain_gives_is_a_valid_label() {
        for (name, _) in BUILT_IN {
            assert_eq!(RuleName::new(name), Ok(RuleName::fixed(name)));
        }
        for name in ["call", "said-on-the-phone", "hardship", "outcome"] {
            assert_eq!(Label::new(name), Ok(Label::fixed(name)));
        }
    }
}
