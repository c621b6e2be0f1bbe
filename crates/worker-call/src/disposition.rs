//! What an agent notes about a call, from a closed set of two questions (P11), as JSON and as the domain has it.

use domain::money::Minor;
use domain::outcome::{Disposition, Reach, Said};
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Longest note, in bytes.
pub const MAX_NOTE: usize = 4_000;

/// Was the right person reached?
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReachForm {
    /// Nobody answered.
    NoAnswer,
    /// The line was busy.
    Busy,
    /// A machine answered.
    Voicemail,
    /// The number is somebody else's.
    WrongNumber,
    /// Somebody else of the household or firm answered.
    ThirdParty,
    /// The debtor in person.
    RightParty,
}

/// What did they say?
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SaidForm {
    /// Nothing that changes anything.
    #[default]
    Nothing,
    /// Will pay.
    Promise {
        /// How much, in minor units of the leading claim's currency.
        amount_minor: i64,
        /// By when, in milliseconds since 1970.
        due_at_ms: i64,
    },
    /// Does not owe it.
    Disputes,
    /// Has paid already.
    ClaimsPaid,
    /// Can't pay (R44).
    Hardship,
    /// Asked something that needs an answer (R38).
    Question,
    /// Will not pay.
    Refuses,
    /// Does not want to be called.
    OptsOut,
}

/// The form that an agent fills in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DispositionForm {
    /// The first question.
    pub reach: ReachForm,
    /// The second, left out when there is nothing to say.
    #[serde(default)]
    pub said: SaidForm,
}

impl From<DispositionForm> for Disposition {
    fn from(form: DispositionForm) -> Self {
        Self { reach: form.reach.into(), said: form.said.into() }
    }
}

impl From<ReachForm> for Reach {
    fn from(form: ReachForm) -> Self {
        match form {
            ReachForm::NoAnswer => Self::NoAnswer,
            ReachForm::Busy => Self::Busy,
            ReachForm::Voicemail => Self::Voicemail,
            ReachForm::WrongNumber => Self::WrongNumber,
            ReachForm::ThirdParty => Self::ThirdParty,
            ReachForm::RightParty => Self::RightParty,
        }
    }
}

impl From<SaidForm> for Said {
    fn from(form: SaidForm) -> Self {
        match form {
            SaidForm::Nothing => Self::Nothing,
            SaidForm::Promise { amount_minor, due_at_ms } => {
                Self::Promise { amount: Minor(amount_minor), due_at: Timestamp(due_at_ms) }
            }
            SaidForm::Disputes => Self::Disputes,
            SaidForm::ClaimsPaid => Self::ClaimsPaid,
            SaidForm::Hardship => Self::Hardship,
            SaidForm::Question => Self::Question,
            SaidForm::Refuses => Self::Refuses,
            SaidForm::OptsOut => Self::OptsOut,
        }
    }
}

/// What is wrong with a disposition or its note, if anything is; `now` is the partition's time.
pub fn problem(disposition: &Disposition, note: Option<&str>, now: Timestamp) -> Option<&'static str> {
    if disposition.said != Said::Nothing && disposition.reach != Reach::RightParty {
        return Some("only the right party can have said something; note right_party, or nothing as said");
    }
    if let Said::Promise { amount, due_at } = disposition.said {
        if amount <= Minor::ZERO || !amount.is_plausible() {
            return Some("a promise is for an amount of at least 1 minor unit, and not an absurd one");
        }
        if due_at <= now || !due_at.is_plausible() {
            return Some("a promise is due after now, and before the year 2200");
        }
    }
    let too_long = note.is_some_and(|note| note.len() > MAX_NOTE);
    too_long.then_some("its note is longer than 4000 bytes; keep it shorter")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000);

    fn promise(amount_minor: i64, due_at_ms: i64) -> SaidForm {
        SaidForm::Promise { amount_minor, due_at_ms }
    }

    #[test]
    fn only_the_right_party_can_have_said_something() {
        let reaches = [
            ReachForm::NoAnswer,
            ReachForm::Busy,
            ReachForm::Voicemail,
            ReachForm::WrongNumber,
            ReachForm::ThirdParty,
        ];
        for reach in reaches {
            let nothing = DispositionForm { reach, said: SaidForm::Nothing }.into();
            assert_eq!(problem(&nothing, None, NOW), None, "{reach:?}");
            for said in [SaidForm::Disputes, SaidForm::OptsOut, promise(5, 2_000)] {
                let wrong = DispositionForm { reach, said }.into();
                assert!(
                    problem(&wrong, None, NOW).is_some_and(|p| p.contains("right party")),
                    "{reach:?} {said:?}"
                );
            }
        }
    }

    #[test]
    fn a_promise_is_for_an_amount_and_due_later() {
        for (said, sound) in [
            (promise(1, 1_001), true),
            (promise(0, 2_000), false),
            (promise(-5, 2_000), false),
            (promise(i64::MAX, 2_000), false),
            (promise(5, 1_000), false),
            (promise(5, i64::MAX), false),
        ] {
            let disposition = DispositionForm { reach: ReachForm::RightParty, said }.into();
            assert_eq!(problem(&disposition, None, NOW).is_none(), sound, "{said:?}");
        }
    }

    #[test]
    fn a_note_has_a_limit() {
        let disposition = DispositionForm { reach: ReachForm::Busy, said: SaidForm::Nothing }.into();
        assert_eq!(problem(&disposition, Some(&"x".repeat(MAX_NOTE)), NOW), None);
        assert!(problem(&disposition, Some(&"x".repeat(MAX_NOTE + 1)), NOW).is_some());
    }

    #[test]
    fn the_form_is_read_from_json_and_refuses_what_it_does_not_know() {
        for (text, form) in [
            (
                r#"{"reach":"no_answer"}"#,
                DispositionForm { reach: ReachForm::NoAnswer, said: SaidForm::Nothing },
            ),
            (
                r#"{"reach":"right_party","said":{"promise":{"amount_minor":500,"due_at_ms":9}}}"#,
                DispositionForm { reach: ReachForm::RightParty, said: promise(500, 9) },
            ),
            (
                r#"{"reach":"right_party","said":"opts_out"}"#,
                DispositionForm { reach: ReachForm::RightParty, said: SaidForm::OptsOut },
            ),
        ] {
            assert_eq!(serde_json::from_str::<DispositionForm>(text).unwrap(), form);
        }
        for wrong in [
            r#"{"reach":"maybe"}"#,
            r#"{"reach":"busy","mood":"bad"}"#,
            r#"{"reach":"right_party","said":{"promise":{"amount_minor":500,"due_at_ms":9,"currency":"EUR"}}}"#,
            r#"{"said":"nothing"}"#,
        ] {
            assert!(serde_json::from_str::<DispositionForm>(wrong).is_err(), "{wrong}");
        }
    }
}
