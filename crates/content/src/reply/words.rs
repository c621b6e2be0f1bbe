//! A reply as a run of folded words, with the marks between them.
//!
//! Folding makes one of all the ways in which people write a word: case, accents, umlauts as one letter or two, doubled
//! letters, letters of other widths and styles, apostrophes left out, characters that show nothing, `S T O P`.
//! Folding what is folded changes nothing.

use super::MAX_REPLY_WORDS;
use crate::text::{is_invisible, plain};

/// Longest word that is kept, in bytes of its folded form; the rest of it is cut off.
const MAX_WORD_BYTES: usize = 64;
/// So many single letters in a row are one word that was spelled out.
const SPELLED: usize = 3;

/// What stands between two words.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Mark {
    /// A space, a hyphen, a slash.
    None,
    /// A comma, a line's end, a bracket, an emoji: a thought may go on or not.
    Soft,
    /// The end of a sentence.
    Hard,
}

/// A text that was read. Personal: it has no `Debug`.
pub(super) struct Text {
    /// The words, folded.
    pub(super) words: Vec<String>,
    /// What stands before each word; one more, for the end.
    pub(super) marks: Vec<Mark>,
    /// Whether there is a question mark.
    pub(super) asks: bool,
}

impl Text {
    /// Reads a text.
    pub(super) fn read(text: &str) -> Self {
        let mut reader = Reader::default();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let next = chars.peek().copied();
            reader.take(c, next);
            if reader.words.len() > MAX_REPLY_WORDS {
                break;
            }
        }
        reader.finish()
    }

    /// What stands before the word at this place.
    pub(super) fn mark(&self, at: usize) -> Mark {
        self.marks.get(at).copied().unwrap_or(Mark::Hard)
    }
}

/// Folds a word, or several that stand together: letters and digits alone.
pub(super) fn fold_word(text: &str) -> String {
    let mut out = String::new();
    text.chars().for_each(|c| push_folded(c, &mut out));
    out
}

#[derive(Default)]
struct Reader {
    words: Vec<String>,
    marks: Vec<Mark>,
    word: String,
    /// What stands between the last whole word and what comes.
    mark: Option<Mark>,
    asks: bool,
    last: Option<char>,
}

impl Reader {
    fn take(&mut self, c: char, next: Option<char>) {
        if is_passed_over(c) {
            return;
        }
        if is_letter(c) {
            if self.word.len() < MAX_WORD_BYTES {
                push_folded(c, &mut self.word);
            }
        } else if !is_apostrophe(c) || self.word.is_empty() {
            self.end_word();
            let mark = self.mark_of(c, next);
            self.mark = self.mark.max(Some(mark));
        }
        self.last = Some(c);
    }

    fn mark_of(&mut self, c: char, next: Option<char>) -> Mark {
        let after_digit = self.last.is_some_and(|last| last.is_ascii_digit());
        let after_space = self.last.is_none_or(char::is_whitespace);
        match c {
            '?' | '\u{ff1f}' | '\u{61f}' => {
                self.asks = true;
                Mark::Hard
            }
            '.' | ',' if after_digit && next.is_some_and(|next| next.is_ascii_digit()) => Mark::None,
            '.' if after_digit => Mark::Soft,
            '.' | '!' | ';' | '\u{2026}' | '\u{ff01}' | '\u{ff0e}' | '\u{3002}' => Mark::Hard,
            '\n' if self.last == Some('\n') => Mark::Hard,
            '-' | '\u{2010}' | '\u{2011}' if !after_space => Mark::None,
            '/' | '_' | '*' | '&' | '+' | '#' => Mark::None,
            c if c.is_whitespace() && c != '\n' => Mark::None,
            _ => Mark::Soft,
        }
    }

    fn end_word(&mut self) {
        if !self.word.is_empty() {
            let mark = if self.words.is_empty() { Mark::Hard } else { self.mark.unwrap_or(Mark::None) };
            self.marks.push(mark);
            self.words.push(core::mem::take(&mut self.word));
            self.mark = None;
        }
    }

    fn finish(mut self) -> Text {
        self.end_word();
        let joined = join(self.words.into_iter().zip(self.marks).collect());
        let (words, mut marks): (Vec<_>, Vec<_>) = joined.into_iter().unzip();
        marks.push(Mark::Hard);
        Text { words, marks, asks: self.asks }
    }
}

type Marked = (String, Mark);

/// Joins what belongs together: `S T O P`, `e mail`, `j ai`.
fn join(words: Vec<Marked>) -> Vec<Marked> {
    let mut out: Vec<Marked> = Vec::with_capacity(words.len());
    let mut rest = words.into_iter().peekable();
    while let Some((word, mark)) = rest.next() {
        if !is_single(&word) {
            out.push((word, mark));
            continue;
        }
        let mut singles = vec![(word, mark)];
        while let Some(next) = rest.next_if(|(next, _)| is_single(next)) {
            singles.push(next);
        }
        if singles.len() >= SPELLED {
            let spelled: String = singles.iter().map(|(letter, _)| letter.as_str()).collect();
            out.push((fold_word(&spelled), mark_before(&singles)));
            continue;
        }
        let elided = rest.next_if(|(next, mark)| {
            *mark == Mark::None && singles.last().is_some_and(|(letter, _)| is_elided(letter, next))
        });
        if let (Some((next, _)), Some((letter, _))) = (elided, singles.last_mut()) {
            *letter = fold_word(&format!("{letter}{next}"));
        }
        out.append(&mut singles);
    }
    out
}

fn mark_before(words: &[Marked]) -> Mark {
    words.first().map_or(Mark::None, |(_, mark)| *mark)
}

fn is_single(word: &str) -> bool {
    word.len() == 1 && word.bytes().all(|b| b.is_ascii_alphabetic())
}

/// Whether an apostrophe was left out between these, or a hyphen.
fn is_elided(letter: &str, next: &str) -> bool {
    match letter {
        "e" => next.starts_with("mail"),
        "c" | "d" | "j" | "l" | "m" | "n" | "s" | "t" => next.starts_with(['a', 'e', 'i', 'o', 'u', 'h']),
        _ => false,
    }
}

/// The stop sign and the gesture that says it all are read as words.
fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '\u{1f6d1}' | '\u{1f595}') || styled(c).is_some()
}

const fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2019}' | '\u{2018}' | '`' | '\u{b4}' | '\u{2bc}' | '\u{ff07}')
}

/// Marks that sit on a letter, and characters that show nothing.
fn is_passed_over(c: char) -> bool {
    is_invisible(c)
        || matches!(c, '\r' | '\u{300}'..='\u{36f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e01ef}')
        || matches!(
            c,
            '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{3164}' | '\u{ffa0}' | '\u{20e3}'
        )
}

/// Appends a letter in its folded form: none if it is doubled, or the second half of an umlaut in two letters.
fn push_folded(c: char, out: &mut String) {
    let c = styled(c).unwrap_or(c);
    for c in c.to_lowercase().filter(|c| !is_passed_over(*c)) {
        match plain(c) {
            Some(letters) => letters.chars().for_each(|letter| push_letter(letter, out)),
            None => push_letter(c, out),
        }
    }
}

fn push_letter(c: char, out: &mut String) {
    let last = out.chars().next_back();
    let doubled = last == Some(c) && !c.is_numeric();
    let umlaut = c == 'e' && matches!(last, Some('a' | 'o' | 'u'));
    if !doubled && !umlaut {
        out.push(c);
    }
}

/// The ASCII letter that a letter of another width or style stands for.
fn styled(c: char) -> Option<char> {
    let code = u32::from(c);
    let letter = match code {
        0xff10..=0xff19 => code - 0xff10 + 0x30,
        0xff21..=0xff3a => code - 0xff21 + 0x61,
        0xff41..=0xff5a => code - 0xff41 + 0x61,
        0x24b6..=0x24e9 => (code - 0x24b6) % 26 + 0x61,
        0x1f130..=0x1f149 => code - 0x1f130 + 0x61,
        0x1f150..=0x1f169 => code - 0x1f150 + 0x61,
        0x1f170..=0x1f189 => code - 0x1f170 + 0x61,
        0x1d400..=0x1d6a3 => (code - 0x1d400) % 26 + 0x61,
        _ => return None,
    };
    char::from_u32(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> String {
        Text::read(text).words.join(" ")
    }

    #[test]
    fn all_ways_to_write_a_word_are_one() {
        for text in [
            "STOPP",
            "stop",
            "  Stop!! ",
            "\u{ff33}\u{ff34}\u{ff2f}\u{ff30}",
            "S T O P",
            "s-t-o-p",
            "S.T.O.P.",
            "s\u{200b}to\u{ad}p",
            "\u{1f6ab}STOP\u{1f6ab}",
            "*stop*",
            "\u{1d412}\u{1d413}\u{1d40e}\u{1d40f}",
            "\u{24c8}\u{24c9}\u{24c4}\u{24c5}",
            "st\u{f6}p",
            "sto\u{308}p",
            "stoep",
        ] {
            assert_eq!(words(text), "stop", "{text}");
        }
        assert_eq!(words("Maßnahme MASSNAHME"), "masnahme masnahme");
        assert_eq!(words("n\u{2019}écrivez n ecrivez N'ECRIVEZ"), "necrivez necrivez necrivez");
        assert_eq!(words("E-Mail e mail email"), "email email email");
        assert_eq!(words("am 11. um 10:22"), "am 11 um 10 22");
    }

    #[test]
    fn folding_what_is_folded_changes_nothing() {
        for text in ["Größenwahn", "neue Aue", "œuvre aérée", "aeee", "ueu"] {
            let once = words(text);
            assert_eq!(words(&once), once, "{text}");
        }
    }

    #[test]
    fn marks_part_sentences_and_not_numbers() {
        let marks = |text: &str| Text::read(text).marks;
        assert_eq!(marks("am 1. mai")[2..], [Mark::Soft, Mark::Hard]);
        assert_eq!(marks("ja. nein"), [Mark::Hard, Mark::Hard, Mark::Hard]);
        assert_eq!(marks("ja, nein"), [Mark::Hard, Mark::Soft, Mark::Hard]);
        assert_eq!(marks("ja\nnein\n\ndoch")[1..3], [Mark::Soft, Mark::Hard]);
        assert_eq!(marks("3.3.2031 mai")[1..4], [Mark::None, Mark::None, Mark::None]);
        assert_eq!(marks("ja - nein-doch")[1..3], [Mark::Soft, Mark::None]);
        assert_eq!(marks(""), [Mark::Hard]);
        assert!(Text::read("wie?").asks && !Text::read("wie").asks);
    }

    #[test]
    fn a_text_has_its_limits() {
        let long = "wort ".repeat(MAX_REPLY_WORDS * 2);
        assert!(Text::read(&long).words.len() <= MAX_REPLY_WORDS + 1);
        let word: String = ('a'..='z').cycle().take(10_000).collect();
        assert!(words(&word).len() <= MAX_WORD_BYTES + 4);
    }
}
