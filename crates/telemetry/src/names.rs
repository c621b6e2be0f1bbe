//! What Mahnwerk's figures and their labels are called, wherever they are reported.
//!
//! Guarantees one spelling in the whole workspace: log fields, spans and metrics use these.
//! Units stand in the names; every label takes its values from a closed set.
//! Leaves out: ids of any kind, which are no labels.

/// Facts acknowledged, by [`FACT_KIND`], [`RECEIPT`] and [`REFUSAL`].
pub const FACTS_TOTAL: &str = "mahnwerk_facts_total";
/// Events appended.
pub const EVENTS_TOTAL: &str = "mahnwerk_events_total";
/// Appends, each of them one commit.
pub const APPENDS_TOTAL: &str = "mahnwerk_appends_total";
/// Permits granted; an answer that is given again counts again.
pub const PERMITS_GRANTED_TOTAL: &str = "mahnwerk_permits_granted_total";
/// Permits refused.
pub const PERMITS_REFUSED_TOTAL: &str = "mahnwerk_permits_refused_total";
/// Permit questions that are to be asked again, or not now.
pub const PERMITS_POSTPONED_TOTAL: &str = "mahnwerk_permits_postponed_total";
/// Outcomes recorded, whoever reported them.
pub const OUTCOMES_TOTAL: &str = "mahnwerk_outcomes_total";
/// Inputs put into quarantine: alarm on any.
pub const QUARANTINED_TOTAL: &str = "mahnwerk_quarantined_total";
/// Where the logs of this process end, added up.
pub const LOG_POSITION: &str = "mahnwerk_log_position";
/// By how many events the checkpoint is behind, at the worst partition.
pub const CHECKPOINT_LAG_EVENTS: &str = "mahnwerk_checkpoint_lag_events";
/// For how long inputs have waited without a pause, at the worst partition: above 30,000 no permit is given.
pub const INPUT_LAG_MS: &str = "mahnwerk_input_lag_ms";
/// Rulebooks that other schedulers run and this one does not: alarm where that lasts longer than a rolling restart.
pub const OTHER_RULEBOOKS: &str = "mahnwerk_other_rulebooks";
/// Escalations emitted or under a permit.
pub const IN_FLIGHT: &str = "mahnwerk_escalations_in_flight";
/// Debtors that are due and wait for capacity.
pub const READY_DEBTORS: &str = "mahnwerk_ready_debtors";
/// Claims, contact points and messages that inputs wait for: see `parked ls` and `quarantine ls`.
pub const WAITING_INPUTS: &str = "mahnwerk_waited_for";
/// Contact points on the suppression list.
pub const SUPPRESSED_POINTS: &str = "mahnwerk_suppressed_points";
/// Pauses in force.
pub const PAUSES: &str = "mahnwerk_pauses";

/// All figures.
pub const METRICS: [&str; 17] = [
    FACTS_TOTAL,
    EVENTS_TOTAL,
    APPENDS_TOTAL,
    PERMITS_GRANTED_TOTAL,
    PERMITS_REFUSED_TOTAL,
    PERMITS_POSTPONED_TOTAL,
    OUTCOMES_TOTAL,
    QUARANTINED_TOTAL,
    LOG_POSITION,
    CHECKPOINT_LAG_EVENTS,
    INPUT_LAG_MS,
    OTHER_RULEBOOKS,
    IN_FLIGHT,
    READY_DEBTORS,
    WAITING_INPUTS,
    SUPPRESSED_POINTS,
    PAUSES,
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
