//! Whether what is asked for fits the time and how the debtor stands, before anything is recorded.
//!
//! **Guarantees:** who is told that contact rests or that a promise is noted can rely on it: it ends after now, and what it
//! is about exists. Left out: what the log checks of every fact itself.

use domain::claim::Claim;
use domain::debtor::Debtor;
use domain::fact::Fact;
use domain::ids::{ClaimId, HoldId};
use domain::label::Label;
use domain::money::Minor;
use domain::time::{Span, Timestamp};

use super::ActError;
use super::request::Promise;
use crate::problem::Unfit;

/// How far two ends may be apart of one hold that was asked for twice with the same span.
const SAME_END: Span = Span::minutes(1);

/// Whether a hold ends after now, if it ends by itself; `place` is where its end was stated.
pub(super) fn hold_ends(fact: &Fact, place: &str, now: Timestamp) -> Result<(), ActError> {
    let Fact::HoldPlaced { until: Some(until), .. } = fact else { return Ok(()) };
    ends(*until, place, "a hold ends after now, and before the year 2200", now)
}

/// Whether a hold's name is free; one that is sent again under its own id names what is there.
pub(super) fn hold_is_free(
    debtor: &Debtor,
    fact: &Fact,
    id: Option<&str>,
    now: Timestamp,
) -> Result<(), ActError> {
    let Fact::HoldPlaced { hold, claim, reason, actor, until } = fact else { return Ok(()) };
    let Some(known) = placed(debtor, *hold, now) else { return Ok(()) };
    let same_end = match (known.until, until) {
        (None, None) => true,
        (Some(known_until), Some(until)) => {
            let span = until.since(now);
            let apart = known_until.since(*until).0.abs();
            apart == 0 || (known_until.since(known.since).0 - span.0).abs() <= SAME_END.0
        }
        (None, Some(_)) | (Some(_), None) => false,
    };
    if id.is_some() && same_end && (known.claim, known.reason, known.actor) == (*claim, reason, actor) {
        return Ok(());
    }
    let detail = "a hold of this name is in force; release it first, or choose another name";
    Err(ActError::Refused { reason: "hold_in_force".into(), detail: detail.into() })
}

/// Whether a promise is of something, and due after now.
pub(super) fn promised(fact: &Fact, now: Timestamp) -> Result<(), ActError> {
    let Fact::PromiseMade { amount, due_at, .. } = fact else { return Ok(()) };
    if *amount <= Minor::ZERO {
        return Err(ActError::malformed("amount", Unfit::new("is nothing", "promise more than zero")));
    }
    ends(*due_at, "due_at", "a promise is due after now, and before the year 2200", now)
}

/// The claim that is promised for: one of the debtor's, in its own currency.
pub(super) fn promised_claim<'a>(
    debtor: &'a Debtor,
    claim: ClaimId,
    promise: &Promise,
) -> Result<&'a Claim, ActError> {
    let known = debtor.claim(claim).ok_or_else(|| {
        ActError::malformed("claim", Unfit::new("is none of this debtor's", "check its reference"))
    })?;
    let own = known.currency.as_str();
    if promise.currency.as_deref().is_some_and(|currency| currency != own) {
        let remedy = format!("promise in {own}, or leave it out");
        return Err(ActError::malformed("currency", Unfit::new("is not the claim's", remedy)));
    }
    Ok(known)
}

/// Whether something is still owed; a promise that is sent again is left to the log, which knows it.
pub(super) fn is_owed(debtor: &Debtor, claim: &Claim, fact: &Fact) -> Result<(), ActError> {
    let Fact::PromiseMade { promise, .. } = fact else { return Ok(()) };
    let is_known = debtor.promises.iter().any(|known| known.promise == *promise);
    if is_known || (!claim.settled && claim.closed.is_none()) {
        return Ok(());
    }
    let detail = "`claim` is settled or closed; nothing needs to be promised for it";
    Err(ActError::Refused { reason: "claim_settled".into(), detail: detail.into() })
}

/// A hold in force, or one that waits for its claim.
struct Placed<'a> {
    claim: Option<ClaimId>,
    reason: &'a Label,
    actor: &'a Label,
    since: Timestamp,
    until: Option<Timestamp>,
}

fn placed(debtor: &Debtor, id: HoldId, now: Timestamp) -> Option<Placed<'_>> {
    let in_force = debtor.holds.iter().find(|hold| hold.hold == id).map(|hold| Placed {
        claim: hold.claim,
        reason: &hold.reason,
        actor: &hold.actor,
        since: hold.since,
        until: hold.until,
    });
    let waiting = debtor.parked.iter().find_map(|parked| {
        let Fact::HoldPlaced { hold, claim, reason, actor, until } = &parked.fact else { return None };
        let placed = Placed { claim: *claim, reason, actor, since: parked.occurred_at, until: *until };
        (*hold == id).then_some(placed)
    });
    in_force.or(waiting).filter(|placed| placed.until.is_none_or(|until| until > now))
}

fn ends(at: Timestamp, place: &str, remedy: &str, now: Timestamp) -> Result<(), ActError> {
    if at > now && at.is_plausible() {
        return Ok(());
    }
    Err(ActError::malformed(place, Unfit::new("is not after now, or too late", remedy)))
}

#[cfg(test)]
mod tests {
    use domain::hold::Hold;
    use domain::label::TenantId;

    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    fn label(text: &str) -> Label {
        Label::new(text).unwrap()
    }

    fn placing(hold: u8, reason: &str, until: Option<i64>) -> Fact {
        Fact::HoldPlaced {
            hold: HoldId::new([hold; 16]),
            claim: None,
            reason: label(reason),
            actor: label("anna"),
            until: until.map(Timestamp),
        }
    }

    fn debtor(until: Option<i64>) -> Debtor {
        let mut debtor = Debtor::new(TenantId::new("town").unwrap());
        debtor.holds.push(Hold {
            hold: HoldId::new([1; 16]),
            claim: None,
            reason: label("illness"),
            actor: label("anna"),
            since: Timestamp(900_000),
            until: until.map(Timestamp),
        });
        debtor
    }

    #[test]
    fn a_hold_ends_after_now_and_before_2200() {
        for (until, fits) in [
            (None, true),
            (Some(NOW.0 + 1), true),
            (Some(Timestamp::MAX.0), true),
            (Some(NOW.0), false),
            (Some(0), false),
            (Some(Timestamp::MAX.0 + 1), false),
        ] {
            let ends = hold_ends(&placing(1, "illness", until), "until", NOW);
            assert_eq!(ends.is_ok(), fits, "{until:?}");
        }
    }

    #[test]
    fn a_name_in_force_is_taken_but_for_the_same_request() {
        let end = Some(5_000_000);
        for (held, asked, id, free) in [
            (None, placing(1, "illness", None), None, false),
            (None, placing(1, "illness", None), Some("r-1"), true),
            (None, placing(1, "court", None), Some("r-1"), false),
            (None, placing(1, "illness", end), Some("r-1"), false),
            (end, placing(1, "illness", end), Some("r-1"), true),
            (end, placing(1, "illness", Some(5_100_000)), Some("r-1"), true),
            (end, placing(1, "illness", Some(4_000_000)), Some("r-1"), false),
            (Some(NOW.0), placing(1, "court", None), None, true),
            (None, placing(2, "court", None), None, true),
        ] {
            let said = hold_is_free(&debtor(held), &asked, id, NOW);
            assert_eq!(said.is_ok(), free, "{held:?} {asked:?} {id:?}");
        }
    }
}
