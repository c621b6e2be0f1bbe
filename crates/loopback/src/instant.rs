//! Reads the instant that a sender announces: RFC 3339 in UTC, as [`Timestamp`] writes it.

use domain::calendar::{CivilDate, DAY_MS, TimeOfDay};
use domain::time::Timestamp;

/// The header, of a request or of a mail, in which a sender tells its clock.
pub(crate) const CLOCK_HEADER: &str = "x-mahnwerk-clock";
/// The header, of a request or of a mail, in which a sender names its attempt.
pub(crate) const ATTEMPT_HEADER: &str = "x-mahnwerk-attempt";

/// Reads `2014-01-01T10:00:00Z` or `2014-01-01T10:00:00.250Z`; any other form is none.
pub(crate) fn parse_instant(text: &str) -> Option<Timestamp> {
    let (date, time) = text.trim().strip_suffix('Z')?.split_once('T')?;
    let [year, month, day] = numbers(date, '-')?;
    let (clock, millis) = match time.split_once('.') {
        Some((clock, fraction)) if fraction.len() == 3 => (clock, digits(fraction)?),
        Some(_) => return None,
        None => (time, 0),
    };
    let [hours, minutes, seconds] = numbers(clock, ':')?;
    let minute_of_day = TimeOfDay::new(hours, minutes)?.millis();
    let in_range = hours < 24 && seconds < 60;
    let days = CivilDate::new(year, month, day)?.days();
    in_range.then(|| Timestamp(days * DAY_MS + minute_of_day + seconds * 1000 + millis))
}

fn numbers(text: &str, separator: char) -> Option<[i64; 3]> {
    let mut parts = text.split(separator);
    let read = [digits(parts.next()?)?, digits(parts.next()?)?, digits(parts.next()?)?];
    parts.next().is_none().then_some(read)
}

fn digits(text: &str) -> Option<i64> {
    let plain = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_what_a_timestamp_writes() {
        for ms in [0, 951_782_400_250, 1_388_570_399_999, Timestamp::MIN.0, Timestamp::MAX.0] {
            assert_eq!(parse_instant(&Timestamp(ms).to_string()), Some(Timestamp(ms)));
        }
    }

    #[test]
    fn anything_else_is_none() {
        for wrong in [
            "",
            "1388570399999",
            "2014-01-01",
            "2014-01-01T10:00:00",
            "2014-01-01T10:00:00+01:00",
            "2014-02-30T10:00:00Z",
            "2014-01-01T24:00:00Z",
            "2014-01-01T10:60:00Z",
            "2014-01-01T10:00:60Z",
            "2014-01-01T10:00:00.25Z",
            "2014-01-01T-1:00:00Z",
            "2014-01-01-01T10:00:00Z",
        ] {
            assert_eq!(parse_instant(wrong), None, "{wrong}");
        }
    }
}
