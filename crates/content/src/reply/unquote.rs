//! What somebody wrote themselves: an e-mail's reply without the message that it answers.
//!
//! The quoted message is ours and ends with how to stop: read as theirs, each reply would be a stop.
//! If nothing is left, the whole is taken, on the side of a stop.

use super::MAX_REPLY_BYTES;

/// How a line begins that says who wrote the message below it.
const OPENINGS: [&str; 8] = ["am ", "on ", "le ", "il ", "von: ", "from: ", "de : ", "da: "];
/// How such a line ends, or the word in it before an address.
const VERBS: [&str; 7] =
    ["schrieb", "geschrieben", "wrote", "a écrit", "a ecrit", "ha scritto", "ha inviato"];
/// The line that follows `Von:` in the header that some programs put above a quoted message.
const SECOND_LINES: [&str; 12] = [
    "gesendet:",
    "datum:",
    "an:",
    "sent:",
    "date:",
    "to:",
    "envoyé",
    "envoye",
    "à :",
    "inviato:",
    "data:",
    "a:",
];
/// Words between dashes above a quoted message.
const RULES: [&str; 5] = ["original", "ursprüngliche", "weitergeleitet", "forwarded", "inoltrato"];
/// So many of them in a row are a rule across the page.
const UNDERSCORES: usize = 10;
/// Longest line that may be a header.
const MAX_HEADER_BYTES: usize = 300;

/// The text up to the limit, without what it quotes.
pub(super) fn own_words(text: &str) -> String {
    let text = cut(text);
    let lines: Vec<&str> = text.lines().collect();
    let mut own = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let header = header_lines(&lines, at);
        if header > 0 {
            let rest = lines.get(at + header..).unwrap_or_default();
            // Where the quoted lines are marked, what stands below them may be their own words again.
            if !rest.iter().take(4).any(|line| is_marked(line)) {
                break;
            }
        } else if !is_marked(line) {
            own.push_str(line);
            own.push('\n');
        }
        at += header.max(1);
    }
    if own.chars().any(char::is_alphanumeric) { own } else { text.to_owned() }
}

fn cut(text: &str) -> &str {
    let end = text.floor_char_boundary(MAX_REPLY_BYTES.min(text.len()));
    text.get(..end).unwrap_or(text)
}

fn is_marked(line: &str) -> bool {
    line.trim_start().starts_with('>')
}

/// How many lines from this one on say that the message that is answered begins: none, one or two.
fn header_lines(lines: &[&str], at: usize) -> usize {
    let line = lines.get(at).map(|line| line.trim()).unwrap_or_default();
    if line.len() > MAX_HEADER_BYTES {
        return 0;
    }
    if line.len() >= UNDERSCORES && line.bytes().all(|b| b == b'_') {
        return 1;
    }
    let lower = line.to_lowercase();
    if lower.starts_with("--") && lower.ends_with('-') {
        return usize::from(RULES.iter().any(|word| lower.contains(word)));
    }
    if !OPENINGS.iter().any(|opening| lower.starts_with(opening)) {
        return 0;
    }
    names_a_writer(&lower, &lines.get(at + 1).map(|line| line.trim().to_lowercase()).unwrap_or_default())
}

/// `Am 3. März schrieb Gemeinde:`, on one line or two, or `Von:` above `Gesendet:`.
fn names_a_writer(line: &str, next: &str) -> usize {
    let names = |line: &str| line.ends_with(':') && VERBS.iter().any(|verb| line.contains(verb));
    let is_letterhead =
        line.starts_with("de :") || line.split(' ').next().is_some_and(|word| word.ends_with(':'));
    if names(line) {
        1
    } else if is_letterhead && SECOND_LINES.iter().any(|second| next.starts_with(second)) {
        2
    } else {
        let is_short = line.len() + next.len() <= MAX_HEADER_BYTES;
        if is_short && names(&format!("{line} {next}")) { 2 } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_is_not_theirs() {
        for text in [
            "ok\n> Keine E-Mails mehr?\n> STOPP",
            "ok\n\nAm 3. März 2031 um 10:12 schrieb Gemeinde <a@b.example>:\n\nAntworten Sie STOPP",
            "ok\r\n\r\nOn Mon, 3 Mar 2031 at 10:12, Gemeinde\r\n<a@b.example> wrote:\r\n\r\n> STOP",
            "ok\nLe lun. 3 mars 2031 à 10:12, X <a@b.example> a écrit :\nSTOP",
            "ok\nIl giorno lun 3 mar 2031 X <a@b.example> ha scritto:\nSTOP",
            "ok\n-----Ursprüngliche Nachricht-----\nSTOPP",
            "ok\n________________________________\nVon: X\nSTOPP",
            "ok\nVon: X <a@b.example>\nGesendet: Montag\nSTOPP",
            "ok\nFrom: X <a@b.example>\nSent: Monday\nSTOP",
        ] {
            assert_eq!(own_words(text).trim(), "ok", "{text}");
        }
    }

    #[test]
    fn what_stands_below_a_marked_quote_is_theirs() {
        let text = "Am 3. März schrieb X:\n> Guten Tag\n> Ihre Gemeinde\nSTOPP";
        assert_eq!(own_words(text).trim(), "STOPP");
    }

    #[test]
    fn ordinary_lines_are_kept() {
        for text in ["Am Freitag zahle ich:\n100 Franken", "On my way", "Von: mir", "le chat", "> STOP"] {
            assert_eq!(own_words(text).trim(), text, "{text}");
        }
    }

    #[test]
    fn a_long_text_is_cut_between_letters() {
        let long = "ä".repeat(MAX_REPLY_BYTES);
        assert!(own_words(&long).len() <= MAX_REPLY_BYTES + 1);
        assert!(own_words(&format!("x{long}")).len() <= MAX_REPLY_BYTES + 1);
    }
}
