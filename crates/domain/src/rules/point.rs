//! Rules about a contact point: valid, sure enough, wanted.

use crate::channel::Channel;
use crate::contact::ContactPoint;
use crate::debtor::Debtor;
use crate::event::{Answer, SkipReason, Weighed};
use crate::label::RuleName;
use crate::rulebook::Policy;
use crate::rules::Proposal;

/// Weighs them.
pub fn weigh(state: &Debtor, policy: &Policy, contact: Proposal) -> Vec<Weighed> {
    let answer =
        |open: bool| if open { Answer::Open { until: None } } else { Answer::Closed { opens: None } };
    let point = state.point(contact.point);
    let valid = point.is_some_and(|p| is_sure(p, policy) && p.kind == contact.channel.point_kind());
    let opted_out = state.preferences.opted_out(contact.channel, contact.point);
    let mut weighed = vec![
        Weighed { rule: RuleName::fixed("contact-point"), answer: answer(valid) },
        Weighed { rule: RuleName::fixed("opt-out"), answer: answer(!opted_out) },
    ];
    if policy.consent.contains(&contact.channel) {
        let consented = state.preferences.consented(contact.channel, contact.point);
        weighed.push(Weighed { rule: RuleName::fixed("consent"), answer: answer(consented) });
    }
    weighed
}

/// The best usable contact point for a channel: the surest, then the most lately verified, then the first mentioned;
/// or why there is none.
pub fn best<'a>(
    state: &'a Debtor,
    policy: &Policy,
    channel: Channel,
) -> Result<&'a ContactPoint, SkipReason> {
    let fits = |p: &&ContactPoint| p.kind == channel.point_kind() && is_sure(p, policy);
    let open = |p: &&ContactPoint| !state.preferences.opted_out(channel, p.point);
    let wanted = |p: &&ContactPoint| {
        !policy.consent.contains(&channel) || state.preferences.consented(channel, p.point)
    };
    let rank = |(index, p): &(usize, &ContactPoint)| (p.confidence, p.verified_at, usize::MAX - index);
    let sure: Vec<&ContactPoint> = state.points.iter().filter(fits).collect();
    if sure.is_empty() {
        return Err(SkipReason::NoContactPoint);
    }
    let open: Vec<&ContactPoint> = sure.into_iter().filter(open).collect();
    if open.is_empty() {
        return Err(SkipReason::OptedOut);
    }
    let usable = open.into_iter().filter(wanted).enumerate().max_by_key(rank);
    usable.map(|(_, point)| point).ok_or(SkipReason::NoConsent)
}

fn is_sure(point: &ContactPoint, policy: &Policy) -> bool {
    point.invalid.is_none() && point.confidence >= policy.min_confidence
}
