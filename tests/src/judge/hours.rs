//! Promise 3: inside the hours of every zone that the debtor may be in, by a table of offsets written by hand.
//!
//! Good for 2026-03-08T07:00Z to 2026-10-25T01:00Z, and for the hours of the bundled rulebook of the municipality.

use domain::channel::Channel;
use domain::time::Timestamp;

use super::Evidence;
use crate::town::record::Submission;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// 2026-03-29T01:00:00Z, when summer time begins all over Europe.
const SUMMER_IN_EUROPE: Timestamp = Timestamp(1_774_746_000_000);
/// 2026-05-01, in days since 1970: closed by the rulebook.
const MAY_DAY: i64 = 20_574;

/// The breaches of one submission.
pub fn inside(evidence: &Evidence<'_>, submission: &Submission) -> Vec<String> {
    let id = submission.attempt;
    let zones = evidence.person(id).map_or::<&[&str], _>(&[], |person| person.zones);
    if zones.is_empty() {
        return vec![format!("{id} went to somebody of whom no zone is known")];
    }
    let closed = zones.iter().filter(|zone| !is_open(zone, submission.channel, submission.at));
    closed
        .map(|zone| format!("{id} left over {} at {}, closed in {zone}", submission.channel, submission.at))
        .collect()
}

/// Whether this channel is open in this zone at this instant.
pub fn is_open(zone: &str, channel: Channel, at: Timestamp) -> bool {
    let summer = i64::from(at >= SUMMER_IN_EUROPE);
    let offset_h = match zone {
        "Europe/Zurich" => 1 + summer,
        "Europe/London" => summer,
        // Summer time began there on 8 March.
        "America/New_York" => -4,
        _ => return false,
    };
    let local = at.0 + offset_h * HOUR_MS;
    let (day, time) = (local.div_euclid(DAY_MS), local.rem_euclid(DAY_MS));
    // 1970-01-01 was a Thursday; 0 is Monday.
    let weekday = (day + 3).rem_euclid(7);
    let between = |from_h: i64, to_h: i64| (from_h * HOUR_MS..to_h * HOUR_MS).contains(&time);
    let hours = match (weekday, channel) {
        (6, _) => false,
        (5, Channel::Call) => between(9, 12),
        (_, Channel::Call) => between(17, 20),
        (_, Channel::Sms | Channel::Email | Channel::Social | Channel::Letter) => between(8, 20),
    };
    hours && day != MAY_DAY
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::calendar::CivilDateTime;

    #[test]
    fn the_table_is_right_at_its_edges() {
        assert_eq!(SUMMER_IN_EUROPE.to_string(), "2026-03-29T01:00:00Z");
        let may_day = CivilDateTime::from_utc(Timestamp(MAY_DAY * DAY_MS), 0);
        assert_eq!(may_day.date.to_string(), "2026-05-01");
        // Friday 2026-03-27 in Zurich: 07:59:59.999, 08:00, 19:59:59.999, 20:00.
        let friday = Timestamp(1_774_569_600_000);
        assert_eq!(friday.to_string(), "2026-03-27T00:00:00Z");
        let at = |ms| is_open("Europe/Zurich", Channel::Sms, Timestamp(friday.0 + ms));
        assert_eq!(
            [at(7 * HOUR_MS - 1), at(7 * HOUR_MS), at(19 * HOUR_MS - 1), at(19 * HOUR_MS)],
            [false, true, true, false]
        );
        let sunday = Timestamp(friday.0 + 2 * DAY_MS + 12 * HOUR_MS);
        assert!(!is_open("Europe/Zurich", Channel::Email, sunday));
        // Monday after the change: an hour earlier in UTC.
        let monday = friday.0 + 3 * DAY_MS;
        assert!(is_open("Europe/Zurich", Channel::Sms, Timestamp(monday + 6 * HOUR_MS)));
        assert!(is_open("Europe/London", Channel::Call, Timestamp(monday + 16 * HOUR_MS)));
        assert!(!is_open("America/New_York", Channel::Sms, Timestamp(monday + 12 * HOUR_MS - 1)));
        assert!(!is_open("Nowhere/Else", Channel::Sms, Timestamp(monday + 9 * HOUR_MS)));
        assert!(!is_open("Europe/Zurich", Channel::Sms, Timestamp(MAY_DAY * DAY_MS + 12 * HOUR_MS)));
    }
}
