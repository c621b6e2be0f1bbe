//! Reads `application/x-www-form-urlencoded` bodies.

/// Most fields of a form.
const MAX_FIELDS: usize = 64;

/// The fields in order; none if an escape is broken, a value is not UTF-8 or there are too many.
pub(crate) fn parse_form(body: &[u8]) -> Option<Vec<(String, String)>> {
    let fields = body.split(|byte| *byte == b'&').filter(|field| !field.is_empty());
    let read: Option<Vec<_>> = fields.take(MAX_FIELDS + 1).map(parse_field).collect();
    read.filter(|fields| fields.len() <= MAX_FIELDS)
}

fn parse_field(field: &[u8]) -> Option<(String, String)> {
    let mut parts = field.splitn(2, |byte| *byte == b'=');
    Some((unescape(parts.next()?)?, unescape(parts.next().unwrap_or_default())?))
}

fn unescape(text: &[u8]) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => 16 * hex_digit(*rest.next()?)? + hex_digit(*rest.next()?)?,
            plain => *plain,
        });
    }
    String::from_utf8(out).ok()
}

/// The value of one hexadecimal digit.
pub(crate) const fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_pluses_and_empty_values_are_read() {
        let read = parse_form(b"To=%2B39333&Body=Gr%C3%BC%c3%9fe+an+Sie%26&Empty=&Bare").unwrap();
        let read: Vec<_> = read.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(read, [("To", "+39333"), ("Body", "Grüße an Sie&"), ("Empty", ""), ("Bare", "")]);
    }

    #[test]
    fn broken_escapes_and_texts_are_refused() {
        let many = "a=1&".repeat(MAX_FIELDS + 1);
        for wrong in ["a=%", "a=%2", "a=%zz", "a=%ff", &many] {
            assert_eq!(parse_form(wrong.as_bytes()), None, "{wrong}");
        }
        assert_eq!(parse_form("a=1&".repeat(MAX_FIELDS).as_bytes()).unwrap().len(), MAX_FIELDS);
    }
}
