//! Values that are no messages: ids, names, amounts, instants, numbers.

use domain::ids::{
    ClaimId, HoldId, InputId, PointId, Position, PromiseId, ProviderMessageId, RequestId, RulebookHash,
    StreamId,
};
use domain::label::{
    Country, CreditorId, Label, Language, RuleName, ScenarioId, StepId, TemplateId, TenantId,
};
use domain::money::{Currency, Minor};
use domain::time::{Span, Timestamp};
use domain::zone::ZoneName;

use super::Field;
use crate::error::DecodeError;

/// Values that stand as they are.
macro_rules! plain {
    ($($scalar:ty),+) => {$(
        impl Field<$scalar> for $scalar {
            fn write(&self) -> $scalar {
                self.clone()
            }

            fn read(_: &'static str, wire: $scalar) -> Result<Self, DecodeError> {
                Ok(wire)
            }
        }
    )+};
}

plain!(bool, i32, i64, u32, u64, String, Option<Vec<u8>>);

/// A byte of an open payload.
impl Field<u8> for u8 {
    const MOST: usize = 1 << 24;

    fn write(&self) -> u8 {
        *self
    }

    fn read(_: &'static str, wire: u8) -> Result<Self, DecodeError> {
        Ok(wire)
    }
}

/// Values around one number.
macro_rules! wrapped {
    ($($ours:ident($scalar:ty)),+) => {$(
        impl Field<$scalar> for $ours {
            fn write(&self) -> $scalar {
                self.0
            }

            fn read(_: &'static str, wire: $scalar) -> Result<Self, DecodeError> {
                Ok(Self(wire))
            }
        }
    )+};
}

wrapped!(Minor(i64), Timestamp(i64), Span(i64), Position(u64));

impl Field<Option<i64>> for Option<Timestamp> {
    fn write(&self) -> Option<i64> {
        self.map(|at| at.0)
    }

    fn read(_: &'static str, wire: Option<i64>) -> Result<Self, DecodeError> {
        Ok(wire.map(Timestamp))
    }
}

impl Field<u64> for Option<Position> {
    fn write(&self) -> u64 {
        self.map_or(0, |position| position.0)
    }

    fn read(_: &'static str, wire: u64) -> Result<Self, DecodeError> {
        Ok((wire != 0).then_some(Position(wire)))
    }
}

/// Numbers that are smaller here than on the wire.
macro_rules! narrow {
    ($($ours:ty: $right:literal),+) => {$(
        impl Field<u32> for $ours {
            fn write(&self) -> u32 {
                u32::from(*self)
            }

            fn read(field: &'static str, wire: u32) -> Result<Self, DecodeError> {
                let wrong = |_| DecodeError::Wrong { field, wrong: format!("is {wire}"), right: $right };
                Self::try_from(wire).map_err(wrong)
            }
        }
    )+};
}

narrow!(u8: "0 to 255", u16: "0 to 65535");

impl Field<Option<u32>> for Option<u16> {
    fn write(&self) -> Option<u32> {
        self.map(u32::from)
    }

    fn read(field: &'static str, wire: Option<u32>) -> Result<Self, DecodeError> {
        wire.map(|number| Field::read(field, number)).transpose()
    }
}

impl Field<Option<u32>> for Option<u32> {
    fn write(&self) -> Option<u32> {
        *self
    }

    fn read(_: &'static str, wire: Option<u32>) -> Result<Self, DecodeError> {
        Ok(wire)
    }
}

fn exactly<const N: usize>(
    field: &'static str,
    found: &[u8],
    right: &'static str,
) -> Result<[u8; N], DecodeError> {
    let wrong = |_| DecodeError::Wrong { field, wrong: format!("has {} bytes", found.len()), right };
    found.try_into().map_err(wrong)
}

/// Byte strings of one length, and empty where there may be none.
macro_rules! digests {
    ($($ours:ty, $right:literal, $make:expr, $bytes:expr;)+) => {$(
        impl Field<Vec<u8>> for $ours {
            fn write(&self) -> Vec<u8> {
                Vec::from($bytes(self))
            }

            fn read(field: &'static str, wire: Vec<u8>) -> Result<Self, DecodeError> {
                exactly(field, &wire, $right).map($make)
            }
        }

        impl Field<Vec<u8>> for Option<$ours> {
            fn write(&self) -> Vec<u8> {
                self.as_ref().map(Field::write).unwrap_or_default()
            }

            fn read(field: &'static str, wire: Vec<u8>) -> Result<Self, DecodeError> {
                if wire.is_empty() { Ok(None) } else { Field::read(field, wire).map(Some) }
            }
        }
    )+};
}

digests! {
    StreamId, "16 bytes", StreamId::new, StreamId::bytes;
    ClaimId, "16 bytes", ClaimId::new, ClaimId::bytes;
    PointId, "16 bytes", PointId::new, PointId::bytes;
    RequestId, "16 bytes", RequestId::new, RequestId::bytes;
    HoldId, "16 bytes", HoldId::new, HoldId::bytes;
    PromiseId, "16 bytes", PromiseId::new, PromiseId::bytes;
    InputId, "16 bytes", InputId::new, InputId::bytes;
    ProviderMessageId, "16 bytes", ProviderMessageId::new, ProviderMessageId::bytes;
    RulebookHash, "32 bytes", RulebookHash, |hash: &RulebookHash| hash.0;
    [u8; 8], "8 bytes", |bytes| bytes, |bytes: &[u8; 8]| *bytes;
    [u8; 16], "16 bytes", |bytes| bytes, |bytes: &[u8; 16]| *bytes;
    [u8; 32], "32 bytes", |bytes| bytes, |bytes: &[u8; 32]| *bytes;
}

/// Texts of a closed alphabet, and empty where there may be none. The text itself never reaches an error.
macro_rules! texts {
    ($($ours:ident, at most $most:expr, $right:literal, $parse:expr;)+) => {$(
        impl Field<String> for $ours {
            const MOST: usize = $most;

            fn write(&self) -> String {
                self.to_string()
            }

            fn read(field: &'static str, wire: String) -> Result<Self, DecodeError> {
                let wrong = |wrong: String| DecodeError::Wrong { field, wrong, right: $right };
                $parse(&wire).map_err(wrong)
            }
        }

        impl Field<String> for Option<$ours> {
            fn write(&self) -> String {
                self.as_ref().map(Field::write).unwrap_or_default()
            }

            fn read(field: &'static str, wire: String) -> Result<Self, DecodeError> {
                if wire.is_empty() { Ok(None) } else { Field::read(field, wire).map(Some) }
            }
        }
    )+};
}

fn known<T>(parsed: Option<T>) -> Result<T, String> {
    parsed.ok_or_else(|| "holds another text".to_owned())
}

fn checked<T>(made: Result<T, domain::label::LabelError>) -> Result<T, String> {
    made.map_err(|error| error.to_string())
}

texts! {
    TenantId, at most 1000, "a tenant's name", |text: &String| checked(TenantId::new(text));
    CreditorId, at most 1000, "a creditor's name", |text: &String| checked(CreditorId::new(text));
    ScenarioId, at most 1000, "a scenario's name", |text: &String| checked(ScenarioId::new(text));
    StepId, at most 1000, "a step's name", |text: &String| checked(StepId::new(text));
    TemplateId, at most 1000, "a template's name", |text: &String| checked(TemplateId::new(text));
    RuleName, at most 1000, "a rule's name", |text: &String| checked(RuleName::new(text));
    Label, at most 1000, "a name as its author chose it", |text: &String| checked(Label::new(text));
    Language, at most 1000, "an ISO 639-1 code of two lower-case letters", |text: &String| known(Language::new(text));
    Country, at most 1000, "an ISO 3166-1 code of two upper-case letters", |text: &String| known(Country::new(text));
    Currency, at most 1000, "an ISO 4217 code in use, such as EUR", |text: &String| known(Currency::new(text));
    ZoneName, at most 64, "an IANA zone name such as Europe/Zurich", |text: &String| known(ZoneName::new(text));
}
