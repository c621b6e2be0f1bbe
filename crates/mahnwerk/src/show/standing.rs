//! What a debtor said about being contacted, and promised.

use std::collections::BTreeMap;

use contract::personal::Personal;
use domain::debtor::Debtor;
use domain::fact::Scope;
use domain::hold::PromiseState;
use domain::ids::{PointId, Position};
use serde_json::{Value, json};

use super::messages::claim_name;

/// What was last said about each scope: consents where contact is wanted, opt-outs where it is not.
pub(super) fn stated(state: &Debtor, opened: &BTreeMap<Position, Personal>, wanted: bool) -> Vec<Value> {
    let show = |stated: &domain::contact::Preference| {
        let (scope, channel, point) = match stated.scope {
            Scope::All => ("all", None, None),
            Scope::Channel(channel) => ("channel", Some(channel.as_str()), None),
            Scope::Point(point) => ("point", None, Some(point_name(state, opened, point))),
        };
        json!({ "scope": scope, "channel": channel, "point": point, "since": stated.occurred_at.to_string() })
    };
    state.preferences.iter().filter(|stated| stated.wanted == wanted).map(show).collect()
}

/// The promises, oldest first, and how each stands.
pub(super) fn promises(state: &Debtor, opened: &BTreeMap<Position, Personal>) -> Vec<Value> {
    let show = |promise: &domain::hold::Promise| {
        let currency = state.claim(promise.claim).map(|claim| claim.currency);
        json!({
            "promise": promise.promise.to_string(),
            "claim": claim_name(state, opened, promise.claim),
            "amount": currency.map(|currency| currency.write(promise.amount)),
            "currency": currency.as_ref().map(|currency| currency.as_str()),
            "due_at": promise.due_at.to_string(),
            "state": match promise.state {
                PromiseState::Open => "open",
                PromiseState::Kept => "kept",
                PromiseState::Broken => "broken",
                PromiseState::Superseded => "superseded",
            },
        })
    };
    state.promises.iter().map(show).collect()
}

/// A contact point as it is written, or its digits where that can't be read.
fn point_name(state: &Debtor, opened: &BTreeMap<Position, Personal>, point: PointId) -> String {
    match state.point(point).and_then(|known| opened.get(&known.recorded_at)) {
        Some(Personal::Point { value }) => value.clone(),
        Some(
            Personal::Debtor { .. } | Personal::Claim { .. } | Personal::Words { .. } | Personal::Text { .. },
        )
        | None => point.to_string(),
    }
}
