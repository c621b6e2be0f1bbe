//! Promise 2: once a stop is acknowledged, nothing that it forbids leaves later than `start_within` after that.
//!
//! Worked out from acknowledgements alone, for each claim that the permit names.
//! A stop holds from its acknowledgement; what ends it counts from when it was first sent, since it may have been in the
//! log from then on.

use contract::wire::{Addressee, Receipt};
use domain::channel::{Channel, PointKind};
use domain::fact::{Fact, Scope};
use domain::ids::{ClaimId, EscalationId, HoldId, StreamId};
use domain::outcome::Said;
use domain::time::Timestamp;

use super::Evidence;
use super::contacts::START_WITHIN;
use crate::town::people::Person;
use crate::town::record::{Acknowledged, Submission};

/// The breaches of one submission.
pub fn respected(evidence: &Evidence<'_>, submission: &Submission) -> Vec<String> {
    let id = submission.attempt;
    let (Some(person), Some((_, delivery))) = (evidence.person(id), evidence.delivery(id)) else {
        return Vec::new();
    };
    let view = View { evidence, person, submission };
    let claims = delivery.legs.iter().map(|leg| leg.claim);
    let stops = claims.filter_map(|claim| view.stop_of_claim(claim).map(|stop| (stop, claim)));
    let mut breaches: Vec<String> = stops
        .map(|(stop, claim)| format!("{id} left at {} although {claim} was {stop}", submission.at))
        .collect();
    if let Some(stop) = view.stop_of_person() {
        breaches
            .push(format!("{id} left over {} at {} although they {stop}", submission.channel, submission.at));
    }
    breaches
}

struct View<'a> {
    evidence: &'a Evidence<'a>,
    person: &'a Person,
    submission: &'a Submission,
}

impl View<'_> {
    /// What was acknowledged so early that this submission has to respect it.
    fn binding(&self) -> impl Iterator<Item = &Acknowledged> {
        let latest = self.submission.at.minus(START_WITHIN);
        self.evidence.seen.acknowledged.iter().filter(move |ack| ack.at < latest && counts(ack))
    }

    /// What may have been in the log by then.
    fn possible(&self) -> impl Iterator<Item = &Acknowledged> {
        self.evidence.seen.acknowledged.iter().filter(|ack| ack.sent_at <= self.submission.at)
    }

    fn is_theirs(&self, ack: &Acknowledged) -> bool {
        ack.fact.addressee == Addressee::Debtor(self.person.stream)
    }

    fn stop_of_claim(&self, claim: ClaimId) -> Option<&'static str> {
        let of_claim = |ack: &&Acknowledged| ack.fact.fact.claim() == Some(claim);
        let withdrawn = |ack: &Acknowledged| matches!(ack.fact.fact, Fact::ClaimWithdrawn { .. });
        if self.is_paid(claim) {
            return Some("paid");
        }
        if self.binding().filter(of_claim).any(withdrawn) {
            return Some("withdrawn");
        }
        if self.is_disputed(claim) {
            return Some("disputed");
        }
        self.is_held(Some(claim)).then_some("on hold")
    }

    /// Paid by what was acknowledged, whatever went back or was added since.
    fn is_paid(&self, claim: ClaimId) -> bool {
        let registered = self.person.debts.iter().find(|debt| debt.claim == claim);
        let Some(debt) = registered else { return false };
        let paid: i64 = self.binding().map(|ack| paid_on(claim, &ack.fact.fact)).sum();
        let back: i64 = self.possible().map(|ack| back_from(claim, &ack.fact.fact)).sum();
        paid - back >= debt.principal.0
    }

    fn is_disputed(&self, claim: ClaimId) -> bool {
        let opened = self.binding().filter(
            |ack| matches!(ack.fact.fact, Fact::DisputeOpened { claim: disputed, .. } if disputed == claim),
        );
        let said = self.said(|said| matches!(said, Said::Disputes)).filter(|id| self.leads(*id, claim));
        let ended = self.possible().any(
            |ack| matches!(ack.fact.fact, Fact::DisputeResolved { claim: resolved, .. } if resolved == claim),
        );
        // One resolution settles all disputes of a claim: with any on its way nothing can be said.
        opened.count() + said.count() > 0 && !ended
    }

    fn is_held(&self, claim: Option<ClaimId>) -> bool {
        self.binding().filter(|ack| self.is_theirs(ack)).any(|ack| {
            let Fact::HoldPlaced { hold, claim: held, until, .. } = &ack.fact.fact else { return false };
            (held.is_none() || *held == claim) && self.is_in_force(*hold, *until)
        })
    }

    fn is_in_force(&self, hold: HoldId, until: Option<Timestamp>) -> bool {
        let released = |ack: &Acknowledged| matches!(ack.fact.fact, Fact::HoldReleased { hold: freed, .. } if freed == hold);
        until.is_none_or(|until| until > self.submission.at) && !self.possible().any(released)
    }

    fn stop_of_person(&self) -> Option<&'static str> {
        let ceased = |ack: &Acknowledged| matches!(ack.fact.fact, Fact::CeaseRequested { .. });
        if self.binding().any(|ack| self.is_theirs(ack) && ceased(ack)) {
            return Some("asked for no contact");
        }
        if self.binding().any(|ack| self.opts_out(ack)) || self.opted_out_in_a_call() {
            return Some("opted out");
        }
        // No scripted fact releases a hold for hardship.
        self.said(|said| matches!(said, Said::Hardship)).next().is_some().then_some("are in hardship")
    }

    /// An opt-out of a contact point reaches everybody who uses it (inputs, 6).
    fn opts_out(&self, ack: &Acknowledged) -> bool {
        let Fact::OptedOut { scope, .. } = &ack.fact.fact else { return false };
        match scope {
            Scope::Point(point) => {
                let digest =
                    |kind| self.person.keys().point_id(&self.person.tenant, kind, &self.submission.address);
                PointKind::ALL.into_iter().any(|kind| digest(kind) == *point)
            }
            Scope::Channel(channel) => self.is_theirs(ack) && *channel == self.submission.channel,
            Scope::All => self.is_theirs(ack) && !self.consented_since(ack.fact.occurred_at),
        }
    }

    /// A consent for this very channel that was given later lifts an opt-out for all.
    fn consented_since(&self, opted_out_at: Timestamp) -> bool {
        self.possible().filter(|ack| self.is_theirs(ack)).any(|ack| {
            matches!(ack.fact.fact, Fact::ConsentGiven { scope: Scope::Channel(channel), .. }
                if channel == self.submission.channel && ack.fact.occurred_at > opted_out_at)
        })
    }

    fn opted_out_in_a_call(&self) -> bool {
        self.submission.channel == Channel::Call
            && self.said(|said| matches!(said, Said::OptsOut)).next().is_some()
    }

    /// Calls of theirs in which this was said, and noted early enough.
    fn said(&self, what: fn(&Said) -> bool) -> impl Iterator<Item = EscalationId> {
        let latest = self.submission.at.minus(START_WITHIN);
        let stream: StreamId = self.person.stream;
        let noted = self.evidence.seen.noted.iter().filter(move |noted| noted.at < latest);
        noted
            .filter(move |noted| noted.attempt.stream == stream && what(&noted.disposition.said))
            .map(|noted| noted.attempt)
    }

    fn leads(&self, id: EscalationId, claim: ClaimId) -> bool {
        let leg = self.evidence.delivery(id).and_then(|(_, delivery)| delivery.legs.first());
        leg.is_some_and(|leg| leg.claim == claim)
    }
}

/// Whether an acknowledgement stands for something that happened.
const fn counts(ack: &Acknowledged) -> bool {
    match ack.receipt {
        Receipt::Recorded | Receipt::Duplicate | Receipt::Parked => true,
        Receipt::Refused { .. } => false,
    }
}

fn paid_on(claim: ClaimId, fact: &Fact) -> i64 {
    if let Fact::PaymentReceived { claim: paid, amount, .. } = fact
        && *paid == claim
    {
        return amount.0;
    }
    0
}

fn back_from(claim: ClaimId, fact: &Fact) -> i64 {
    if let Fact::PaymentReversed { claim: reversed, amount, .. } = fact
        && *reversed == claim
    {
        return amount.0;
    }
    0
}
