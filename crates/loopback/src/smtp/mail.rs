//! Reads of a mail what the record needs: a few headers and the text, decoded.
//!
//! Left out: multipart mail, whose body is recorded as it came, and character sets other than UTF-8.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::time::Timestamp;

use crate::form::hex_digit;
use crate::instant::{ATTEMPT_HEADER, CLOCK_HEADER, parse_instant};

/// What the record needs of a mail.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Mail {
    pub(crate) subject: Option<String>,
    pub(crate) escalation: Option<String>,
    pub(crate) announced_at: Option<Timestamp>,
    pub(crate) body: String,
}

/// Reads a mail.
pub(crate) fn read(mail: &[u8]) -> Mail {
    let text = String::from_utf8_lossy(mail);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let headers = unfold(head);
    let header =
        |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let encoding = header("content-transfer-encoding").unwrap_or_default().to_ascii_lowercase();
    Mail {
        subject: header("subject").map(decode_words),
        escalation: header(ATTEMPT_HEADER).map(ToOwned::to_owned),
        announced_at: header(CLOCK_HEADER).and_then(parse_instant),
        body: decode_body(body, encoding.trim()),
    }
}

/// Headers by lower-case name, folded lines joined (RFC 5322, 2.2.3).
fn unfold(head: &str) -> Vec<(String, String)> {
    let joined = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let headers = joined.split("\r\n").filter_map(|line| line.split_once(':'));
    headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect()
}

fn decode_body(body: &str, encoding: &str) -> String {
    let decoded = match encoding {
        "base64" => {
            let packed: String = body.split_ascii_whitespace().collect();
            STANDARD.decode(packed).ok()
        }
        "quoted-printable" => Some(decode_quoted(body.as_bytes(), false)),
        _ => None,
    };
    decoded.map_or_else(|| body.to_owned(), |bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// Quoted-printable (RFC 2045, 6.7), or its variant for headers in which `_` is a space (RFC 2047, 4.2).
fn decode_quoted(text: &[u8], in_header: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        rest = match (first, after) {
            (b'=', [b'\r', b'\n', behind @ ..]) => behind,
            (b'=', [high, low, behind @ ..]) => match (hex_digit(*high), hex_digit(*low)) {
                (Some(high), Some(low)) => {
                    out.push(16 * high + low);
                    behind
                }
                _ => push(&mut out, b'=', after),
            },
            (b'_', _) if in_header => push(&mut out, b' ', after),
            (byte, _) => push(&mut out, *byte, after),
        };
    }
    out
}

fn push<'a>(out: &mut Vec<u8>, byte: u8, rest: &'a [u8]) -> &'a [u8] {
    out.push(byte);
    rest
}

/// Encoded words of a header (RFC 2047); spaces between two of them are dropped.
fn decode_words(value: &str) -> String {
    let mut out = Vec::new();
    let mut after_word = false;
    for token in value.split(' ') {
        let word = decode_word(token);
        let between_words = after_word && word.is_some();
        if !(out.is_empty() || between_words) {
            out.push(b' ');
        }
        after_word = word.is_some();
        out.extend(word.unwrap_or_else(|| token.as_bytes().to_vec()));
    }
    // Only now, since a character may be split over two words by senders that cut at bytes.
    String::from_utf8_lossy(&out).into_owned()
}

fn decode_word(token: &str) -> Option<Vec<u8>> {
    let inside = token.strip_prefix("=?")?.strip_suffix("?=")?;
    let (charset, rest) = inside.split_once('?')?;
    let (encoding, text) = rest.split_once('?')?;
    match (charset.eq_ignore_ascii_case("utf-8"), encoding) {
        (true, "B" | "b") => STANDARD.decode(text).ok(),
        (true, "Q" | "q") => Some(decode_quoted(text.as_bytes(), true)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(head: &str, body: &str) -> Mail {
        read(format!("{head}\r\n\r\n{body}").as_bytes())
    }

    #[test]
    fn subject_attempt_and_clock_are_read() {
        let read = mail(
            "Subject: Please call\r\n us back\r\nX-Mahnwerk-Attempt: 00-7\r\n\
             X-Mahnwerk-Clock: 2014-01-01T10:00:00Z\r\nMessage-ID: <a@b>",
            "Hello\r\n",
        );
        assert_eq!(read.subject.as_deref(), Some("Please call us back"));
        assert_eq!(read.escalation.as_deref(), Some("00-7"));
        assert_eq!(read.announced_at, Some(Timestamp(1_388_570_400_000)));
        assert_eq!(read.body, "Hello\r\n");
    }

    #[test]
    fn encoded_subjects_are_read() {
        for (header, subject) in [
            ("=?utf-8?b?R3LDvMOfZQ==?=", "Grüße"),
            ("=?utf-8?Q?Gr=C3=BC=C3=9Fe_an?= Sie", "Grüße an Sie"),
            ("=?utf-8?b?R3LD?= =?utf-8?b?vMOfZQ==?=", "Grüße"),
            ("=?latin1?b?xx?=", "=?latin1?b?xx?="),
        ] {
            assert_eq!(mail(&format!("Subject: {header}"), "").subject.as_deref(), Some(subject));
        }
    }

    #[test]
    fn encoded_bodies_are_read() {
        let quoted = "Content-Transfer-Encoding: quoted-printable";
        assert_eq!(mail(quoted, "Gr=C3=BC=C3=9Fe an =\r\nSie_=zz=").body, "Grüße an Sie_=zz=");
        let packed = "Content-Transfer-Encoding: base64";
        assert_eq!(mail(packed, "R3LDvM\r\nOfZQ==\r\n").body, "Grüße");
        assert_eq!(mail("Content-Transfer-Encoding: 7bit", "a=3Db").body, "a=3Db");
    }

    #[test]
    fn a_mail_without_headers_has_none() {
        assert_eq!(
            read(b"\r\n\r\n"),
            Mail { subject: None, escalation: None, announced_at: None, body: String::new() }
        );
    }
}
