//! SQLite: nothing personal stands in the file in clear, and it opens again with the keys. PostgreSQL's test uses its rows.

use std::fs;
use std::sync::atomic::{AtomicU8, Ordering};

use domain::channel::PointKind;
use domain::ids::{Position, RulebookHash};
use event_log::keys::{KeyError, Keyring};
use event_log::record::{Append, InputKey, Lookup, LookupKind, NewEvent, ParkedRow};
use event_log::seal::{self, DataKey, ParkedPlace, Place};
use event_log::sqlite::{Options, SqliteLog};
use event_log::store::EventLog;
use runtime::Random;

use crate::fixture::{DECIDER, ORIGIN, append, event, snapshot, tenant};

const REFERENCE: &str = "anna.bianchi@example.org";
const NUMBER: &str = "+390551234567";
const NAME: &str = "Anna Bianchi";
const WORDS: &str = "Please call us back about your letter of May";
const PROVIDER_ID: &str = "SM0123456789abcdef0123456789abcdef";
const CLAIM: &str = "FINE-2013-000777";

/// What may stand nowhere, whole or in part.
pub(crate) const PERSONAL: [&str; 9] =
    [REFERENCE, NUMBER, NAME, WORDS, PROVIDER_ID, CLAIM, "Bianchi", "0551234567", "000777"];

/// Counts up: every draw differs, every run is the same.
pub(crate) struct Counting(AtomicU8);

impl Counting {
    pub(crate) const fn from(start: u8) -> Self {
        Self(AtomicU8::new(start))
    }
}

impl Random for Counting {
    fn fill(&self, out: &mut [u8]) {
        out.fill_with(|| self.0.fetch_add(1, Ordering::Relaxed));
    }
}

pub(crate) fn sealed(keys: &Keyring, key: &DataKey, random: &Counting) -> NewEvent {
    let stream = keys.stream_id(&tenant(), REFERENCE);
    let mut event = NewEvent { stream, ..event(1, 1, None) };
    let plain = [REFERENCE, NUMBER, NAME, WORDS].join("\n");
    let place = Place { tenant: &event.tenant, stream, event_id: event.event_id, version: event.version };
    event.personal = Some(seal::seal(key, place, plain.as_bytes(), random).unwrap());
    event.payload = keys.words_digest(stream, plain.as_bytes()).to_vec();
    event
}

/// Everything that one import of a debtor and one message to her write.
pub(crate) fn everything(keys: &Keyring, key: &DataKey, random: &Counting, batch: Append) -> Append {
    let stream = keys.stream_id(&tenant(), REFERENCE);
    let lookup = |kind, digest| Lookup { kind, digest, stream, number: 1 };
    let claim = keys.claim_id(&tenant(), CLAIM).bytes();
    let input = keys.input_id(&tenant(), "crm", REFERENCE);
    let place = ParkedPlace { partition: 0, claim, key: input };
    Append {
        input_keys: vec![InputKey { key: input, content: keys.content_digest(WORDS.as_bytes()) }],
        lookups: vec![
            lookup(LookupKind::Claim, claim),
            lookup(LookupKind::Point, keys.point_id(&tenant(), PointKind::Phone, NUMBER).bytes()),
            lookup(LookupKind::Name, keys.name_digest(&tenant(), NAME)),
            lookup(LookupKind::ProviderMessage, keys.provider_message_id(&tenant(), PROVIDER_ID).bytes()),
        ],
        data_keys: vec![key.wrap(keys, stream, random).unwrap()],
        park: vec![ParkedRow {
            claim,
            key: input,
            since: domain::time::Timestamp(0),
            sealed: seal::seal_parked(keys, place, WORDS.as_bytes(), random).unwrap(),
        }],
        ..batch
    }
}

#[tokio::test]
async fn no_plain_value_reaches_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let random = Counting::from(3);
    let keys = Keyring::generate(&random);
    let log = SqliteLog::create(&folder.path().join("log"), ORIGIN, Options::new(DECIDER)).await.unwrap();
    let lease = log.lease(0).await.unwrap();
    let key = DataKey::generate(&random);
    let event = sealed(&keys, &key, &random);
    let mut marked = event.clone();
    // The open part is open: what stands there must be found, or this test looks at the wrong bytes.
    marked.payload = b"OPEN-MARKER".to_vec();
    let batch = everything(&keys, &key, &random, append(&lease, lease.head, vec![marked]));
    log.append(&batch).await.unwrap();
    log.put_rulebook(RulebookHash([9; 32]), b"steps").await.unwrap();
    let folded = event_log::record::Snapshot { stream: event.stream, ..snapshot(1, 1, 1) };
    log.write_checkpoint(0, lease.epoch, Position(1), &[folded]).await.unwrap();
    let mut found_marker = false;
    for entry in fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        let has = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        found_marker |= has("OPEN-MARKER");
        for plain in PERSONAL {
            assert!(!has(plain), "{plain} in {}", path.display());
        }
    }
    assert!(found_marker);
}

#[tokio::test]
async fn what_was_sealed_opens_again_with_the_keys_and_not_without() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let random = Counting::from(3);
    let keys = Keyring::generate(&random);
    let log = SqliteLog::create(&path, ORIGIN, Options::new(DECIDER)).await.unwrap();
    let lease = log.lease(0).await.unwrap();
    let key = DataKey::generate(&random);
    let event = sealed(&keys, &key, &random);
    let batch = everything(&keys, &key, &random, append(&lease, lease.head, vec![event.clone()]));
    log.append(&batch).await.unwrap();
    drop(log);
    let log = SqliteLog::open_read_only(&path, Options::new(DECIDER)).await.unwrap();
    let row = log.read_stream(0, event.stream).await.unwrap().remove(0);
    let wrapped = log.data_keys(0, &[event.stream]).await.unwrap().remove(0);
    let key = DataKey::unwrap(&keys, &wrapped).unwrap();
    let place = Place {
        tenant: &row.event.tenant,
        stream: row.event.stream,
        event_id: row.event.event_id,
        version: row.event.version,
    };
    let personal = row.event.personal.as_deref().unwrap();
    let plain = seal::open(Some(&key), place, personal).unwrap();
    assert!(String::from_utf8(plain).unwrap().contains(NAME));
    assert!(matches!(seal::open(None, place, personal), Err(KeyError::Destroyed { .. })));
    assert!(matches!(DataKey::unwrap(&Keyring::generate(&random), &wrapped), Err(KeyError::OtherKey { .. })));
    let parked = log.parked(0, None, 9).await.unwrap().remove(0);
    let place = ParkedPlace { partition: 0, claim: parked.claim, key: parked.key };
    assert_eq!(seal::open_parked(&keys, place, &parked.sealed).unwrap(), WORDS.as_bytes());
}
