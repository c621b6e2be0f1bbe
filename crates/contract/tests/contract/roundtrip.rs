//! What goes in comes out, exactly.

use contract::codec::{
    decode_answers, decode_command, decode_command_answer, decode_credit, decode_facts, decode_filed,
    decode_head, decode_notices, decode_outcomes, decode_ownership, decode_questions, decode_recall,
    decode_receipts, decode_refused, decode_waiting, encode_answers, encode_command, encode_command_answer,
    encode_credit, encode_facts, encode_filed, encode_head, encode_notices, encode_outcomes,
    encode_ownership, encode_questions, encode_recall, encode_receipts, encode_refused, encode_waiting,
};
use contract::wire::WaitingInput;
use contract::{envelope, event, personal, state};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::{events, messages, states};

proptest! {
    #[test]
    fn an_event(before in events::event()) {
        let (kind, payload) = event::encode(&before);
        prop_assert_eq!(event::kind_number(&before), kind);
        prop_assert_eq!(event::kind_name(kind), Some(before.name()));
        prop_assert_eq!(event::kind_of(before.name()), Some(kind));
        prop_assert_eq!(event::decode(kind, event::schema_of(kind), &payload), Ok(before));
    }

    #[test]
    fn a_state(before in states::debtor()) {
        prop_assert_eq!(state::decode(&state::encode(&before)), Ok(before));
    }

    #[test]
    fn a_personal_part(before in messages::personal()) {
        prop_assert_eq!(personal::decode(&personal::encode(&before)), Ok(before));
    }

    #[test]
    fn an_envelope_and_the_event_in_it(before in messages::envelope()) {
        let after = envelope::decode(&envelope::encode(&before));
        prop_assert_eq!(&after, &Ok(before.clone()));
        prop_assert!(before.event().is_ok());
        prop_assert_eq!(before.public().personal, None);
    }

    #[test]
    fn batches_of_facts_and_receipts(
        facts in vec(messages::fact_message(), 0..4),
        receipts in vec(messages::receipt(), 0..4),
    ) {
        prop_assert_eq!(decode_facts(&encode_facts(&facts)), Ok(facts));
        prop_assert_eq!(decode_receipts(&encode_receipts(&receipts)), Ok(receipts));
    }

    #[test]
    fn batches_of_escalations_questions_and_answers(
        notices in vec(messages::notice(), 0..4),
        questions in messages::questions(),
        answers in vec(messages::answer(), 0..4),
    ) {
        let recalled: Vec<_> = notices.iter().map(|notice| notice.id).collect();
        prop_assert_eq!(decode_recall(&encode_recall(&recalled)), Ok(recalled));
        prop_assert_eq!(decode_notices(&encode_notices(&notices)), Ok(notices));
        prop_assert_eq!(decode_questions(&encode_questions(&questions)), Ok(questions));
        prop_assert_eq!(decode_answers(&encode_answers(&answers)), Ok(answers));
    }

    #[test]
    fn outcomes_and_credits(outcomes in vec(messages::outcome_message(), 0..4), credit in messages::credit()) {
        prop_assert_eq!(decode_outcomes(&encode_outcomes(&outcomes)), Ok(outcomes));
        prop_assert_eq!(decode_credit(&encode_credit(&credit)), Ok(credit));
    }

    #[test]
    fn what_waits(fact in messages::fact_message(), report in messages::outcome_message()) {
        for waits in [WaitingInput::Fact(fact), WaitingInput::Report(report)] {
            prop_assert_eq!(decode_waiting(&encode_waiting(&waits)), Ok(waits));
        }
    }

    #[test]
    fn commands_and_answers(
        filed in vec(messages::filed(), 0..4),
        command in messages::command(),
        answer in messages::command_answer(),
    ) {
        prop_assert_eq!(decode_filed(&encode_filed(&filed)), Ok(filed));
        prop_assert_eq!(decode_command(&encode_command(&command)), Ok(command));
        prop_assert_eq!(decode_command_answer(&encode_command_answer(&answer)), Ok(answer));
    }

    #[test]
    fn heads_owners_and_refused_claims(
        head in messages::head(),
        ownership in messages::ownership(),
        refused in messages::refused(),
    ) {
        prop_assert_eq!(decode_head(&encode_head(&head)), Ok(head));
        prop_assert_eq!(decode_ownership(&encode_ownership(&ownership)), Ok(ownership));
        prop_assert_eq!(decode_refused(&encode_refused(&refused)), Ok(refused));
    }
}
