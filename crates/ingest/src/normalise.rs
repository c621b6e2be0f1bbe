//! Contact points in the one form that they are stored, digested and dialled in.
//!
//! Two spellings of one number give one digest, so that an opt-out meets the number however it was written.
//! Errors never repeat the value.
//! Left out: whether a number or address exists, and national numbers (a country would have to be guessed).

use domain::channel::PointKind;

use crate::problem::Unfit;

/// Longest e-mail address (RFC 5321, 4.5.3.1.3).
const MAX_EMAIL: usize = 254;
/// Longest part before the `@` (RFC 5321, 4.5.3.1.1).
const MAX_LOCAL_PART: usize = 64;
/// Most lines of a postal address.
const MAX_POSTAL_LINES: usize = 8;
/// Longest line of a postal address, in characters.
const MAX_POSTAL_LINE: usize = 100;

/// Brings a contact point of any kind into its one form.
pub fn point(kind: PointKind, text: &str) -> Result<String, Unfit> {
    match kind {
        PointKind::Phone => phone(text),
        PointKind::Email => email(text),
        PointKind::Messenger => phone(text).map_err(|_| {
            Unfit::new(
                "is no messenger handle",
                "a handle is the account's phone number, such as +41791234567",
            )
        }),
        PointKind::Postal => postal(text),
    }
}

/// A phone number as E.164 writes it: `+` and 7 to 15 digits, the first not 0.
///
/// Spaces, dots, dashes, slashes and brackets are taken out, `(0)` with its digit, and a leading `00` is a `+`.
pub fn phone(text: &str) -> Result<String, Unfit> {
    let text = text.trim().replace("(0)", "");
    let separator =
        |c: char| c.is_whitespace() || matches!(c, '.' | '-' | '/' | '(' | ')' | '\u{2010}'..='\u{2013}');
    let bare: String = text.chars().filter(|c| !separator(*c)).collect();
    let digits = bare.strip_prefix('+').or_else(|| bare.strip_prefix("00")).ok_or_else(|| {
        Unfit::new("is a phone number without a country", "write it as +41791234567 or 0041791234567")
    })?;
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Unfit::new(
            "is no phone number",
            "after the + there are only digits, such as +41791234567",
        ));
    }
    if digits.starts_with('0') || !(7..=15).contains(&digits.len()) {
        return Err(Unfit::new(
            "is no phone number",
            "after the + there are 7 to 15 digits, and the first is not 0",
        ));
    }
    Ok(format!("+{digits}"))
}

/// An e-mail address, its domain in lower case; the part before the `@` is written as it came, and counts in lower case
/// where two addresses are compared ([`crate::digests::Digests::point`]).
pub fn email(text: &str) -> Result<String, Unfit> {
    let text = text.trim();
    let wrong = |what: &str, remedy: &str| Err(Unfit::new(what, remedy));
    let mut parts = text.split('@');
    let (Some(local), Some(domain), None) = (parts.next(), parts.next(), parts.next()) else {
        return wrong("is no e-mail address", "it has one @, such as name@example.org");
    };
    if text.len() > MAX_EMAIL || local.len() > MAX_LOCAL_PART {
        return wrong("is too long for an e-mail address", "it has at most 254 characters, 64 before the @");
    }
    if !is_local_part(local) {
        return wrong(
            "has characters before the @ that can't be there",
            "use letters, digits and .!#$%&'*+/=?^_`{|}~-",
        );
    }
    if !is_host_name(domain) {
        return wrong("has no host name after the @", "it is like example.org, other alphabets as xn--…");
    }
    Ok(format!("{local}@{}", domain.to_ascii_lowercase()))
}

/// A postal address: its lines, trimmed, parted by `\n`, empty ones left out.
pub fn postal(text: &str) -> Result<String, Unfit> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if !(2..=MAX_POSTAL_LINES).contains(&lines.len()) {
        return Err(Unfit::new("is no postal address", "it has 2 to 8 lines: name, street, place"));
    }
    if lines.iter().any(|line| line.chars().count() > MAX_POSTAL_LINE || line.chars().any(char::is_control)) {
        return Err(Unfit::new(
            "has a line that can't be printed",
            "a line has at most 100 characters and no control characters",
        ));
    }
    Ok(lines.join("\n"))
}

/// A dot-atom (RFC 5322, 3.2.3); quoted parts are refused, nobody has them.
fn is_local_part(text: &str) -> bool {
    let is_atext = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b);
    text.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(is_atext))
}

/// At least two labels of letters, digits and inner hyphens; the last has a letter.
fn is_host_name(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last_has_letter = text.rsplit('.').next().is_some_and(|l| l.bytes().any(|b| b.is_ascii_alphabetic()));
    text.contains('.') && text.split('.').all(is_label) && last_has_letter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_phone_number_become_one() {
        for text in [
            "+41791234567",
            "0041 79 123 45 67",
            "+41 (0)79 123-45-67",
            " +41.79.123.45.67 ",
            "+41/79/1234567",
            "+41\u{a0}79\u{2013}1234567",
        ] {
            assert_eq!(phone(text).as_deref(), Ok("+41791234567"), "{text}");
            assert_eq!(point(PointKind::Messenger, text).as_deref(), Ok("+41791234567"), "{text}");
        }
        assert_eq!(phone("+1234567").as_deref(), Ok("+1234567"));
        assert_eq!(phone("+123456789012345").as_deref(), Ok("+123456789012345"));
    }

    #[test]
    fn what_is_no_phone_number_is_refused_without_repeating_it() {
        for text in [
            "",
            "+",
            "0791234567",
            "+123456",
            "+1234567890123456",
            "+0041791234567",
            "+41x791234567",
            "++41791234567",
        ] {
            for refused in [phone(text).unwrap_err(), point(PointKind::Messenger, text).unwrap_err()] {
                assert!(text.len() < 3 || !format!("{refused:?}").contains(text), "{text}");
                assert!(!refused.remedy.is_empty());
            }
        }
    }

    #[test]
    fn an_email_address_keeps_its_local_part_and_lowers_its_domain() {
        for (text, normal) in [
            (" Anna.Muster@Example.ORG ", "Anna.Muster@example.org"),
            ("a+b_c@sub.example.co", "a+b_c@sub.example.co"),
            ("x@xn--mller-kva.de", "x@xn--mller-kva.de"),
        ] {
            assert_eq!(email(text).as_deref(), Ok(normal));
        }
        let long_local = format!("{}@example.org", "a".repeat(65));
        for text in [
            "",
            "a",
            "@example.org",
            "a@",
            "a@b",
            "a@b@example.org",
            "a b@example.org",
            "a..b@example.org",
            ".a@example.org",
            "a@-b.org",
            "a@example.org\r\nBcc: x@example.org",
            "a@example..org",
            "a@192.0.2.1",
            "<a@example.org>",
            "a@m\u{fc}ller.de",
            &long_local,
        ] {
            let refused = email(text).unwrap_err();
            assert!(text.len() < 4 || !format!("{refused:?}").contains(text), "{text}");
        }
    }

    #[test]
    fn a_postal_address_has_two_to_eight_printable_lines() {
        assert_eq!(
            postal(" Anna Muster \r\n\n Weg 1\n8000 Z\u{fc}rich ").as_deref(),
            Ok("Anna Muster\nWeg 1\n8000 Z\u{fc}rich")
        );
        for text in
            ["", "one line", "a\nb\u{7}", "1\n2\n3\n4\n5\n6\n7\n8\n9", &format!("a\n{}", "x".repeat(101))]
        {
            assert!(postal(text).is_err());
        }
    }
}
