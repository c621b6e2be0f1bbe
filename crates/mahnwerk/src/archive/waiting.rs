//! Inputs that wait: for a claim, for somebody who uses a contact point, or for an operator.
//!
//! Each row is opened to say which kind of fact it is and what it waits for; what it says otherwise stays closed, unless
//! [`content`] is asked for it.

use contract::personal::Personal;
use contract::wire::{Addressee, FactMessage};
use domain::event::Event;
use domain::ids::InputId;
use event_log::record::ParkedRow;
use event_log::seal::{self, ParkedPlace};
use event_log::store::EventLog;
use ingest::archive::{ArchiveError, WaitingView};
use serde_json::{Value, json};

use super::{Read, unavailable};
use crate::house::House;
use crate::why;

/// Under this digest, which is no claim's, lies what could not be processed.
const QUARANTINE: [u8; 16] = [0; 16];
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
    let mut rows = rows(house, Some(QUARANTINE), MAX_ROWS).await?;
    rows.extend(self::rows(house, None, MAX_ROWS).await?);
    let found = rows.iter().find(|(_, row)| row.key == key);
    let (partition, row) =
        found.ok_or_else(|| ArchiveError::Unknown("no input with this key waits".into()))?;
    let message = open(house, *partition, row).ok_or_else(|| {
        ArchiveError::Unavailable("it can't be read by this release, or with these keys".into())
    })?;
    Ok(json!({
        "tenant": message.tenant.as_str(),
        "kind": message.fact.name(),
        "occurred_at": message.occurred_at.to_string(),
        "fact": replay::jsonl::event_object(&Event::Fact(message.fact)),
        "personal": message.personal.map(personal),
    }))
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
        let message = open(house, partition, &row);
        let (waits_for, remedy) = reason(&row, message.as_ref());
        WaitingView {
            key: row.key.to_string(),
            since: row.since.to_string(),
            age_s: now.since(row.since).0 / 1_000,
            tenant: message.as_ref().map(|message| message.tenant.to_string()),
            kind: message.as_ref().map(|message| message.fact.name().to_owned()),
            waits_for,
            remedy,
        }
    };
    Ok(rows.into_iter().take(limit).map(view).collect())
}

fn reason(row: &ParkedRow, message: Option<&FactMessage>) -> (String, String) {
    let key = row.key;
    let give_up = format!("`mahnwerk quarantine drop {key} --reason NAME` gives it up");
    if row.claim == QUARANTINE {
        let remedy = format!("mend the cause, then `mahnwerk quarantine retry {key}`; {give_up}");
        return ("an operator: it could not be processed".into(), remedy);
    }
    let digits = short(&row.claim);
    match message.map(|message| message.addressee) {
        Some(Addressee::OwnerOf(_)) => {
            (format!("claim {digits} to be registered"), format!("register the claim; {give_up}"))
        }
        Some(Addressee::UsersOf(_)) => (
            format!("a debtor who uses contact point {digits}"),
            format!("add the contact point to its debtor; {give_up}"),
        ),
        Some(Addressee::Debtor(_)) | None => (
            format!("what {digits} stands for to be known"),
            format!("see what it says with --show; {give_up}"),
        ),
    }
}

fn open(house: &House, partition: u16, row: &ParkedRow) -> Option<FactMessage> {
    let place = ParkedPlace { partition, claim: row.claim, key: row.key };
    let plain = seal::open_parked(&house.keyring, place, &row.sealed).ok()?;
    contract::codec::decode_facts(&plain).ok()?.into_iter().next()
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
