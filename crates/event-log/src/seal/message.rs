//! Sealing what travels or lies outside an event: messages between processes, and bodies that were refused.
//!
//! The key is of the wrapping key and the purpose; what is sealed is bound to where it belongs, so that it opens nowhere else.

use hmac::Mac;
use runtime::Random;

use super::blob::{self, Binding};
use super::key_id;
use crate::keys::{KeyError, Keyring, keyed};

/// What a message is sealed for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// It travels between processes; it is bound to its subject.
    Travel,
    /// It was refused and is kept; it is bound to its reference.
    Refused,
}

impl Purpose {
    const fn tag(self) -> &'static str {
        match self {
            Self::Travel => "mahnwerk/message-key/travel/v1",
            Self::Refused => "mahnwerk/message-key/refused/v1",
        }
    }
}

const WHAT: &str = "message";

/// Seals a message for a purpose and a place.
pub fn seal_message(
    keys: &Keyring,
    purpose: Purpose,
    place: &[u8],
    plain: &[u8],
    random: &dyn Random,
) -> Result<Vec<u8>, KeyError> {
    let sealed = blob::seal(WHAT, &key(keys, purpose), &binding(purpose, place), plain, random)?;
    Ok(blob::with_key_id(key_id(keys), &sealed))
}

/// Opens one.
pub fn open_message(
    keys: &Keyring,
    purpose: Purpose,
    place: &[u8],
    sealed: &[u8],
) -> Result<Vec<u8>, KeyError> {
    let sealed = blob::without_key_id(WHAT, key_id(keys), sealed)?;
    blob::open(WHAT, &key(keys, purpose), &binding(purpose, place), &sealed)
}

fn binding(purpose: Purpose, place: &[u8]) -> Binding {
    Binding::new(purpose.tag()).counted(place)
}

/// HMAC-SHA-256 of the purpose under the wrapping key.
fn key(keys: &Keyring, purpose: Purpose) -> [u8; 32] {
    let mut mac = keyed(keys.wrapping());
    mac.update(purpose.tag().as_bytes());
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use runtime::system::SystemRandom;

    use super::*;

    #[test]
    fn a_message_opens_for_its_purpose_at_its_place_under_its_key_alone() {
        let (keys, random) = (Keyring::generate(&SystemRandom), SystemRandom);
        let sealed = seal_message(&keys, Purpose::Travel, b"facts.v1.3", b"paid", &random).unwrap();
        assert_eq!(open_message(&keys, Purpose::Travel, b"facts.v1.3", &sealed).unwrap(), b"paid");
        let elsewhere = open_message(&keys, Purpose::Travel, b"facts.v1.4", &sealed);
        assert!(matches!(elsewhere, Err(KeyError::Tampered { .. })));
        let otherwise = open_message(&keys, Purpose::Refused, b"facts.v1.3", &sealed);
        assert!(matches!(otherwise, Err(KeyError::Tampered { .. })));
        let other = Keyring::generate(&SystemRandom);
        let under_another = open_message(&other, Purpose::Travel, b"facts.v1.3", &sealed);
        assert!(matches!(under_another, Err(KeyError::OtherKey { .. })));
    }
}
