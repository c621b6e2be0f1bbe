//! What can be said of a fact without deciding it: its claim, what it makes known, its currency, whether it may stop a
//! contact, its name.

use super::Fact;
use crate::ids::{ClaimId, PointId};
use crate::money::Currency;

/// What leads to a debtor from then on: others may name it and no debtor, and what was said of it before waits for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MadeKnown {
    /// A claim, whose debtor it is.
    Claim(ClaimId),
    /// A contact point, one of whose users it is.
    Point(PointId),
}

impl MadeKnown {
    /// The digest that it is named by.
    pub const fn digest(self) -> [u8; 16] {
        match self {
            Self::Claim(claim) => claim.bytes(),
            Self::Point(point) => point.bytes(),
        }
    }

    /// The claim, if it is one.
    pub const fn claim(self) -> Option<ClaimId> {
        match self {
            Self::Claim(claim) => Some(claim),
            Self::Point(_) => None,
        }
    }

    /// The contact point, if it is one.
    pub const fn point(self) -> Option<PointId> {
        match self {
            Self::Claim(_) => None,
            Self::Point(point) => Some(point),
        }
    }
}

impl Fact {
    /// The claim that it is about, if it is about one.
    pub const fn claim(&self) -> Option<ClaimId> {
        match self {
            Self::ClaimRegistered { claim, .. }
            | Self::ClaimAmended { claim, .. }
            | Self::ChargeAdded { claim, .. }
            | Self::PaymentReceived { claim, .. }
            | Self::PaymentReversed { claim, .. }
            | Self::ClaimWithdrawn { claim, .. }
            | Self::ClaimHandedOver { claim, .. }
            | Self::DisputeOpened { claim, .. }
            | Self::DisputeResolved { claim, .. }
            | Self::PromiseMade { claim, .. } => Some(*claim),
            Self::HoldPlaced { claim, .. } => *claim,
            Self::DebtorDescribed { .. }
            | Self::ContactPointAdded { .. }
            | Self::ContactPointInvalidated { .. }
            | Self::HoldReleased { .. }
            | Self::ConsentGiven { .. }
            | Self::OptedOut { .. }
            | Self::CeaseRequested { .. }
            | Self::ContactMade { .. }
            | Self::TaskDone { .. }
            | Self::MessageReceived { .. } => None,
        }
    }

    /// What it makes known of its debtor, if it is recorded: one thing at most.
    pub const fn makes_known(&self) -> Option<MadeKnown> {
        match self {
            Self::ClaimRegistered { claim, .. } => Some(MadeKnown::Claim(*claim)),
            Self::ContactPointAdded { point, .. } => Some(MadeKnown::Point(*point)),
            // They speak of what is known already, or wait until it is.
            Self::DebtorDescribed { .. }
            | Self::ContactPointInvalidated { .. }
            | Self::ClaimAmended { .. }
            | Self::ChargeAdded { .. }
            | Self::PaymentReceived { .. }
            | Self::PaymentReversed { .. }
            | Self::ClaimWithdrawn { .. }
            | Self::ClaimHandedOver { .. }
            | Self::DisputeOpened { .. }
            | Self::DisputeResolved { .. }
            | Self::HoldPlaced { .. }
            | Self::HoldReleased { .. }
            | Self::PromiseMade { .. }
            | Self::ConsentGiven { .. }
            | Self::OptedOut { .. }
            | Self::CeaseRequested { .. }
            | Self::ContactMade { .. }
            | Self::TaskDone { .. }
            | Self::MessageReceived { .. } => None,
        }
    }

    /// The currency of its amount, if it has one of its own.
    pub const fn currency(&self) -> Option<Currency> {
        match self {
            Self::ClaimRegistered { currency, .. }
            | Self::ClaimAmended { currency, .. }
            | Self::ChargeAdded { currency, .. }
            | Self::PaymentReceived { currency, .. }
            | Self::PaymentReversed { currency, .. } => Some(*currency),
            Self::PromiseMade { currency, .. } => *currency,
            Self::DebtorDescribed { .. }
            | Self::ContactPointAdded { .. }
            | Self::ContactPointInvalidated { .. }
            | Self::ClaimWithdrawn { .. }
            | Self::ClaimHandedOver { .. }
            | Self::DisputeOpened { .. }
            | Self::DisputeResolved { .. }
            | Self::HoldPlaced { .. }
            | Self::HoldReleased { .. }
            | Self::ConsentGiven { .. }
            | Self::OptedOut { .. }
            | Self::CeaseRequested { .. }
            | Self::ContactMade { .. }
            | Self::TaskDone { .. }
            | Self::MessageReceived { .. } => None,
        }
    }

    /// Whether it may forbid a contact: such facts travel ahead of all others (inputs, 2).
    pub const fn is_stop(&self) -> bool {
        match self {
            Self::PaymentReceived { .. }
            | Self::ContactPointInvalidated { .. }
            | Self::ClaimWithdrawn { .. }
            | Self::ClaimHandedOver { .. }
            | Self::DisputeOpened { .. }
            | Self::HoldPlaced { .. }
            | Self::PromiseMade { .. }
            | Self::OptedOut { .. }
            | Self::CeaseRequested { .. }
            | Self::ContactMade { .. }
            | Self::MessageReceived { .. } => true,
            // An amendment may settle a claim, but two of one claim must not change places: the later one counts.
            Self::ClaimAmended { .. }
            | Self::DebtorDescribed { .. }
            | Self::ContactPointAdded { .. }
            | Self::ClaimRegistered { .. }
            | Self::ChargeAdded { .. }
            | Self::PaymentReversed { .. }
            | Self::DisputeResolved { .. }
            | Self::HoldReleased { .. }
            | Self::ConsentGiven { .. }
            | Self::TaskDone { .. } => false,
        }
    }

    /// The name used in files, counters and tables.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::DebtorDescribed { .. } => "debtor_described",
            Self::ContactPointAdded { .. } => "contact_point_added",
            Self::ContactPointInvalidated { .. } => "contact_point_invalidated",
            Self::ClaimRegistered { .. } => "claim_registered",
            Self::ClaimAmended { .. } => "claim_amended",
            Self::ChargeAdded { .. } => "charge_added",
            Self::PaymentReceived { .. } => "payment_received",
            Self::PaymentReversed { .. } => "payment_reversed",
            Self::ClaimWithdrawn { .. } => "claim_withdrawn",
            Self::ClaimHandedOver { .. } => "claim_handed_over",
            Self::DisputeOpened { .. } => "dispute_opened",
            Self::DisputeResolved { .. } => "dispute_resolved",
            Self::HoldPlaced { .. } => "hold_placed",
            Self::HoldReleased { .. } => "hold_released",
            Self::PromiseMade { .. } => "promise_made",
            Self::ConsentGiven { .. } => "consent_given",
            Self::OptedOut { .. } => "opted_out",
            Self::CeaseRequested { .. } => "cease_requested",
            Self::ContactMade { .. } => "contact_made",
            Self::TaskDone { .. } => "task_done",
            Self::MessageReceived { .. } => "message_received",
        }
    }
}
