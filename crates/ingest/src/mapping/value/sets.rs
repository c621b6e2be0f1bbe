//! Words from closed sets.

use domain::channel::{Channel, PointKind};
use domain::fact::{Component, DebtorKind, Direction, DisputeEnd, Invalidity, TaskKind};

use crate::problem::Unfit;
use crate::suggest;

/// What a consent or an opt-out covers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::mapping) enum ScopeKind {
    /// Every channel.
    All,
    /// One channel.
    Channel,
    /// One contact point.
    Point,
}

/// What a hold covers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::mapping) enum Covers {
    /// One claim.
    Claim,
    /// All of the debtor's.
    Debtor,
}

/// A kind of debtor.
pub(in crate::mapping) fn debtor_kind(text: &str) -> Result<DebtorKind, Unfit> {
    let all = [
        ("person", DebtorKind::Person),
        ("company", DebtorKind::Company),
        ("public_body", DebtorKind::PublicBody),
    ];
    one_of(text, &all)
}

/// A kind of contact point.
pub(in crate::mapping) fn point_kind(text: &str) -> Result<PointKind, Unfit> {
    one_of(text, &PointKind::ALL.map(|kind| (kind.as_str(), kind)))
}

/// A channel.
pub(in crate::mapping) fn channel(text: &str) -> Result<Channel, Unfit> {
    one_of(text, &Channel::ALL.map(|channel| (channel.as_str(), channel)))
}

/// Why a contact point is bad.
pub(in crate::mapping) fn invalidity(text: &str) -> Result<Invalidity, Unfit> {
    let all = [
        ("undeliverable", Invalidity::Undeliverable),
        ("wrong_person", Invalidity::WrongPerson),
        ("retracted", Invalidity::Retracted),
    ];
    one_of(text, &all)
}

/// A component of a claim.
pub(in crate::mapping) fn component(text: &str) -> Result<Component, Unfit> {
    let all =
        [("principal", Component::Principal), ("interest", Component::Interest), ("costs", Component::Costs)];
    one_of(text, &all)
}

/// How a dispute ended.
pub(in crate::mapping) fn dispute_end(text: &str) -> Result<DisputeEnd, Unfit> {
    one_of(text, &[("rejected", DisputeEnd::Rejected), ("upheld", DisputeEnd::Upheld)])
}

/// Who began a contact.
pub(in crate::mapping) fn direction(text: &str) -> Result<Direction, Unfit> {
    one_of(text, &[("inbound", Direction::Inbound), ("outbound", Direction::Outbound)])
}

/// Yes or no.
pub(in crate::mapping) fn flag(text: &str) -> Result<bool, Unfit> {
    one_of(text, &[("true", true), ("false", false)])
}

/// What a consent or an opt-out covers.
pub(in crate::mapping) fn scope(text: &str) -> Result<ScopeKind, Unfit> {
    one_of(text, &[("all", ScopeKind::All), ("channel", ScopeKind::Channel), ("point", ScopeKind::Point)])
}

/// What a hold covers.
pub(in crate::mapping) fn covers(text: &str) -> Result<Covers, Unfit> {
    one_of(text, &[("claim", Covers::Claim), ("debtor", Covers::Debtor)])
}

/// What a task asked for.
pub(in crate::mapping) fn task(text: &str) -> Result<TaskKind, Unfit> {
    let all = [
        ("ladder_ended", TaskKind::LadderEnded),
        ("zone_missing", TaskKind::ZoneMissing),
        ("rulebook_gap", TaskKind::RulebookGap),
        ("answer", TaskKind::Answer),
        ("review", TaskKind::Review),
        ("not_allowed", TaskKind::NotAllowed),
        ("quarantined", TaskKind::Quarantined),
    ];
    one_of(text, &all)
}

fn one_of<T: Copy>(text: &str, all: &[(&'static str, T)]) -> Result<T, Unfit> {
    let found = all.iter().find(|(name, _)| *name == text);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
        let near = suggest::nearest(text, names.iter().copied());
        let hint = near.map(|near| format!(" (did you mean {near}?)")).unwrap_or_default();
        Unfit::new("is none of the known words", format!("write one of: {}{hint}", names.join(", ")))
    })
}
