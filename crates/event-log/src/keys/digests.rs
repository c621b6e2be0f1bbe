//! Keyed digests: names for things whose own names may be personal data.
//!
//! A digest is HMAC-SHA-256 under the digest key over `mahnwerk/v1`, the tag and each part; tag and parts each come
//! after their length in eight big-endian bytes, so that no two lists of parts are the same bytes.
//! Who has the log but not the digest key can't try out phone numbers against it.

use domain::channel::PointKind;
use domain::ids::{ClaimId, HoldId, InputId, PointId, PromiseId, ProviderMessageId, StreamId};
use domain::label::TenantId;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::Keyring;

const DOMAIN: &[u8] = b"mahnwerk/v1";

impl Keyring {
    /// A debtor's stream, by the debtor's number at the tenant's.
    pub fn stream_id(&self, tenant: &TenantId, reference: &str) -> StreamId {
        StreamId::new(self.digest16("stream", &[tenant.as_str().as_bytes(), reference.as_bytes()]))
    }

    /// A claim, by its number at the tenant's.
    pub fn claim_id(&self, tenant: &TenantId, reference: &str) -> ClaimId {
        ClaimId::new(self.digest16("claim", &[tenant.as_str().as_bytes(), reference.as_bytes()]))
    }

    /// A contact point, by its normalised number, address or handle.
    ///
    /// An e-mail address counts in lower case. RFC 5321 (2.4) leaves the part before the `@` to its host, but no host
    /// in wide use tells capitals apart, and whoever writes STOP must be met however the address was typed.
    pub fn point_id(&self, tenant: &TenantId, kind: PointKind, normalised: &str) -> PointId {
        let folded = (kind == PointKind::Email).then(|| normalised.to_ascii_lowercase());
        let value = folded.as_deref().unwrap_or(normalised);
        let parts = [tenant.as_str().as_bytes(), kind.as_str().as_bytes(), value.as_bytes()];
        PointId::new(self.digest16("point", &parts))
    }

    /// A hold, by the reference that its author gave it.
    pub fn hold_id(&self, tenant: &TenantId, reference: &str) -> HoldId {
        HoldId::new(self.digest16("hold", &[tenant.as_str().as_bytes(), reference.as_bytes()]))
    }

    /// A promise to pay, by the reference that its author gave it, or of the call that heard it.
    pub fn promise_id(&self, tenant: &TenantId, reference: &str) -> PromiseId {
        PromiseId::new(self.digest16("promise", &[tenant.as_str().as_bytes(), reference.as_bytes()]))
    }

    /// What an input is recognised by: its source's own id (inputs, 4).
    pub fn input_id(&self, tenant: &TenantId, source: &str, id: &str) -> InputId {
        InputId::new(self.digest16("input", &[tenant.as_str().as_bytes(), source.as_bytes(), id.as_bytes()]))
    }

    /// An input's content, to notice the same id with other content.
    pub fn content_digest(&self, content: &[u8]) -> [u8; 16] {
        self.digest16("content", &[content])
    }

    /// A provider's own name for a message.
    pub fn provider_message_id(&self, tenant: &TenantId, provider_id: &str) -> ProviderMessageId {
        let parts = [tenant.as_str().as_bytes(), provider_id.as_bytes()];
        ProviderMessageId::new(self.digest16("provider-message", &parts))
    }

    /// A normalised name or reference, for search.
    pub fn name_digest(&self, tenant: &TenantId, normalised: &str) -> [u8; 16] {
        self.digest16("name", &[tenant.as_str().as_bytes(), normalised.as_bytes()])
    }

    /// A rendered message, for `DeliveryStarted` (replay, 4); uncut.
    pub fn words_digest(&self, stream: StreamId, words: &[u8]) -> [u8; 32] {
        self.digest32("words", &[&stream.bytes(), words])
    }

    /// In which of that many partitions a debtor is; 0 when there are none.
    pub fn partition_of(&self, stream: StreamId, partitions: u16) -> u16 {
        let digest = self.digest16("partition", &[&stream.bytes()]);
        let spread = u128::from_be_bytes(digest).checked_rem(partitions.into()).unwrap_or(0);
        u16::try_from(spread).unwrap_or(0)
    }

    /// What the log keeps to notice a foreign key file: says nothing of the key itself.
    pub fn check_value(&self, history: [u8; 16]) -> [u8; 16] {
        self.digest16("key-check", &[&history])
    }

    /// A digest of these parts in a name space of its own, cut to 16 bytes.
    pub fn digest16(&self, tag: &str, parts: &[&[u8]]) -> [u8; 16] {
        let [head @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = self.digest32(tag, parts);
        head
    }

    fn digest32(&self, tag: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = keyed(&self.digest);
        mac.update(DOMAIN);
        counted(&mut mac, tag.as_bytes());
        parts.iter().for_each(|part| counted(&mut mac, part));
        mac.finalize().into_bytes().into()
    }
}

/// HMAC-SHA-256 under a key of 32 bytes, which HMAC itself fills up with zeros to its block of 64.
pub(crate) fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    let mut block = [0; 64];
    block.iter_mut().zip(key).for_each(|(slot, byte)| *slot = *byte);
    Hmac::new(&block.into())
}

fn counted(mac: &mut Hmac<Sha256>, part: &[u8]) {
    mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
    mac.update(part);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::tests::keyring;
    use super::*;

    fn tenant(name: &str) -> TenantId {
        TenantId::new(name).unwrap()
    }

    #[test]
    fn hmac_is_the_standard_one() {
        // RFC 4231, test case 2, has a shorter key; filled up with zeros it is the same key to HMAC.
        let mut key = [0; 32];
        key[..4].copy_from_slice(b"Jefe");
        let mut mac = keyed(&key);
        mac.update(b"what do ya want for nothing?");
        let digest: [u8; 32] = mac.finalize().into_bytes().into();
        assert_eq!(digest[..8], [0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e]);
        assert_eq!(digest[28..], [0x64, 0xec, 0x38, 0x43]);
    }

    /// Else a STOP from `ANNA@…` would not meet the address that an import wrote as `anna@…`.
    #[test]
    fn an_e_mail_address_is_the_same_in_capitals_and_a_name_is_not() {
        let keys = keyring(0);
        let a = tenant("a");
        let email = |text: &str| keys.point_id(&a, PointKind::Email, text);
        assert_eq!(email("Anna.B@town.example"), email("anna.b@town.example"));
        assert_ne!(email("annab@town.example"), email("anna.b@town.example"));
        let postal = |text: &str| keys.point_id(&a, PointKind::Postal, text);
        assert_ne!(postal("A"), postal("a"));
    }

    #[test]
    fn name_spaces_tenants_and_cuts_never_meet() {
        let keys = keyring(0);
        let (a, b) = (tenant("a"), tenant("b"));
        let digests = [
            keys.stream_id(&a, "1").bytes(),
            keys.stream_id(&b, "1").bytes(),
            keys.claim_id(&a, "1").bytes(),
            keys.hold_id(&a, "1").bytes(),
            keys.promise_id(&a, "1").bytes(),
            keys.point_id(&a, PointKind::Phone, "1").bytes(),
            keys.point_id(&a, PointKind::Email, "1").bytes(),
            keys.input_id(&a, "x", "yz").bytes(),
            keys.input_id(&a, "xy", "z").bytes(),
            keys.input_id(&a, "", "xyz").bytes(),
            keys.provider_message_id(&a, "1").bytes(),
            keys.name_digest(&a, "1"),
            keys.content_digest(b"1"),
            keys.check_value([1; 16]),
            keys.digest16("t", &[]),
            keys.digest16("t", &[b""]),
            keyring(1).stream_id(&a, "1").bytes(),
        ];
        assert_eq!(BTreeSet::from(digests).len(), digests.len());
        assert_eq!(keys.stream_id(&a, "1"), keyring(0).stream_id(&a, "1"));
        assert_ne!(
            keys.words_digest(StreamId::new([1; 16]), b"w"),
            keys.words_digest(StreamId::new([2; 16]), b"w")
        );
    }

    #[test]
    fn debtors_spread_over_all_partitions() {
        let keys = keyring(3);
        let mut counts = [0_u32; 64];
        for n in 0..6400 {
            let stream = keys.stream_id(&tenant("a"), &format!("D{n}"));
            counts[usize::from(keys.partition_of(stream, 64))] += 1;
        }
        assert!(counts.iter().all(|count| (50..200).contains(count)), "{counts:?}");
        let one = keys.stream_id(&tenant("a"), "D1");
        assert_eq!((keys.partition_of(one, 1), keys.partition_of(one, 0)), (0, 0));
    }
}
