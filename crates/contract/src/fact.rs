//! Facts, to and from the wire.

use domain::fact::{Fact, Scope};
use domain::ids::PointId;

use crate::error::DecodeError;
use crate::field::{Field, nested, required};
use crate::generated::mahnwerk::claim::v1::{self as wire, ScopeKind, fact::Fact as Wire};

/// Joins each fact with its message: number, name, and for each field the wire's and ours.
macro_rules! facts {
    ($($number:literal $text:literal $name:ident { $($theirs:ident = $our:ident),+ })+) => {
        /// Each kind with its name.
        pub(crate) const KINDS: &[(u16, &str)] = &[$(($number, $text)),+];

        /// The number of the fact's field, which is also the kind of the event that records it.
        pub(crate) const fn kind(fact: &Fact) -> u16 {
            match fact {
                $(Fact::$name { .. } => $number,)+
            }
        }

        fn write(fact: &Fact) -> Wire {
            match fact {
                $(Fact::$name { $($our),+ } => Wire::$name(wire::$name { $($theirs: Field::write($our)),+ }),)+
            }
        }

        fn read(fact: Wire) -> Result<Fact, DecodeError> {
            Ok(match fact {
                $(Wire::$name(wire) => Fact::$name {
                    $($our: Field::read(concat!(stringify!($name), ".", stringify!($theirs)), wire.$theirs)?),+
                },)+
            })
        }
    };
}

facts! {
    1 "debtor_described" DebtorDescribed { zones = zones, language = language, kind = kind, country = country }
    2 "contact_point_added" ContactPointAdded {
        point_id = point, kind = kind, source = source, confidence = confidence, verified_at_ms = verified_at
    }
    3 "contact_point_invalidated" ContactPointInvalidated { point_id = point, reason = reason }
    4 "claim_registered" ClaimRegistered {
        claim_id = claim, creditor = creditor, currency = currency, principal_minor = principal,
        interest_minor = interest, costs_minor = costs, due_at_ms = due_at, scenario = scenario
    }
    5 "claim_amended" ClaimAmended { claim_id = claim, principal_minor = principal, currency = currency }
    6 "charge_added" ChargeAdded { claim_id = claim, component = component, amount_minor = amount, currency = currency }
    7 "payment_received" PaymentReceived { claim_id = claim, amount_minor = amount, currency = currency }
    8 "payment_reversed" PaymentReversed { claim_id = claim, amount_minor = amount, currency = currency }
    9 "claim_withdrawn" ClaimWithdrawn { claim_id = claim, reason = reason }
    10 "claim_handed_over" ClaimHandedOver { claim_id = claim, to = to }
    11 "dispute_opened" DisputeOpened { claim_id = claim, ground = ground }
    12 "dispute_resolved" DisputeResolved { claim_id = claim, end = end }
    13 "hold_placed" HoldPlaced {
        hold_id = hold, claim_id = claim, reason = reason, actor = actor, until_ms = until
    }
    14 "hold_released" HoldReleased { hold_id = hold, actor = actor }
    15 "promise_made" PromiseMade {
        promise_id = promise, claim_id = claim, amount_minor = amount, due_at_ms = due_at, source = source,
        currency = currency
    }
    16 "consent_given" ConsentGiven { scope = scope, source = source }
    17 "opted_out" OptedOut { scope = scope, source = source }
    18 "cease_requested" CeaseRequested { source = source }
    19 "contact_made" ContactMade { channel = channel, direction = direction, right_party = right_party }
    20 "task_done" TaskDone { task = task, actor = actor }
    21 "message_received" MessageReceived { channel = channel, point_id = point, class = class }
}

impl Field<wire::Fact> for Fact {
    fn write(&self) -> wire::Fact {
        wire::Fact { fact: Some(write(self)) }
    }

    fn read(_: &'static str, wire: wire::Fact) -> Result<Self, DecodeError> {
        read(required("Fact.fact", wire.fact)?)
    }
}

nested!(Fact = wire::Fact);

impl Field<wire::Scope> for Scope {
    fn write(&self) -> wire::Scope {
        match self {
            Self::Point(point) => {
                wire::Scope { kind: ScopeKind::Point as i32, point_id: point.write(), channel: 0 }
            }
            Self::Channel(channel) => wire::Scope {
                kind: ScopeKind::Channel as i32,
                point_id: Vec::new(),
                channel: channel.write(),
            },
            Self::All => wire::Scope { kind: ScopeKind::All as i32, point_id: Vec::new(), channel: 0 },
        }
    }

    fn read(_: &'static str, wire: wire::Scope) -> Result<Self, DecodeError> {
        match ScopeKind::try_from(wire.kind) {
            Ok(ScopeKind::Point) => {
                <PointId as Field<_>>::read("Scope.point_id", wire.point_id).map(Self::Point)
            }
            Ok(ScopeKind::Channel) => Field::read("Scope.channel", wire.channel).map(Self::Channel),
            Ok(ScopeKind::All) => Ok(Self::All),
            Ok(ScopeKind::Unspecified) | Err(_) => Err(DecodeError::Wrong {
                field: "Scope.kind",
                wrong: format!("is {}", wire.kind),
                right: "1 (a contact point), 2 (a channel) or 3 (all)",
            }),
        }
    }
}

nested!(Scope = wire::Scope);
