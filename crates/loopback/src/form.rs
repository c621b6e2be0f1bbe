//! Reads and writes `application/x-www-form-urlencoded` bodies.

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

/// Writes fields in their order.
pub(crate) fn write_form(fields: &[(String, String)]) -> Vec<u8> {
    let fields: Vec<_> =
        fields.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
    fields.join("&").into_bytes()
}

fn escape(text: &str) -> String {
    let escaped = text.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
        b' ' => "+".to_owned(),
        other => format!("%{other:02X}"),
    });
    escaped.collect()
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
    fn a_form_is_read_as_it_was_written() {
        let fields = [("To", "+39333"), ("Body", "Grüße & 100 %\nBye"), ("Empty", ""), ("Body", "x")];
        let fields: Vec<_> =
            fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let written = write_form(&fields);
        assert!(written.starts_with(b"To=%2B39333&Body=Gr%C3%BC%C3%9Fe+%26+100+%25%0ABye&"));
        assert_eq!(parse_form(&written), Some(fields));
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
