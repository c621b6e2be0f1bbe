//! Sealing: XChaCha20-Poly1305 with random nonces, each blob bound to the one place where it may stand.
//!
//! | blob | key | bound to | bytes |
//! |---|---|---|---|
//! | personal part | the debtor's data key | tenant, stream, event id, version | `01`, nonce (24), ciphertext and tag |
//! | data key | the wrapping key | stream | `01`, key id (4), nonce (24), ciphertext and tag (48) |
//! | parked fact | a key of the partition, derived from the wrapping key | partition, claim, fact's key | as a data key's |
//! | message between processes, refused body | a key of the purpose, derived from the wrapping key | purpose, subject or reference | as a data key's |
//!
//! What a blob is bound to is its associated data: a tag, counted, then the parts in the order of the table, those
//! of varying length counted (eight big-endian bytes of length before them).
//! **Invariant:** a nonce is drawn for each blob and never derived; a plain part exists in memory only.

mod blob;
pub mod message;

use core::fmt;

use domain::ids::{InputId, StreamId};
use domain::label::TenantId;
use hmac::Mac;
use runtime::Random;

use self::blob::Binding;
use crate::keys::{KeyError, Keyring, keyed};
use crate::record::WrappedKey;

/// A debtor's key; destroying its wrapped form erases what was said to and of the debtor.
#[derive(Clone)]
pub struct DataKey([u8; 32]);

impl DataKey {
    /// Draws a new one.
    pub fn generate(random: &dyn Random) -> Self {
        let mut key = [0; 32];
        random.fill(&mut key);
        Self(key)
    }

    /// Wraps it for the log.
    pub fn wrap(
        &self,
        keys: &Keyring,
        stream: StreamId,
        random: &dyn Random,
    ) -> Result<WrappedKey, KeyError> {
        let binding = Binding::new("mahnwerk/data-key/v1").fixed(&stream.bytes());
        let sealed = blob::seal("data key", keys.wrapping(), &binding, &self.0, random)?;
        Ok(WrappedKey { stream, wrapped: blob::with_key_id(key_id(keys), &sealed) })
    }

    /// Unwraps what the log has.
    pub fn unwrap(keys: &Keyring, wrapped: &WrappedKey) -> Result<Self, KeyError> {
        const WHAT: &str = "data key";
        let sealed = blob::without_key_id(WHAT, key_id(keys), &wrapped.wrapped)?;
        let binding = Binding::new("mahnwerk/data-key/v1").fixed(&wrapped.stream.bytes());
        let plain = blob::open(WHAT, keys.wrapping(), &binding, &sealed)?;
        plain.try_into().map(Self).map_err(|_wrong_length| KeyError::Tampered { what: WHAT })
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(..)")
    }
}

/// The one event that a personal part belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place<'a> {
    /// The tenant.
    pub tenant: &'a TenantId,
    /// The debtor.
    pub stream: StreamId,
    /// The event.
    pub event_id: [u8; 16],
    /// Which event of the stream.
    pub version: u64,
}

impl Place<'_> {
    fn binding(&self) -> Binding {
        Binding::new("mahnwerk/personal/v1")
            .counted(self.tenant.as_str().as_bytes())
            .fixed(&self.stream.bytes())
            .fixed(&self.event_id)
            .fixed(&self.version.to_be_bytes())
    }
}

/// Seals an event's personal part.
pub fn seal(key: &DataKey, place: Place<'_>, plain: &[u8], random: &dyn Random) -> Result<Vec<u8>, KeyError> {
    blob::seal("personal part", &key.0, &place.binding(), plain, random)
}

/// Opens an event's personal part; without a key the debtor was erased.
pub fn open(key: Option<&DataKey>, place: Place<'_>, sealed: &[u8]) -> Result<Vec<u8>, KeyError> {
    let key = key.ok_or(KeyError::Destroyed { stream: place.stream })?;
    blob::open("personal part", &key.0, &place.binding(), sealed)
}

/// The one fact that a parked row belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ParkedPlace {
    /// The partition that parks it.
    pub partition: u16,
    /// The claim's keyed digest.
    pub claim: [u8; 16],
    /// The fact's key.
    pub key: InputId,
}

impl ParkedPlace {
    fn binding(&self) -> Binding {
        Binding::new("mahnwerk/parked/v1")
            .fixed(&self.partition.to_be_bytes())
            .fixed(&self.claim)
            .fixed(&self.key.bytes())
    }
}

/// Seals a fact that waits for its claim: no debtor is known yet, so the partition's own key is used.
pub fn seal_parked(
    keys: &Keyring,
    place: ParkedPlace,
    plain: &[u8],
    random: &dyn Random,
) -> Result<Vec<u8>, KeyError> {
    let key = partition_key(keys, place.partition);
    let sealed = blob::seal("parked fact", &key, &place.binding(), plain, random)?;
    Ok(blob::with_key_id(key_id(keys), &sealed))
}

/// Opens a parked fact.
pub fn open_parked(keys: &Keyring, place: ParkedPlace, sealed: &[u8]) -> Result<Vec<u8>, KeyError> {
    const WHAT: &str = "parked fact";
    let sealed = blob::without_key_id(WHAT, key_id(keys), sealed)?;
    blob::open(WHAT, &partition_key(keys, place.partition), &place.binding(), &sealed)
}

/// HMAC-SHA-256 of the partition's number under the wrapping key.
fn partition_key(keys: &Keyring, partition: u16) -> [u8; 32] {
    let mut mac = keyed(keys.wrapping());
    mac.update(b"mahnwerk/partition-key/v1");
    mac.update(&partition.to_be_bytes());
    mac.finalize().into_bytes().into()
}

/// Tells wrapping keys apart without telling anything of them.
fn key_id(keys: &Keyring) -> [u8; 4] {
    let mut mac = keyed(keys.wrapping());
    mac.update(b"mahnwerk/wrapping-key-id/v1");
    let digest: [u8; 32] = mac.finalize().into_bytes().into();
    let [a, b, c, d, ..] = digest;
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::tests::{Counting, keyring};

    fn random() -> Counting {
        Counting(100.into())
    }

    fn tenant() -> TenantId {
        TenantId::new("roma").unwrap()
    }

    #[test]
    fn a_personal_part_opens_only_where_it_was_sealed() {
        let (tenant, other) = (tenant(), TenantId::new("pisa").unwrap());
        let place = Place { tenant: &tenant, stream: StreamId::new([1; 16]), event_id: [2; 16], version: 3 };
        let key = DataKey::generate(&random());
        let sealed = seal(&key, place, b"+39 055 1234", &random()).unwrap();
        assert_eq!(open(Some(&key), place, &sealed).unwrap(), b"+39 055 1234");
        for elsewhere in [
            Place { tenant: &other, ..place },
            Place { stream: StreamId::new([9; 16]), ..place },
            Place { event_id: [9; 16], ..place },
            Place { version: 4, ..place },
        ] {
            let error = open(Some(&key), elsewhere, &sealed).unwrap_err();
            assert!(matches!(error, KeyError::Tampered { .. }), "{error}");
        }
        assert!(matches!(open(None, place, &sealed), Err(KeyError::Destroyed { .. })));
    }

    #[test]
    fn every_altered_byte_and_every_cut_is_noticed() {
        let tenant = tenant();
        let place = Place { tenant: &tenant, stream: StreamId::new([1; 16]), event_id: [2; 16], version: 3 };
        let key = DataKey::generate(&random());
        let sealed = seal(&key, place, b"x", &random()).unwrap();
        for index in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[index] ^= 1;
            assert!(open(Some(&key), place, &altered).is_err(), "byte {index}");
            assert!(open(Some(&key), place, &sealed[..index]).is_err(), "cut at {index}");
        }
    }

    #[test]
    fn the_same_words_never_look_the_same() {
        let tenant = tenant();
        let place = Place { tenant: &tenant, stream: StreamId::new([1; 16]), event_id: [2; 16], version: 3 };
        let (key, random) = (DataKey::generate(&random()), random());
        let sealed = [0, 1].map(|_| seal(&key, place, b"x", &random).unwrap());
        assert_ne!(sealed[0], sealed[1]);
    }

    #[test]
    fn a_data_key_unwraps_under_its_own_wrapping_key_and_stream() {
        let (keys, stream) = (keyring(1), StreamId::new([1; 16]));
        let key = DataKey::generate(&random());
        let wrapped = key.wrap(&keys, stream, &random()).unwrap();
        assert_eq!(DataKey::unwrap(&keys, &wrapped).unwrap().0, key.0);
        assert!(matches!(DataKey::unwrap(&keyring(2), &wrapped), Err(KeyError::OtherKey { .. })));
        let moved = WrappedKey { stream: StreamId::new([2; 16]), ..wrapped.clone() };
        assert!(matches!(DataKey::unwrap(&keys, &moved), Err(KeyError::Tampered { .. })));
        let newer = WrappedKey { stream, wrapped: [&[2], &wrapped.wrapped[1..]].concat() };
        assert!(matches!(DataKey::unwrap(&keys, &newer), Err(KeyError::UnknownFormat { format: 2, .. })));
        assert_eq!(format!("{key:?}"), "DataKey(..)");
    }

    #[test]
    fn a_parked_fact_opens_in_its_partition_for_its_claim() {
        let keys = keyring(1);
        let place = ParkedPlace { partition: 3, claim: [1; 16], key: InputId::new([2; 16]) };
        let sealed = seal_parked(&keys, place, b"paid", &random()).unwrap();
        assert_eq!(open_parked(&keys, place, &sealed).unwrap(), b"paid");
        for elsewhere in [
            ParkedPlace { partition: 4, ..place },
            ParkedPlace { claim: [9; 16], ..place },
            ParkedPlace { key: InputId::new([9; 16]), ..place },
        ] {
            assert!(matches!(open_parked(&keys, elsewhere, &sealed), Err(KeyError::Tampered { .. })));
        }
        assert!(matches!(open_parked(&keyring(2), place, &sealed), Err(KeyError::OtherKey { .. })));
    }

    #[test]
    fn what_is_too_large_is_not_sealed() {
        let tenant = tenant();
        let place = Place { tenant: &tenant, stream: StreamId::new([1; 16]), event_id: [2; 16], version: 3 };
        let plain = vec![0; blob::MAX_PLAIN + 1];
        let key = DataKey::generate(&random());
        assert!(matches!(seal(&key, place, &plain, &random()), Err(KeyError::TooLarge { .. })));
        assert!(seal(&key, place, &plain[1..], &random()).is_ok());
    }
}
