//! Bytes as hexadecimal digits, read and written: signatures, digests, tokens, escapes of forms.

/// The value of one digit, of either case.
pub(crate) const fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// The bytes that the digits stand for; none if they are odd in number, or something else stands among them.
pub fn read(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let byte = |[high, low]: &[u8; 2]| Some(16 * digit(*high)? + digit(*low)?);
    if rest.is_empty() { pairs.iter().map(byte).collect() } else { None }
}

/// Two small digits for each byte.
pub(crate) fn write(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_nothing_else_is() {
        let bytes = [0, 9, 10, 127, 128, 255];
        assert_eq!(write(&bytes), "00090a7f80ff");
        assert_eq!(read("00090a7f80ff"), Some(bytes.to_vec()));
        assert_eq!(read("00090A7F80FF"), Some(bytes.to_vec()));
        assert_eq!(read(""), Some(Vec::new()));
        for wrong in ["0", "000", "0g", "+1", "-1", " 1", "é"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
