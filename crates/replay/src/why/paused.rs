//! What an operator's pause means for a debtor: whatever the ladder says, no permit is given.

use domain::channel::Channel;
use domain::label::TenantId;

use super::Next;
use super::sentence::reach;
use crate::pauses::Pause;

/// The pauses that concern a tenant.
pub(super) fn tell(pauses: &[Pause], tenant: &TenantId) -> Vec<String> {
    pauses.iter().filter(|pause| pause.concerns(tenant)).map(one).collect()
}

/// What comes next, as long as a pause covers it.
pub(super) fn next(pauses: &[Pause], tenant: &TenantId, mut next: Next) -> Next {
    let channel = next.channel.as_deref();
    let channel = Channel::ALL.into_iter().find(|known| Some(known.as_str()) == channel);
    let paused = channel.and_then(|channel| pauses.iter().find(|pause| pause.covers(tenant, channel)));
    if let Some(pause) = paused {
        next.what = format!("{} But no permit is given for it: {}.", next.what, one(pause));
        next.would_change.insert(0, "contacts are let go on (`mahnwerk resume`)".to_owned());
        next.next_admissible = None;
    }
    next
}

fn one(pause: &Pause) -> String {
    let reach = reach(pause.tenant.as_ref(), pause.channel);
    format!("{reach} rest since {} ({}, by {})", pause.since, pause.reason, pause.actor)
}
