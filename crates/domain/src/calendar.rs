//! Civil dates and clock times from instants: the proleptic Gregorian calendar, in integers.
//!
//! The day arithmetic is Howard Hinnant's `days_from_civil` and its inverse
//! (<https://howardhinnant.github.io/date_algorithms.html>), which are exact for all dates used here.

use core::fmt;

use crate::time::Timestamp;

/// Milliseconds in a day.
pub const DAY_MS: i64 = 86_400_000;

/// A day of the calendar.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CivilDate {
    /// Days since 1970-01-01.
    days: i64,
}

impl CivilDate {
    /// The date of that many days since 1970-01-01.
    pub const fn from_days(days: i64) -> Self {
        Self { days }
    }

    /// A date by year, month (1–12) and day (1–31), if there is such a day.
    pub fn new(year: i64, month: i64, day: i64) -> Option<Self> {
        let shifted = if month <= 2 { year - 1 } else { year };
        let era = shifted.div_euclid(400);
        let year_of_era = shifted.rem_euclid(400);
        let month_from_march = (month + 9).rem_euclid(12);
        let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let date = Self { days: era * 146_097 + day_of_era - 719_468 };
        (date.year_month_day() == (year, month, day)).then_some(date)
    }

    /// Days since 1970-01-01.
    pub const fn days(self) -> i64 {
        self.days
    }

    /// Year, month (1–12) and day (1–31).
    pub fn year_month_day(self) -> (i64, i64, i64) {
        let z = self.days + 719_468;
        let era = z.div_euclid(146_097);
        let day_of_era = z.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        (year, month, day)
    }

    /// Which day of the week it is.
    pub fn weekday(self) -> Weekday {
        match (self.days + 3).rem_euclid(7) {
            0 => Weekday::Monday,
            1 => Weekday::Tuesday,
            2 => Weekday::Wednesday,
            3 => Weekday::Thursday,
            4 => Weekday::Friday,
            5 => Weekday::Saturday,
            _ => Weekday::Sunday,
        }
    }

    /// The day after.
    pub const fn next(self) -> Self {
        Self { days: self.days + 1 }
    }
}

impl fmt::Display for CivilDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.year_month_day();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// A day of the week.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(missing_docs, reason = "the names say it all")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Weekday {
    /// All seven, Monday first.
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];
}

/// Milliseconds since local midnight, 0 to 86,400,000 (the end of the day).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TimeOfDay(i64);

impl TimeOfDay {
    /// Hours (0–24) and minutes (0–59); 24:00 is the end of the day.
    pub fn new(hours: i64, minutes: i64) -> Option<Self> {
        let ms = (hours * 60 + minutes) * 60_000;
        ((0..=24).contains(&hours) && (0..60).contains(&minutes) && ms <= DAY_MS).then_some(Self(ms))
    }

    /// Milliseconds since midnight.
    pub const fn millis(self) -> i64 {
        self.0
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0 / 1000;
        write!(f, "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
    }
}

/// A date with a clock time, in some zone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CivilDateTime {
    /// The day.
    pub date: CivilDate,
    /// The time on the clock.
    pub time_of_day: TimeOfDay,
}

impl CivilDateTime {
    /// What a clock shows at that instant, at an offset from UTC in seconds.
    pub fn from_utc(at: Timestamp, offset_seconds: i64) -> Self {
        let local = at.0.saturating_add(offset_seconds * 1000);
        Self {
            date: CivilDate::from_days(local.div_euclid(DAY_MS)),
            time_of_day: TimeOfDay(local.rem_euclid(DAY_MS)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_three_centuries_reads_back() {
        let first = CivilDate::new(1900, 1, 1).unwrap();
        let last = CivilDate::new(2200, 1, 1).unwrap();
        assert_eq!(first.weekday(), Weekday::Monday);
        for days in first.days()..=last.days() {
            let (year, month, day) = CivilDate::from_days(days).year_month_day();
            assert_eq!(CivilDate::new(year, month, day), Some(CivilDate::from_days(days)));
        }
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        for (y, m, d) in
            [(2025, 2, 29), (1900, 2, 29), (2024, 13, 1), (2024, 0, 1), (2024, 4, 31), (2024, 1, 0)]
        {
            assert_eq!(CivilDate::new(y, m, d), None, "{y}-{m}-{d}");
        }
        assert!(CivilDate::new(2024, 2, 29).is_some() && CivilDate::new(2000, 2, 29).is_some());
    }
}
