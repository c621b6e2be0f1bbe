//! An opt-out by contact point reaches every debtor of the tenant who uses it, and stays for whoever is given it later
//! (inputs, 6).
//!
//! Whatever closed the point: a fact, a message that came from there, or a provider's refusal.
//! Here those of this partition; another partition's get the same fact sent to them.

use std::collections::BTreeSet;

use contract::wire::TraceContext;
use domain::event::Event;
use domain::fact::{Fact, Scope};
use domain::ids::{InputId, PointId, StreamId};
use domain::input::{Cause, CauseKind, Input};
use domain::label::TenantId;
use domain::time::Timestamp;

use crate::round::apply::Origin;
use crate::round::{InputFailed, Round, label};

/// By whom and from where a contact point was closed.
pub(super) struct Closing {
    /// The tenant.
    pub(super) tenant: TenantId,
    /// The debtor in whose stream it stands.
    pub(super) first: StreamId,
    /// When what the input itself states happened; what follows from it happens now.
    pub(super) at: Timestamp,
    /// The input that closed it.
    pub(super) cause: InputId,
    /// Its trace.
    pub(super) trace: TraceContext,
}

impl Round<'_> {
    /// States the opt-outs among these events in the streams of all others who use the contact point, in the same append.
    ///
    /// The text that came with one stays with the debtor whom it was sent about.
    pub(super) fn fan_out(&mut self, closing: &Closing, events: &[Event]) -> Result<(), InputFailed> {
        for (index, event) in events.iter().enumerate() {
            let Event::Fact(fact) = event else { continue };
            let Some(point) = opted_out(fact) else { continue };
            let since = if index == 0 { closing.at } else { self.draft.at() };
            self.draft.suppress(point, since);
            for stream in self.users_of(point).into_iter().filter(|stream| *stream != closing.first) {
                self.opt_out(stream, closing, fact, since)?;
            }
        }
        Ok(())
    }

    /// The suppression list meets whoever is given a contact point on it: as if the opt-out were stated anew.
    pub(super) fn meet_suppression(
        &mut self,
        stream: StreamId,
        tenant: &TenantId,
        point: PointId,
        trace: TraceContext,
    ) -> Result<(), InputFailed> {
        let Some(since) = self.draft.suppressed(point).max(self.known.suppressed.get(&point).copied()) else {
            return Ok(());
        };
        let scope = Scope::Point(point);
        let stated = self.entry(stream).and_then(|entry| entry.debtor.preferences.stated_at(scope));
        if stated.is_some_and(|at| at >= since) {
            return Ok(());
        }
        let fact = Fact::OptedOut { scope, source: label("suppression-list")? };
        let cause = InputId::new(self.desk.vault.random_id());
        let closing = Closing { tenant: tenant.clone(), first: stream, at: since, cause, trace };
        self.opt_out(stream, &closing, &fact, since)
    }

    fn opt_out(
        &mut self,
        stream: StreamId,
        closing: &Closing,
        fact: &Fact,
        occurred_at: Timestamp,
    ) -> Result<(), InputFailed> {
        let Some(entry) = self.entry(stream).cloned() else { return Ok(()) };
        if entry.debtor.tenant != closing.tenant {
            return Ok(());
        }
        let input = Input::Fact { fact: fact.clone(), occurred_at };
        let decision = self.decide(&entry.debtor, &input)?;
        if decision.events.is_empty() {
            return Ok(());
        }
        let cause = Cause { kind: CauseKind::Fact, id: closing.cause };
        let origin = Origin { input: &input, cause, trace: closing.trace, personal: None };
        self.apply(stream, entry, &decision.events, origin)
    }

    /// Who uses a contact point, as of this point of the round.
    pub(super) fn users_of(&self, point: PointId) -> BTreeSet<StreamId> {
        let in_store = self.known.points.get(&point).into_iter().flatten();
        let in_round = self.draft.points.get(&point).into_iter().flatten();
        in_store.chain(in_round).copied().collect()
    }
}

/// The contact point that a fact opts out of, if it does.
pub(crate) const fn opted_out(fact: &Fact) -> Option<PointId> {
    if let Fact::OptedOut { scope: Scope::Point(point), .. } = fact { Some(*point) } else { None }
}
