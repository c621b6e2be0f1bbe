//! Which kinds of facts a mapping can state, and which fields each has.

use Field::{
    Actor, Amount, Channel, Component, Confidence, Country, Covers, Creditor, Currency, DebtorKind,
    Description, Direction, DueAfter, DueAt, End, Ground, Hold, Language, Name, PointKind, Principal,
    Promise, Reason, RightParty, Scenario, Scope, Source, Task, Text, To, Until, UntilAfter, Value,
    VerifiedAt, Zones,
};
use Need::{May, Must};

macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub(super) enum $name { $($variant,)* }

        impl $name {
            /// All of them.
            pub(super) const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name in a mapping file.
            pub(super) const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// Reads what [`Self::as_str`] gives.
            pub(super) fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|each| each.as_str() == text)
            }
        }
    };
}

named!(
    /// A kind of fact, named as [`domain::fact::Fact::name`] names it.
    Kind {
        DebtorDescribed = "debtor_described",
        ContactPointAdded = "contact_point_added",
        ContactPointInvalidated = "contact_point_invalidated",
        ClaimRegistered = "claim_registered",
        ClaimAmended = "claim_amended",
        ChargeAdded = "charge_added",
        PaymentReceived = "payment_received",
        PaymentReversed = "payment_reversed",
        ClaimWithdrawn = "claim_withdrawn",
        ClaimHandedOver = "claim_handed_over",
        DisputeOpened = "dispute_opened",
        DisputeResolved = "dispute_resolved",
        HoldPlaced = "hold_placed",
        HoldReleased = "hold_released",
        PromiseMade = "promise_made",
        ConsentGiven = "consent_given",
        OptedOut = "opted_out",
        CeaseRequested = "cease_requested",
        ContactMade = "contact_made",
        TaskDone = "task_done",
    }
);

named!(
    /// A field of a `[[fact]]` block; `kind` and `when` are the block's own.
    Field {
        Debtor = "debtor",
        Claim = "claim",
        Zones = "zones",
        Language = "language",
        DebtorKind = "debtor_kind",
        Country = "country",
        Name = "name",
        PointKind = "point_kind",
        Value = "value",
        Source = "source",
        Confidence = "confidence",
        VerifiedAt = "verified_at",
        Reason = "reason",
        Creditor = "creditor",
        Currency = "currency",
        Principal = "principal",
        Interest = "interest",
        Costs = "costs",
        DueAt = "due_at",
        DueAfter = "due_after",
        Scenario = "scenario",
        Description = "description",
        Component = "component",
        Amount = "amount",
        To = "to",
        Ground = "ground",
        End = "end",
        Hold = "hold",
        Covers = "covers",
        Actor = "actor",
        Until = "until",
        UntilAfter = "until_after",
        Promise = "promise",
        Scope = "scope",
        Channel = "channel",
        Direction = "direction",
        RightParty = "right_party",
        Task = "task",
        Text = "text",
    }
);

/// Whether a field has to be there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Need {
    /// It has to.
    Must,
    /// It may be left out.
    May,
}

impl Kind {
    /// Its own fields; `debtor` and `claim` are said by [`Kind::needs_debtor`] and [`Kind::needs_claim`].
    pub(super) const fn fields(self) -> &'static [(Field, Need)] {
        match self {
            Self::DebtorDescribed => {
                &[(Zones, Must), (Name, Must), (Language, May), (DebtorKind, May), (Country, May)]
            }
            Self::ContactPointAdded => {
                &[(PointKind, Must), (Value, Must), (Confidence, Must), (Source, May), (VerifiedAt, May)]
            }
            Self::ContactPointInvalidated => &[(PointKind, Must), (Value, Must), (Reason, Must), (Text, May)],
            Self::ClaimRegistered => &[
                (Creditor, Must),
                (Currency, Must),
                (Principal, Must),
                (Field::Interest, May),
                (Field::Costs, May),
                (DueAt, May),
                (DueAfter, May),
                (Scenario, May),
                (Description, May),
            ],
            Self::ClaimAmended => &[(Currency, Must), (Principal, Must), (Text, May)],
            Self::ChargeAdded => &[(Currency, Must), (Component, Must), (Amount, Must), (Text, May)],
            Self::PaymentReceived | Self::PaymentReversed => &[(Currency, Must), (Amount, Must), (Text, May)],
            Self::ClaimWithdrawn => &[(Reason, Must), (Text, May)],
            Self::ClaimHandedOver => &[(To, Must), (Text, May)],
            Self::DisputeOpened => &[(Ground, Must), (Text, May)],
            Self::DisputeResolved => &[(End, Must), (Text, May)],
            Self::HoldPlaced => &[
                (Hold, Must),
                (Reason, Must),
                (Actor, Must),
                (Covers, May),
                (Until, May),
                (UntilAfter, May),
                (Text, May),
            ],
            Self::HoldReleased => &[(Hold, Must), (Actor, Must), (Text, May)],
            Self::PromiseMade => &[
                (Promise, Must),
                (Currency, Must),
                (Amount, Must),
                (DueAt, May),
                (DueAfter, May),
                (Source, May),
                (Text, May),
            ],
            Self::ConsentGiven | Self::OptedOut => {
                &[(Scope, Must), (Channel, May), (PointKind, May), (Value, May), (Source, May), (Text, May)]
            }
            Self::CeaseRequested => &[(Source, May), (Text, May)],
            Self::ContactMade => &[(Channel, Must), (Direction, Must), (RightParty, Must), (Text, May)],
            Self::TaskDone => &[(Task, Must), (Actor, Must), (Text, May)],
        }
    }

    /// Whether it can only be stated of a debtor who is named.
    pub(super) const fn needs_debtor(self) -> bool {
        match self {
            Self::DebtorDescribed | Self::ClaimRegistered => true,
            Self::ContactPointAdded
            | Self::ContactPointInvalidated
            | Self::ClaimAmended
            | Self::ChargeAdded
            | Self::PaymentReceived
            | Self::PaymentReversed
            | Self::ClaimWithdrawn
            | Self::ClaimHandedOver
            | Self::DisputeOpened
            | Self::DisputeResolved
            | Self::HoldPlaced
            | Self::HoldReleased
            | Self::PromiseMade
            | Self::ConsentGiven
            | Self::OptedOut
            | Self::CeaseRequested
            | Self::ContactMade
            | Self::TaskDone => false,
        }
    }

    /// Whether it is stated of a claim.
    pub(super) const fn needs_claim(self) -> bool {
        match self {
            Self::ClaimRegistered
            | Self::ClaimAmended
            | Self::ChargeAdded
            | Self::PaymentReceived
            | Self::PaymentReversed
            | Self::ClaimWithdrawn
            | Self::ClaimHandedOver
            | Self::DisputeOpened
            | Self::DisputeResolved
            | Self::PromiseMade => true,
            Self::DebtorDescribed
            | Self::ContactPointAdded
            | Self::ContactPointInvalidated
            | Self::HoldPlaced
            | Self::HoldReleased
            | Self::ConsentGiven
            | Self::OptedOut
            | Self::CeaseRequested
            | Self::ContactMade
            | Self::TaskDone => false,
        }
    }

    /// Pairs of fields of which exactly one has to be there.
    pub(super) const fn either(self) -> Option<(Field, Field)> {
        match self {
            Self::ClaimRegistered | Self::PromiseMade => Some((DueAt, DueAfter)),
            Self::DebtorDescribed
            | Self::ContactPointAdded
            | Self::ContactPointInvalidated
            | Self::ClaimAmended
            | Self::ChargeAdded
            | Self::PaymentReceived
            | Self::PaymentReversed
            | Self::ClaimWithdrawn
            | Self::ClaimHandedOver
            | Self::DisputeOpened
            | Self::DisputeResolved
            | Self::HoldPlaced
            | Self::HoldReleased
            | Self::ConsentGiven
            | Self::OptedOut
            | Self::CeaseRequested
            | Self::ContactMade
            | Self::TaskDone => None,
        }
    }
}
