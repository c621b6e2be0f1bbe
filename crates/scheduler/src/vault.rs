//! Seals and opens personal parts, and names things by keyed digests: the one place of this crate that touches keys.
//!
//! **Invariant:** what goes to the store from here is sealed or a digest; what is opened lives as long as one round.

use std::sync::Arc;

use contract::codec;
use contract::personal::{self, Personal};
use contract::wire::{About, OutcomeMessage, WaitingInput};
use domain::ids::{InputId, ProviderMessageId, StreamId};
use domain::label::TenantId;
use domain::outcome::OutcomeReport;
use domain::time::Timestamp;
use event_log::keys::{KeyError, Keyring};
use event_log::record::{NewEvent, ParkedRow, WrappedKey};
use event_log::seal::{self, DataKey, ParkedPlace, Place};
use runtime::Random;

/// Why a personal part could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    /// It does not open, or its key is gone.
    #[error(transparent)]
    Sealed(#[from] KeyError),
    /// It opens and holds something else than it should.
    #[error(transparent)]
    Content(#[from] contract::DecodeError),
}

/// The keys of a partition's owner.
pub(crate) struct Vault {
    keyring: Arc<Keyring>,
    random: Arc<dyn Random>,
    partition: u16,
}

impl Vault {
    /// Works with these keys for this partition.
    pub(crate) fn new(keyring: Arc<Keyring>, random: Arc<dyn Random>, partition: u16) -> Self {
        Self { keyring, random, partition }
    }

    /// The same keys for another partition: for what waits there.
    pub(crate) fn of(&self, partition: u16) -> Self {
        Self::new(Arc::clone(&self.keyring), Arc::clone(&self.random), partition)
    }

    /// A new data key, and its wrapped form for the log.
    pub(crate) fn make_key(&self, stream: StreamId) -> Result<(DataKey, WrappedKey), KeyError> {
        let key = DataKey::generate(&*self.random);
        let wrapped = key.wrap(&self.keyring, stream, &*self.random)?;
        Ok((key, wrapped))
    }

    /// A data key from the log.
    pub(crate) fn unwrap_key(&self, wrapped: &WrappedKey) -> Result<DataKey, KeyError> {
        DataKey::unwrap(&self.keyring, wrapped)
    }

    /// Seals an event's personal part.
    pub(crate) fn seal(
        &self,
        key: &DataKey,
        place: Place<'_>,
        personal: &Personal,
    ) -> Result<Vec<u8>, KeyError> {
        seal::seal(key, place, &personal::encode(personal), &*self.random)
    }

    /// Opens an event's personal part, if it has one.
    pub(crate) fn open(&self, key: &DataKey, event: &NewEvent) -> Result<Option<Personal>, OpenError> {
        let Some(sealed) = &event.personal else { return Ok(None) };
        let NewEvent { tenant, stream, event_id, version, .. } = event;
        let place = Place { tenant, stream: *stream, event_id: *event_id, version: *version };
        let plain = seal::open(Some(key), place, sealed)?;
        Ok(Some(personal::decode(&plain)?))
    }

    /// Seals what waits for somebody or something, under the partition's own key.
    pub(crate) fn seal_waiting(
        &self,
        waits_for: [u8; 16],
        key: InputId,
        input: &WaitingInput,
    ) -> Result<Vec<u8>, KeyError> {
        let place = ParkedPlace { partition: self.partition, claim: waits_for, key };
        seal::seal_parked(&self.keyring, place, &codec::encode_waiting(input), &*self.random)
    }

    /// Opens it.
    pub(crate) fn open_waiting(&self, row: &ParkedRow) -> Result<WaitingInput, OpenError> {
        let place = ParkedPlace { partition: self.partition, claim: row.claim, key: row.key };
        Ok(codec::decode_waiting(&seal::open_parked(&self.keyring, place, &row.sealed)?)?)
    }

    /// What a report that waits is recognised by: the message, and what is reported of it. A repeat waits once.
    pub(crate) fn report_key(&self, message: [u8; 16], report: &OutcomeReport) -> InputId {
        let told = codec::encode_outcomes(&[OutcomeMessage {
            about: About::Message(ProviderMessageId::new(message)),
            tenant: None,
            report: OutcomeReport { at: Timestamp(0), ..*report },
            personal: None,
            trace: None,
        }]);
        InputId::new(self.keyring.digest16("report", &[&told]))
    }

    /// Attests the words of a permit without repeating them (replay, 4).
    pub(crate) fn words_digest(&self, stream: StreamId, words: &Personal) -> [u8; 32] {
        self.keyring.words_digest(stream, &personal::encode(words))
    }

    /// What a name or a reference is searched by.
    pub(crate) fn name_digest(&self, tenant: &TenantId, text: &str) -> [u8; 16] {
        self.keyring.name_digest(tenant, &search_form(text))
    }

    /// Sixteen random bytes.
    pub(crate) fn random_id(&self) -> [u8; 16] {
        runtime::random_id(&*self.random)
    }
}

/// The form in which a name or a debtor reference is searched: small letters, one space between words.
///
/// Whoever looks a name up in the log brings it into this form before it takes the keyed digest.
pub fn search_form(text: &str) -> String {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_whatever_their_case_and_spaces() {
        for text in ["Ida  Öztürk", " ida öztürk", "IDA\u{a0}ÖZTÜRK "] {
            assert_eq!(search_form(text), "ida öztürk", "{text}");
        }
    }
}
