//! What the owners of the partitions count, as figures of the process.
//!
//! Counters are added up over the partitions, of a lag the worst counts; no figure names a partition, a tenant or a person.

use scheduler::{Figures, Health};
use telemetry::metrics::{Registry, Sample};
use telemetry::names;

/// What one figure is made of.
type Of = fn(&Figures) -> u64;

/// Those that are added up.
const SUMS: [(&str, &str, Of); 13] = [
    (names::EVENTS_TOTAL, "Events appended", |figures| figures.events),
    (names::APPENDS_TOTAL, "Appends", |figures| figures.appends),
    (names::PERMITS_GRANTED_TOTAL, "Permits granted", |figures| figures.permits_granted),
    (names::PERMITS_REFUSED_TOTAL, "Permits refused", |figures| figures.permits_refused),
    (names::PERMITS_POSTPONED_TOTAL, "Permit questions to be asked again, or not now", |figures| {
        figures.permits_postponed
    }),
    (names::OUTCOMES_TOTAL, "Outcomes recorded", |figures| figures.outcomes_recorded),
    (names::QUARANTINED_TOTAL, "Inputs put into quarantine", |figures| figures.quarantined),
    (names::LOG_POSITION, "Where the logs end", |figures| figures.head),
    (names::IN_FLIGHT, "Escalations emitted or under a permit", |figures| figures.in_flight),
    (names::READY_DEBTORS, "Debtors that wait for capacity", |figures| figures.ready),
    (names::WAITING_INPUTS, "What inputs wait for", |figures| figures.waited_for),
    (names::SUPPRESSED_POINTS, "Contact points on the suppression list", |figures| figures.suppressed),
    (names::PAUSES, "Pauses in force", |figures| figures.pauses),
];

/// Those of which the largest counts.
const WORST: [(&str, &str, Of); 2] = [
    (names::CHECKPOINT_LAG_EVENTS, "Events that the checkpoint is behind", |figures| figures.checkpoint_lag),
    (names::INPUT_LAG_MS, "Milliseconds for which inputs have waited without a pause", |figures| {
        figures.input_lag_ms
    }),
];

/// Shows them from now on.
pub(crate) fn show(registry: &Registry, health: Health) {
    registry.sample(move || samples(&health));
}

fn samples(health: &Health) -> Vec<Sample> {
    let partitions = health.partitions();
    let of = |each: Of| partitions.iter().map(move |partition| each(&partition.figures));
    let sums = SUMS.iter().map(|(name, help, each)| Sample { name, help, value: of(*each).sum() });
    let worst = WORST.iter().map(|(name, help, each)| {
        let value = of(*each).max().unwrap_or(0);
        Sample { name, help, value }
    });
    let others = Sample {
        name: names::OTHER_RULEBOOKS,
        help: "Rulebooks that other schedulers run and this one does not",
        value: health.other_rulebooks(),
    };
    sums.chain(worst).chain([others]).collect()
}
