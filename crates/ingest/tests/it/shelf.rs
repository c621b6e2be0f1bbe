//! An archive that is made up: one debtor of one tenant, two tenants' events, one input that waits.

use async_trait::async_trait;
use domain::claim::{Balance, Claim};
use domain::debtor::Debtor;
use domain::hold::Hold;
use domain::ids::{HoldId, InputId, Position};
use domain::label::{CreditorId, Label, TenantId};
use domain::money::Currency;
use domain::time::Timestamp;
use ingest::archive::{Archive, ArchiveError, EventsPage, EventsWanted, PauseView, WaitingView, Whose};
use serde_json::{Value, json};

use crate::support::keyring;

/// The input that waits, of tenant `stadt`.
pub(crate) const WAITING: InputId = InputId::new([0xab; 16]);
/// The hold that Mahnwerk placed itself.
pub(crate) const HOLD: HoldId = HoldId::new([0x3f; 16]);

pub(crate) struct Shelf;

fn waiting() -> WaitingView {
    WaitingView {
        key: WAITING.to_string(),
        since: Timestamp(0).to_string(),
        age_s: 1,
        tenant: Some("stadt".into()),
        kind: Some("payment_received".into()),
        waits_for: "an operator".into(),
        remedy: "try it again".into(),
    }
}

fn debtor(tenant: &TenantId) -> Debtor {
    let mut debtor = Debtor::new(tenant.clone());
    let label = |text| Label::new(text).unwrap();
    debtor.holds.push(Hold {
        hold: HOLD,
        claim: None,
        reason: label("hardship"),
        actor: label("mahnwerk"),
        since: Timestamp(0),
        until: None,
    });
    debtor.claims = [("R-9", false), ("R-8", true)]
        .into_iter()
        .map(|(reference, settled)| Claim {
            claim: keyring().claim_id(tenant, reference),
            creditor: CreditorId::new("werke").unwrap(),
            currency: Currency::CHF,
            balance: Balance::default(),
            due_at: Timestamp(0),
            recorded_at: Position(1),
            settled,
            closed: None,
            disputes: 0,
            level: None,
            progress: None,
        })
        .collect();
    debtor
}

#[async_trait]
impl Archive for Shelf {
    async fn state(&self, whose: &Whose) -> Result<Debtor, ArchiveError> {
        match whose.debtor.as_str() {
            "K-17" => Ok(debtor(&whose.tenant)),
            _ => Err(ArchiveError::Unknown("there is no such debtor".into())),
        }
    }

    async fn why(&self, whose: &Whose, at: Option<Timestamp>) -> Result<Value, ArchiveError> {
        self.state(whose).await?;
        Ok(json!({ "tenant": whose.tenant.as_str(), "at": at.map(|at| at.to_string()) }))
    }

    async fn events(&self, wanted: &EventsWanted) -> Result<EventsPage, ArchiveError> {
        let tenants =
            wanted.tenants.as_ref().map(|ours| ours.iter().map(TenantId::as_str).collect::<Vec<_>>());
        let asked = json!({ "tenants": tenants, "kinds": wanted.kinds, "limit": wanted.limit });
        Ok(EventsPage { events: vec![asked], next: wanted.after + 1, more: false })
    }

    async fn event(&self, _partition: u16, position: u64) -> Result<Value, ArchiveError> {
        Ok(json!({ "tenant": if position == 1 { "stadt" } else { "dorf" } }))
    }

    async fn pauses(&self) -> Result<Vec<PauseView>, ArchiveError> {
        let of = |tenant: Option<&str>| PauseView {
            tenant: tenant.map(str::to_owned),
            channel: None,
            since: Timestamp(0).to_string(),
            reason: "outage".into(),
            actor: "olga".into(),
        };
        Ok(vec![of(None), of(Some("stadt")), of(Some("dorf"))])
    }

    async fn parked(&self, _limit: u32) -> Result<Vec<WaitingView>, ArchiveError> {
        Ok(Vec::new())
    }

    async fn quarantined(&self, _limit: u32) -> Result<Vec<WaitingView>, ArchiveError> {
        Ok(vec![waiting()])
    }

    async fn content(&self, key: InputId) -> Result<Value, ArchiveError> {
        match key {
            WAITING => Ok(json!({ "kind": "payment_received" })),
            _ => Err(ArchiveError::Unknown("no input with this key waits".into())),
        }
    }

    async fn verify(&self) -> Result<Value, ArchiveError> {
        Err(ArchiveError::Unavailable("somebody else has the log checked just now".into()))
    }

    async fn rulebook(&self) -> Result<Value, ArchiveError> {
        Ok(json!({ "tenants": [{ "tenant": "stadt" }, { "tenant": "dorf" }] }))
    }
}
