//! What Mahnwerk's figures and their labels are called, wherever they are reported.
//!
//! Guarantees one spelling in the whole workspace: log fields, spans and metrics use these.
//! Units stand in the names; every label takes its values from a closed set.
//! Leaves out: ids of any kind, which are no labels.

/// Facts acknowledged, by [`FACT_KIND`], [`RECEIPT`] and [`REFUSAL`].
pub const FACTS_TOTAL: &str = "mahnwerk_facts_total";
/// Events appended, by [`EVENT_KIND`].
pub const EVENTS_TOTAL: &str = "mahnwerk_events_total";
/// Length of one append, commit included.
pub const APPEND_SECONDS: &str = "mahnwerk_append_seconds";
/// Events in one append.
pub const APPEND_EVENTS: &str = "mahnwerk_append_events";
/// Escalations emitted, first and repeated ones, by [`CHANNEL`].
pub const EMISSIONS_TOTAL: &str = "mahnwerk_emissions_total";
/// Permits granted, by [`CHANNEL`].
pub const PERMITS_GRANTED_TOTAL: &str = "mahnwerk_permits_granted_total";
/// Permits refused, by [`CHANNEL`] and [`REFUSAL`].
pub const PERMITS_REFUSED_TOTAL: &str = "mahnwerk_permits_refused_total";
/// Permits that are out and have no outcome yet, by [`CHANNEL`].
pub const PERMITS_OPEN: &str = "mahnwerk_permits_open";
/// Outcomes recorded, by [`CHANNEL`] and [`OUTCOME`].
pub const OUTCOMES_TOTAL: &str = "mahnwerk_outcomes_total";
/// Submissions found to have begun after their time (permits, 7): alarm on any, by [`CHANNEL`].
pub const DELIVERIES_LATE_TOTAL: &str = "mahnwerk_deliveries_late_total";
/// Age of the oldest input that is not in the log yet.
pub const INPUT_LAG_SECONDS: &str = "mahnwerk_input_lag_seconds";
/// Facts that wait for their claim (P13), by [`TENANT`].
pub const PARKED_FACTS: &str = "mahnwerk_parked_facts";
/// Debtors held because an input of theirs could not be processed: alarm on any.
pub const QUARANTINED_STREAMS: &str = "mahnwerk_quarantined_streams";
/// Debtors that are due and wait for capacity, by [`TENANT`] and [`CHANNEL`].
pub const READY_DEBTORS: &str = "mahnwerk_ready_debtors";
/// How many events the checkpoint is behind the log.
pub const CHECKPOINT_LAG_EVENTS: &str = "mahnwerk_checkpoint_lag_events";

/// All figures.
pub const METRICS: [&str; 15] = [
    FACTS_TOTAL,
    EVENTS_TOTAL,
    APPEND_SECONDS,
    APPEND_EVENTS,
    EMISSIONS_TOTAL,
    PERMITS_GRANTED_TOTAL,
    PERMITS_REFUSED_TOTAL,
    PERMITS_OPEN,
    OUTCOMES_TOTAL,
    DELIVERIES_LATE_TOTAL,
    INPUT_LAG_SECONDS,
    PARKED_FACTS,
    QUARANTINED_STREAMS,
    READY_DEBTORS,
    CHECKPOINT_LAG_EVENTS,
];

/// The tenant's name, from the rulebook.
pub const TENANT: &str = "tenant";
/// The channel's name.
pub const CHANNEL: &str = "channel";
/// `Fact::name`.
pub const FACT_KIND: &str = "fact_kind";
/// `Event::name`.
pub const EVENT_KIND: &str = "event_kind";
/// `recorded`, `duplicate`, `parked` or `refused`.
pub const RECEIPT: &str = "receipt";
/// A rule's name, the reason of a receipt, or `none`.
pub const REFUSAL: &str = "refusal";
/// `Outcome::name`.
pub const OUTCOME: &str = "outcome";

/// All labels.
pub const LABELS: [&str; 7] = [TENANT, CHANNEL, FACT_KIND, EVENT_KIND, RECEIPT, REFUSAL, OUTCOME];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn is_snake(name: &str) -> bool {
        name.chars().all(|c| c.is_ascii_lowercase() || c == '_') && !name.contains("__")
    }

    #[test]
    fn names_are_unlike_each_other_and_well_formed() {
        assert_eq!(METRICS.iter().collect::<BTreeSet<_>>().len(), METRICS.len());
        assert_eq!(LABELS.iter().collect::<BTreeSet<_>>().len(), LABELS.len());
        for name in METRICS {
            assert!(name.starts_with("mahnwerk_") && is_snake(name), "{name}");
        }
    }

    #[test]
    fn no_label_is_an_id() {
        for label in LABELS {
            assert!(is_snake(label), "{label}");
            let words: Vec<&str> = label.split('_').collect();
            for forbidden in ["id", "stream", "debtor", "claim", "point", "address"] {
                assert!(!words.contains(&forbidden), "{label} would single out a person");
            }
        }
    }
}
