//! Texts of a mapping or a cell, read as what a field needs. No sentence repeats the text.

mod amount;
mod sets;

use domain::fact::MAX_ZONES;
use domain::label::{Country, CreditorId, Label, Language, ScenarioId};
use domain::money::Currency;
use domain::zone::ZoneName;

use super::instant;
use super::kind::Field;
use crate::problem::Unfit;

pub(super) use amount::{Decimal, amount};
pub(super) use sets::{
    Covers, ScopeKind, channel, component, covers, debtor_kind, direction, dispute_end, flag, invalidity,
    point_kind, scope, task,
};

/// Longest reference, in bytes.
const MAX_REFERENCE: usize = 256;
/// Longest name or description, in bytes.
const MAX_NAME: usize = 512;
/// Longest text, in bytes.
const MAX_TEXT: usize = 16 * 1024;

/// Checks a constant of a mapping as far as it can be checked without a row.
///
/// Where the currency stands in a column, amounts are checked against the one with the most digits.
pub(super) fn check(
    field: Field,
    text: &str,
    decimal: Decimal,
    known: Option<Currency>,
) -> Result<(), Unfit> {
    match field {
        Field::Debtor | Field::Claim | Field::Hold | Field::Promise => reference(text).map(drop),
        Field::Zones => zones(text).map(drop),
        Field::Language => language(text).map(drop),
        Field::DebtorKind => debtor_kind(text).map(drop),
        Field::Country => country(text).map(drop),
        Field::Name | Field::Description => name(text).map(drop),
        Field::PointKind => point_kind(text).map(drop),
        // Which kind of contact point it is stands in another field.
        Field::Value | Field::Text => self::text(text).map(drop),
        Field::Source | Field::To | Field::Ground | Field::Actor => label(text).map(drop),
        // A reason is a label, or one of a set, by the kind of fact: read when both are known.
        Field::Reason => label(text).map(drop),
        Field::Confidence => percent(text).map(drop),
        Field::VerifiedAt | Field::DueAt | Field::Until => {
            instant::InstantFormat::Rfc3339.read(text).map(drop)
        }
        Field::DueAfter | Field::UntilAfter => instant::span(text).map(drop),
        Field::Creditor => creditor(text).map(drop),
        Field::Currency => currency(text).map(drop),
        Field::Principal | Field::Interest | Field::Costs | Field::Amount => {
            let widest = known.map_or_else(|| currency("CLF"), Ok)?;
            amount(widest, decimal, text).map(drop)
        }
        Field::Scenario => scenario(text).map(drop),
        Field::Component => component(text).map(drop),
        Field::End => dispute_end(text).map(drop),
        Field::Covers => covers(text).map(drop),
        Field::Scope => scope(text).map(drop),
        Field::Channel => channel(text).map(drop),
        Field::Direction => direction(text).map(drop),
        Field::RightParty => flag(text).map(drop),
        Field::Task => task(text).map(drop),
    }
}

/// A label.
pub(super) fn label(text: &str) -> Result<Label, Unfit> {
    Label::new(text).map_err(|_| no_label())
}

/// A creditor.
pub(super) fn creditor(text: &str) -> Result<CreditorId, Unfit> {
    CreditorId::new(text).map_err(|_| no_label())
}

/// A scenario.
pub(super) fn scenario(text: &str) -> Result<ScenarioId, Unfit> {
    ScenarioId::new(text).map_err(|_| no_label())
}

/// A currency.
pub(super) fn currency(text: &str) -> Result<Currency, Unfit> {
    Currency::new(text).ok_or_else(|| {
        Unfit::new("is no currency in use", "write its ISO 4217 code in capitals, such as EUR or CHF")
    })
}

/// Zones, parted by commas, semicolons or spaces.
pub(super) fn zones(text: &str) -> Result<Vec<ZoneName>, Unfit> {
    let parts = text.split([',', ';', ' ']).filter(|part| !part.is_empty());
    let zones: Result<Vec<ZoneName>, Unfit> = parts.map(zone).collect();
    let zones = zones?;
    if zones.len() > MAX_ZONES {
        return Err(Unfit::new("has too many zones", format!("name at most {MAX_ZONES}")));
    }
    Ok(zones)
}

/// A language.
pub(super) fn language(text: &str) -> Result<Language, Unfit> {
    Language::new(text)
        .ok_or_else(|| Unfit::new("is no language", "write two small letters, such as de or it"))
}

/// A country.
pub(super) fn country(text: &str) -> Result<Country, Unfit> {
    Country::new(text).ok_or_else(|| Unfit::new("is no country", "write two capitals, such as CH or IT"))
}

/// A debtor's number, a claim's number or the like.
pub(super) fn reference(text: &str) -> Result<String, Unfit> {
    bounded(text, MAX_REFERENCE)
}

/// A name or a short description.
pub(super) fn name(text: &str) -> Result<String, Unfit> {
    bounded(text, MAX_NAME)
}

/// A text, which may have several lines.
pub(super) fn text(text: &str) -> Result<String, Unfit> {
    let printable = text.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t'));
    if text.len() <= MAX_TEXT && printable {
        return Ok(text.to_owned());
    }
    Err(Unfit::new(
        "is too long or can't be printed",
        format!("it has at most {MAX_TEXT} bytes of printable text"),
    ))
}

/// A percentage.
pub(super) fn percent(text: &str) -> Result<u8, Unfit> {
    let read = text.parse::<u8>().ok().filter(|n| *n <= 100 && text.bytes().all(|b| b.is_ascii_digit()));
    read.ok_or_else(|| Unfit::new("is no confidence", "write a whole number from 0 to 100"))
}

fn zone(text: &str) -> Result<ZoneName, Unfit> {
    let known = jiff::tz::db().get(text).is_ok();
    ZoneName::new(text).filter(|_| known).ok_or_else(|| {
        Unfit::new("has a zone that does not exist", "write an IANA name, such as Europe/Zurich")
    })
}

fn bounded(text: &str, limit: usize) -> Result<String, Unfit> {
    if text.len() <= limit && !text.is_empty() && !text.chars().any(char::is_control) {
        return Ok(text.to_owned());
    }
    let what = "is empty, too long or has control characters";
    Err(Unfit::new(what, format!("it has 1 to {limit} bytes on one line")))
}

fn no_label() -> Unfit {
    Unfit::new(
        "is no short name",
        "it has 1 to 64 of a-z, 0-9, _, - and .; a mapping translates others with map = { \"Value\" = \"name\" }",
    )
}

#[cfg(test)]
mod tests {
    use domain::channel::Channel;

    use super::*;

    #[test]
    fn closed_sets_name_their_members() {
        let unfit = channel("e-mail").unwrap_err();
        assert!(unfit.remedy.contains("call, sms, email, social, letter (did you mean email?)"), "{unfit:?}");
        assert_eq!(channel("email"), Ok(Channel::Email));
        assert_eq!(zones("Europe/Rome, Europe/Zurich").map(|z| z.len()), Ok(2));
        for text in ["Europe/Roma", "CEST2", &"Europe/Rome ".repeat(9)] {
            assert!(zones(text).is_err(), "{text}");
        }
        for text in ["101", "-1", "+5", "5.0", ""] {
            assert!(percent(text).is_err(), "{text}");
        }
    }

    #[test]
    fn texts_are_bounded_and_printable() {
        assert!(reference(&"x".repeat(256)).is_ok() && reference(&"x".repeat(257)).is_err());
        assert!(reference("a\nb").is_err() && reference("").is_err());
        assert!(
            text("a\nb").is_ok() && text("a\u{0}b").is_err() && text(&"x".repeat(16 * 1024 + 1)).is_err()
        );
    }
}
