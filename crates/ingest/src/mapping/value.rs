//! Texts of a mapping or a cell, read as what a field needs. No sentence repeats the text.

use domain::channel::{Channel, PointKind};
use domain::fact::{Component, DebtorKind, Direction, DisputeEnd, Invalidity, MAX_ZONES, TaskKind};
use domain::label::{Country, CreditorId, Label, Language, ScenarioId};
use domain::money::{Currency, MAX_AMOUNT_MINOR, Minor};
use domain::zone::ZoneName;

use super::instant;
use super::kind::Field;
use crate::problem::Unfit;
use crate::suggest;

/// Longest reference, in bytes.
const MAX_REFERENCE: usize = 256;
/// Longest name or description, in bytes.
const MAX_NAME: usize = 512;
/// Longest text, in bytes.
const MAX_TEXT: usize = 16 * 1024;

/// What a consent or an opt-out covers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ScopeKind {
    /// Every channel.
    All,
    /// One channel.
    Channel,
    /// One contact point.
    Point,
}

/// What a hold covers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Covers {
    /// One claim.
    Claim,
    /// All of the debtor's.
    Debtor,
}

/// How amounts are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Decimal {
    /// `1234.50`.
    Point,
    /// `1234,50` or `1.234,50`.
    Comma,
}

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

/// An amount in a currency's digits, not negative.
pub(super) fn amount(currency: Currency, decimal: Decimal, text: &str) -> Result<Minor, Unfit> {
    if text.starts_with(['-', '\u{2212}']) {
        let remedy =
            "state what is owed or paid as a positive amount; money that goes back is a payment_reversed";
        return Err(Unfit::new("is negative", remedy));
    }
    let pointed = match decimal {
        Decimal::Point => Some(text.to_owned()),
        Decimal::Comma => pointed(text),
    };
    let read = pointed.and_then(|text| currency.read(&text)).ok_or_else(|| no_amount(currency, decimal))?;
    if read.is_plausible() {
        return Ok(read);
    }
    let most = currency.write(Minor(MAX_AMOUNT_MINOR));
    Err(Unfit::new("is larger than one fact may carry", format!("the limit is {most} {currency}")))
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

/// A kind of debtor.
pub(super) fn debtor_kind(text: &str) -> Result<DebtorKind, Unfit> {
    let all = [
        ("person", DebtorKind::Person),
        ("company", DebtorKind::Company),
        ("public_body", DebtorKind::PublicBody),
    ];
    one_of(text, &all)
}

/// A kind of contact point.
pub(super) fn point_kind(text: &str) -> Result<PointKind, Unfit> {
    one_of(text, &PointKind::ALL.map(|kind| (kind.as_str(), kind)))
}

/// A channel.
pub(super) fn channel(text: &str) -> Result<Channel, Unfit> {
    one_of(text, &Channel::ALL.map(|channel| (channel.as_str(), channel)))
}

/// Why a contact point is bad.
pub(super) fn invalidity(text: &str) -> Result<Invalidity, Unfit> {
    let all = [
        ("undeliverable", Invalidity::Undeliverable),
        ("wrong_person", Invalidity::WrongPerson),
        ("retracted", Invalidity::Retracted),
    ];
    one_of(text, &all)
}

/// A component of a claim.
pub(super) fn component(text: &str) -> Result<Component, Unfit> {
    let all =
        [("principal", Component::Principal), ("interest", Component::Interest), ("costs", Component::Costs)];
    one_of(text, &all)
}

/// How a dispute ended.
pub(super) fn dispute_end(text: &str) -> Result<DisputeEnd, Unfit> {
    one_of(text, &[("rejected", DisputeEnd::Rejected), ("upheld", DisputeEnd::Upheld)])
}

/// Who began a contact.
pub(super) fn direction(text: &str) -> Result<Direction, Unfit> {
    one_of(text, &[("inbound", Direction::Inbound), ("outbound", Direction::Outbound)])
}

/// Yes or no.
pub(super) fn flag(text: &str) -> Result<bool, Unfit> {
    one_of(text, &[("true", true), ("false", false)])
}

/// What a consent or an opt-out covers.
pub(super) fn scope(text: &str) -> Result<ScopeKind, Unfit> {
    one_of(text, &[("all", ScopeKind::All), ("channel", ScopeKind::Channel), ("point", ScopeKind::Point)])
}

/// What a hold covers.
pub(super) fn covers(text: &str) -> Result<Covers, Unfit> {
    one_of(text, &[("claim", Covers::Claim), ("debtor", Covers::Debtor)])
}

/// What a task asked for.
pub(super) fn task(text: &str) -> Result<TaskKind, Unfit> {
    let all = [
        ("ladder_ended", TaskKind::LadderEnded),
        ("zone_missing", TaskKind::ZoneMissing),
        ("rulebook_gap", TaskKind::RulebookGap),
        ("answer", TaskKind::Answer),
        ("review", TaskKind::Review),
        ("not_allowed", TaskKind::NotAllowed),
        ("quarantined", TaskKind::Quarantined),
    ];
    one_of(text, &all)
}

fn one_of<T: Copy>(text: &str, all: &[(&'static str, T)]) -> Result<T, Unfit> {
    let found = all.iter().find(|(name, _)| *name == text);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
        let near = suggest::nearest(text, names.iter().copied());
        let hint = near.map(|near| format!(" (did you mean {near}?)")).unwrap_or_default();
        Unfit::new("is none of the known words", format!("write one of: {}{hint}", names.join(", ")))
    })
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
        "it has 1 to 64 of a-z, 0-9, _, - and .; translate others with map = { \"Value\" = \"name\" }",
    )
}

fn no_amount(currency: Currency, decimal: Decimal) -> Unfit {
    let example = currency.write(Minor(123_450));
    let (example, other) = match decimal {
        Decimal::Point => (example, "set decimal = \",\" in the mapping if the file writes a comma"),
        Decimal::Comma => (example.replace('.', ","), "the mapping says decimal = \",\""),
    };
    let remedy = format!("write it like {example}, with at most {} decimals; {other}", currency.digits());
    Unfit::new(format!("is no amount in {currency}"), remedy)
}

/// `1.234,50` as `1234.50`; points only where they part thousands.
fn pointed(text: &str) -> Option<String> {
    let (whole, fraction) = text.split_once(',').unwrap_or((text, ""));
    let mut groups = whole.split('.');
    let first = groups.next().unwrap_or_default();
    let grouped = whole.contains('.');
    let fits = (!grouped || (1..=3).contains(&first.len())) && groups.all(|group| group.len() == 3);
    let plain = fits && !fraction.contains(['.', ',']);
    plain.then(|| match fraction {
        "" => whole.replace('.', ""),
        _ => format!("{}.{fraction}", whole.replace('.', "")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_the_file_writes_them() {
        let eur = Currency::new("EUR").unwrap();
        for (decimal, text, minor) in [
            (Decimal::Point, "35.0", 3500),
            (Decimal::Point, "0", 0),
            (Decimal::Comma, "1234,50", 123_450),
            (Decimal::Comma, "1.234,50", 123_450),
            (Decimal::Comma, "1.234.567", 123_456_700),
            (Decimal::Comma, "7", 700),
        ] {
            assert_eq!(amount(eur, decimal, text), Ok(Minor(minor)), "{text}");
        }
        for (decimal, text, said) in [
            (Decimal::Point, "-1", "negative"),
            (Decimal::Comma, "\u{2212}1", "negative"),
            (Decimal::Point, "1,50", "no amount in EUR"),
            (Decimal::Point, "1.005", "no amount in EUR"),
            (Decimal::Comma, "1.50", "no amount in EUR"),
            (Decimal::Comma, "12.34,5", "no amount in EUR"),
            (Decimal::Comma, "1,2,3", "no amount in EUR"),
            (Decimal::Point, "10000000000.01", "larger"),
            (Decimal::Point, "99999999999999999", "no amount"),
            (Decimal::Point, "", "no amount"),
        ] {
            let unfit = amount(eur, decimal, text).unwrap_err();
            assert!(unfit.what.contains(said), "{text}: {unfit:?}");
        }
    }

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
