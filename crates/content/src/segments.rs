//! How many parts a text message needs (3GPP TS 23.038 and 23.040).

/// GSM 7-bit default alphabet, as far as it stands for one septet.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// Its extension: two septets each.
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// The number of parts: 160 septets or 70 UTF-16 units in one, 153 or 67 in each of several.
pub fn count(text: &str) -> usize {
    let (units, alone, each) = match septets(text) {
        Some(septets) => (septets, 160, 153),
        None => (text.encode_utf16().count(), 70, 67),
    };
    if units <= alone { 1 } else { units.div_ceil(each) }
}

/// The first character outside the 7-bit alphabet, which more than halves the room.
pub fn first_wide(text: &str) -> Option<char> {
    text.chars().find(|c| !BASIC.contains(*c) && !EXTENSION.contains(*c))
}

fn septets(text: &str) -> Option<usize> {
    text.chars()
        .map(|c| match (BASIC.contains(c), EXTENSION.contains(c)) {
            (true, _) => Some(1),
            (false, true) => Some(2),
            (false, false) => None,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_counted_at_their_bounds() {
        for (text, parts) in [
            (String::new(), 1),
            ("a".repeat(160), 1),
            ("a".repeat(161), 2),
            ("a".repeat(306), 2),
            ("a".repeat(307), 3),
            ("€".repeat(80), 1),
            ("€".repeat(81), 2),
            ("ê".repeat(70), 1),
            ("ê".repeat(71), 2),
            ("ê".repeat(134), 2),
            ("ê".repeat(135), 3),
            ("ä".repeat(160), 1),
        ] {
            assert_eq!(count(&text), parts, "{} characters", text.chars().count());
        }
        assert_eq!(first_wide("Grüsse ç"), Some('ç'));
        assert_eq!(first_wide("Grüsse à è"), None);
    }
}
