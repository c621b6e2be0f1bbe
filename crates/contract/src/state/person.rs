//! Who the debtor is and how to reach them, in a checkpoint.

use domain::contact::{ContactPoint, MAX_POINTS, Preference};
use domain::debtor::{OpenTask, Profile};

use crate::error::DecodeError;
use crate::field::{Field, record};
use crate::generated::mahnwerk::state::v1 as wire;

record! {
    Profile = wire::Profile, at most 1;
    zones = zones, language = language, kind = kind, country = country, recorded_at = recorded_at
}

record! {
    ContactPoint = wire::ContactPoint, at most 4 * MAX_POINTS;
    point_id = point, kind = kind, sources = sources, confidence = confidence, verified_at_ms = verified_at,
    invalid = invalid, recorded_at = recorded_at
}

record! {
    Preference = wire::Preference, at most 10_000;
    scope = scope, wanted = wanted, occurred_at_ms = occurred_at
}

record! {
    OpenTask = wire::OpenTask, at most 10_000;
    task = task, claim_id = claim, since_ms = since
}
