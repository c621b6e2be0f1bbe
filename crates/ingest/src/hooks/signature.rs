//! Whether a webhook was signed by who it says: HMAC under a secret that both sides hold.
//!
//! Each secret and each spelling of the address is tried to its end, so that the time tells nothing of which was near.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::settings::HookSecret;
use crate::hex;

/// Which HMAC a sender of Twilio's kind used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Algorithm {
    /// Under an account's auth token.
    Sha1,
    /// Under a key of its own for webhooks.
    Sha256,
}

impl Algorithm {
    /// Reads `X-Twilio-Webhooks-Signature-Settings`, such as `key=…,algorithm=HMAC_SHA256`; without it SHA-1.
    pub(super) fn of(settings: &str) -> Option<Self> {
        let named = settings.split(',').filter_map(|part| part.split_once('='));
        let mut named = named.filter(|(name, value)| name.trim() == "algorithm" && !value.trim().is_empty());
        match named.next().map(|(_, value)| value.trim().to_ascii_uppercase()).as_deref() {
            None | Some("HMAC_SHA1") => Some(Self::Sha1),
            Some("HMAC_SHA256") => Some(Self::Sha256),
            Some(_) => None,
        }
    }
}

/// Twilio's: base64 of the HMAC over the address and the form's fields, sorted, each once, name and value in a row.
pub(super) fn twilio(
    algorithm: Algorithm,
    secrets: &[HookSecret],
    addresses: &[String],
    fields: &[(String, String)],
    shown: &str,
) -> bool {
    let Ok(shown) = STANDARD.decode(shown) else { return false };
    let mut sorted: Vec<&(String, String)> = fields.iter().collect();
    sorted.sort_unstable();
    sorted.dedup();
    let mut genuine = false;
    for (secret, address) in secrets.iter().flat_map(|secret| addresses.iter().map(move |a| (secret, a))) {
        let texts = sorted.iter().flat_map(|(name, value)| [name, value]);
        let parts: Vec<&[u8]> = [address].into_iter().chain(texts).map(|text| text.as_bytes()).collect();
        genuine |= match algorithm {
            Algorithm::Sha1 => holds::<Hmac<Sha1>>(secret, &parts, &shown),
            Algorithm::Sha256 => holds::<Hmac<Sha256>>(secret, &parts, &shown),
        };
    }
    genuine
}

/// Meta's: `sha256=` and the hexadecimal HMAC over the body.
pub(super) fn meta(secrets: &[HookSecret], body: &[u8], shown: &str) -> bool {
    let Some(shown) = shown.strip_prefix("sha256=").and_then(hex::read) else { return false };
    secrets.iter().fold(false, |genuine, secret| genuine | holds::<Hmac<Sha256>>(secret, &[body], &shown))
}

/// Whether this is the body whose SHA-256, in hexadecimal digits, stands in the signed address.
pub(super) fn is_body(body: &[u8], shown: &str) -> bool {
    let digest: [u8; 32] = Sha256::digest(body).into();
    hex::read(shown).is_some_and(|shown| same(&digest, &shown))
}

/// Whether both are the same, in a time that depends on their length alone.
pub(super) fn same(a: &[u8], b: &[u8]) -> bool {
    let different = a.iter().zip(b).fold(0_u8, |all, (a, b)| std::hint::black_box(all | (a ^ b)));
    a.len() == b.len() && different == 0
}

fn holds<M: Mac + KeyInit>(secret: &HookSecret, parts: &[&[u8]], shown: &[u8]) -> bool {
    // HMAC takes keys of any length.
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(secret.bytes()) else { return false };
    parts.iter().for_each(|part| mac.update(part));
    mac.verify_slice(shown).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(texts: &[&str]) -> Vec<HookSecret> {
        texts.iter().filter_map(|text| HookSecret::new(*text)).collect()
    }

    fn fields(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    /// The first is the example of Twilio's documentation; the others were computed by its own validator
    /// (`twilio.request_validator` 9.13.0 for Python).
    #[test]
    fn twilios_signatures_are_those_of_its_own_validator() {
        let documented = fields(&[
            ("Digits", "1234"),
            ("To", "+18005551212"),
            ("From", "+14158675309"),
            ("Caller", "+14158675309"),
            ("CallSid", "CA1234567890ABCDE"),
        ]);
        let odd = fields(&[
            ("a", "2"),
            ("Body", "Grüße & STOPP"),
            ("a", "10"),
            ("B", ""),
            ("a", "2"),
            ("Body", ""),
        ]);
        for (algorithm, secret, address, fields, signature) in [
            (
                Algorithm::Sha1,
                "12345",
                "https://mycompany.com/myapp.php?foo=1&bar=2",
                documented,
                "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
            ),
            (
                Algorithm::Sha1,
                "tök€n",
                "https://a.example:443/hooks/twilio/town/inbound",
                odd,
                "HIlI/3vArnd7cgyHsy+qFwGDVWg=",
            ),
            (
                Algorithm::Sha256,
                "12345",
                "https://a.example/h?escalation=ab-1",
                fields(&[("MessageStatus", "sent")]),
                "ZOOdAh1PApIvzi7SeZfNpU9zZ2CUPq/IiFXrlWnIrkg=",
            ),
            (
                Algorithm::Sha1,
                "12345",
                "https://a.example/h?bodySHA256=b4fd85f2ce8bfebc5cbc4a67ac690906953178daf04df41e183024cc01315de4",
                Vec::new(),
                "gQxjYBTXqZFKZUFbNTq93XqBrH8=",
            ),
        ] {
            let genuine = |secrets: &[&str], addresses: &[&str], shown: &str| {
                let addresses: Vec<String> = addresses.iter().map(|text| (*text).to_owned()).collect();
                twilio(algorithm, &self::secrets(secrets), &addresses, &fields, shown)
            };
            assert!(genuine(&[secret], &[address], signature), "{address}");
            assert!(genuine(&["older", secret], &["https://b.example", address], signature), "any may hold");
            assert!(!genuine(&["other"], &[address], signature), "wrong secret");
            assert!(!genuine(&[secret], &[&format!("{address}x")], signature), "wrong address");
            assert!(!genuine(&[], &[address], signature) && !genuine(&[secret], &[], signature));
            for shown in
                ["", "=", "AAAA", &signature[1..], &format!("{signature}A"), &signature.replace('=', "")]
            {
                assert!(!genuine(&[secret], &[address], shown), "{shown}");
            }
        }
        assert!(is_body(
            br#"{"MessageSid":"SM1"}"#,
            "b4fd85f2ce8bfebc5cbc4a67ac690906953178daf04df41e183024cc01315de4"
        ));
        assert!(!is_body(b"", "b4fd85f2ce8bfebc5cbc4a67ac690906953178daf04df41e183024cc01315de4"));
    }

    /// Computed by Python's `hmac`.
    #[test]
    fn metas_signature_is_over_the_body_as_it_came() {
        let signature = "sha256=4269b90096ee090e4a787624758f36c998f98fdc3858d7ac354ed25fa9f869f3";
        let body = br#"{"entry":[]}"#;
        assert!(meta(&secrets(&["app secret"]), body, signature));
        assert!(meta(&secrets(&["new", "app secret"]), body, signature));
        assert!(!meta(&secrets(&["new"]), body, signature));
        assert!(!meta(&[], body, signature));
        assert!(!meta(&secrets(&["app secret"]), br#"{"entry": []}"#, signature));
        for shown in
            ["", "sha256=", "sha256=zz", &signature[7..], &signature[..70], &format!("{signature}00")]
        {
            assert!(!meta(&secrets(&["app secret"]), body, shown), "{shown}");
        }
    }

    #[test]
    fn the_algorithm_is_read_as_twilio_reads_it() {
        for (settings, algorithm) in [
            ("", Some(Algorithm::Sha1)),
            ("key=k", Some(Algorithm::Sha1)),
            ("key=k,algorithm=", Some(Algorithm::Sha1)),
            ("key=k, algorithm=hmac_sha256", Some(Algorithm::Sha256)),
            ("algorithm=HMAC_SHA1", Some(Algorithm::Sha1)),
            ("algorithm=HMAC_MD5", None),
        ] {
            assert_eq!(Algorithm::of(settings), algorithm, "{settings}");
        }
    }
}
