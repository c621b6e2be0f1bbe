//! The parts that several events share, to and from the wire.

use domain::claim::MAX_CLAIMS;
use domain::event::{Answer, Delivery, Escalation, Leg, Refusal, Weighed};
use domain::label::RuleName;

use crate::error::DecodeError;
use crate::field::{Field, nested, record};
use crate::generated::mahnwerk::escalation::v1::{self as permit, RefusalKind};
use crate::generated::mahnwerk::event::v1 as wire;

record! {
    Leg = wire::Leg, at most 4 * MAX_CLAIMS;
    claim_id = claim, step = step
}

record! {
    Escalation = wire::Escalated, at most 1000;
    number = number, creditor = creditor, channel = channel, point_id = point, step = step, template = template,
    language = language, priority = priority, legs = legs, expires_at_ms = expires_at, weighed = weighed
}

record! {
    Delivery = wire::DeliveryStarted, at most 1000;
    number = number, request_id = request, legs = legs, outcome_by_ms = outcome_by, weighed = weighed, words = words
}

impl Field<wire::Weighed> for Weighed {
    const MOST: usize = 1000;

    fn write(&self) -> wire::Weighed {
        let (verdict, turns_at) = match self.answer {
            Answer::Open { until } => (wire::Verdict::Open, until),
            Answer::Closed { opens } => (wire::Verdict::Closed, opens),
        };
        wire::Weighed { rule: self.rule.write(), verdict: verdict as i32, turns_at_ms: turns_at.write() }
    }

    fn read(_: &'static str, wire: wire::Weighed) -> Result<Self, DecodeError> {
        let turns_at = Field::read("Weighed.turns_at_ms", wire.turns_at_ms)?;
        let answer = match wire::Verdict::try_from(wire.verdict) {
            Ok(wire::Verdict::Open) => Answer::Open { until: turns_at },
            Ok(wire::Verdict::Closed) => Answer::Closed { opens: turns_at },
            Ok(wire::Verdict::Unspecified) | Err(_) => {
                return Err(DecodeError::Wrong {
                    field: "Weighed.verdict",
                    wrong: format!("is {}", wire.verdict),
                    right: "1 (open) or 2 (closed)",
                });
            }
        };
        Ok(Self { rule: Field::read("Weighed.rule", wire.rule)?, answer })
    }
}

impl Field<permit::Refusal> for Refusal {
    fn write(&self) -> permit::Refusal {
        let of = |kind: RefusalKind, rule: Option<&RuleName>| permit::Refusal {
            kind: kind as i32,
            rule: rule.map(Field::write).unwrap_or_default(),
        };
        match self {
            Self::Rule(rule) => of(RefusalKind::Rule, Some(rule)),
            Self::NotOpen => of(RefusalKind::NotOpen, None),
            Self::Taken => of(RefusalKind::Taken, None),
            Self::Replanned => of(RefusalKind::Replanned, None),
            Self::Render(rule) => of(RefusalKind::Render, Some(rule)),
        }
    }

    fn read(_: &'static str, wire: permit::Refusal) -> Result<Self, DecodeError> {
        match RefusalKind::try_from(wire.kind) {
            Ok(RefusalKind::Rule) => Field::read("Refusal.rule", wire.rule).map(Self::Rule),
            Ok(RefusalKind::NotOpen) => Ok(Self::NotOpen),
            Ok(RefusalKind::Taken) => Ok(Self::Taken),
            Ok(RefusalKind::Replanned) => Ok(Self::Replanned),
            Ok(RefusalKind::Render) => Field::read("Refusal.rule", wire.rule).map(Self::Render),
            Ok(RefusalKind::Unspecified) | Err(_) => Err(DecodeError::Wrong {
                field: "Refusal.kind",
                wrong: format!("is {}", wire.kind),
                right: "1 (rule) to 5 (render)",
            }),
        }
    }
}

nested!(Refusal = permit::Refusal);
