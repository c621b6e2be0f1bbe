//! The providers' signatures, computed from their documentation and with nothing of the receiver's.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::Sha256;

use crate::twilio::hex;

/// `X-Twilio-Signature`: base64 of HMAC-SHA1 over the address and the sorted fields.
pub(super) fn twilio(auth_token: &str, url: &str, fields: &[(String, String)]) -> String {
    let mut sorted: Vec<_> = fields.iter().collect();
    sorted.sort_unstable();
    let mut signed = url.to_owned();
    for (name, value) in sorted {
        signed.push_str(name);
        signed.push_str(value);
    }
    STANDARD.encode(hmac::<Hmac<Sha1>>(auth_token, signed.as_bytes()))
}

/// `X-Hub-Signature-256`: HMAC-SHA256 over the body.
pub(super) fn meta(app_secret: &str, body: &[u8]) -> String {
    format!("sha256={}", hex(&hmac::<Hmac<Sha256>>(app_secret, body)))
}

fn hmac<M: Mac + KeyInit>(key: &str, signed: &[u8]) -> Vec<u8> {
    // HMAC takes keys of any length; no signature is one that nobody takes.
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(key.as_bytes()) else { return Vec::new() };
    mac.update(signed);
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of Twilio's documentation.
    #[test]
    fn twilios_example_is_signed_as_twilio_signs_it() {
        let fields = [
            ("CallSid", "CA1234567890ABCDE"),
            ("Caller", "+14158675309"),
            ("Digits", "1234"),
            ("From", "+14158675309"),
            ("To", "+18005551212"),
        ];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let signature = twilio("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", &fields);
        assert_eq!(signature, "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
    }

    /// Computed by Python's `hmac`.
    #[test]
    fn a_body_is_signed_as_meta_signs_it() {
        let signature = meta("app secret", br#"{"entry":[]}"#);
        assert_eq!(signature, "sha256=4269b90096ee090e4a787624758f36c998f98fdc3858d7ac354ed25fa9f869f3");
    }
}
