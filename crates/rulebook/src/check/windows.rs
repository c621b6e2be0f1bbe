//! R18: the hours that are left on a channel when every window is held.

use std::collections::BTreeMap;

use domain::calendar::{TimeOfDay, Weekday};
use domain::channel::Channel;
use domain::rulebook::Policy;
use domain::time::Span;

/// What is left of a channel's hours.
pub(crate) enum Left {
    /// No window names the channel: it may not be used.
    NoWindow,
    /// The windows leave no time at all, or too little for one start.
    Nothing,
    /// There is time.
    Some,
}

/// Intersects the windows that govern a channel; `least` is what one start needs.
pub(crate) fn left(policy: &Policy, channel: Channel, least: Span) -> Left {
    let mut governing = policy.windows.iter().filter(|window| window.channels.contains(&channel)).peekable();
    if governing.peek().is_none() {
        return Left::NoWindow;
    }
    let day = |window: &BTreeMap<Weekday, (TimeOfDay, TimeOfDay)>, day| {
        window.get(&day).map_or((0, 0), |(from, to)| (from.millis(), to.millis()))
    };
    let windows: Vec<_> = governing.collect();
    let open = Weekday::ALL.into_iter().any(|weekday| {
        let hours = windows.iter().map(|window| day(&window.hours, weekday));
        let (from, to) = hours.fold((0, i64::MAX), |(from, to), (a, b)| (from.max(a), to.min(b)));
        to - from > least.0
    });
    if open { Left::Some } else { Left::Nothing }
}
