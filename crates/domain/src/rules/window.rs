//! Allowed hours, in every zone that the debtor may be in at once (time, 3).

use crate::calendar::{CivilDateTime, DAY_MS};
use crate::channel::Channel;
use crate::debtor::Debtor;
use crate::event::{Answer, Weighed};
use crate::label::RuleName;
use crate::rulebook::{Policy, Rulebook, WindowRule};
use crate::time::{Span, Timestamp};
use crate::zone::Zone;

/// How far ahead a closing is looked for: one beyond that is as good as none for a contact that takes seconds.
const CLOSING_HORIZON: Span = Span::days(10);

/// How far ahead an opening is looked for; a rulebook with a longer pause is refused at load.
const OPENING_HORIZON: Span = Span::days(400);

/// Weighs the zones and each window that governs the channel.
pub fn weigh(
    state: &Debtor,
    rulebook: &Rulebook,
    policy: &Policy,
    channel: Channel,
    at: Timestamp,
) -> Vec<Weighed> {
    let never = Answer::Closed { opens: None };
    let Some(zones) = zones(state, rulebook) else {
        return vec![Weighed { rule: RuleName::fixed("zone"), answer: never }];
    };
    let governs = |w: &&WindowRule| w.channels.contains(&channel);
    let weighed = |w: &WindowRule| Weighed { rule: w.name.clone(), answer: answer(w, &zones, at) };
    let windows: Vec<Weighed> = policy.windows.iter().filter(governs).map(weighed).collect();
    if windows.is_empty() {
        return vec![Weighed { rule: RuleName::fixed("hours"), answer: never }];
    }
    windows
}

/// The debtor's zones, if there is at least one and all are known.
pub fn zones<'a>(state: &Debtor, rulebook: &'a Rulebook) -> Option<Vec<&'a Zone>> {
    let names = &state.profile.as_ref()?.zones;
    if names.is_empty() {
        return None;
    }
    names.iter().map(|name| rulebook.zones.get(name)).collect()
}

fn answer(window: &WindowRule, zones: &[&Zone], at: Timestamp) -> Answer {
    if is_open(window, zones, at) {
        Answer::Open { until: flip(window, zones, at, CLOSING_HORIZON) }
    } else {
        Answer::Closed { opens: flip(window, zones, at, OPENING_HORIZON) }
    }
}

/// The first instant after `at`, within the horizon, at which the window is not as it is at `at`.
fn flip(window: &WindowRule, zones: &[&Zone], at: Timestamp, horizon: Span) -> Option<Timestamp> {
    let open = is_open(window, zones, at);
    let mut instant = next_boundary(window, zones, at);
    while instant <= at.plus(horizon) {
        if is_open(window, zones, instant) != open {
            return Some(instant);
        }
        instant = next_boundary(window, zones, instant);
    }
    None
}

fn is_open(window: &WindowRule, zones: &[&Zone], at: Timestamp) -> bool {
    zones.iter().all(|zone| is_open_locally(window, zone.local(at)))
}

fn is_open_locally(window: &WindowRule, local: CivilDateTime) -> bool {
    let hours = window.hours.get(&local.date.weekday());
    let inside = hours.is_some_and(|(from, to)| *from <= local.time_of_day && local.time_of_day < *to);
    inside && !window.closed_days.contains(&local.date)
}

/// The next instant at which the window may change in some zone: an opening, a closing, midnight or a clock change.
fn next_boundary(window: &WindowRule, zones: &[&Zone], at: Timestamp) -> Timestamp {
    let of_zone = |zone: &&Zone| {
        let local = zone.local(at);
        let now = local.time_of_day.millis();
        let hours = window.hours.get(&local.date.weekday());
        let marks = hours.map_or([DAY_MS; 2], |(from, to)| [from.millis(), to.millis()]);
        let next = marks.into_iter().filter(|mark| *mark > now).min().unwrap_or(DAY_MS);
        let by_clock = at.plus(Span(next - now));
        zone.next_change(at).map_or(by_clock, |change| change.min(by_clock))
    };
    zones.iter().map(of_zone).min().unwrap_or_else(|| at.plus(Span::days(1)))
}
