//! How values of the domain stand in JSON: digests in hex, instants in RFC 3339, amounts as whole minor units.

use domain::channel::{Channel, PointKind};
use domain::event::{Answer, Leg, QuarantineReason, Refusal, SkipReason, StepResult, Weighed, Withdrawal};
use domain::fact::{Component, DebtorKind, Direction, DisputeEnd, Invalidity, Scope, TaskKind};
use domain::ids::{ClaimId, HoldId, InputId, PointId, PromiseId, ProviderMessageId, RequestId, RulebookHash};
use domain::inbound::InboundClass;
use domain::label::{
    Country, CreditorId, Label, Language, RuleName, ScenarioId, StepId, TemplateId, TenantId,
};
use domain::money::{Currency, Minor};
use domain::outcome::{Disposition, Outcome, OutcomeReport, Reach, RejectClass, Said};
use domain::time::Timestamp;
use domain::zone::ZoneName;
use serde_json::{Value, json};

/// A value that stands in JSON.
pub(crate) trait Json {
    /// Its form.
    fn json(&self) -> Value;
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string never fails.
        let _ok = write!(text, "{byte:02x}");
        text
    })
}

/// Values that stand as they are written.
macro_rules! written {
    ($($shown:ty),+) => {$(
        impl Json for $shown {
            fn json(&self) -> Value {
                Value::String(self.to_string())
            }
        }
    )+};
}

written!(
    ClaimId,
    HoldId,
    InputId,
    PointId,
    PromiseId,
    ProviderMessageId,
    RequestId,
    RulebookHash,
    Timestamp,
    ZoneName
);
written!(Country, CreditorId, Currency, Label, Language, RuleName, ScenarioId, StepId, TemplateId, TenantId);

/// Values that stand as numbers and truths.
macro_rules! plain {
    ($($shown:ty),+) => {$(
        impl Json for $shown {
            fn json(&self) -> Value {
                Value::from(*self)
            }
        }
    )+};
}

plain!(bool, i32, i64, u8, u16, u32);

/// Enumerations that stand by name.
macro_rules! named {
    ($($shown:ty { $($name:ident = $text:literal),+ })+) => {$(
        impl Json for $shown {
            fn json(&self) -> Value {
                Value::from(match self {
                    $(Self::$name => $text),+
                })
            }
        }
    )+};
}

named! {
    DebtorKind { Person = "person", Company = "company", PublicBody = "public_body" }
    Component { Principal = "principal", Interest = "interest", Costs = "costs" }
    Invalidity { Undeliverable = "undeliverable", WrongPerson = "wrong_person", Retracted = "retracted" }
    DisputeEnd { Rejected = "rejected", Upheld = "upheld" }
    Direction { Inbound = "inbound", Outbound = "outbound" }
    TaskKind {
        LadderEnded = "ladder_ended", ZoneMissing = "zone_missing", RulebookGap = "rulebook_gap", Answer = "answer",
        Review = "review", NotAllowed = "not_allowed", Quarantined = "quarantined"
    }
    Withdrawal { NoClaimLeft = "no_claim_left", PointClosed = "point_closed", Ceased = "ceased" }
    SkipReason {
        NoContactPoint = "no_contact_point", NoConsent = "no_consent", OptedOut = "opted_out", NotTaken = "not_taken",
        NoAllowedHours = "no_allowed_hours"
    }
    StepResult {
        Heard = "heard", Unanswered = "unanswered", Unknown = "unknown", Failed = "failed", Refused = "refused"
    }
    RejectClass {
        BadAddress = "bad_address", RecipientRefuses = "recipient_refuses", NotAllowed = "not_allowed", Other = "other"
    }
    Reach {
        NoAnswer = "no_answer", Busy = "busy", Voicemail = "voicemail", WrongNumber = "wrong_number",
        ThirdParty = "third_party", RightParty = "right_party"
    }
}

impl Json for Channel {
    fn json(&self) -> Value {
        Value::from(self.as_str())
    }
}

impl Json for PointKind {
    fn json(&self) -> Value {
        Value::from(self.as_str())
    }
}

impl Json for Minor {
    fn json(&self) -> Value {
        Value::from(self.0)
    }
}

impl<T: Json> Json for Option<T> {
    fn json(&self) -> Value {
        self.as_ref().map_or(Value::Null, Json::json)
    }
}

impl Json for InboundClass {
    fn json(&self) -> Value {
        Value::from(self.as_str())
    }
}

impl Json for QuarantineReason {
    fn json(&self) -> Value {
        Value::from(self.as_str())
    }
}

impl<T: Json> Json for Vec<T> {
    fn json(&self) -> Value {
        self.iter().map(Json::json).collect()
    }
}

impl Json for [u8; 8] {
    fn json(&self) -> Value {
        Value::from(hex(self))
    }
}

impl Json for [u8; 32] {
    fn json(&self) -> Value {
        Value::from(hex(self))
    }
}

impl Json for Scope {
    fn json(&self) -> Value {
        match self {
            Self::Point(point) => json!({ "point": point.to_string() }),
            Self::Channel(channel) => json!({ "channel": channel.as_str() }),
            Self::All => json!("all"),
        }
    }
}

impl Json for Leg {
    fn json(&self) -> Value {
        json!({ "claim": self.claim.to_string(), "step": self.step })
    }
}

impl Json for Weighed {
    fn json(&self) -> Value {
        let rule = self.rule.as_str();
        match self.answer {
            Answer::Open { until } => json!({ "rule": rule, "answer": "open", "until": until.json() }),
            Answer::Closed { opens } => json!({ "rule": rule, "answer": "closed", "opens": opens.json() }),
        }
    }
}

impl Json for Refusal {
    fn json(&self) -> Value {
        match self {
            Self::Rule(rule) => json!({ "reason": "rule", "rule": rule.as_str() }),
            Self::NotOpen => json!({ "reason": "not_open" }),
            Self::Taken => json!({ "reason": "taken" }),
            Self::Replanned => json!({ "reason": "replanned" }),
            Self::Render(rule) => json!({ "reason": "render", "rule": rule.as_str() }),
        }
    }
}

impl Json for Outcome {
    fn json(&self) -> Value {
        let outcome = self.name();
        match self {
            Self::Rejected(class) => json!({ "outcome": outcome, "class": class.json() }),
            Self::Deferred { delay } => json!({ "outcome": outcome, "delay_ms": delay.0 }),
            Self::Called(Disposition { reach, said }) => {
                json!({ "outcome": outcome, "reach": reach.json(), "said": said.json() })
            }
            Self::Accepted | Self::Delivered | Self::Read | Self::Replied | Self::Unsent | Self::Unknown => {
                json!({ "outcome": outcome })
            }
        }
    }
}

impl Json for Said {
    fn json(&self) -> Value {
        match self {
            Self::Nothing => json!("nothing"),
            Self::Promise { amount, due_at } => {
                json!({ "promised_minor": amount.0, "by": due_at.to_string() })
            }
            Self::Disputes => json!("disputes"),
            Self::ClaimsPaid => json!("claims_paid"),
            Self::Hardship => json!("hardship"),
            Self::Question => json!("question"),
            Self::Refuses => json!("refuses"),
            Self::OptsOut => json!("opts_out"),
        }
    }
}

impl Json for OutcomeReport {
    fn json(&self) -> Value {
        json!({
            "number": self.number,
            "outcome": self.outcome.json(),
            "at": self.at.to_string(),
            "provider_message": self.provider_message.json(),
            "late": self.late,
        })
    }
}
