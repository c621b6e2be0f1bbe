//! R19: the debtor can call back outside his own working hours.

use domain::calendar::{TimeOfDay, Weekday};

use crate::problem::{At, Sink};
use crate::read::Hours;

/// Ordinary office hours, Monday to Friday: from eight to five.
const OFFICE_OPENS_HOUR: i64 = 8;
const OFFICE_CLOSES_HOUR: i64 = 17;

/// Reports hours that lie wholly inside ordinary office hours.
pub(crate) fn check(hours: &Hours, at: &At, sink: &Sink) {
    let inside = |(day, (from, to)): (&Weekday, &(TimeOfDay, TimeOfDay))| {
        let workday = !matches!(day, Weekday::Saturday | Weekday::Sunday);
        let opens = TimeOfDay::new(OFFICE_OPENS_HOUR, 0).is_some_and(|opens| *from >= opens);
        let closes = TimeOfDay::new(OFFICE_CLOSES_HOUR, 0).is_some_and(|closes| *to <= closes);
        workday && opens && closes
    };
    if hours.iter().all(inside) {
        let what =
            "the callback hours lie wholly inside ordinary office hours (Monday to Friday, 08:00 to 17:00)";
        let remedy = "answer in an evening, early in the morning or on a Saturday too: people call back after work (R19)";
        sink.add(at.problem(what, remedy));
    }
}
