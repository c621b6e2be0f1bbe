//! What made-up people bring about, as the facts that an upstream system would publish.

use std::sync::Arc;

use anyhow::{Context, Result};
use contract::personal::Personal;
use contract::wire::{Addressee, FactMessage};
use domain::channel::{Channel, PointKind};
use domain::fact::{DebtorKind, Fact, Scope};
use domain::label::{Country, CreditorId, Label, Language, TenantId};
use domain::money::{Currency, Minor};
use domain::time::Timestamp;
use domain::zone::ZoneName;
use event_log::keys::Keyring;

use crate::demo::people::{Debt, Person};

/// Makes facts for one tenant.
pub(super) struct FactMaker {
    keyring: Arc<Keyring>,
    tenant: TenantId,
    creditor: CreditorId,
    currency: Currency,
    source: Label,
}

impl FactMaker {
    pub(super) fn new(keyring: Arc<Keyring>, tenant: TenantId, creditor: CreditorId) -> Result<Self> {
        let currency = Currency::new("CHF").context("CHF is a currency")?;
        Ok(Self { keyring, tenant, creditor, currency, source: Label::new("demo")? })
    }

    /// Who somebody is, how they are reached, and what they owe, each at its instant.
    pub(super) fn introduction(&self, person: &Person) -> Vec<(Timestamp, FactMessage)> {
        let Some(first) = person.debts.iter().map(|debt| debt.registered_at).min() else { return Vec::new() };
        let mut told = vec![(first, self.description(person, first))];
        let points = [
            (PointKind::Phone, &person.phone),
            (PointKind::Email, &person.email),
            (PointKind::Messenger, &person.messenger),
        ];
        for (kind, value) in points {
            let Some(value) = value else { continue };
            told.push((first, self.point(person, kind, value, first)));
            if kind == PointKind::Messenger {
                told.push((first, self.consent(person, value, first)));
            }
        }
        told.extend(person.debts.iter().map(|debt| (debt.registered_at, self.claim(person, debt))));
        told
    }

    pub(super) fn payment(
        &self,
        person: &Person,
        debt: &Debt,
        amount: i64,
        at: Timestamp,
        number: u64,
    ) -> FactMessage {
        let claim = self.keyring.claim_id(&self.tenant, &debt.reference);
        let fact = Fact::PaymentReceived { claim, amount: Minor(amount), currency: self.currency };
        self.message(person, &format!("payment-{number}"), at, fact, None)
    }

    pub(super) fn dispute(&self, person: &Person, debt: &Debt, at: Timestamp, number: u64) -> FactMessage {
        let claim = self.keyring.claim_id(&self.tenant, &debt.reference);
        let fact = Fact::DisputeOpened { claim, ground: self.source.clone() };
        let text = Personal::Text { text: "Das habe ich längst gekündigt.".to_owned() };
        self.message(person, &format!("dispute-{number}"), at, fact, Some(text))
    }

    pub(super) fn opt_out(&self, person: &Person, channel: &str, at: Timestamp, number: u64) -> FactMessage {
        let scope = Channel::parse(channel).map_or(Scope::All, Scope::Channel);
        let fact = Fact::OptedOut { scope, source: self.source.clone() };
        let text = Personal::Text { text: "STOPP".to_owned() };
        self.message(person, &format!("opt-out-{number}"), at, fact, Some(text))
    }

    fn description(&self, person: &Person, at: Timestamp) -> FactMessage {
        let fact = Fact::DebtorDescribed {
            zones: person.zones.iter().filter_map(|zone| ZoneName::new(zone)).collect(),
            language: Language::new(person.language),
            kind: DebtorKind::Person,
            country: Country::new("CH"),
        };
        let personal = Personal::Debtor { reference: person.reference.clone(), name: person.name.clone() };
        self.message(person, &format!("person-{}", person.reference), at, fact, Some(personal))
    }

    fn point(&self, person: &Person, kind: PointKind, value: &str, at: Timestamp) -> FactMessage {
        let point = self.keyring.point_id(&self.tenant, kind, value);
        let source = self.source.clone();
        let fact = Fact::ContactPointAdded { point, kind, source, confidence: 80, verified_at: None };
        let id = format!("point-{}-{}", person.reference, kind.as_str());
        self.message(person, &id, at, fact, Some(Personal::Point { value: value.to_owned() }))
    }

    fn consent(&self, person: &Person, value: &str, at: Timestamp) -> FactMessage {
        let point = self.keyring.point_id(&self.tenant, PointKind::Messenger, value);
        let fact = Fact::ConsentGiven { scope: Scope::Point(point), source: self.source.clone() };
        self.message(person, &format!("consent-{}", person.reference), at, fact, None)
    }

    fn claim(&self, person: &Person, debt: &Debt) -> FactMessage {
        let fact = Fact::ClaimRegistered {
            claim: self.keyring.claim_id(&self.tenant, &debt.reference),
            creditor: self.creditor.clone(),
            currency: self.currency,
            principal: Minor(debt.amount_minor),
            interest: Minor::ZERO,
            costs: Minor::ZERO,
            due_at: debt.due_at,
            scenario: None,
        };
        let (reference, description) = (debt.reference.clone(), debt.description.to_owned());
        let personal = Personal::Claim { reference, description };
        self.message(person, &format!("claim-{}", debt.reference), debt.registered_at, fact, Some(personal))
    }

    fn message(
        &self,
        person: &Person,
        id: &str,
        at: Timestamp,
        fact: Fact,
        personal: Option<Personal>,
    ) -> FactMessage {
        FactMessage {
            tenant: self.tenant.clone(),
            addressee: Addressee::Debtor(self.keyring.stream_id(&self.tenant, &person.reference)),
            key: self.keyring.input_id(&self.tenant, self.source.as_str(), id),
            content: self.keyring.content_digest(id.as_bytes()),
            occurred_at: at,
            fact,
            personal,
            trace: None,
        }
    }
}
