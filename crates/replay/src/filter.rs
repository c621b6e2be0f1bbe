//! Which events are asked for.

use std::collections::BTreeSet;

use contract::event;
use domain::ids::{Position, StreamId};
use domain::label::TenantId;
use domain::time::Timestamp;
use event_log::record::Recorded;

use crate::error::ReplayError;

/// Events that meet every condition that is set; by default all.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Filter {
    /// In this partition; in all of them, one after the other, where none is set.
    pub partition: Option<u16>,
    /// Of this tenant.
    pub tenant: Option<TenantId>,
    /// Of this debtor.
    pub stream: Option<StreamId>,
    /// Of these kinds, by number; of every kind when empty.
    pub kinds: BTreeSet<u16>,
    /// Decided at this instant or later.
    pub from: Option<Timestamp>,
    /// Decided before this instant.
    pub to: Option<Timestamp>,
    /// At this position or later.
    pub first: Option<Position>,
    /// At this position or earlier.
    pub last: Option<Position>,
}

impl Filter {
    /// Whether it asks for this event.
    pub fn matches(&self, row: &Recorded) -> bool {
        self.partition.is_none_or(|partition| partition == row.partition)
            && self.tenant.as_ref().is_none_or(|tenant| *tenant == row.event.tenant)
            && self.stream.is_none_or(|stream| stream == row.event.stream)
            && (self.kinds.is_empty() || self.kinds.contains(&row.event.kind))
            && self.from.is_none_or(|from| from <= row.event.at)
            && self.first.is_none_or(|first| first <= row.position)
            && !self.is_past(row)
    }

    /// Whether neither this event nor any behind it in its partition is asked for.
    ///
    /// Sound since recorded instants never decrease within a partition (time, 1).
    pub fn is_past(&self, row: &Recorded) -> bool {
        self.to.is_some_and(|to| row.event.at >= to) || self.last.is_some_and(|last| row.position > last)
    }
}

/// The kinds of events with these names.
pub fn kinds_named<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<BTreeSet<u16>, ReplayError> {
    names.into_iter().map(|name| event::kind_of(name).ok_or_else(|| unknown(name))).collect()
}

fn unknown(name: &str) -> ReplayError {
    let alike = event::kinds().map(|(_, known)| known).filter(|known| is_alike(known, name));
    let alike: Vec<&str> = alike.take(5).collect();
    let hint = if alike.is_empty() {
        "names are those of the wire contract, such as payment_received or escalated".to_owned()
    } else {
        format!("is it {}?", alike.join(", "))
    };
    // A name is typed by an operator, and cut here so that a pasted text does not fill the screen.
    ReplayError::UnknownEventName { name: name.chars().take(64).collect(), hint }
}

/// Whether a part of one name, between underscores, stands in the other.
fn is_alike(known: &str, asked: &str) -> bool {
    let asked = asked.to_ascii_lowercase().replace('-', "_");
    asked.split('_').any(|part| part.len() > 2 && known.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_wire_contract() {
        assert_eq!(kinds_named(["payment_received", "escalated"]).unwrap(), BTreeSet::from([7, 109]));
        for (asked, hint) in [
            ("payment", "is it payment_received, payment_reversed?"),
            ("Escalation-lapse", "is it escalation_withdrawn, escalation_lapsed?"),
            ("x", "names are those of the wire contract, such as payment_received or escalated"),
        ] {
            let error = kinds_named([asked]).unwrap_err();
            assert_eq!(error.to_string(), format!("there is no event {asked:?}; {hint}"));
        }
    }
}
