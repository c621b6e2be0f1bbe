//! Bodies and queries in `application/x-www-form-urlencoded`, and JSON objects that are as flat.

use serde_json::{Map, Value};

use crate::hex::digit;

/// Most fields of a form.
const MAX_FIELDS: usize = 256;

/// Fields in their order, as they were sent; names may stand twice.
#[derive(Default)]
pub(super) struct Fields(pub(super) Vec<(String, String)>);

impl Fields {
    /// Reads a form; none if an escape is broken, a text is not UTF-8 or there are too many fields.
    pub(super) fn of_form(body: &[u8]) -> Option<Self> {
        let fields = body.split(|byte| *byte == b'&').filter(|field| !field.is_empty());
        let read: Vec<_> = fields.take(MAX_FIELDS + 1).map(field).collect::<Option<_>>()?;
        (read.len() <= MAX_FIELDS).then_some(Self(read))
    }

    /// Reads the texts and numbers of a JSON object; what is nested is left out.
    pub(super) fn of_json(body: &[u8]) -> Option<Self> {
        let object: Map<String, Value> = serde_json::from_slice(body).ok()?;
        let flat = object.into_iter().filter_map(|(name, value)| match value {
            Value::String(text) => Some((name, text)),
            Value::Number(number) => Some((name, number.to_string())),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        });
        let read: Vec<_> = flat.take(MAX_FIELDS + 1).collect();
        (read.len() <= MAX_FIELDS).then_some(Self(read))
    }

    /// The first field of that name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The first field that is there and not empty.
    pub(super) fn first(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.get(name).filter(|value| !value.is_empty()))
    }
}

fn field(field: &[u8]) -> Option<(String, String)> {
    let mut parts = field.splitn(2, |byte| *byte == b'=');
    Some((unescape(parts.next()?)?, unescape(parts.next().unwrap_or_default())?))
}

fn unescape(text: &[u8]) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => 16 * digit(*rest.next()?)? + digit(*rest.next()?)?,
            plain => *plain,
        });
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(fields: Option<Fields>) -> Vec<(String, String)> {
        fields.unwrap().0
    }

    #[test]
    fn a_form_is_read_as_it_was_meant() {
        let read =
            pairs(Fields::of_form(b"From=%2B41791234567&Body=Gr%C3%BC%c3%9fe+an%26&Empty=&Bare&From=x"));
        let read: Vec<_> = read.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let expected =
            [("From", "+41791234567"), ("Body", "Grüße an&"), ("Empty", ""), ("Bare", ""), ("From", "x")];
        assert_eq!(read, expected);
        for wrong in ["a=%", "a=%2", "a=%zz", "a=%ff", &"a&".repeat(MAX_FIELDS + 1)] {
            assert!(Fields::of_form(wrong.as_bytes()).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_json_object_gives_its_flat_fields() {
        let read =
            pairs(Fields::of_json(br#"{"MessageSid":"SM1","ErrorCode":30007,"More":{"a":1},"No":null}"#));
        let expected = [("ErrorCode", "30007"), ("MessageSid", "SM1")];
        assert_eq!(read, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        for wrong in ["", "[]", "{", "7", &"[".repeat(1000)] {
            assert!(Fields::of_json(wrong.as_bytes()).is_none(), "{wrong}");
        }
    }
}
