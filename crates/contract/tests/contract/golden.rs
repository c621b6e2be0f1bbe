//! Golden files: the bytes of one event of each kind, as some release wrote them, stay readable for ever.
//!
//! `golden/v<schema>/<kind>-<name>.txt` holds the payload in hex on its first line and, for people, the event below.
//! Files are only ever added. A kind without a file fails with the file's text, to be put there by hand after a look.

use std::path::PathBuf;

use contract::event;
use domain::event::Event;

use crate::samples;

const VERSION_1_FILES: usize = 46;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/v1")
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
fn every_kind_is_written_as_its_golden_file_says() {
    for sample in samples::events() {
        let (name, text) = text_of(&sample);
        let path = folder().join(&name);
        let Ok(golden) = std::fs::read_to_string(&path) else {
            panic!("{} is missing; after a look, put this there:\n{text}", path.display());
        };
        assert_eq!(golden.lines().next(), text.lines().next(), "{name}: payloads of version 1 have changed");
    }
}

#[test]
fn every_golden_file_is_read_as_the_event_that_it_was() {
    let mut read = 0;
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let golden = std::fs::read_to_string(&path).unwrap();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let kind = name.split_once('-').unwrap().0.parse().unwrap();
        let found = event::decode(kind, 1, &bytes_of(golden.lines().next().unwrap())).unwrap();
        assert!(samples::events().contains(&found), "{name} is read as another event: {found:#?}");
        read += 1;
    }
    assert!(read >= VERSION_1_FILES, "{read} golden files of version 1 are left of {VERSION_1_FILES}");
}
