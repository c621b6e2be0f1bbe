//! One debtor with everything in clear: name, numbers, claims, holds, promises, opt-outs, what was written back, and the exact words that
//! were sent.

mod messages;
mod standing;

use std::collections::BTreeMap;

use anyhow::{Result, anyhow};
use async_trait::async_trait;
use contract::personal::Personal;
use domain::channel::Channel;
use domain::debtor::Debtor;
use domain::event::Event;
use domain::ids::{Position, StreamId};
use domain::label::TenantId;
use event_log::record::Recorded;
use event_log::seal::{self, DataKey, Place};
use ingest::listener::{Debtors, DebtorsError};
use replay::refold::{UpTo, refold};
use serde_json::{Value, json};
use std::sync::Arc;

use crate::house::House;
use crate::why;

/// Shows debtors out of a folder that is open.
pub(crate) struct ShowDebtors(pub(crate) Arc<House>);

#[async_trait]
impl Debtors for ShowDebtors {
    async fn debtor_show(&self, tenant: &TenantId, reference: &str) -> Result<Value, DebtorsError> {
        let stream = why::stream_of(&self.0, tenant, reference);
        match show(&self.0, stream).await {
            // A stream may be named by its digits: one of another tenant's is not known here.
            Ok(Some(value)) if value.get("tenant").and_then(Value::as_str) == Some(tenant.as_str()) => {
                Ok(value)
            }
            Ok(Some(_) | None) => Err(DebtorsError::Unknown),
            Err(error) => Err(DebtorsError::Unavailable(error.to_string())),
        }
    }
}

/// The debtor, or none if there is no such stream.
pub(crate) async fn show(house: &House, stream: StreamId) -> Result<Option<Value>> {
    let refolded = match refold(&why::reader(house), stream, UpTo::Head).await {
        Ok(refolded) => refolded,
        Err(replay::ReplayError::UnknownDebtor { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let keys = house.log.data_keys(refolded.partition, &[stream]).await?;
    let key = keys.first().map(|wrapped| DataKey::unwrap(&house.keyring, wrapped)).transpose()?;
    let rows = refolded.entries.iter().map(|entry| &entry.recorded);
    let erased = key.is_none() && rows.clone().any(|row| row.event.personal.is_some());
    let opened: BTreeMap<Position, Personal> = rows
        .filter_map(|row| open(row, key.as_ref()).map(|found| found.map(|personal| (row.position, personal))))
        .collect::<Result<_>>()?;
    let messages = messages::received(&refolded.entries, &opened);
    let contacts: Vec<Value> = refolded
        .entries
        .iter()
        .filter_map(|entry| contact(&entry.event, &entry.recorded, &refolded.debtor, &opened))
        .collect();
    let mut value = debtor(stream, &refolded.debtor, &opened, contacts, erased);
    if let Some(object) = value.as_object_mut() {
        object.insert("ceased_at".into(), json!(refolded.debtor.ceased_at.map(|at| at.to_string())));
        object.insert("quarantined".into(), refolded.debtor.quarantined.into());
        object.insert("opt_outs".into(), standing::stated(&refolded.debtor, &opened, false).into());
        object.insert("consents".into(), standing::stated(&refolded.debtor, &opened, true).into());
        object.insert("promises".into(), standing::promises(&refolded.debtor, &opened).into());
        object.insert("holds".into(), messages::holds(&refolded.debtor, &opened).into());
        object.insert("messages".into(), messages.into());
    }
    Ok(Some(value))
}

/// An event's personal part in clear; none where it has none, or where the key is destroyed.
pub(crate) fn open(row: &Recorded, key: Option<&DataKey>) -> Option<Result<Personal>> {
    let (sealed, key) = (row.event.personal.as_ref()?, key?);
    let place = Place {
        tenant: &row.event.tenant,
        stream: row.event.stream,
        event_id: row.event.event_id,
        version: row.event.version,
    };
    let opened = seal::open(Some(key), place, sealed).map_err(|error| anyhow!(error));
    Some(opened.and_then(|bytes| Ok(contract::personal::decode(&bytes)?)))
}

fn debtor(
    stream: StreamId,
    state: &Debtor,
    opened: &BTreeMap<Position, Personal>,
    contacts: Vec<Value>,
    erased: bool,
) -> Value {
    let profile = state.profile.as_ref().and_then(|profile| opened.get(&profile.recorded_at));
    let (name, reference) = match profile {
        Some(Personal::Debtor { name, reference }) => (Some(name), Some(reference)),
        Some(
            Personal::Point { .. } | Personal::Claim { .. } | Personal::Words { .. } | Personal::Text { .. },
        )
        | None => (None, None),
    };
    json!({
        "stream": stream.to_string(),
        "tenant": state.tenant.as_str(),
        "erased": erased,
        "name": name,
        "reference": reference,
        "zones": state.profile.iter().flat_map(|p| &p.zones).map(|zone| zone.as_str()).collect::<Vec<_>>(),
        "contact_points": points(state, opened),
        "claims": claims(state, opened),
        "contacts": contacts,
    })
}

fn points(state: &Debtor, opened: &BTreeMap<Position, Personal>) -> Vec<Value> {
    let show = |point: &domain::contact::ContactPoint| {
        let value = match opened.get(&point.recorded_at) {
            Some(Personal::Point { value }) => Some(value),
            Some(
                Personal::Debtor { .. }
                | Personal::Claim { .. }
                | Personal::Words { .. }
                | Personal::Text { .. },
            )
            | None => None,
        };
        let opted_out = Channel::ALL
            .into_iter()
            .filter(|channel| channel.point_kind() == point.kind)
            .filter(|channel| state.preferences.opted_out(*channel, point.point));
        json!({
            "kind": point.kind.as_str(),
            "value": value,
            "confidence": point.confidence,
            "sources": point.sources.iter().map(|source| source.as_str()).collect::<Vec<_>>(),
            "usable": point.invalid.is_none(),
            "opted_out": opted_out.map(Channel::as_str).collect::<Vec<_>>(),
        })
    };
    state.points.iter().map(show).collect()
}

fn claims(state: &Debtor, opened: &BTreeMap<Position, Personal>) -> Vec<Value> {
    let show = |claim: &domain::claim::Claim| {
        let (reference, description) = match opened.get(&claim.recorded_at) {
            Some(Personal::Claim { reference, description }) => (Some(reference), Some(description)),
            Some(
                Personal::Debtor { .. }
                | Personal::Point { .. }
                | Personal::Words { .. }
                | Personal::Text { .. },
            )
            | None => (None, None),
        };
        json!({
            "reference": reference,
            "description": description,
            "creditor": claim.creditor.as_str(),
            "owed": claim.currency.write(claim.balance.owed()),
            "currency": claim.currency.as_str(),
            "due_at": claim.due_at.to_string(),
            "settled": claim.settled,
            "closed": claim.closed.is_some(),
            "disputed": claim.disputes > 0,
        })
    };
    state.claims.iter().map(show).collect()
}

fn contact(
    event: &Event,
    row: &Recorded,
    state: &Debtor,
    opened: &BTreeMap<Position, Personal>,
) -> Option<Value> {
    let Event::DeliveryStarted(delivery) = event else { return None };
    let attempt = state.attempt(delivery.number);
    let words = match opened.get(&row.position) {
        Some(Personal::Words { address, message }) => Some((address, message)),
        Some(
            Personal::Debtor { .. } | Personal::Point { .. } | Personal::Claim { .. } | Personal::Text { .. },
        )
        | None => None,
    };
    Some(json!({
        "at": row.event.at.to_string(),
        "number": delivery.number,
        "channel": attempt.map(|attempt| attempt.channel.as_str()),
        "to": words.map(|(address, _)| address),
        "subject": words.map(|(_, message)| &message.subject).filter(|subject| !subject.is_empty()),
        "body": words.map(|(_, message)| &message.body),
    }))
}
