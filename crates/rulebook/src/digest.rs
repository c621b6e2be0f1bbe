//! Content addresses: of a whole rulebook, and of one scenario.

use content::{ReplyLexicon, lexicon};
use domain::ids::RulebookHash;
use domain::rulebook::{Scenario, Step};
use sha2::{Digest, Sha256};

use crate::zones;

/// Raised when the same sources would be compiled to other rules.
const COMPILER_REVISION: u32 = 2;

/// The hash over the sources, the zone data the guard's word lists and those for replies.
pub(crate) fn of_rulebook(sources: &[u8]) -> RulebookHash {
    let mut out = Canonical::new("mahnwerk rulebook");
    out.number(i64::from(COMPILER_REVISION));
    out.bytes(sources);
    out.text(zones::tzdb_version());
    out.bytes(&zones::compiled().digest);
    for list in lexicon::bytes() {
        out.bytes(list);
    }
    out.bytes(&ReplyLexicon::digest());
    RulebookHash(out.finish())
}

/// The version of a scenario: the first eight bytes of the hash over all that it says.
pub(crate) fn of_scenario(scenario: &Scenario) -> [u8; 8] {
    let mut out = Canonical::new("mahnwerk scenario");
    out.text(scenario.scenario.as_str());
    out.number(scenario.begins_after_due.0);
    for step in &scenario.steps {
        push_step(&mut out, step);
    }
    let mut version = [0; 8];
    for (to, from) in version.iter_mut().zip(out.finish()) {
        *to = from;
    }
    version
}

fn push_step(out: &mut Canonical, step: &Step) {
    // Taken apart by name, so that a field that is added is not forgotten here.
    let Step {
        step,
        channel,
        template,
        priority,
        tries,
        retry_after,
        then_wait,
        patience,
        outcome_within,
        overflow,
        cost_micros,
    } = step;
    out.text(step.as_str());
    out.text(channel.as_str());
    out.text(template.as_str());
    for number in [
        i64::from(*priority),
        i64::from(*tries),
        retry_after.0,
        then_wait.0,
        patience.0,
        outcome_within.0,
        i64::from(*overflow),
        *cost_micros,
    ] {
        out.number(number);
    }
}

/// Bytes of which no two different values have the same: each text with its length, each number in eight bytes.
struct Canonical(Sha256);

impl Canonical {
    fn new(kind: &str) -> Self {
        let mut out = Self(Sha256::new());
        out.text(kind);
        out
    }

    fn number(&mut self, number: i64) {
        self.0.update(number.to_be_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}
