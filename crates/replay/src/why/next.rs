//! What comes next, by the same functions that decide.

use domain::attempt::AttemptState;
use domain::claim::Claim;
use domain::debtor::Debtor;
use domain::decide::{self, Standing};
use domain::next_due::next_due;
use domain::rulebook::Rulebook;
use domain::time::{Span, Timestamp};

use super::blocks::{self, Block};
use super::words::{claim, legs, over, point};
use super::{Next, rules};

/// Tells it.
pub(super) fn tell(debtor: &Debtor, rulebook: Option<&Rulebook>, at: Timestamp) -> Next {
    let Some(rulebook) = rulebook else {
        return nothing(
            "The rulebook that decides is not in the log, so what comes next can't be said.",
            Vec::new(),
        );
    };
    let due_at = next_due(debtor, rulebook).map(|due| due.to_string());
    Next { due_at, ..contact(debtor, rulebook, at) }
}

fn nothing(what: impl Into<String>, blocks: Vec<Block>) -> Next {
    Next {
        what: what.into(),
        due_at: None,
        channel: None,
        rules: Vec::new(),
        next_admissible: last_end(&blocks).map(|at| at.to_string()),
        would_change: blocks.into_iter().map(|block| format!("{}: {}", block.what, block.change)).collect(),
    }
}

/// When all of them are over, if each ends by itself: only then does time alone bring contact back.
fn last_end(blocks: &[Block]) -> Option<Timestamp> {
    blocks.iter().map(|block| block.until).collect::<Option<Vec<_>>>()?.into_iter().max()
}

fn contact(debtor: &Debtor, rulebook: &Rulebook, at: Timestamp) -> Next {
    let now = decide::standing(debtor, rulebook, at);
    if now.rests {
        return nothing("Nobody contacts the debtor.", blocks::of_debtor(debtor));
    }
    if let Some(next) = under_way(debtor) {
        return next;
    }
    if now.next.is_some() {
        return planned(debtor, rulebook, &now, at);
    }
    let later = now.contactable.iter().filter_map(|(_, goes_on_at)| *goes_on_at).filter(|on| *on > at).min();
    match later {
        Some(on) => {
            let then = decide::standing(debtor, rulebook, on);
            waits(planned(debtor, rulebook, &then, on), on)
        }
        None => without_claim(debtor, rulebook),
    }
}

/// An escalation is open, and decides what comes next.
fn under_way(debtor: &Debtor) -> Option<Next> {
    let attempt = debtor.open_attempt()?;
    let what = format!("{} at {}", over(attempt.channel), point(debtor, attempt.point));
    let number = attempt.number;
    let (what, change) = match &attempt.state {
        AttemptState::Emitted { expires_at } => (
            format!("Contact {number} {what} waits for a worker to ask for its permit, until {expires_at}."),
            format!("a worker of channel {} asks; all rules are weighed anew then", attempt.channel),
        ),
        AttemptState::Started { outcome_by, .. } => (
            format!(
                "Contact {number} {what} is under way; without an outcome by {outcome_by} it is unknown."
            ),
            "its outcome comes".to_owned(),
        ),
        AttemptState::Done { .. } | AttemptState::Ended => return None,
    };
    let channel = Some(attempt.channel.to_string());
    Some(Next { channel, would_change: vec![change], ..nothing(what, Vec::new()) })
}

/// The contact that is planned at an instant, and what the rules say of it then.
fn planned(debtor: &Debtor, rulebook: &Rulebook, then: &Standing, at: Timestamp) -> Next {
    let Some(next) = &then.next else {
        return nothing("The ladder goes on without a contact: a step is passed over or ends.", Vec::new());
    };
    let about = legs(debtor, Some(rulebook), &next.legs);
    let contact = format!("{} at {} about {about}", over(next.channel), point(debtor, next.point));
    let what = match next.opens_at {
        Some(opens) if opens <= at => format!("Contact {contact} is due, and every rule is open."),
        Some(opens) => format!("Contact {contact} is due, but not before {opens}, when every rule is open."),
        None => format!("Contact {contact} would be due, but a rule is closed until a fact changes it."),
    };
    Next {
        what,
        due_at: None,
        channel: Some(next.channel.to_string()),
        rules: rules::tell(&next.weighed, Some(rulebook), &debtor.tenant),
        next_admissible: next.opens_at.map(|at| at.to_string()),
        would_change: rules::would_open(&next.weighed),
    }
}

/// The ladder waits until then.
fn waits(next: Next, on: Timestamp) -> Next {
    let mut would_change = vec![format!("time alone: the ladder waits until {on}")];
    would_change.extend(next.would_change);
    let next_admissible = next.next_admissible.or_else(|| next.channel.is_none().then(|| on.to_string()));
    Next {
        what: format!("The ladder waits until {on}. Then: {}", next.what),
        would_change,
        next_admissible,
        ..next
    }
}

/// No claim may be contacted about: what stands in the way of each that is not over, and which is free first.
fn without_claim(debtor: &Debtor, rulebook: &Rulebook) -> Next {
    let grace = blocks::grace(debtor, Some(rulebook));
    let open = debtor.claims.iter().filter(|known| known.closed.is_none());
    let blocked: Vec<Vec<Block>> = open.map(|known| of_claim(debtor, known, grace)).collect();
    let free = blocked.iter().filter_map(|blocks| last_end(blocks)).min();
    let what = if debtor.claims.is_empty() {
        "The debtor has no claim, so there is nothing to contact them about."
    } else {
        "There is no claim that the debtor may be contacted about."
    };
    let next_admissible = free.map(|at| at.to_string());
    Next { next_admissible, ..nothing(what, blocked.into_iter().flatten().collect()) }
}

fn of_claim(debtor: &Debtor, known: &Claim, grace: Option<Span>) -> Vec<Block> {
    let mut blocks = blocks::of_claim(debtor, known, grace);
    if blocks.is_empty() {
        let goes_on = known.progress.as_ref().is_some_and(|progress| !progress.ended);
        let (what, change) = if goes_on {
            (
                "its next step can't be taken, for want of a usable contact point or of leave to use it",
                "such a fact; without it the step is passed over when the ladder is next looked at",
            )
        } else {
            ("its ladder is at its end", "a person decides what becomes of it")
        };
        blocks.push(Block { what: what.to_owned(), change: change.to_owned(), until: None });
    }
    let named = |block: Block| Block { what: format!("{}: {}", claim(known.claim), block.what), ..block };
    blocks.into_iter().map(named).collect()
}
