//! What deciding the log again gave.

use std::collections::BTreeMap;

use domain::event::Event;
use domain::ids::{Position, RulebookHash};
use domain::redecide;
use event_log::record::Recorded;
use serde::Serialize;

use crate::jsonl::{cause_name, event_object};

/// Most differences that a report lists; all are counted.
pub const MAX_DIFFERENCES: usize = 100;

/// What deciding the log again gave.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Report {
    /// Decisions that were decided again.
    pub decisions: u64,
    /// Those that came out otherwise.
    pub different: u64,
    /// The first [`MAX_DIFFERENCES`] of them.
    pub differences: Vec<Difference>,
    /// Groups of events that no decider made: an operator's commands, quarantines.
    pub not_decided: u64,
    /// Decisions of other decider revisions, which another release can decide again.
    pub other_revisions: Vec<OtherRevision>,
    /// Decisions whose rulebook is not to be had, by its hash.
    pub without_rulebook: BTreeMap<String, u64>,
}

/// Decisions of another decider revision in one partition.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct OtherRevision {
    /// Which revision.
    pub revision: u32,
    /// In which partition.
    pub partition: u16,
    /// How many decisions.
    pub decisions: u64,
    /// Where the first one begins.
    pub first: u64,
    /// Where the last one begins.
    pub last: u64,
}

/// A decision that came out otherwise.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Difference {
    /// In which partition.
    pub partition: u16,
    /// Where the decision begins.
    pub position: u64,
    /// Of which debtor.
    pub stream: String,
    /// When it was decided.
    pub at: String,
    /// What it answered.
    pub cause: &'static str,
    /// Which event of the decision is the first that differs, from 0.
    pub index: usize,
    /// What was recorded there, if anything.
    pub recorded: Option<serde_json::Value>,
    /// What is decided now, if anything.
    pub decided: Option<serde_json::Value>,
}

impl Report {
    /// Whether every decision that could be decided again came out the same, and none was left out for want of its
    /// rulebook.
    pub fn is_same(&self) -> bool {
        self.different == 0 && self.without_rulebook.is_empty()
    }

    pub(super) fn decided(&mut self, first: &Recorded, differs: Option<redecide::Difference>) {
        self.decisions += 1;
        let Some(differs) = differs else { return };
        self.different += 1;
        if self.differences.len() < MAX_DIFFERENCES {
            self.differences.push(Difference {
                partition: first.partition,
                position: first.position.0,
                stream: first.event.stream.to_string(),
                at: first.event.at.to_string(),
                cause: cause_name(first.event.cause.kind),
                index: differs.index,
                recorded: differs.recorded.as_ref().map(shown),
                decided: differs.decided.as_ref().map(shown),
            });
        }
    }

    pub(super) fn without_rulebook(&mut self, hash: RulebookHash) {
        *self.without_rulebook.entry(hash.to_string()).or_default() += 1;
    }

    pub(super) fn other_revision(&mut self, revision: u32, partition: u16, position: Position) {
        let known = self.other_revisions.iter_mut();
        let mut known = known.filter(|other| (other.revision, other.partition) == (revision, partition));
        match known.next() {
            Some(known) => {
                known.decisions += 1;
                known.first = known.first.min(position.0);
                known.last = known.last.max(position.0);
            }
            None => self.other_revisions.push(OtherRevision {
                revision,
                partition,
                decisions: 1,
                first: position.0,
                last: position.0,
            }),
        }
    }
}

fn shown(event: &Event) -> serde_json::Value {
    serde_json::json!({ "kind": event.name(), "event": event_object(event) })
}
