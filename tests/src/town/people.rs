//! Made-up debtors, and the facts about one.

use std::sync::Arc;

use contract::personal::Personal;
use contract::wire::{Addressee, FactMessage};
use domain::channel::{Channel, PointKind};
use domain::fact::{DebtorKind, Fact, Scope};
use domain::ids::{ClaimId, StreamId};
use domain::label::{CreditorId, Label, Language, TenantId};
use domain::money::{Currency, Minor};
use domain::time::{Span, Timestamp};
use domain::zone::ZoneName;
use event_log::keys::Keyring;

use crate::draw::Draw;

/// One claim of a debtor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Debt {
    /// Its digest.
    pub claim: ClaimId,
    /// Its number at the creditor's.
    pub reference: String,
    /// What is owed at first.
    pub principal: Minor,
    /// When upstream tells of it.
    pub told_at: Timestamp,
    /// When it falls due.
    pub due_at: Timestamp,
}

/// A debtor.
#[derive(Clone)]
pub struct Person {
    keys: Arc<Keyring>,
    /// The tenant.
    pub tenant: TenantId,
    /// The number at the tenant's.
    pub reference: String,
    /// The stream.
    pub stream: StreamId,
    /// Every zone that they may be in; none if nobody knows.
    pub zones: &'static [&'static str],
    /// Addresses by kind.
    pub points: Vec<(PointKind, String)>,
    /// When upstream first tells of them.
    pub known_from: Timestamp,
    /// What they owe.
    pub debts: Vec<Debt>,
}

/// Makes so many debtors; those of the same seed are the same.
pub fn people(
    keys: &Arc<Keyring>,
    tenant: &TenantId,
    seed: u64,
    count: u64,
    start: Timestamp,
) -> Vec<Person> {
    (0..count).map(|number| person(keys, tenant, Draw::new(seed, number), number, start)).collect()
}

fn person(keys: &Arc<Keyring>, tenant: &TenantId, mut draw: Draw, number: u64, start: Timestamp) -> Person {
    let reference = format!("D-{number:03}");
    // Every tenth one has no zone; some may be in two, of which one pair never has a common hour for calls.
    let zones: &[&str] = match number % 10 {
        0 => &[],
        1 | 2 => &["Europe/Zurich", "Europe/London"],
        3 => &["Europe/Zurich", "America/New_York"],
        _ => &["Europe/Zurich"],
    };
    // The debtors 7 and 8, 17 and 18 … share a phone.
    let household = if number % 10 == 8 { number - 1 } else { number };
    let mut points = Vec::new();
    if number % 9 != 4 {
        points.push((PointKind::Phone, format!("+4179{household:07}")));
    }
    if number % 7 != 5 {
        points.push((PointKind::Email, format!("d{number}@example.org")));
    }
    if draw.percent(50) {
        points.push((PointKind::Messenger, format!("+4178{number:07}")));
    }
    let debts = (0..draw.between(1, 2)).map(|index| debt(keys, tenant, &mut draw, number, index, start));
    let debts: Vec<Debt> = debts.collect();
    // Who shares a phone is known before anybody can opt out of it.
    let shares = matches!(number % 10, 7 | 8);
    let first_told = debts.iter().map(|debt| debt.told_at).min().filter(|_| !shares);
    let known_from = first_told.map_or(start, |told_at| told_at.minus(Span::minutes(50)));
    let stream = keys.stream_id(tenant, &reference);
    Person {
        keys: Arc::clone(keys),
        tenant: tenant.clone(),
        reference,
        stream,
        zones,
        points,
        known_from,
        debts,
    }
}

fn debt(
    keys: &Keyring,
    tenant: &TenantId,
    draw: &mut Draw,
    number: u64,
    index: i64,
    start: Timestamp,
) -> Debt {
    let reference = format!("C-{number:03}-{index}");
    let told_at = start.plus(Span::minutes(draw.between(60, (8 + 6 * index) * 1_440)));
    Debt {
        claim: keys.claim_id(tenant, &reference),
        reference,
        principal: Minor(draw.between(50, 900) * 100),
        told_at,
        due_at: told_at.plus(Span::hours(draw.between(-150, 48))),
    }
}

impl Person {
    /// A fact of theirs, recognised by `id`.
    pub fn fact(&self, id: &str, at: Timestamp, fact: Fact, personal: Option<Personal>) -> FactMessage {
        FactMessage {
            tenant: self.tenant.clone(),
            addressee: Addressee::Debtor(self.stream),
            key: self.keys.input_id(&self.tenant, "upstream", &format!("{} {id}", self.reference)),
            content: self.keys.content_digest(format!("{fact:?}").as_bytes()),
            occurred_at: at,
            fact,
            personal,
            trace: None,
        }
    }

    /// Who they are, how they are reached and what they owe, each at its instant.
    pub fn introduction(&self) -> Vec<(Timestamp, FactMessage)> {
        let first = self.known_from;
        let mut facts = vec![(first, self.described(first))];
        facts.extend(self.points.iter().map(|(kind, value)| (first, self.point(first, *kind, value))));
        let scope = Scope::Channel(Channel::Social);
        let consent = Fact::ConsentGiven { scope, source: label("form") };
        facts.push((first, self.fact("consent", first, consent, None)));
        facts.extend(self.debts.iter().map(|debt| (debt.told_at, self.registered(debt))));
        facts
    }

    fn described(&self, at: Timestamp) -> FactMessage {
        let zones = self.zones.iter().filter_map(|zone| ZoneName::new(zone)).collect();
        let fact = Fact::DebtorDescribed {
            zones,
            language: Language::new("de"),
            kind: DebtorKind::Person,
            country: None,
        };
        let name = format!("Person {}", self.reference);
        self.fact("described", at, fact, Some(Personal::Debtor { reference: self.reference.clone(), name }))
    }

    fn point(&self, at: Timestamp, kind: PointKind, value: &str) -> FactMessage {
        let point = self.keys.point_id(&self.tenant, kind, value);
        let source = label("register");
        let fact = Fact::ContactPointAdded { point, kind, source, confidence: 90, verified_at: None };
        self.fact(kind.as_str(), at, fact, Some(Personal::Point { value: value.to_owned() }))
    }

    #[expect(clippy::unwrap_used, reason = "constants that a first run shows to be right")]
    fn registered(&self, debt: &Debt) -> FactMessage {
        let fact = Fact::ClaimRegistered {
            claim: debt.claim,
            creditor: CreditorId::new("steueramt").unwrap(),
            currency: Currency::new("CHF").unwrap(),
            principal: debt.principal,
            interest: Minor::ZERO,
            costs: Minor::ZERO,
            due_at: debt.due_at,
            scenario: None,
        };
        let description = "Hundesteuer".to_owned();
        let personal = Personal::Claim { reference: debt.reference.clone(), description };
        self.fact(&debt.reference, debt.told_at, fact, Some(personal))
    }

    /// The keys that name them.
    pub const fn keys(&self) -> &Arc<Keyring> {
        &self.keys
    }
}

/// A label that is known to be one.
#[expect(clippy::unwrap_used, reason = "constants that a first run shows to be right")]
pub fn label(text: &str) -> Label {
    Label::new(text).unwrap()
}
