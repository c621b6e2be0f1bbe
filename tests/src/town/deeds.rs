//! What debtors and creditors do: planned in advance, or in the very moment in which a contact is on its way.

use contract::wire::FactMessage;
use domain::channel::{Channel, PointKind};
use domain::fact::{DisputeEnd, Fact, Scope};
use domain::ids::HoldId;
use domain::money::Minor;
use domain::time::{Span, Timestamp};

use super::people::{Debt, Person, label};
use crate::draw::Draw;

type Told = Vec<(Timestamp, FactMessage)>;

/// What happens to somebody between two instants, whatever Mahnwerk does.
pub fn planned(person: &Person, draw: &mut Draw, from: Timestamp, until: Timestamp) -> Told {
    let mut told = Vec::new();
    let minutes = until.since(from).0 / 60_000;
    let at = |draw: &mut Draw| from.plus(Span::minutes(draw.between(0, minutes)));
    for (index, debt) in person.debts.iter().enumerate() {
        let name = |deed: &str| format!("{deed} {index}");
        if draw.percent(15) {
            // Some of these come before the claim itself.
            told.push(pays(person, debt, &name("pays"), at(draw), debt.principal));
        }
        if draw.percent(20) {
            told.push(pays(person, debt, &name("part"), at(draw), Minor(debt.principal.0 / 3)));
        }
        if draw.percent(10) {
            let paid_at = at(draw).max(debt.told_at);
            told.push(pays(person, debt, &name("bounced"), paid_at, debt.principal));
            let back_at = paid_at.plus(Span::hours(draw.between(1, 100)));
            let back = Fact::PaymentReversed {
                claim: debt.claim,
                amount: debt.principal,
                currency: domain::money::Currency::CHF,
            };
            told.push((back_at, person.fact(&name("bounce"), back_at, back, None)));
        }
        if draw.percent(15) {
            let opened_at = at(draw).max(debt.told_at);
            told.extend(disputes(person, debt, draw, &name("dispute"), opened_at));
        }
        if draw.percent(6) {
            let withdrawn_at = at(draw).max(debt.told_at);
            let fact = Fact::ClaimWithdrawn { claim: debt.claim, reason: label("waived") };
            told.push((withdrawn_at, person.fact(&name("withdrawn"), withdrawn_at, fact, None)));
        }
    }
    if draw.percent(15) {
        let placed_at = at(draw);
        told.extend(holds(person, draw, "hold", placed_at));
    }
    if draw.percent(10) {
        // Not before those who share their phone are known.
        let stop_at = at(draw).max(from.plus(Span::hours(1)));
        told.push(opts_out(person, draw, "opts out", stop_at));
    }
    if draw.percent(4) {
        let cease_at = at(draw);
        let fact = Fact::CeaseRequested { source: label("letter") };
        told.push((cease_at, person.fact("cease", cease_at, fact, None)));
    }
    told
}

/// What somebody does while a contact to them is on its way.
pub fn in_the_moment(person: &Person, draw: &mut Draw, id: &str, at: Timestamp) -> Told {
    let Some(debt) = draw.pick(&person.debts).cloned() else { return Vec::new() };
    match draw.between(1, 10) {
        1..=3 => person
            .debts
            .iter()
            .enumerate()
            .map(|(index, debt)| pays(person, debt, &format!("{id} {index}"), at, debt.principal))
            .collect(),
        4..=5 => disputes(person, &debt, draw, id, at),
        6..=8 => holds(person, draw, id, at),
        _ => vec![opts_out(person, draw, id, at)],
    }
}

fn pays(person: &Person, debt: &Debt, id: &str, at: Timestamp, amount: Minor) -> (Timestamp, FactMessage) {
    (
        at,
        person.fact(
            id,
            at,
            Fact::PaymentReceived { claim: debt.claim, amount, currency: domain::money::Currency::CHF },
            None,
        ),
    )
}

/// Disputes, and mostly the creditor says after some days that the claim stands.
fn disputes(person: &Person, debt: &Debt, draw: &mut Draw, id: &str, at: Timestamp) -> Told {
    let opened = Fact::DisputeOpened { claim: debt.claim, ground: label("wrong-amount") };
    let mut told = vec![(at, person.fact(id, at, opened, None))];
    if draw.percent(70) {
        let end_at = at.plus(Span::hours(draw.between(1, 120)));
        let end = Fact::DisputeResolved { claim: debt.claim, end: DisputeEnd::Rejected };
        told.push((end_at, person.fact(&format!("{id} resolved"), end_at, end, None)));
    }
    told
}

/// A hold that ends by itself, is released, or stays.
fn holds(person: &Person, draw: &mut Draw, id: &str, at: Timestamp) -> Told {
    let hold: HoldId = person.keys().hold_id(&person.tenant, &format!("{} {id}", person.reference));
    let length = Span::hours(draw.between(1, 150));
    let how = draw.between(1, 10);
    let until = (how <= 4).then(|| at.plus(length));
    // Of a claim that is known by then: the release of a hold that waits for its claim is refused.
    let known = person.debts.iter().find(|debt| debt.told_at <= at);
    let claim = if draw.percent(50) { known.map(|debt| debt.claim) } else { None };
    let (reason, actor) = (label("checking"), label("desk"));
    let placed = Fact::HoldPlaced { hold, claim, reason, actor: actor.clone(), until };
    let mut told = vec![(at, person.fact(id, at, placed, None))];
    if (5..=9).contains(&how) {
        let released_at = at.plus(length);
        let released = Fact::HoldReleased { hold, actor };
        told.push((released_at, person.fact(&format!("{id} released"), released_at, released, None)));
    }
    told
}

fn opts_out(person: &Person, draw: &mut Draw, id: &str, at: Timestamp) -> (Timestamp, FactMessage) {
    let phone = person.points.iter().find(|(kind, _)| *kind == PointKind::Phone);
    let scope = match (draw.between(1, 10), phone) {
        (1..=4, Some((kind, value))) => Scope::Point(person.keys().point_id(&person.tenant, *kind, value)),
        (5..=6, _) => Scope::Channel(Channel::Email),
        (7, _) => Scope::All,
        _ => Scope::Channel(Channel::Sms),
    };
    (at, person.fact(id, at, Fact::OptedOut { scope, source: label("reply") }, None))
}
