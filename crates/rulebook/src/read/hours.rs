//! Hours of the week: `{ mon-fri = "08:00-20:00", sat = "09:00-12:00" }`, and days on which all is closed.

use std::collections::{BTreeMap, BTreeSet};

use domain::calendar::{CivilDate, TimeOfDay, Weekday};

use super::node::{Node, Table};
use crate::suggest;

/// For each weekday the opening and the closing time.
pub(crate) type Hours = BTreeMap<Weekday, (TimeOfDay, TimeOfDay)>;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The years for which `*-12-25` stands.
const YEARS: core::ops::RangeInclusive<i64> = 1970..=2100;
/// Most entries of a list of closed days.
const MAX_CLOSED_DAYS: usize = 2_000;

/// Reads the hours; reports empty and overlapping ones.
pub(crate) fn read(table: &Table<'_>) -> Hours {
    let mut hours = Hours::new();
    let mut any = false;
    for (key, node) in table.entries() {
        any = true;
        let Some(days) = days(key) else {
            let known = DAYS.into_iter().chain(["mon-fri", "mon-sat", "mon-sun"]);
            node.problem(format!("`{key}` is no day of the week"), suggest::remedy(key, known, "day"));
            continue;
        };
        let Some(interval) = interval(&node) else { continue };
        for day in days {
            if hours.insert(day, interval).is_some() {
                node.problem(format!("{day:?} has its hours twice"), "name each day once");
            }
        }
    }
    if !any {
        table.problem("the window is empty: it never opens", "add hours such as mon-fri = \"08:00-20:00\"");
    }
    hours
}

fn days(key: &str) -> Option<Vec<Weekday>> {
    let position = |name: &str| DAYS.iter().position(|day| *day == name);
    let (first, last) = key.split_once('-').unwrap_or((key, key));
    let (first, last) = (position(first)?, position(last)?);
    (first <= last).then(|| Weekday::ALL.into_iter().skip(first).take(last - first + 1).collect())
}

fn interval(node: &Node<'_>) -> Option<(TimeOfDay, TimeOfDay)> {
    let text = node.text()?;
    let Some((from, to)) = text.split_once('-').and_then(|(a, b)| Some((time(a.trim())?, time(b.trim())?)))
    else {
        node.problem(format!("`{text}` are no hours"), "write from and to, such as \"08:00-20:00\"");
        return None;
    };
    if from >= to {
        node.problem(
            format!("the window is empty: it closes at {to}, before or as it opens at {from}"),
            "write the earlier time first; a window ends by \"24:00\" at the latest",
        );
        return None;
    }
    Some((from, to))
}

fn time(text: &str) -> Option<TimeOfDay> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |s: &str| (s.len() == 2 && s.bytes().all(|b| b.is_ascii_digit())).then(|| s.parse().ok())?;
    TimeOfDay::new(number(hours)?, number(minutes)?)
}

/// Reads dates, and `*-12-25` for a day of every year.
pub(crate) fn closed_days(node: &Node<'_>) -> BTreeSet<CivilDate> {
    let list = node.list();
    if list.len() > MAX_CLOSED_DAYS {
        node.problem("the list is too long", format!("keep to {MAX_CLOSED_DAYS} days"));
    }
    let mut out = BTreeSet::new();
    for entry in list.iter().take(MAX_CLOSED_DAYS) {
        let Some(text) = entry.date_text() else { continue };
        let days = dates(&text);
        if days.is_empty() {
            let remedy = "write a date such as 2025-12-25, or \"*-12-25\" for every year";
            entry.problem(format!("`{text}` is no date"), remedy);
        }
        out.extend(days);
    }
    out
}

fn dates(text: &str) -> Vec<CivilDate> {
    let parts: Vec<&str> = text.split('-').collect();
    let number = |s: &str| s.parse::<i64>().ok();
    let [year, month, day] = parts.as_slice() else { return Vec::new() };
    let (Some(month), Some(day)) = (number(month), number(day)) else { return Vec::new() };
    let years = match number(year) {
        Some(year) => year..=year,
        None if *year == "*" => YEARS,
        None => return Vec::new(),
    };
    years.filter_map(|year| CivilDate::new(year, month, day)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_alone_and_in_ranges() {
        assert_eq!(days("mon-fri").unwrap().len(), 5);
        assert_eq!(days("sun").unwrap(), [Weekday::Sunday]);
        assert_eq!(days("mon-sun").unwrap(), Weekday::ALL);
        for wrong in ["", "monday", "fri-mon", "mon-", "Mo"] {
            assert_eq!(days(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn times_have_four_digits_and_a_colon() {
        assert_eq!(time("24:00"), TimeOfDay::new(24, 0));
        for wrong in ["8:00", "24:01", "08.00", "08:60", "0800", "-8:00", "+8:00"] {
            assert_eq!(time(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_day_of_every_year_is_a_day_in_each() {
        assert_eq!(dates("*-12-25").len(), 131);
        assert_eq!(dates("*-02-29").len(), 32, "leap days alone");
        assert_eq!(dates("2025-12-25"), [CivilDate::new(2025, 12, 25).unwrap()]);
        for wrong in ["", "2025-02-30", "12-25", "*-13-01", "2025-12-25T00:00:00Z"] {
            assert!(dates(wrong).is_empty(), "{wrong}");
        }
    }
}
