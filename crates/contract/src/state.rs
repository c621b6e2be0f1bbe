//! A debtor's state, to and from the bytes of a checkpoint.
//!
//! A checkpoint is never the truth: what can't be read here is folded anew from the log.

use domain::contact::{Preference, Preferences};
use domain::debtor::Debtor;
use prost::Message;

use crate::error::DecodeError;
use crate::field::{Field, message};
use crate::generated::mahnwerk::state::v1 as wire;

mod attempt;
mod claim;
mod person;

/// The bytes of a state.
pub fn encode(debtor: &Debtor) -> Vec<u8> {
    write(debtor).encode_to_vec()
}

/// The state of such bytes, exactly as it was.
pub fn decode(bytes: &[u8]) -> Result<Debtor, DecodeError> {
    read(message("Debtor", bytes)?)
}

fn write(debtor: &Debtor) -> wire::Debtor {
    wire::Debtor {
        tenant: debtor.tenant.write(),
        version: debtor.version,
        profile: debtor.profile.write(),
        points: debtor.points.write(),
        preferences: debtor.preferences.iter().map(Field::write).collect(),
        ceased_at_ms: debtor.ceased_at.write(),
        claims: debtor.claims.write(),
        parked: debtor.parked.write(),
        holds: debtor.holds.write(),
        promises: debtor.promises.write(),
        attempts: debtor.attempts.write(),
        outside_contacts: debtor.outside_contacts.write(),
        heard_at_ms: debtor.heard_at.write(),
        last_number: debtor.last_number,
        tasks: debtor.tasks.write(),
        quarantined: debtor.quarantined,
    }
}

fn read(wire: wire::Debtor) -> Result<Debtor, DecodeError> {
    let preferences: Vec<Preference> = Field::read("Debtor.preferences", wire.preferences)?;
    Ok(Debtor {
        tenant: Field::read("Debtor.tenant", wire.tenant)?,
        version: wire.version,
        profile: Field::read("Debtor.profile", wire.profile)?,
        points: Field::read("Debtor.points", wire.points)?,
        preferences: Preferences::from_parts(preferences),
        ceased_at: Field::read("Debtor.ceased_at_ms", wire.ceased_at_ms)?,
        claims: Field::read("Debtor.claims", wire.claims)?,
        parked: Field::read("Debtor.parked", wire.parked)?,
        holds: Field::read("Debtor.holds", wire.holds)?,
        promises: Field::read("Debtor.promises", wire.promises)?,
        attempts: Field::read("Debtor.attempts", wire.attempts)?,
        outside_contacts: Field::read("Debtor.outside_contacts", wire.outside_contacts)?,
        heard_at: Field::read("Debtor.heard_at_ms", wire.heard_at_ms)?,
        last_number: wire.last_number,
        tasks: Field::read("Debtor.tasks", wire.tasks)?,
        quarantined: wire.quarantined,
    })
}
