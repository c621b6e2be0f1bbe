//! Instants as files write them: with an offset, or as a date or a date and time in a named zone.

use domain::time::{Span, Timestamp};
use jiff::civil::DateTime;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;

use crate::problem::Unfit;

/// Longest span that a mapping may add, which is some 27 years.
const MAX_SPAN_DAYS: i64 = 10_000;

/// How instants are written in a column.
#[derive(Clone, Debug)]
pub(super) enum InstantFormat {
    /// RFC 3339 with an offset: `2024-05-17T09:30:00+02:00`.
    Rfc3339,
    /// By a pattern of `strptime`, read in a zone; without a time of day the day's first instant.
    Civil {
        /// The pattern.
        pattern: String,
        /// The zone.
        zone: TimeZone,
    },
}

impl InstantFormat {
    /// Reads a text.
    pub(super) fn read(&self, text: &str) -> Result<Timestamp, Unfit> {
        let instant = match self {
            Self::Rfc3339 => text.parse::<jiff::Timestamp>().map_err(|_| {
                Unfit::new(
                    "is no RFC 3339 instant",
                    "write it like 2024-05-17T09:30:00+02:00, with its offset",
                )
            })?,
            Self::Civil { pattern, zone } => civil(pattern, zone, text)?,
        };
        plausible(Timestamp(instant.as_millisecond()))
    }
}

/// Whether a pattern reads what it writes, and names at least a day.
pub(super) fn is_usable(pattern: &str) -> bool {
    let sample = DateTime::constant(2024, 5, 17, 9, 30, 0, 0);
    let written = jiff::fmt::strtime::format(pattern, sample);
    written.is_ok_and(|text| {
        BrokenDownTime::parse(pattern, &text)
            .and_then(|parts| parts.to_datetime())
            .is_ok_and(|read| read.date() == sample.date())
    })
}

/// An instant later by a span, if a fact may carry it.
pub(super) fn later(at: Timestamp, span: Span) -> Result<Timestamp, Unfit> {
    plausible(at.plus(span))
}

/// Reads a span: a whole number and `d`, `h`, `m` or `s`.
pub(super) fn span(text: &str) -> Result<Span, Unfit> {
    let wrong = || Unfit::new("is no span of time", "write it like 60d, 36h, 90m or 30s, at most 10000d");
    let unit = text.chars().next_back().ok_or_else(wrong)?;
    let digits = text.strip_suffix(unit).unwrap_or_default();
    if digits.is_empty() || digits.len() > 10 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong());
    }
    let number: i64 = digits.parse().map_err(|_| wrong())?;
    let span = match unit {
        'd' => Span::days(number),
        'h' => Span::hours(number),
        'm' => Span::minutes(number),
        's' => Span::seconds(number),
        _ => return Err(wrong()),
    };
    if span > Span::days(MAX_SPAN_DAYS) { Err(wrong()) } else { Ok(span) }
}

fn civil(pattern: &str, zone: &TimeZone, text: &str) -> Result<jiff::Timestamp, Unfit> {
    let wrong = || {
        let example = jiff::fmt::strtime::format(pattern, DateTime::constant(2024, 5, 17, 9, 30, 0, 0));
        let example = example.unwrap_or_default();
        Unfit::new("is no date", format!("the mapping's format is {pattern}, such as {example}"))
    };
    let parts = BrokenDownTime::parse(pattern, text).map_err(|_| wrong())?;
    let local = parts.to_datetime().map_err(|_| wrong())?;
    // Of an hour that comes twice the first counts; one that is left out is read as the hour behind the gap.
    local.to_zoned(zone.clone()).map(|zoned| zoned.timestamp()).map_err(|_| wrong())
}

fn plausible(at: Timestamp) -> Result<Timestamp, Unfit> {
    if at.is_plausible() {
        return Ok(at);
    }
    Err(Unfit::new("is no plausible instant", "it lies between the years 1900 and 2200"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn civil_in_rome(pattern: &str) -> InstantFormat {
        InstantFormat::Civil { pattern: pattern.into(), zone: TimeZone::get("Europe/Rome").unwrap() }
    }

    #[test]
    fn instants_are_read_in_their_offset_or_zone() {
        for (format, text, utc) in [
            (InstantFormat::Rfc3339, "2006-07-24T00:00:00+02:00", "2006-07-23T22:00:00Z"),
            (InstantFormat::Rfc3339, "2006-07-24T00:00:00.250Z", "2006-07-24T00:00:00.250Z"),
            (civil_in_rome("%d.%m.%Y"), "24.07.2006", "2006-07-23T22:00:00Z"),
            (civil_in_rome("%d.%m.%Y"), "24.01.2006", "2006-01-23T23:00:00Z"),
            (civil_in_rome("%Y-%m-%d %H:%M"), "2006-03-26 02:30", "2006-03-26T01:30:00Z"),
            (civil_in_rome("%Y-%m-%d %H:%M"), "2006-10-29 02:30", "2006-10-29T00:30:00Z"),
        ] {
            assert_eq!(format.read(text).unwrap().to_string(), utc, "{text}");
        }
    }

    #[test]
    fn what_is_no_instant_is_refused_with_the_format_and_without_the_value() {
        for (format, text) in [
            (InstantFormat::Rfc3339, "2006-07-24T00:00:00"),
            (InstantFormat::Rfc3339, "24.07.2006"),
            (InstantFormat::Rfc3339, "1850-01-01T00:00:00Z"),
            (civil_in_rome("%d.%m.%Y"), "2006-07-24"),
            (civil_in_rome("%d.%m.%Y"), "31.02.2006"),
            (civil_in_rome("%d.%m.%Y"), ""),
        ] {
            let unfit = format.read(text).unwrap_err();
            assert!(text.is_empty() || !format!("{unfit:?}").contains(text), "{unfit:?}");
        }
        assert!(civil_in_rome("%d.%m.%Y").read("x").unwrap_err().remedy.contains("17.05.2024"));
    }

    #[test]
    fn a_pattern_must_name_a_day() {
        for (pattern, usable) in
            [("%d.%m.%Y", true), ("%Y%m%dT%H%M%S", true), ("%H:%M", false), ("%m/%Y", false), ("%!", false)]
        {
            assert_eq!(is_usable(pattern), usable, "{pattern}");
        }
    }

    #[test]
    fn spans_are_whole_numbers_of_a_unit() {
        assert_eq!(span("60d"), Ok(Span::days(60)));
        assert_eq!(span("0s"), Ok(Span::ZERO));
        for text in ["", "d", "60", "-1d", "1.5h", "60 d", "1w", "10001d", "99999999999d", "6\u{663}d"] {
            assert!(span(text).is_err(), "{text}");
        }
    }
}
