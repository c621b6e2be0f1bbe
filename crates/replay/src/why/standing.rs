//! Where the debtor stands at an instant.

use domain::attempt::AttemptState;
use domain::channel::Channel;
use domain::claim::{Claim, Closure};
use domain::debtor::Debtor;
use domain::decide;
use domain::hold::PromiseState;
use domain::rulebook::Rulebook;
use domain::time::Timestamp;

use super::words::{amount, claim, end, over, owed, point, short, step, task};
use super::{ClaimStanding, Standing, blocks, person};

/// Tells it.
pub(super) fn tell(debtor: &Debtor, rulebook: Option<&Rulebook>, at: Timestamp) -> Standing {
    let open = debtor.promises.iter().filter(|promise| promise.state == PromiseState::Open);
    Standing {
        profile: person::profile(debtor.profile.as_ref()),
        claims: debtor.claims.iter().map(|claim| of_claim(debtor, rulebook, claim, at)).collect(),
        points: debtor.points.iter().map(person::point).collect(),
        preferences: debtor.preferences.iter().map(|p| person::preference(debtor, p)).collect(),
        pauses: Vec::new(),
        holds: debtor.holds.iter().map(hold).collect(),
        promises: open.map(|p| promise(debtor, p)).collect(),
        open_attempt: open_attempt(debtor),
        contacts: Channel::ALL.into_iter().filter_map(|channel| contacts(debtor, channel)).collect(),
        tasks: debtor.tasks.iter().map(open_task).collect(),
    }
}

fn of_claim(debtor: &Debtor, rulebook: Option<&Rulebook>, claim: &Claim, at: Timestamp) -> ClaimStanding {
    let standing = rulebook.map(|rulebook| decide::standing(debtor, rulebook, at));
    let waits = standing.iter().flat_map(|standing| &standing.contactable);
    let goes_on_at = waits.filter(|(id, _)| *id == claim.claim).find_map(|(_, at)| *at);
    let progress = claim.progress.as_ref().filter(|progress| claim.is_live() && !progress.ended);
    let grace = blocks::grace(debtor, rulebook);
    let blocked = |block: blocks::Block| format!("{}; until {}", block.what, block.change);
    ClaimStanding {
        claim: claim.claim.to_string(),
        creditor: claim.creditor.to_string(),
        currency: claim.currency.to_string(),
        owed_minor: claim.balance.owed().0,
        due_at: claim.due_at.to_string(),
        state: state(debtor, claim),
        level: claim.level.map(|level| step(debtor, rulebook, claim.claim, level)),
        next_step: progress.map(|progress| step(debtor, rulebook, claim.claim, progress.step)),
        goes_on_at: goes_on_at.map(|at| at.to_string()),
        blocked_by: blocks::of_claim(debtor, claim, grace).into_iter().map(blocked).collect(),
    }
}

fn state(debtor: &Debtor, claim: &Claim) -> String {
    let owed = owed(debtor, claim.claim);
    let closed = claim.closed.map(|closure| match closure {
        Closure::Withdrawn => "withdrawn",
        Closure::HandedOver => "handed over",
    });
    let ended = claim.progress.as_ref().is_some_and(|progress| progress.ended);
    let state = closed.unwrap_or(if claim.settled {
        "settled"
    } else if claim.disputes > 0 {
        "disputed"
    } else if ended {
        "at the end of its ladder"
    } else {
        "open"
    });
    format!("{state}, {owed}")
}

fn hold(hold: &domain::hold::Hold) -> String {
    let covers = hold.claim.map_or("everything".to_owned(), claim);
    let until = hold.until.map_or("until it is released".to_owned(), |until| format!("until {until}"));
    let id = end(hold.hold);
    format!("{covers} since {} {until}: {}, by {} (hold {id})", hold.since, hold.reason, hold.actor)
}

fn promise(debtor: &Debtor, promise: &domain::hold::Promise) -> String {
    let promised = amount(debtor, promise.claim, promise.amount);
    format!("{promised} on {} by {}", claim(promise.claim), promise.due_at)
}

fn open_attempt(debtor: &Debtor) -> Option<String> {
    let attempt = debtor.open_attempt()?;
    let what =
        format!("contact {} {} at {}", attempt.number, over(attempt.channel), point(debtor, attempt.point));
    match &attempt.state {
        AttemptState::Emitted { expires_at } => {
            Some(format!("{what}: emitted on {}, waits for a worker until {expires_at}", attempt.emitted_at))
        }
        AttemptState::Started { at, outcome_by, .. } => {
            Some(format!("{what}: began on {at}; its outcome is unknown if none comes by {outcome_by}"))
        }
        AttemptState::Done { .. } | AttemptState::Ended => None,
    }
}

fn contacts(debtor: &Debtor, channel: Channel) -> Option<String> {
    let of_channel = debtor.attempts.iter().filter(|attempt| attempt.channel == channel);
    let counted: Vec<Timestamp> = of_channel.filter_map(|attempt| attempt.counted_at()).collect();
    let last = counted.last()?;
    Some(format!("{} {}, the last on {last}", counted.len(), over(channel)))
}

fn open_task(open: &domain::debtor::OpenTask) -> String {
    let about = open.claim.map(|id| format!(" (claim {})", short(id))).unwrap_or_default();
    format!("{}{about}, since {}", task(open.task), open.since)
}
