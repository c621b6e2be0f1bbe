//! Texts from outside made safe for one line, and folded for comparison.

/// One line without control or invisible formatting characters, runs of white space folded to one space.
///
/// What it takes away could break a mail header, turn the reading direction, or hide a word from the guard.
pub(crate) fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_invisible(c) {
            continue;
        }
        if c.is_whitespace() || c.is_control() {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else {
            out.push(c);
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// Characters that show nothing: soft hyphen, zero-width ones, marks of direction, byte order mark.
pub(crate) const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The words in lower case without diacritics, each between single spaces, with a space at both ends.
///
/// Umlauts become two letters, so that `Förderung` and `Forderung` stay apart.
pub(crate) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push(' ');
    // Whether the last character was a space: asked of every character that is no letter.
    let mut apart = true;
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
            apart = false;
        } else if c.is_ascii() {
            if !apart {
                out.push(' ');
            }
            apart = true;
        } else {
            for c in c.to_lowercase() {
                apart = fold_wide(c, &mut out, apart);
            }
        }
    }
    if !apart {
        out.push(' ');
    }
    out
}

/// Folds one character beyond ASCII; gives whether the text ends with a space then.
fn fold_wide(c: char, out: &mut String, apart: bool) -> bool {
    if is_invisible(c) || ('\u{300}'..='\u{36f}').contains(&c) {
        return apart;
    }
    match plain(c) {
        Some(letters) => out.push_str(letters),
        None if c.is_alphanumeric() => out.push(c),
        None if apart => return true,
        None => {
            out.push(' ');
            return true;
        }
    }
    false
}

pub(crate) const fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'ä' | 'æ' => "ae",
        'ö' | 'œ' => "oe",
        'ü' => "ue",
        'ß' => "ss",
        'à' | 'á' | 'â' | 'ã' | 'å' => "a",
        'ç' => "c",
        'è' | 'é' | 'ê' | 'ë' => "e",
        'ì' | 'í' | 'î' | 'ï' => "i",
        'ñ' => "n",
        'ò' | 'ó' | 'ô' | 'õ' => "o",
        'ù' | 'ú' | 'û' => "u",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_neither_break_a_header_nor_hide_its_letters() {
        assert_eq!(one_line(" Anna\r\nBcc: x\u{202e}\t Muster\u{200b} "), "Anna Bcc: x Muster");
        assert_eq!(one_line("\n\n"), "");
    }

    #[test]
    fn folding_keeps_words_apart_that_differ_by_an_umlaut() {
        assert_eq!(fold("Förderung, Créance!"), " foerderung creance ");
        assert_eq!(fold("Ma\u{ad}hnung"), " mahnung ");
        assert_eq!(fold(""), " ");
    }
}
