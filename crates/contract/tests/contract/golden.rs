//! Golden files: the bytes of one event of each kind, as some release wrote them, stay readable for ever.
//!
//! `golden/v<schema>/<kind>-<name>.txt` holds the payload in hex on its first line and, for people, the event below.
//! Files are only ever added. A kind without a file in its newest version fails with the file's text, to be put there by
//! hand after a look.

use std::path::PathBuf;

use contract::event;
use domain::event::{Event, QuarantineReason};

use crate::samples;

/// How many files each version has had at least.
const FILES: [(u16, usize); 2] = [(1, 46), (2, 1)];

fn folder(schema: u16) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/v{schema}"))
}

fn text_of(sample: &Event) -> (String, String) {
    let (kind, payload) = event::encode(sample);
    let hex: String = payload.iter().map(|byte| format!("{byte:02x}")).collect();
    (format!("{kind:03}-{}.txt", sample.name()), format!("{hex}\n{sample:#?}\n"))
}

fn bytes_of(hex: &str) -> Vec<u8> {
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    hex.as_bytes().chunks(2).map(pair).collect()
}

/// What files of versions that are not written any more are read as, where that is no sample.
fn upcast() -> Vec<Event> {
    // Version 1 held a text; this one was never written by a release.
    vec![Event::StreamQuarantined { reason: QuarantineReason::Other }]
}

#[test]
fn every_kind_has_a_sample_and_no_two_share_a_number_or_name() {
    let samples: Vec<_> = samples::events().iter().map(event::kind_number).collect();
    let kinds: Vec<_> = event::kinds().collect();
    for (place, (kind, name)) in kinds.iter().enumerate() {
        assert_eq!(samples.iter().filter(|sample| *sample == kind).count(), 1, "{kind} {name}");
        assert!(kinds[..place].iter().all(|(k, n)| k != kind && n != name), "{kind} {name} is there twice");
    }
    assert_eq!(samples.len(), kinds.len());
}

#[test]
fn every_kind_is_written_as_the_golden_file_of_its_newest_version_says() {
    for sample in samples::events() {
        let schema = event::schema_of(event::kind_number(&sample));
        let (name, text) = text_of(&sample);
        let path = folder(schema).join(&name);
        let Ok(golden) = std::fs::read_to_string(&path) else {
            panic!("{} is missing; after a look, put this there:\n{text}", path.display());
        };
        assert_eq!(
            golden.lines().next(),
            text.lines().next(),
            "{name}: payloads of version {schema} have changed"
        );
    }
}

#[test]
fn every_golden_file_is_read_as_the_event_that_it_was() {
    let events = [samples::events(), upcast()].concat();
    for (schema, least) in FILES {
        let mut read = 0;
        for entry in std::fs::read_dir(folder(schema)).unwrap() {
            let path = entry.unwrap().path();
            let golden = std::fs::read_to_string(&path).unwrap();
            let name = path.file_stem().unwrap().to_str().unwrap();
            let kind = name.split_once('-').unwrap().0.parse().unwrap();
            let found = event::decode(kind, schema, &bytes_of(golden.lines().next().unwrap())).unwrap();
            assert!(
                events.contains(&found),
                "{name} of version {schema} is read as another event: {found:#?}"
            );
            read += 1;
        }
        assert!(read >= least, "{read} golden files of version {schema} are left of {least}");
    }
    let newest = event::kinds().map(|(kind, _)| event::schema_of(kind)).max();
    assert_eq!(newest, Some(FILES.len().try_into().unwrap()), "a version without golden files");
}

/// Event.stream_quarantined (121) with a text in its field 1, as version 1 has it.
fn first_version(reason: &str) -> Vec<u8> {
    let length = u8::try_from(reason.len()).unwrap();
    [&[0xca, 0x07, length + 2, 0x0a, length], reason.as_bytes()].concat()
}

#[test]
fn each_reason_that_version_1_held_as_a_text_is_read_as_the_reason_of_that_name() {
    for reason in QuarantineReason::ALL {
        let (kind, second) = event::encode(&Event::StreamQuarantined { reason });
        let first = first_version(reason.as_str());
        assert_ne!(first, second);
        assert_eq!(event::decode(kind, 1, &first), event::decode(kind, 2, &second), "{reason:?}");
        assert_eq!(event::decode(kind, 2, &second), Ok(Event::StreamQuarantined { reason }));
        // Each is read by its own version's rule alone.
        assert!(event::decode(kind, 2, &first).is_err() && event::decode(kind, 1, &second).is_err());
    }
    let other = event::decode(121, 1, &first_version("some_other_word"));
    assert_eq!(other, Ok(Event::StreamQuarantined { reason: QuarantineReason::Other }));
}
