//! The debtor wrote: recorded as it came, then stopped or held as the rulebook says, and a person is called (R14, R38).
//!
//! The debtor was heard, so that the ladder rests besides. Nothing here waits for anybody to read the message.

use crate::channel::Channel;
use crate::decide::draft::Draft;
use crate::decide::outcome;
use crate::event::Event;
use crate::fact::{Fact, Invalidity, Scope, TaskKind};
use crate::ids::{HoldId, PointId};
use crate::inbound::{HoldLength, InboundClass, StopCovers};
use crate::label::Label;
use crate::time::Timestamp;

/// What follows from a message of this class.
pub(super) fn follow(draft: &mut Draft<'_>, channel: Channel, point: PointId, class: InboundClass) {
    match class {
        InboundClass::Stop => stop(draft, channel, point),
        InboundClass::WrongPerson => wrong_person(draft, point),
        InboundClass::Question | InboundClass::Unclear => answer(draft, class, TaskKind::Answer),
        InboundClass::Promise
        | InboundClass::Dispute
        | InboundClass::PaymentClaimed
        | InboundClass::Hardship
        | InboundClass::Abuse => answer(draft, class, TaskKind::Review),
    }
}

/// The contact point is closed in any case: whoever shares it sees this by the opt-out of that very scope (inputs, 6).
fn stop(draft: &mut Draft<'_>, channel: Channel, point: PointId) {
    let wider = match draft.tenant.inbound.stop_covers {
        StopCovers::Point => None,
        StopCovers::Channel => Some(Scope::Channel(channel)),
        StopCovers::All => Some(Scope::All),
    };
    let scopes = [Some(Scope::Point(point)), wider];
    for scope in scopes.into_iter().flatten() {
        draft.push(Event::Fact(Fact::OptedOut { scope, source: Label::fixed("reply") }));
    }
    outcome::rest(draft);
}

/// The debt must not be shown there again; whether the debtor can be reached elsewhere is for a person to find out.
fn wrong_person(draft: &mut Draft<'_>, point: PointId) {
    if draft.state.point(point).is_some() {
        let reason = Invalidity::WrongPerson;
        draft.push(Event::Fact(Fact::ContactPointInvalidated { point, reason }));
    }
    draft.push(Event::TaskOpened { task: TaskKind::Review, claim: None });
}

fn answer(draft: &mut Draft<'_>, class: InboundClass, task: TaskKind) {
    let (hold, until) = (hold_id(class), ends(draft, class));
    let lasts = draft.state.holds.iter().find(|known| known.hold == hold);
    // A longer hold of the same kind stays as it is.
    let is_longer =
        lasts.is_none_or(|known| known.until.is_some_and(|old| until.is_none_or(|new| new > old)));
    if is_longer {
        draft.push(Event::Fact(Fact::HoldPlaced {
            hold,
            claim: None,
            reason: Label::fixed(class.as_str()),
            actor: Label::fixed("reply"),
            until,
        }));
    }
    draft.push(Event::TaskOpened { task, claim: None });
    outcome::rest(draft);
}

fn ends(draft: &Draft<'_>, class: InboundClass) -> Option<Timestamp> {
    match draft.tenant.inbound.hold(class) {
        HoldLength::For(span) => Some(draft.now.plus(span)),
        HoldLength::UntilReleased => None,
    }
}

/// One hold for each class, so that a debtor who writes often gathers no holds without end.
pub(super) const fn hold_id(class: InboundClass) -> HoldId {
    let tag = match class {
        InboundClass::Stop => b"reply-stop......",
        InboundClass::WrongPerson => b"reply-wrong.....",
        InboundClass::Question => b"reply-question..",
        InboundClass::Promise => b"reply-promise...",
        InboundClass::Dispute => b"reply-dispute...",
        InboundClass::PaymentClaimed => b"reply-paid......",
        InboundClass::Hardship => b"reply-hardship..",
        InboundClass::Abuse => b"reply-abuse.....",
        InboundClass::Unclear => b"reply-unclear...",
    };
    HoldId::new(*tag)
}
