//! One round: inputs decided in order against a working set, which becomes one append.
//!
//! Pure but for random ids and nonces: everything that a decision reads was read before ([`Known`]), nothing is written.
//! **Invariant:** the cache is not changed here; if the append fails, the [`Draft`] is thrown away and nothing has happened.

mod apply;
mod draft;
mod due;
mod fact;
mod fan_out;
mod known;
mod outcome;
mod park;
mod permit;
mod personal;
mod quarantine;
mod received;
mod retry;
mod timeline;

use std::panic::{AssertUnwindSafe, catch_unwind};

use domain::debtor::Debtor;
use domain::decide::{Decision, decide};
use domain::event::QuarantineReason;
use domain::ids::StreamId;
use domain::input::Input;
use domain::label::Label;

use crate::batch::{Verdict, Work};
use crate::cache::{Cache, Entry};
use crate::desk::Desk;
use crate::ready_set::Queue;

pub(crate) use draft::Draft;
pub(crate) use fan_out::opted_out;
pub(crate) use known::Known;
pub(crate) use personal::places;

/// An input that can't be processed: it goes to quarantine (inputs, 7). The reason is one of a closed set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct InputFailed(pub(crate) QuarantineReason);

/// A round under way.
pub(crate) struct Round<'a> {
    /// The tools.
    pub(crate) desk: &'a Desk,
    /// The committed states.
    pub(crate) cache: &'a Cache,
    /// What was read for this round.
    pub(crate) known: &'a Known,
    /// How many more escalations workers can take.
    pub(crate) room: &'a dyn Fn(&Queue) -> u32,
    /// What becomes the append.
    pub(crate) draft: Draft,
}

impl Round<'_> {
    /// Decides one input. After an error the draft is spoilt.
    pub(crate) fn take(&mut self, work: &Work) -> Result<Verdict, InputFailed> {
        match work {
            Work::Fact(message) => self.fact(message).map(Verdict::Receipt),
            Work::Outcome(message) => self.outcome(message).map(Verdict::Filed),
            Work::Permit { id, request, asker } => self.permit(*id, *request, *asker).map(Verdict::Permit),
            Work::Due(stream) => self.due(*stream).map(|()| Verdict::Done),
        }
    }

    /// A debtor as of this point of the round.
    fn entry(&self, stream: StreamId) -> Option<&Entry> {
        self.draft.entry(stream).or_else(|| self.cache.get(stream))
    }

    /// Decides, and turns a panic of the decider into a failure of this one input.
    fn decide(&self, debtor: &Debtor, input: &Input) -> Result<Decision, InputFailed> {
        let at = self.draft.at();
        catch_unwind(AssertUnwindSafe(|| decide(debtor, input, &self.desk.rulebook, at)))
            .map_err(|_panic| InputFailed(QuarantineReason::DeciderPanicked))
    }
}

/// A label of ours; one that is none is a defect, and fails the input rather than the process.
pub(crate) fn label(text: &'static str) -> Result<Label, InputFailed> {
    Label::new(text).map_err(|_bad| InputFailed(QuarantineReason::BadLabel))
}
