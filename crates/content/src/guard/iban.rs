//! What looks like an international bank account number (ISO 13616).
//!
//! The check digits are not verified: a mistyped account number tells as much as a right one.

/// Shortest and longest IBAN in use.
const LENGTHS: core::ops::RangeInclusive<usize> = 15..=34;
/// Fewest digits in one, so that words in capitals are not taken for one.
const MIN_DIGITS: usize = 10;

/// Whether the text shows what looks like an account number, with or without spaces.
pub fn is_in(text: &str) -> bool {
    text.char_indices().any(|(at, c)| c.is_ascii_uppercase() && starts(text.get(at..).unwrap_or("")))
}

fn starts(text: &str) -> bool {
    let packed: Vec<char> = text
        .chars()
        .filter(|c| !matches!(c, ' ' | '\u{a0}' | '-'))
        .take_while(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
        .take(*LENGTHS.end())
        .collect();
    let head = matches!(packed.as_slice(), [a, b, c, d, ..]
        if a.is_ascii_uppercase() && b.is_ascii_uppercase() && c.is_ascii_digit() && d.is_ascii_digit());
    let digits = packed.iter().filter(|c| c.is_ascii_digit()).count();
    head && LENGTHS.contains(&packed.len()) && digits >= MIN_DIGITS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_numbers_are_found_in_any_spacing() {
        for text in [
            "CH93 0076 2011 6238 5295 7",
            "CH9300762011623852957",
            "Konto:IT60X0542811101000000123456.",
            "DE89 3704 0044 0532 0130 00 bitte",
            "GB29-NWBK-6016-1331-9268-19",
            "NO93 8601 1117 947",
        ] {
            assert!(is_in(text), "{text}");
        }
    }

    #[test]
    fn phone_numbers_and_capitals_are_none() {
        for text in
            ["+41 44 555 01 00", "STOPP", "GEMEINDE MUSTERWIL 8000", "CH-8000 Musterwil", "AB12 RUFEN SIE AN"]
        {
            assert!(!is_in(text), "{text}");
        }
    }
}
