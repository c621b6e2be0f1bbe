//! Instants as people type them.

use domain::calendar::{CivilDate, DAY_MS};
use domain::time::Timestamp;

/// Reads `2014-01-01` or an RFC 3339 instant in UTC such as `2014-01-01T08:00:00Z`.
pub(crate) fn read_instant(text: &str) -> Option<Timestamp> {
    let (date, time) = text.split_once('T').map_or((text, None), |(date, time)| (date, Some(time)));
    let mut parts = date.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let day = CivilDate::new(parts.next()??, parts.next()??, parts.next()??)?;
    let midnight = day.days().checked_mul(DAY_MS)?;
    let seconds = match time {
        None => 0,
        Some(time) => seconds_of(time.strip_suffix('Z')?)?,
    };
    Some(Timestamp(midnight.checked_add(seconds * 1000)?)).filter(|at| at.is_plausible())
}

fn seconds_of(time: &str) -> Option<i64> {
    let mut parts = time.splitn(3, ':').map(|part| part.parse::<i64>().ok());
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?);
    let valid = (0..24).contains(&hours) && (0..60).contains(&minutes) && (0..60).contains(&seconds);
    valid.then_some(hours * 3600 + minutes * 60 + seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_instants_are_read_and_all_else_is_not() {
        for (text, written) in [
            ("2014-01-01", "2014-01-01T00:00:00Z"),
            ("2014-01-01T08:30:00Z", "2014-01-01T08:30:00Z"),
            ("2024-02-29T08:30Z", "2024-02-29T08:30:00Z"),
        ] {
            assert_eq!(read_instant(text).map(|at| at.to_string()).as_deref(), Some(written));
        }
        for text in
            ["", "2014", "2014-13-01", "2023-02-29", "2014-01-01T25:00:00Z", "2014-01-01T08:00:00", "x-y-z"]
        {
            assert_eq!(read_instant(text), None, "{text}");
        }
    }
}
