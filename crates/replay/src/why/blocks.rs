//! What stands in the way of contact: of all contact with a debtor, or about one claim.

use domain::claim::{Claim, Closure};
use domain::debtor::{Debtor, OpenTask};
use domain::fact::TaskKind;
use domain::hold::{Hold, PromiseState};
use domain::rulebook::Rulebook;
use domain::time::{Span, Timestamp};

use super::words::amount;

/// One thing that stands in the way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Block {
    /// What it is.
    pub(super) what: String,
    /// What would remove it.
    pub(super) change: String,
    /// When it ends by itself, if it does.
    pub(super) until: Option<Timestamp>,
}

fn block(what: impl Into<String>, change: impl Into<String>, until: Option<Timestamp>) -> Block {
    Block { what: what.into(), change: change.into(), until }
}

/// What stands in the way of all contact with the debtor.
pub(super) fn of_debtor(debtor: &Debtor) -> Vec<Block> {
    let mut blocks = Vec::new();
    if let Some(at) = debtor.ceased_at {
        let what = format!("the debtor asked for no contact whatsoever on {at}");
        blocks.push(block(what, "nothing that Mahnwerk may do", None));
    }
    if debtor.quarantined {
        let change = "an operator looks at it and closes the task";
        blocks.push(block("an input of this debtor could not be processed", change, None));
    }
    if has_task(debtor, TaskKind::ZoneMissing) {
        let change = "the debtor is described with a zone that the rulebook knows";
        blocks.push(block("no zone of the debtor is known", change, None));
    }
    blocks.extend(debtor.holds.iter().filter(|hold| hold.claim.is_none()).map(held));
    blocks
}

/// What stands in the way of contact about a claim.
///
/// `grace` is how long a promise may be late, where the rulebook is at hand.
pub(super) fn of_claim(debtor: &Debtor, claim: &Claim, grace: Option<Span>) -> Vec<Block> {
    let mut blocks = Vec::new();
    if claim.settled {
        blocks.push(block("nothing is owed", "a later cost or a reversed payment reopens it", None));
    }
    blocks.extend(claim.closed.map(|closure| match closure {
        Closure::Withdrawn => block("it was withdrawn", "it stays closed", None),
        Closure::HandedOver => block("somebody else collects it", "it stays closed", None),
    }));
    if claim.disputes > 0 {
        blocks.push(block("it is disputed", "the dispute is resolved (fact dispute_resolved)", None));
    }
    blocks.extend(debtor.holds.iter().filter(|hold| hold.claim == Some(claim.claim)).map(held));
    let promised = debtor.promises.iter();
    let promised = promised.filter(|p| p.claim == claim.claim && p.state == PromiseState::Open);
    blocks.extend(promised.map(|promise| {
        let promised = amount(debtor, claim.claim, promise.amount);
        let what = format!("{promised} are promised by {}", promise.due_at);
        let until = grace.map(|grace| promise.due_at.plus(grace));
        block(what, "the money comes, or the date and its grace pass", until)
    }));
    let gap = |open: &OpenTask| open.task == TaskKind::RulebookGap && open.claim == Some(claim.claim);
    if debtor.tasks.iter().any(gap) {
        let change = "the rulebook is mended and the task closed";
        blocks.push(block("the rulebook has a gap, and a person has to look", change, None));
    }
    blocks
}

fn held(hold: &Hold) -> Block {
    let what = format!("on hold since {} ({}, by {})", hold.since, hold.reason, hold.actor);
    match hold.until {
        Some(until) => {
            block(what, format!("the hold is released, or ends by itself at {until}"), Some(until))
        }
        None => block(what, "the hold is released (fact hold_released)", None),
    }
}

fn has_task(debtor: &Debtor, task: TaskKind) -> bool {
    debtor.tasks.iter().any(|open| open.task == task)
}

/// How long a promise may be late under this rulebook.
pub(super) fn grace(debtor: &Debtor, rulebook: Option<&Rulebook>) -> Option<Span> {
    rulebook?.tenants.get(&debtor.tenant).map(|tenant| tenant.promise_grace)
}
