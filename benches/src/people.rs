//! Made-up debtors and what upstream states of them.

use std::sync::Arc;

use anyhow::{Context, Result};
use contract::personal::Personal;
use contract::wire::{Addressee, FactMessage};
use domain::channel::PointKind;
use domain::fact::{DebtorKind, Fact};
use domain::ids::{ClaimId, StreamId};
use domain::label::{CreditorId, Label, TenantId};
use domain::money::{Currency, Minor};
use domain::time::Timestamp;
use domain::zone::ZoneName;
use event_log::keys::Keyring;

use crate::rules::{TENANT, ZONE};

/// Facts that register one debtor: who, two contact points, one claim.
pub const REGISTRATION: usize = 4;

/// Makes them, all of one tenant.
#[derive(Clone)]
pub struct People {
    keys: Arc<Keyring>,
    tenant: TenantId,
    zone: ZoneName,
    label: Label,
    creditor: CreditorId,
    currency: Currency,
    partitions: u16,
}

/// One of them.
#[derive(Clone)]
pub struct Person {
    /// The reference, which is the name as well.
    pub name: String,
    /// The debtor.
    pub stream: StreamId,
    /// The partition.
    pub partition: u16,
    claim: ClaimId,
}

impl People {
    /// Of a log with these keys and so many partitions.
    ///
    /// # Errors
    /// Never, unless a constant here is wrong.
    pub fn new(keys: &Arc<Keyring>, partitions: u16) -> Result<Self> {
        Ok(Self {
            keys: Arc::clone(keys),
            tenant: TenantId::new(TENANT)?,
            zone: ZoneName::new(ZONE).context("a zone's name")?,
            label: Label::new("measured")?,
            creditor: CreditorId::new("town")?,
            currency: Currency::new("EUR").context("a currency")?,
            partitions,
        })
    }

    /// The debtor of this number.
    pub fn person(&self, number: usize) -> Person {
        let name = format!("D{number:08}");
        let stream = self.keys.stream_id(&self.tenant, &name);
        let claim = self.keys.claim_id(&self.tenant, &claim_of(&name));
        Person { stream, partition: self.keys.partition_of(stream, self.partitions), claim, name }
    }

    /// Who it is, and two contact points.
    pub fn described(&self, person: &Person) -> [FactMessage; 3] {
        let (zones, kind) = (vec![self.zone.clone()], DebtorKind::Person);
        let fact = Fact::DebtorDescribed { zones, language: None, kind, country: None };
        let personal = Personal::Debtor { reference: person.name.clone(), name: person.name.clone() };
        let digits = person.name.trim_start_matches('D');
        [
            self.fact(person, "described", fact, Some(personal)),
            self.point(person, PointKind::Phone, format!("+417{digits}")),
            self.point(person, PointKind::Email, format!("{}@example.org", person.name)),
        ]
    }

    /// The one claim.
    pub fn registered(&self, person: &Person, due_at: Timestamp) -> FactMessage {
        let fact = Fact::ClaimRegistered {
            claim: person.claim,
            creditor: self.creditor.clone(),
            currency: self.currency,
            principal: Minor(10_000),
            interest: Minor::ZERO,
            costs: Minor::ZERO,
            due_at,
            scenario: None,
        };
        let personal =
            Personal::Claim { reference: claim_of(&person.name), description: "parking".to_owned() };
        self.fact(person, "registered", fact, Some(personal))
    }

    /// A tenth of the claim.
    pub fn paid(&self, person: &Person) -> FactMessage {
        let (claim, amount) = (person.claim, Minor(1_000));
        let fact = Fact::PaymentReceived { claim, amount, currency: self.currency };
        self.fact(person, "paid", fact, None)
    }

    /// Somebody looks into it.
    pub fn held(&self, person: &Person) -> FactMessage {
        let hold = self.keys.hold_id(&self.tenant, &person.name);
        let (reason, actor) = (self.label.clone(), self.label.clone());
        self.fact(person, "held", Fact::HoldPlaced { hold, claim: None, reason, actor, until: None }, None)
    }

    fn point(&self, person: &Person, kind: PointKind, value: String) -> FactMessage {
        let point = self.keys.point_id(&self.tenant, kind, &value);
        let source = self.label.clone();
        let fact = Fact::ContactPointAdded { point, kind, source, confidence: 90, verified_at: None };
        let id = if kind == PointKind::Phone { "phone" } else { "email" };
        self.fact(person, id, fact, Some(Personal::Point { value }))
    }

    fn fact(&self, person: &Person, id: &str, fact: Fact, personal: Option<Personal>) -> FactMessage {
        let key = format!("{} {id}", person.name);
        FactMessage {
            tenant: self.tenant.clone(),
            addressee: Addressee::Debtor(person.stream),
            key: self.keys.input_id(&self.tenant, "bench", &key),
            content: self.keys.content_digest(key.as_bytes()),
            occurred_at: Timestamp(1_772_409_600_000),
            fact,
            personal,
            trace: None,
        }
    }
}

/// The reference of a debtor's claim.
pub fn claim_of(name: &str) -> String {
    format!("R-{name}")
}
