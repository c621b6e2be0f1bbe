//! Each fact in a sentence.

use domain::channel::Channel;
use domain::debtor::Debtor;
use domain::fact::{Component, Direction, DisputeEnd, Fact};
use domain::ids::ClaimId;
use domain::inbound::InboundClass;
use domain::label::Label;
use domain::money::Minor;
use domain::time::Timestamp;

use super::super::person;
use super::super::words::{amount, claim, end, money, over, owed, point_noun, scope, short, task};
use super::start;

/// Tells a fact; the state is the one after it.
pub(super) fn tell(fact: &Fact, after: &Debtor) -> String {
    match fact {
        Fact::DebtorDescribed { .. } => described(after),
        Fact::ContactPointAdded { point, kind, source, confidence, .. } => {
            let noun = start(point_noun(*kind));
            format!("{noun} {} is given by {source}, with a confidence of {confidence}.", short(point))
        }
        Fact::ContactPointInvalidated { point, reason } => {
            format!("Contact point {} can't be used any more: {}.", short(point), person::invalidity(*reason))
        }
        Fact::ClaimRegistered { claim: id, creditor, due_at, .. } => {
            format!(
                "{} of creditor {creditor} is registered, due {due_at}: {}.",
                named(*id),
                owed(after, *id)
            )
        }
        Fact::ClaimAmended { claim: id, principal, currency } => {
            balance(after, *id, &money(*currency, *principal), "are the principal now")
        }
        Fact::ChargeAdded { claim: id, component, amount: more, currency } => {
            balance(after, *id, &money(*currency, *more), charged(*component))
        }
        Fact::PaymentReceived { claim: id, amount: paid, currency } => {
            balance(after, *id, &money(*currency, *paid), "were paid")
        }
        Fact::PaymentReversed { claim: id, amount: paid, currency } => {
            balance(after, *id, &money(*currency, *paid), "that had been paid went back")
        }
        Fact::ClaimWithdrawn { claim: id, reason } => {
            format!("{} is withdrawn ({reason}): nobody is contacted about it any more.", named(*id))
        }
        Fact::ClaimHandedOver { claim: id, to } => {
            format!("{} is handed over to {to}: nobody is contacted about it any more.", named(*id))
        }
        Fact::DisputeOpened { claim: id, ground } => {
            format!("{} is disputed ({ground}): its steps are suspended.", named(*id))
        }
        Fact::DisputeResolved { claim: id, end } => {
            format!("All disputes of {} are settled: {}.", claim(*id), dispute_end(*end))
        }
        Fact::HoldPlaced { hold, claim: about, reason, actor, until } => {
            let about = about.map_or("the debtor".to_owned(), claim);
            let until = until.map_or("until it is released".to_owned(), |until| format!("until {until}"));
            format!("{actor} puts {about} on hold ({reason}, hold {}) {until}.", end(hold))
        }
        Fact::HoldReleased { hold, actor } => format!("{actor} releases hold {}.", end(hold)),
        Fact::PromiseMade { claim: id, amount: promised, due_at, source, .. } => {
            promise(after, *id, *promised, *due_at, source)
        }
        Fact::ConsentGiven { scope: where_to, source } => {
            format!("The debtor agrees to be contacted {} ({source}).", scope(after, *where_to))
        }
        Fact::OptedOut { scope: where_to, source } => {
            format!("The debtor does not want to be contacted {} ({source}).", scope(after, *where_to))
        }
        Fact::CeaseRequested { source } => {
            format!("The debtor asks for no contact whatsoever ({source}): nobody contacts them any more.")
        }
        Fact::ContactMade { channel, direction, right_party } => contact(*channel, *direction, *right_party),
        Fact::TaskDone { task: kind, actor } => format!("{actor} has looked at this task: {}.", task(*kind)),
        Fact::MessageReceived { channel, point, class } => {
            format!("A message came {} from {}: {}.", over(*channel), short(point), is_about(*class))
        }
    }
}

/// What a message that came in is about.
const fn is_about(class: InboundClass) -> &'static str {
    match class {
        InboundClass::Stop => "no more messages there, please",
        InboundClass::WrongPerson => "whoever wrote is not the debtor",
        InboundClass::Question => "a question",
        InboundClass::Promise => "the debtor will pay some day",
        InboundClass::Dispute => "the debtor does not owe it, or not like this",
        InboundClass::PaymentClaimed => "the debtor has paid already",
        InboundClass::Hardship => "the debtor can't pay",
        InboundClass::Abuse => "it insults or threatens",
        InboundClass::Unclear => "a person must read what it is about",
    }
}

fn named(id: ClaimId) -> String {
    start(&claim(id))
}

const fn charged(component: Component) -> &'static str {
    match component {
        Component::Principal => "more are owed as principal",
        Component::Interest => "more are owed as interest",
        Component::Costs => "more are owed as costs",
    }
}

const fn dispute_end(end: DisputeEnd) -> &'static str {
    match end {
        DisputeEnd::Rejected => "the claim stands",
        DisputeEnd::Upheld => "the debtor was right",
    }
}

/// The debtor as the fact left them.
fn described(after: &Debtor) -> String {
    format!("The debtor is described: {}.", person::profile(after.profile.as_ref()))
}

/// What a fact about money did to a claim.
fn balance(after: &Debtor, id: ClaimId, money: &str, verb: &str) -> String {
    format!("{money} {verb} on {}: {}.", claim(id), owed(after, id))
}

fn contact(channel: Channel, direction: Direction, right_party: bool) -> String {
    let who = match direction {
        Direction::Inbound => "The debtor's side began a contact",
        Direction::Outbound => "A contact was made outside Mahnwerk, which counts for the caps,",
    };
    let reached = if right_party { "the debtor in person was reached" } else { "the debtor was not reached" };
    format!("{who} {}: {reached}.", over(channel))
}

fn promise(after: &Debtor, id: ClaimId, promised: Minor, due_at: Timestamp, source: &Label) -> String {
    let money = amount(after, id, promised);
    format!("The debtor promised {money} on {} by {due_at} ({source}): contact about it waits.", claim(id))
}
