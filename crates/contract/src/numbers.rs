//! Enumerations and their numbers on the wire, both ways, in tables.
//!
//! A number that is not in a table is an error that names the field, never a default.

use domain::channel::{Channel, PointKind};
use domain::claim::Closure;
use domain::event::{QuarantineReason, SkipReason, StepResult, Withdrawal};
use domain::fact::{Component, DebtorKind, Direction, DisputeEnd, Invalidity, TaskKind};
use domain::hold::PromiseState;
use domain::inbound::InboundClass;
use domain::input::CauseKind;
use domain::outcome::{Reach, RejectClass};

use crate::error::DecodeError;
use crate::field::Field;
use crate::generated::mahnwerk::{
    claim::v1 as claim, event::v1 as event, outcome::v1 as outcome, state::v1 as state,
};

const RIGHT: &str = "one of the numbers that its proto file lists, 0 excepted";

macro_rules! numbers {
    ($($ours:ty = $wire:ty { $($name:ident),+ $(,)? })+) => {$(
        impl Field<i32> for $ours {
            fn write(&self) -> i32 {
                match self {
                    $(Self::$name => <$wire>::$name as i32,)+
                }
            }

            fn read(field: &'static str, wire: i32) -> Result<Self, DecodeError> {
                match <$wire>::try_from(wire) {
                    $(Ok(<$wire>::$name) => Ok(Self::$name),)+
                    Ok(<$wire>::Unspecified) | Err(_) => {
                        Err(DecodeError::Wrong { field, wrong: format!("is {wire}"), right: RIGHT })
                    }
                }
            }
        }

        impl Field<i32> for Option<$ours> {
            fn write(&self) -> i32 {
                self.as_ref().map_or(0, Field::write)
            }

            fn read(field: &'static str, wire: i32) -> Result<Self, DecodeError> {
                if wire == 0 { Ok(None) } else { Field::read(field, wire).map(Some) }
            }
        }
    )+};
}

numbers! {
    Channel = claim::Channel { Call, Sms, Email, Social, Letter }
    PointKind = claim::PointKind { Phone, Email, Messenger, Postal }
    DebtorKind = claim::DebtorKind { Person, Company, PublicBody }
    Component = claim::Component { Principal, Interest, Costs }
    Invalidity = claim::Invalidity { Undeliverable, WrongPerson, Retracted }
    DisputeEnd = claim::DisputeEnd { Rejected, Upheld }
    Direction = claim::Direction { Inbound, Outbound }
    InboundClass = claim::InboundClass {
        Stop, WrongPerson, Question, Promise, Dispute, PaymentClaimed, Hardship, Abuse, Unclear
    }
    TaskKind = claim::TaskKind { LadderEnded, ZoneMissing, RulebookGap, Answer, Review, NotAllowed, Quarantined }
    RejectClass = outcome::RejectClass { BadAddress, RecipientRefuses, NotAllowed, Other }
    Reach = outcome::Reach { NoAnswer, Busy, Voicemail, WrongNumber, ThirdParty, RightParty }
    Withdrawal = event::Withdrawal { NoClaimLeft, PointClosed, Ceased }
    SkipReason = event::SkipReason { NoContactPoint, NoConsent, OptedOut, NotTaken, NoAllowedHours }
    StepResult = event::StepResult { Heard, Unanswered, Unknown, Failed, Refused }
    QuarantineReason = event::QuarantineReason {
        DeciderPanicked, DueWithoutEnd, DueWithoutEvent, NoAttempt, BadLabel, NotSealed, PayloadTooLarge,
        PersonalPartTooLarge, AppendRefused, Other
    }
    CauseKind = event::CauseKind { Fact, Outcome, Permit, RenderRefused, Due, Operator }
    Closure = state::Closure { Withdrawn, HandedOver }
    PromiseState = state::PromiseState { Open, Kept, Broken, Superseded }
}
