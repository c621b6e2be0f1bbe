//! A row's facts: each block that is for the row makes one.

use contract::personal::Personal;
use contract::wire::{Addressee, FactMessage};
use domain::fact::{DebtorKind, Fact, Scope};
use domain::ids::{ClaimId, InputId};
use domain::time::Timestamp;

use super::fields::Fields;
use super::kind::{Field, Kind};
use super::spec::Cells;
use super::value::{self, Covers, ScopeKind};
use super::{Block, Instants, Mapping};
use crate::canonical;
use crate::digests::Digests;
use crate::normalise;
use crate::problem::RowProblem;

/// A fact and what is personal about it.
type Stated = Result<(Fact, Option<Personal>), RowProblem>;

/// All facts of a row.
pub(super) fn of_row(
    mapping: &Mapping,
    cells: Cells<'_>,
    at: Timestamp,
    digests: &dyn Digests,
) -> Result<Vec<FactMessage>, RowProblem> {
    let for_row = |block: &&Block| block.when.iter().all(|condition| condition.holds(cells));
    let stated = mapping.blocks.iter().filter(for_row);
    stated.map(|block| message(Fields { mapping, block, cells, at, digests })).collect()
}

fn message(fields: Fields<'_>) -> Result<FactMessage, RowProblem> {
    let (fact, personal) = stated(fields)?;
    let addressee = addressee(fields)?;
    let content = match fields.mapping.instants {
        Instants::Column { .. } => canonical::content(addressee, Some(fields.at), &fact, personal.as_ref()),
        // Of a row without an instant of its own, the instant of the import is no content, nor what is counted from it.
        Instants::Now => {
            let (timeless, _) = stated(Fields { at: Timestamp(0), ..fields })?;
            canonical::content(addressee, None, &timeless, personal.as_ref())
        }
    };
    Ok(FactMessage {
        tenant: fields.tenant().clone(),
        addressee,
        key: key(fields),
        content: fields.digests.content(&content),
        occurred_at: fields.at,
        fact,
        personal,
        trace: None,
    })
}

/// What the fact is recognised by: the row's id, the kind of the block, and which one of its kind.
fn key(fields: Fields<'_>) -> InputId {
    let Fields { mapping, block, cells, digests, .. } = fields;
    let row = if mapping.id.is_empty() {
        format!("line\u{1f}{}", cells.row.line())
    } else {
        let parts: Vec<&str> = mapping.id.iter().map(|column| cells.get(*column)).collect();
        format!("id\u{1f}{}", parts.join("\u{1f}"))
    };
    let id = format!("{row}\u{1e}{}\u{1e}{}", block.kind.as_str(), block.ordinal);
    digests.input(&mapping.tenant, &mapping.source, &id)
}

fn addressee(fields: Fields<'_>) -> Result<Addressee, RowProblem> {
    if fields.block.fields.contains_key(&Field::Debtor) {
        return fields.digest(Field::Debtor, |d, tenant, text| d.stream(tenant, text)).map(Addressee::Debtor);
    }
    fields.digest(Field::Claim, |d, tenant, text| d.claim(tenant, text)).map(Addressee::OwnerOf)
}

fn stated(fields: Fields<'_>) -> Stated {
    match fields.block.kind {
        Kind::DebtorDescribed => debtor_described(fields),
        Kind::ContactPointAdded => contact_point_added(fields),
        Kind::ContactPointInvalidated => contact_point_invalidated(fields),
        Kind::ClaimRegistered => claim_registered(fields),
        Kind::ClaimAmended => on_claim(fields, |claim| {
            Ok(Fact::ClaimAmended {
                claim,
                principal: fields.amount(Field::Principal)?,
                currency: fields.currency()?,
            })
        }),
        Kind::ChargeAdded => on_claim(fields, |claim| {
            let component = fields.must(Field::Component, value::component)?;
            Ok(Fact::ChargeAdded {
                claim,
                component,
                amount: fields.amount(Field::Amount)?,
                currency: fields.currency()?,
            })
        }),
        Kind::PaymentReceived => on_claim(fields, |claim| {
            Ok(Fact::PaymentReceived {
                claim,
                amount: fields.amount(Field::Amount)?,
                currency: fields.currency()?,
            })
        }),
        Kind::PaymentReversed => on_claim(fields, |claim| {
            Ok(Fact::PaymentReversed {
                claim,
                amount: fields.amount(Field::Amount)?,
                currency: fields.currency()?,
            })
        }),
        Kind::ClaimWithdrawn => on_claim(fields, |claim| {
            Ok(Fact::ClaimWithdrawn { claim, reason: fields.must(Field::Reason, value::label)? })
        }),
        Kind::ClaimHandedOver => on_claim(fields, |claim| {
            Ok(Fact::ClaimHandedOver { claim, to: fields.must(Field::To, value::label)? })
        }),
        Kind::DisputeOpened => on_claim(fields, |claim| {
            Ok(Fact::DisputeOpened { claim, ground: fields.must(Field::Ground, value::label)? })
        }),
        Kind::DisputeResolved => on_claim(fields, |claim| {
            Ok(Fact::DisputeResolved { claim, end: fields.must(Field::End, value::dispute_end)? })
        }),
        Kind::HoldPlaced => hold_placed(fields),
        Kind::HoldReleased => hold_released(fields),
        Kind::PromiseMade => promise_made(fields),
        Kind::ConsentGiven => {
            noted(fields, Fact::ConsentGiven { scope: scope(fields)?, source: fields.source()? })
        }
        Kind::OptedOut => noted(fields, Fact::OptedOut { scope: scope(fields)?, source: fields.source()? }),
        Kind::CeaseRequested => noted(fields, Fact::CeaseRequested { source: fields.source()? }),
        Kind::ContactMade => contact_made(fields),
        Kind::TaskDone => task_done(fields),
    }
}

/// A fact that changes one claim.
fn on_claim(fields: Fields<'_>, make: impl FnOnce(ClaimId) -> Result<Fact, RowProblem>) -> Stated {
    noted(fields, make(fields.digest(Field::Claim, |d, tenant, text| d.claim(tenant, text))?)?)
}

fn debtor_described(fields: Fields<'_>) -> Stated {
    let fact = Fact::DebtorDescribed {
        zones: fields.may(Field::Zones, value::zones)?.unwrap_or_default(),
        language: fields.may(Field::Language, value::language)?,
        kind: fields.may(Field::DebtorKind, value::debtor_kind)?.unwrap_or(DebtorKind::Person),
        country: fields.may(Field::Country, value::country)?,
    };
    let reference = fields.must(Field::Debtor, value::reference)?;
    let name = fields.must(Field::Name, value::name)?;
    Ok((fact, Some(Personal::Debtor { reference, name })))
}

fn contact_point_added(fields: Fields<'_>) -> Stated {
    let kind = fields.must(Field::PointKind, value::point_kind)?;
    let value = fields.must(Field::Value, |text| normalise::point(kind, text))?;
    let fact = Fact::ContactPointAdded {
        point: fields.digests.point(fields.tenant(), kind, &value),
        kind,
        source: fields.source()?,
        confidence: fields.must(Field::Confidence, value::percent)?,
        verified_at: fields.instant(Field::VerifiedAt)?,
    };
    Ok((fact, Some(Personal::Point { value })))
}

fn contact_point_invalidated(fields: Fields<'_>) -> Stated {
    let kind = fields.must(Field::PointKind, value::point_kind)?;
    let value = fields.must(Field::Value, |text| normalise::point(kind, text))?;
    let point = fields.digests.point(fields.tenant(), kind, &value);
    noted(
        fields,
        Fact::ContactPointInvalidated { point, reason: fields.must(Field::Reason, value::invalidity)? },
    )
}

fn claim_registered(fields: Fields<'_>) -> Stated {
    let fact = Fact::ClaimRegistered {
        claim: fields.digest(Field::Claim, |d, tenant, text| d.claim(tenant, text))?,
        creditor: fields.must(Field::Creditor, value::creditor)?,
        currency: fields.currency()?,
        principal: fields.amount(Field::Principal)?,
        interest: fields.amount_or_nothing(Field::Interest)?,
        costs: fields.amount_or_nothing(Field::Costs)?,
        due_at: fields.due()?,
        scenario: fields.may(Field::Scenario, value::scenario)?,
    };
    let reference = fields.must(Field::Claim, value::reference)?;
    let description = fields.may(Field::Description, value::name)?.unwrap_or_default();
    Ok((fact, Some(Personal::Claim { reference, description })))
}

fn hold_placed(fields: Fields<'_>) -> Stated {
    let has_claim = fields.block.fields.contains_key(&Field::Claim);
    let otherwise = if has_claim { Covers::Claim } else { Covers::Debtor };
    let claim = match fields.may(Field::Covers, value::covers)?.unwrap_or(otherwise) {
        Covers::Claim => Some(fields.digest(Field::Claim, |d, tenant, text| d.claim(tenant, text))?),
        Covers::Debtor => None,
    };
    let fact = Fact::HoldPlaced {
        hold: fields.digest(Field::Hold, |d, tenant, text| d.hold(tenant, text))?,
        claim,
        reason: fields.must(Field::Reason, value::label)?,
        actor: fields.must(Field::Actor, value::label)?,
        until: fields.instant_or_after(Field::Until, Field::UntilAfter)?,
    };
    noted(fields, fact)
}

fn hold_released(fields: Fields<'_>) -> Stated {
    let hold = fields.digest(Field::Hold, |d, tenant, text| d.hold(tenant, text))?;
    noted(fields, Fact::HoldReleased { hold, actor: fields.must(Field::Actor, value::label)? })
}

fn promise_made(fields: Fields<'_>) -> Stated {
    let fact = Fact::PromiseMade {
        promise: fields.digest(Field::Promise, |d, tenant, text| d.promise(tenant, text))?,
        claim: fields.digest(Field::Claim, |d, tenant, text| d.claim(tenant, text))?,
        amount: fields.amount(Field::Amount)?,
        currency: Some(fields.currency()?),
        due_at: fields.due()?,
        source: fields.source()?,
    };
    noted(fields, fact)
}

fn contact_made(fields: Fields<'_>) -> Stated {
    let fact = Fact::ContactMade {
        channel: fields.must(Field::Channel, value::channel)?,
        direction: fields.must(Field::Direction, value::direction)?,
        right_party: fields.must(Field::RightParty, value::flag)?,
    };
    noted(fields, fact)
}

fn task_done(fields: Fields<'_>) -> Stated {
    let task = fields.must(Field::Task, value::task)?;
    noted(fields, Fact::TaskDone { task, actor: fields.must(Field::Actor, value::label)? })
}

fn scope(fields: Fields<'_>) -> Result<Scope, RowProblem> {
    match fields.must(Field::Scope, value::scope)? {
        ScopeKind::All => Ok(Scope::All),
        ScopeKind::Channel => fields.must(Field::Channel, value::channel).map(Scope::Channel),
        ScopeKind::Point => {
            let kind = fields.must(Field::PointKind, value::point_kind)?;
            let value = fields.must(Field::Value, |text| normalise::point(kind, text))?;
            Ok(Scope::Point(fields.digests.point(fields.tenant(), kind, &value)))
        }
    }
}

/// A fact beside which a text may stand.
fn noted(fields: Fields<'_>, fact: Fact) -> Stated {
    let text = fields.may(Field::Text, value::text)?;
    Ok((fact, text.map(|text| Personal::Text { text })))
}
