//! Inputs that wait: for a claim, for somebody who uses a contact point, or for an operator.
//!
//! Each row is opened to say which kind of fact it is and what it waits for; what it says otherwise stays closed, unless
//! [`content()`] is asked for it.

use contract::personal::Personal;
use contract::wire::{About, Addressee, FactMessage, OutcomeMessage, WaitingInput};
use domain::event::Event;
use domain::ids::InputId;
use event_log::record::ParkedRow;
use event_log::seal::{self, ParkedPlace};
use ingest::archive::{ArchiveError, WaitingView};
use serde_json::{Value, json};

use super::{Read, unavailable};
use crate::house::House;
use crate::why;

/// Under this digest, which is no claim's, lies what could not be processed.
const QUARANTINE: [u8; 16] = [0; 16];
/// What a provider's report is called among kinds of facts.
const REPORT: &str = "report";
/// Most rows that are looked at for one answer.
const MAX_ROWS: u32 = 10_000;

/// What waits until it is addressed.
pub(super) async fn parked(house: &House, limit: u32) -> Read<Vec<WaitingView>> {
    let mut rows = rows(house, None, MAX_ROWS).await?;
    rows.retain(|(_, row)| row.claim != QUARANTINE);
    views(house, rows, limit).await
}

/// What could not be processed.
pub(super) async fn quarantined(house: &House, limit: u32) -> Read<Vec<WaitingView>> {
    let rows = rows(house, Some(QUARANTINE), limit).await?;
    views(house, rows, limit).await
}

/// What one of them says, in clear.
pub(super) async fn content(house: &House, key: InputId) -> Read<Value> {
    for partition in 0..house.log.partitions() {
        let row = house.log.parked_input(partition, key).await.map_err(|error| unavailable(&error))?;
        if let Some(row) = row {
            let input = open(house, partition, &row).ok_or_else(|| {
                ArchiveError::Unavailable("it can't be read by this release, or with these keys".into())
            })?;
            return Ok(match input {
                WaitingInput::Fact(message) => fact_in_clear(message),
                WaitingInput::Report(message) => report_in_clear(message),
            });
        }
    }
    Err(ArchiveError::Unknown("no input with this key waits".into()))
}

fn fact_in_clear(message: FactMessage) -> Value {
    json!({
        "tenant": message.tenant.as_str(),
        "kind": message.fact.name(),
        "occurred_at": message.occurred_at.to_string(),
        "fact": replay::jsonl::event_object(&Event::Fact(message.fact)),
        "personal": message.personal.map(personal),
    })
}

fn report_in_clear(message: OutcomeMessage) -> Value {
    json!({
        "tenant": message.tenant.map(|tenant| tenant.to_string()),
        "kind": REPORT,
        "at": message.report.at.to_string(),
        "outcome": message.report.outcome.name(),
        "personal": message.personal.map(personal),
    })
}

async fn rows(house: &House, claim: Option<[u8; 16]>, limit: u32) -> Read<Vec<(u16, ParkedRow)>> {
    let mut all = Vec::new();
    for partition in 0..house.log.partitions() {
        let rows = house.log.parked(partition, claim, limit).await.map_err(|error| unavailable(&error))?;
        all.extend(rows.into_iter().map(|row| (partition, row)));
    }
    all.sort_by_key(|(_, row)| (row.since, row.key));
    Ok(all)
}

async fn views(house: &House, rows: Vec<(u16, ParkedRow)>, limit: u32) -> Read<Vec<WaitingView>> {
    let now = why::present(house).await.map_err(|error| unavailable(&error))?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let view = |(partition, row): (u16, ParkedRow)| {
        let input = open(house, partition, &row);
        let (tenant, kind) = match &input {
            Some(WaitingInput::Fact(fact)) => (Some(fact.tenant.to_string()), Some(fact.fact.name())),
            Some(WaitingInput::Report(report)) => {
                (report.tenant.as_ref().map(ToString::to_string), Some(REPORT))
            }
            None => (None, None),
        };
        let (waits_for, remedy) = reason(&row, input.as_ref());
        WaitingView {
            key: row.key.to_string(),
            since: row.since.to_string(),
            age_s: now.since(row.since).0 / 1_000,
            tenant,
            kind: kind.map(str::to_owned),
            waits_for,
            remedy,
        }
    };
    Ok(rows.into_iter().take(limit).map(view).collect())
}

/// What it waits for, and what to do about it.
fn reason(row: &ParkedRow, input: Option<&WaitingInput>) -> (String, String) {
    let key = row.key;
    let give_up = format!("`mahnwerk quarantine drop {key} --reason NAME` gives it up");
    if row.claim == QUARANTINE {
        let remedy = format!("mend the cause, then `mahnwerk quarantine retry {key}`; {give_up}");
        return ("an operator: it could not be processed".into(), remedy);
    }
    let digits = short(&row.claim);
    let (waits_for, remedy) = match input {
        Some(WaitingInput::Fact(fact)) => match fact.addressee {
            Addressee::OwnerOf(_) => (format!("claim {digits} to be registered"), "register the claim"),
            Addressee::UsersOf(_) => {
                (format!("a debtor who uses contact point {digits}"), "add the contact point to its debtor")
            }
            Addressee::Debtor(_) => (format!("what {digits} stands for"), "try it again"),
        },
        Some(WaitingInput::Report(report)) => match report.about {
            About::Message(_) => (
                format!("the outcome that names message {digits} of the provider's"),
                "it counts once that outcome comes",
            ),
            About::Attempt(_) => (format!("what {digits} stands for"), "try it again"),
        },
        None => (format!("what {digits} stands for"), "it does not open with these keys"),
    };
    (waits_for, format!("{remedy}; {give_up}"))
}

fn open(house: &House, partition: u16, row: &ParkedRow) -> Option<WaitingInput> {
    let place = ParkedPlace { partition, claim: row.claim, key: row.key };
    let plain = seal::open_parked(&house.keyring, place, &row.sealed).ok()?;
    contract::codec::decode_waiting(&plain).ok()
}

fn personal(personal: Personal) -> Value {
    match personal {
        Personal::Debtor { reference, name } => json!({ "reference": reference, "name": name }),
        Personal::Point { value } => json!({ "value": value }),
        Personal::Claim { reference, description } => {
            json!({ "reference": reference, "description": description })
        }
        Personal::Words { address, message } => json!({ "address": address, "body": message.body }),
        Personal::Text { text } => json!({ "text": text }),
    }
}

fn short(digest: &[u8; 16]) -> String {
    digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}
