//! Small words: names of digests, amounts, channels, contact points, reasons.

use domain::channel::{Channel, PointKind};
use domain::debtor::Debtor;
use domain::event::Leg;
use domain::fact::{DebtorKind, Scope, TaskKind};
use domain::ids::{ClaimId, PointId};
use domain::money::{Currency, Minor};
use domain::rulebook::Rulebook;
use domain::time::Timestamp;
use domain::zone::ZoneName;

/// The beginning of a digest, enough to tell one debtor's things apart.
pub(super) fn short(digest: impl std::fmt::Display) -> String {
    digest.to_string().chars().take(8).collect()
}

/// The end of a hold's or promise's id: what a reply or call set off is named after it, and begins alike.
pub(super) fn end(id: impl std::fmt::Display) -> String {
    let digits = id.to_string();
    digits.chars().skip(digits.chars().count().saturating_sub(8)).collect()
}

/// A claim by its name here.
pub(super) fn claim(id: ClaimId) -> String {
    format!("claim {}", short(id))
}

/// An amount.
pub(super) fn money(currency: Currency, amount: Minor) -> String {
    format!("{} {currency}", currency.write(amount))
}

/// An amount in the currency of a claim.
pub(super) fn amount(debtor: &Debtor, id: ClaimId, amount: Minor) -> String {
    match debtor.claim(id) {
        Some(claim) => money(claim.currency, amount),
        None => format!("{} minor units", amount.0),
    }
}

/// What is owed on a claim, as the end of a sentence.
pub(super) fn owed(debtor: &Debtor, id: ClaimId) -> String {
    let Some(claim) = debtor.claim(id) else { return "the claim is not known yet".to_owned() };
    let owed = claim.balance.owed();
    match owed.0 {
        0 => "nothing is owed".to_owned(),
        1.. => format!("{} are owed", amount(debtor, id, owed)),
        i64::MIN..=-1 => format!("it is overpaid by {}", amount(debtor, id, Minor::ZERO.minus(owed))),
    }
}

/// A channel as part of a sentence.
pub(super) const fn over(channel: Channel) -> &'static str {
    match channel {
        Channel::Call => "by phone call",
        Channel::Sms => "by SMS",
        Channel::Email => "by e-mail",
        Channel::Social => "by messenger",
        Channel::Letter => "by letter",
    }
}

/// A kind of contact point as a noun.
pub(super) const fn point_noun(kind: PointKind) -> &'static str {
    match kind {
        PointKind::Phone => "phone number",
        PointKind::Email => "e-mail address",
        PointKind::Messenger => "messenger handle",
        PointKind::Postal => "postal address",
    }
}

/// A contact point by its name here.
pub(super) fn point(debtor: &Debtor, id: PointId) -> String {
    let noun = debtor.point(id).map_or("contact point", |point| point_noun(point.kind));
    format!("{noun} {}", short(id))
}

/// What a consent or an opt-out covers.
pub(super) fn scope(debtor: &Debtor, scope: Scope) -> String {
    match scope {
        Scope::Point(id) => format!("at {}", point(debtor, id)),
        Scope::Channel(channel) => over(channel).to_owned(),
        Scope::All => "on any channel".to_owned(),
    }
}

/// The claims of a contact with their steps, the leading one first.
pub(super) fn legs(debtor: &Debtor, rulebook: Option<&Rulebook>, legs: &[Leg]) -> String {
    let one = |leg: &Leg| format!("{} ({})", claim(leg.claim), step(debtor, rulebook, leg.claim, leg.step));
    list(legs.iter().map(one))
}

/// A step by its name, or by its number where the rulebook does not have it any more.
pub(super) fn step(debtor: &Debtor, rulebook: Option<&Rulebook>, id: ClaimId, step: u16) -> String {
    let progress = debtor.claim(id).and_then(|claim| claim.progress.as_ref());
    let scenario = progress.zip(rulebook).and_then(|(p, rulebook)| rulebook.scenario(&p.scenario, p.version));
    match scenario.and_then(|scenario| scenario.steps.get(usize::from(step))) {
        Some(found) => format!("step {}", found.step),
        None => format!("step {}", u32::from(step) + 1),
    }
}

/// What a person has to look at.
pub(super) const fn task(task: TaskKind) -> &'static str {
    match task {
        TaskKind::LadderEnded => "the ladder is at its end and the claim is open",
        TaskKind::ZoneMissing => "no time zone of the debtor is known, so nobody may contact them",
        TaskKind::RulebookGap => {
            "the scenario, the step or the words are not in the rulebook, or never allowed"
        }
        TaskKind::Answer => "the debtor wrote or asked something and waits for an answer",
        TaskKind::Review => "the debtor says something that a person must review",
        TaskKind::NotAllowed => "a provider refused the words, the sender or the account",
        TaskKind::Quarantined => "an input of this debtor could not be processed",
    }
}

/// Kind of person or body.
pub(super) const fn debtor_kind(kind: DebtorKind) -> &'static str {
    match kind {
        DebtorKind::Person => "a person",
        DebtorKind::Company => "a company",
        DebtorKind::PublicBody => "a public body",
    }
}

/// The zones that the debtor may be in.
pub(super) fn zones(zones: &[ZoneName]) -> String {
    if zones.is_empty() { "no zone known".to_owned() } else { list(zones.iter().map(ToString::to_string)) }
}

/// The local time in each zone that the debtor may be in.
pub(super) fn local(debtor: &Debtor, rulebook: Option<&Rulebook>, at: Timestamp) -> Vec<String> {
    let zones = debtor.profile.as_ref().map_or(&[][..], |profile| profile.zones.as_slice());
    let shown = |name: &ZoneName| {
        let local = rulebook?.zones.get(name)?.local(at);
        Some(format!("{:?} {} {} in {name}", local.date.weekday(), local.date, local.time_of_day))
    };
    zones.iter().filter_map(shown).collect()
}

/// Words in a row.
pub(super) fn list(words: impl Iterator<Item = String>) -> String {
    words.collect::<Vec<_>>().join(", ")
}
