//! Wrong bytes get an error that names the place, and never a panic.

use contract::{DecodeError, codec, envelope, event, personal, state};
use domain::event::Event;
use domain::fact::Fact;
use domain::ids::{ClaimId, StreamId};
use domain::label::TenantId;
use domain::money::Minor;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::samples;

fn read_all(bytes: &[u8]) {
    for (kind, _) in event::kinds() {
        let _read_or_not = event::decode(kind, event::schema_of(kind), bytes);
    }
    let _read_or_not = (state::decode(bytes), personal::decode(bytes), envelope::decode(bytes));
    let _read_or_not =
        (codec::decode_facts(bytes), codec::decode_receipts(bytes), codec::decode_notices(bytes));
    let _read_or_not =
        (codec::decode_questions(bytes), codec::decode_answers(bytes), codec::decode_recall(bytes));
    let _read_or_not = (codec::decode_outcomes(bytes), codec::decode_credit(bytes));
    let _read_or_not =
        (codec::decode_head(bytes), codec::decode_ownership(bytes), codec::decode_refused(bytes));
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in vec(any::<u8>(), 0..200)) {
        read_all(&bytes);
    }

    #[test]
    fn a_changed_byte_never_panics(which in 0..42_usize, at in any::<usize>(), to in any::<u8>()) {
        let events = samples::events();
        let (_, mut payload) = event::encode(&events[which % events.len()]);
        let at = at % payload.len();
        payload[at] = to;
        read_all(&payload);
    }

    #[test]
    fn a_cut_payload_is_refused_or_another_value(which in 0..42_usize, keep in any::<usize>()) {
        let events = samples::events();
        let before = &events[which % events.len()];
        let (kind, payload) = event::encode(before);
        let keep = keep % payload.len();
        let cut = event::decode(kind, event::schema_of(kind), &payload[..keep]);
        prop_assert_ne!(cut.as_ref(), Ok(before));
    }
}

fn paid() -> (u16, Vec<u8>) {
    let claim = ClaimId::new([7; 16]);
    event::encode(&Event::Fact(Fact::PaymentReceived {
        claim,
        amount: Minor(1),
        currency: domain::money::Currency::EUR,
    }))
}

#[test]
fn an_unknown_kind_schema_or_a_kind_of_another_event_is_refused() {
    let (kind, payload) = paid();
    assert_eq!(event::decode(99, 1, &payload), Err(DecodeError::UnknownKind { found: 99 }));
    let said = "Envelope.schema_version is 0; it has to be 1 or more";
    assert_eq!(event::decode(kind, 0, &payload).unwrap_err().to_string(), said);
    for schema in [2, u16::MAX] {
        let expected = DecodeError::UnknownSchema { event: "payment_received", found: schema, newest: 1 };
        assert_eq!(event::decode(kind, schema, &payload), Err(expected));
    }
    let newer = event::decode(121, 3, &payload).unwrap_err().to_string();
    let said = "stream_quarantined is of version 3, and this release knows it up to version 2; use the newer release \
                that wrote it";
    assert_eq!(newer, said);
    assert_eq!(event::decode(8, 1, &payload), Err(DecodeError::OtherKind { said: 8, found: 7 }));
    assert_eq!(event::decode(7, 1, &[]), Err(DecodeError::Missing { field: "Event.event", right: "set" }));
}

/// Each is the sample with one byte of its field replaced or cut, so that the rest stays right.
#[test]
fn what_is_wrong_in_a_field_is_named_and_not_repeated() {
    for (payload, kind, said) in [
        // Event.fact { Fact.payment_received { claim_id: 3 bytes } }
        (
            vec![0xa2, 0x06, 0x07, 0x3a, 0x05, 0x0a, 0x03, 1, 2, 3],
            7,
            "PaymentReceived.claim_id has 3 bytes; it has to be 16 bytes",
        ),
        // Event.fact { Fact.cease_requested { source: "a@b" } }
        (
            vec![0xa2, 0x06, 0x08, 0x92, 0x01, 0x05, 0x0a, 0x03, b'a', b'@', b'b'],
            18,
            "CeaseRequested.source has '@'; a name has only a-z, 0-9, _, - and .; it has to be a name as its author chose it",
        ),
        // Event.fact { Fact.contact_made { channel: 9, direction: 1 } }
        (
            vec![0xa2, 0x06, 0x07, 0x9a, 0x01, 0x04, 0x08, 0x09, 0x10, 0x01],
            19,
            "ContactMade.channel is 9; it has to be one of the numbers that its proto file lists, 0 excepted",
        ),
        // Event.fact { Fact.contact_made { direction: 1 } }: the channel is not set
        (
            vec![0xa2, 0x06, 0x05, 0x9a, 0x01, 0x02, 0x10, 0x01],
            19,
            "ContactMade.channel is 0; it has to be one of the numbers that its proto file lists, 0 excepted",
        ),
        // Event.fact {}: a fact of a newer release
        (vec![0xa2, 0x06, 0x00], 1, "Fact.fact is missing; it has to be set"),
    ] {
        assert_eq!(event::decode(kind, 1, &payload).unwrap_err().to_string(), said);
    }
}

#[test]
fn lists_longer_than_anybody_sends_are_refused() {
    let zones = vec![domain::zone::ZoneName::new("UTC").unwrap(); 65];
    let (language, country) = (None, None);
    let fact = Fact::DebtorDescribed { zones, language, kind: domain::fact::DebtorKind::Person, country };
    let (kind, payload) = event::encode(&Event::Fact(fact));
    let expected = DecodeError::TooMany { field: "DebtorDescribed.zones", found: 65, limit: 64 };
    assert_eq!(event::decode(kind, 1, &payload), Err(expected));

    let notices = vec![samples::notice(); codec::MAX_BATCH + 1];
    let limit = codec::MAX_BATCH;
    let expected = DecodeError::TooMany { field: "NoticeBatch.notices", found: limit + 1, limit };
    assert_eq!(codec::decode_notices(&codec::encode_notices(&notices)), Err(expected));

    let long = personal::encode(&personal::Personal::Text { text: "x".repeat(personal::MAX_PERSONAL) });
    assert!(matches!(personal::decode(&long), Err(DecodeError::TooMany { field: "PersonalPart", .. })));
}

#[test]
fn an_outcome_whose_two_numbers_differ_is_refused() {
    let mut outcome = samples::outcome();
    outcome.report.number += 1;
    let error = codec::decode_outcomes(&codec::encode_outcomes(&[outcome])).unwrap_err();
    assert!(error.to_string().starts_with("OutcomeReport.number is 2, and the id says 1"), "{error}");
}

#[test]
fn no_error_repeats_a_personal_value() {
    let mut bytes = codec::encode_facts(&[samples::fact()]);
    // The tenant's name turns into an address.
    let at = bytes.windows(4).position(|w| w == b"muni").unwrap();
    bytes[at..at + 4].copy_from_slice(b"a@bc");
    let error = codec::decode_facts(&bytes).unwrap_err();
    assert!(error.to_string().starts_with("FactMessage.tenant has '@'"), "{error}");
    assert!(!error.to_string().contains("a@bc") && !format!("{error:?}").contains("a@bc"));
}

#[test]
fn an_empty_state_reads_back() {
    let debtor = domain::debtor::Debtor::new(TenantId::new("muni").unwrap());
    assert_eq!(state::decode(&state::encode(&debtor)), Ok(debtor));
    let error = state::decode(&[]).unwrap_err();
    assert!(error.to_string().starts_with("Debtor.tenant is empty"), "{error}");
    assert_eq!(StreamId::PARTITION.bytes(), [0; 16]);
}

#[test]
fn a_field_of_a_newer_release_is_ignored() {
    let ownership = contract::wire::Ownership { partition: 3, epoch: 9 };
    let mut bytes = codec::encode_ownership(&ownership);
    // Field 15, a text.
    bytes.extend([0x7a, 0x02, b'h', b'i']);
    assert_eq!(codec::decode_ownership(&bytes), Ok(ownership));
}
