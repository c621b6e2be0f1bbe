//! Who the debtor is and how to reach them, in words.

use domain::contact::{ContactPoint, Preference};
use domain::debtor::{Debtor, Profile};
use domain::fact::Invalidity;

use super::words::{debtor_kind, point_noun, scope, short, zones};

/// The profile.
pub(super) fn profile(profile: Option<&Profile>) -> String {
    let Some(profile) = profile else { return "not described yet: no zone, no language".to_owned() };
    let language = profile.language.map_or("an unknown language".to_owned(), |language| language.to_string());
    let country = profile.country.map(|country| format!(" in {country}")).unwrap_or_default();
    let zones = zones(&profile.zones);
    format!(
        "{}{country}, reads {language}, {zones} (position {})",
        debtor_kind(profile.kind),
        profile.recorded_at.0
    )
}

/// A contact point.
pub(super) fn point(point: &ContactPoint) -> String {
    let sources: Vec<&str> = point.sources.iter().map(|source| source.as_str()).collect();
    let verified = point.verified_at.map(|at| format!(", verified {at}")).unwrap_or_default();
    let invalid = point.invalid.map(|why| format!(", not usable: {}", invalidity(why))).unwrap_or_default();
    format!(
        "{} {}, confidence {} from {}{verified}{invalid} (position {})",
        point_noun(point.kind),
        short(point.point),
        point.confidence,
        sources.join(", "),
        point.recorded_at.0
    )
}

/// Why a contact point can't be used.
pub(super) const fn invalidity(why: Invalidity) -> &'static str {
    match why {
        Invalidity::Undeliverable => "it does not exist or can't receive",
        Invalidity::WrongPerson => "it belongs to somebody else",
        Invalidity::Retracted => "whoever gave it took it back",
    }
}

/// A consent or an opt-out.
pub(super) fn preference(debtor: &Debtor, preference: &Preference) -> String {
    let verb = if preference.wanted { "agreed to contact" } else { "opted out of contact" };
    format!("{verb} {} on {}", scope(debtor, preference.scope), preference.occurred_at)
}
