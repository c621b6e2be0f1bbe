//! Every claim as it stands, page by page: from snapshots with the tail on top, references in clear.

use std::collections::BTreeMap;

use anyhow::Result;
use contract::personal::Personal;
use domain::claim::{Claim, Closure};
use domain::debtor::Debtor;
use domain::evolve::Place;
use domain::ids::{Position, StreamId};
use event_log::record::{Loaded, Recorded};
use event_log::seal::DataKey;
use serde::Serialize;

use crate::house::House;
use crate::show;

/// One claim, for programs that compare.
#[derive(Serialize)]
pub(crate) struct ClaimLine {
    debtor_reference: Option<String>,
    claim_reference: Option<String>,
    currency: String,
    owed_minor: i64,
    overpaid_minor: i64,
    settled: bool,
    closed: Option<&'static str>,
    disputed: bool,
    level: Option<u16>,
}

/// The claims of these debtors.
pub(crate) async fn claims_of(house: &House, partition: u16, streams: &[StreamId]) -> Result<Vec<ClaimLine>> {
    let mut states = Vec::with_capacity(streams.len());
    for loaded in house.log.load(partition, streams).await? {
        if let Some(state) = state_of(house, partition, &loaded).await? {
            states.push((loaded.stream, state));
        }
    }
    let mut positions: Vec<Position> = states.iter().flat_map(|(_, state)| places(state)).collect();
    positions.sort_unstable();
    positions.dedup();
    let mut keys = BTreeMap::new();
    for wrapped in house.log.data_keys(partition, streams).await? {
        keys.insert(wrapped.stream, DataKey::unwrap(&house.keyring, &wrapped)?);
    }
    let mut opened = BTreeMap::new();
    for row in house.log.read_at(partition, &positions).await? {
        if let Some(personal) = show::open(&row, keys.get(&row.event.stream)).transpose()? {
            opened.insert(row.position, personal);
        }
    }
    Ok(states
        .iter()
        .flat_map(|(_, state)| state.claims.iter().map(|claim| line(state, claim, &opened)))
        .collect())
}

/// The state at the log's end: the snapshot with the tail on top, or all events where the snapshot is of another shape.
async fn state_of(house: &House, partition: u16, loaded: &Loaded) -> Result<Option<Debtor>> {
    let snapshot = loaded.snapshot.as_ref().filter(|snapshot| snapshot.revision == domain::STATE_REVISION);
    if let Some(snapshot) = snapshot {
        let mut state = contract::state::decode(&snapshot.state)?;
        fold(&mut state, &loaded.tail)?;
        return Ok(Some(state));
    }
    let rows = house.log.read_stream(partition, loaded.stream).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let mut state = Debtor::new(first.event.tenant.clone());
    fold(&mut state, &rows)?;
    Ok(Some(state))
}

fn fold(state: &mut Debtor, rows: &[Recorded]) -> Result<()> {
    for row in rows {
        let event = contract::event::decode(row.event.kind, row.event.schema, &row.event.payload)?;
        let (at, occurred_at) = (row.event.at, row.event.occurred_at);
        state.evolve(&event, Place { position: row.position, at, occurred_at });
    }
    Ok(())
}

fn places(state: &Debtor) -> impl Iterator<Item = Position> {
    let profile = state.profile.iter().map(|profile| profile.recorded_at);
    profile.chain(state.claims.iter().map(|claim| claim.recorded_at))
}

fn line(state: &Debtor, claim: &Claim, opened: &BTreeMap<Position, Personal>) -> ClaimLine {
    let owed = claim.balance.owed().0;
    let profile = state.profile.as_ref().and_then(|profile| opened.get(&profile.recorded_at));
    ClaimLine {
        debtor_reference: profile.and_then(reference),
        claim_reference: opened.get(&claim.recorded_at).and_then(reference),
        currency: claim.currency.to_string(),
        owed_minor: owed,
        overpaid_minor: owed.min(0).saturating_neg(),
        settled: claim.settled,
        closed: claim.closed.map(|closure| match closure {
            Closure::Withdrawn => "withdrawn",
            Closure::HandedOver => "handed_over",
        }),
        disputed: claim.disputes > 0,
        level: claim.level,
    }
}

fn reference(personal: &Personal) -> Option<String> {
    match personal {
        Personal::Debtor { reference, .. } | Personal::Claim { reference, .. } => Some(reference.clone()),
        Personal::Point { .. } | Personal::Words { .. } | Personal::Text { .. } => None,
    }
}
