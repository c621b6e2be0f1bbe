//! What happened to a debtor, event by event.

use domain::debtor::Debtor;
use domain::event::Event;
use domain::rulebook::Rulebook;

use super::{MAX_MOMENTS, Moment, MomentKind, relied, rules, sentence, words};
use crate::error::ReplayError;
use crate::jsonl::cause_name;
use crate::reader::Entry;
use crate::rulebooks::Shelf;

mod detail;

/// Tells the last [`MAX_MOMENTS`] events, and how many are left out before them.
pub(super) async fn tell(
    entries: &[Entry],
    shelf: &mut Shelf<'_>,
) -> Result<(usize, Vec<Moment>), ReplayError> {
    let left_out = entries.len().saturating_sub(MAX_MOMENTS);
    let Some(first) = entries.first() else { return Ok((0, Vec::new())) };
    let mut debtor = Debtor::new(first.recorded.event.tenant.clone());
    let mut moments = Vec::with_capacity(entries.len() - left_out);
    for (index, entry) in entries.iter().enumerate() {
        let mut after = debtor.clone();
        after.evolve(&entry.event, entry.place());
        if index >= left_out {
            let rulebook = shelf.get(entry.recorded.event.rulebook, entry.recorded.position).await?;
            moments.push(moment(entry, &debtor, &after, rulebook.as_deref()));
        }
        debtor = after;
    }
    Ok((left_out, moments))
}

fn moment(entry: &Entry, before: &Debtor, after: &Debtor, rulebook: Option<&Rulebook>) -> Moment {
    let row = &entry.recorded.event;
    let detail = detail::of(&entry.event, before, rulebook, row.at);
    let weighs = !detail.weighed.is_empty();
    let relied_on = if detail.is_about_contact {
        relied::on(before, &detail.legs, detail.channel, detail.point)
    } else {
        Vec::new()
    };
    Moment {
        at: row.at.to_string(),
        occurred_at: (row.occurred_at != row.at).then(|| row.occurred_at.to_string()),
        position: entry.recorded.position.0,
        kind: kind(&entry.event),
        event: entry.event.name(),
        what: sentence::tell(&entry.event, before, after, rulebook),
        cause: format!("{} {}", cause_name(row.cause.kind), words::short(row.cause.id)),
        local: if weighs { words::local(before, rulebook, row.at) } else { Vec::new() },
        rules: rules::tell(&detail.weighed, rulebook, &before.tenant),
        relied_on,
        would_change: detail.would_change,
        next_admissible: detail.next.map(|at| at.to_string()),
    }
}

/// Which kind of moment an event is.
const fn kind(event: &Event) -> MomentKind {
    match event {
        Event::Fact(_) | Event::FactParked(_) | Event::ParkedFactApplied { .. } => MomentKind::Fact,
        Event::DeliveryStarted(_) => MomentKind::Contact,
        Event::EscalationWithdrawn { .. }
        | Event::EscalationLapsed { .. }
        | Event::StepDeferred { .. }
        | Event::StepSkipped { .. }
        | Event::PermitRefused { .. } => MomentKind::NonContact,
        Event::OutcomeRecorded { .. } | Event::OutcomeUnknown { .. } => MomentKind::Outcome,
        Event::ScenarioBegun { .. }
        | Event::ClaimSettled { .. }
        | Event::ClaimReopened { .. }
        | Event::PromiseKept { .. }
        | Event::PromiseBroken { .. }
        | Event::HoldExpired { .. }
        | Event::Escalated(_)
        | Event::StepEnded { .. }
        | Event::LadderEnded { .. }
        | Event::TaskOpened { .. }
        | Event::StreamQuarantined { .. }
        | Event::RulebookActivated { .. }
        | Event::ContactsPaused { .. }
        | Event::ContactsResumed { .. }
        | Event::InputDropped { .. } => MomentKind::Decision,
    }
}
