//! A phrase of a word list: what it looks like, and where it stands in a text.
//!
//! The notation: words; `word*`, `*word` and `*word*` for words that begin so, end so or hold it; `a/b` for one of them;
//! `[word]` for one that may be missing; `*` alone for up to four words; `#` for a number; `.` where a sentence begins
//! or ends, `,` where any mark stands, `^` and `$` where the message begins and ends.

use super::words::{Mark, Text, fold_word};

/// Most parts of a phrase.
const MAX_PARTS: usize = 12;
/// Longest phrase, in characters.
pub(super) const MAX_PHRASE_CHARS: usize = 600;
/// Most words that a `*` stands for.
const GAP: usize = 4;
/// The sign for a number in [`Pattern::starts`].
const NUMBER: [u8; 2] = *b"##";
/// The sign for any word in [`Pattern::starts`].
pub(super) const ANY: [u8; 2] = *b"**";

/// A phrase, ready to be looked for.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    /// As it stands in its list.
    pub(super) written: String,
    parts: Vec<Part>,
    /// The mark that ends it: what goes on behind such a one is no part of it.
    ends_at: Mark,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Part {
    Word(Vec<Form>),
    /// May be missing.
    Maybe(Vec<Form>),
    /// Up to [`GAP`] words, none of them behind the end of a sentence.
    Gap,
    /// A mark, at least so strong.
    Mark(Mark),
    Begins,
    Ends,
}

/// What one word may look like.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Form {
    Exact(String),
    Prefix(String),
    Suffix(String),
    Infix(String),
    Number,
}

/// Why a phrase can't be used, and what would be right.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{what}; {remedy}")]
pub struct PhraseFault {
    /// What is wrong.
    pub what: String,
    /// What would be right.
    pub remedy: String,
}

impl PhraseFault {
    fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what: what.into(), remedy: remedy.into() }
    }

    pub(super) fn too_many() -> Self {
        Self::new("there are too many phrases", format!("keep to {} for one tenant", super::MAX_OWN_PHRASES))
    }
}

impl Pattern {
    /// Reads a phrase in the notation above.
    pub(super) fn read(written: &str) -> Result<Self, PhraseFault> {
        let written = written.trim();
        if written.chars().count() > MAX_PHRASE_CHARS {
            return Err(PhraseFault::new(
                "the phrase is too long",
                format!("keep to {MAX_PHRASE_CHARS} characters"),
            ));
        }
        Self::expanded(written, written)
    }

    /// Reads a phrase whose names were replaced by what they stand for.
    pub(super) fn expanded(written: &str, phrase: &str) -> Result<Self, PhraseFault> {
        let parts = phrase.split_whitespace().map(Part::read).collect::<Result<Vec<_>, _>>()?;
        check(&parts)?;
        Ok(Self { written: written.to_owned(), parts, ends_at: Mark::Hard })
    }

    /// The same, within one thought: no comma, line's end or bracket is passed.
    pub(super) fn within_a_thought(self) -> Self {
        Self { ends_at: Mark::Soft, ..self }
    }

    /// Reads words that count where a message, or a part of it, begins with them.
    pub(super) fn keyword(written: &str) -> Result<Self, PhraseFault> {
        let plain = |c: char| c.is_alphanumeric() || c.is_whitespace() || matches!(c, '-' | '\'');
        if !written.chars().all(plain) {
            let remedy = "use letters, digits and spaces, such as \"KEINE POST\"";
            return Err(PhraseFault::new("a stop word has a sign in it", remedy));
        }
        let pattern = Self::read(&format!(", {}", written.replace('-', " ")))?;
        Ok(Self { written: written.trim().to_owned(), ..pattern })
    }

    /// The first two letters of the words that it may begin with.
    pub(super) fn starts(&self) -> Vec<[u8; 2]> {
        let first = self.parts.iter().find_map(|part| match part {
            Part::Word(forms) => Some(forms),
            Part::Maybe(_) | Part::Gap | Part::Mark(_) | Part::Begins | Part::Ends => None,
        });
        let mut starts: Vec<_> = first.into_iter().flatten().map(Form::start).collect();
        starts.sort_unstable();
        starts.dedup();
        starts
    }

    /// Whether a form of one of its words is met by this word: tells phrases that negate by themselves.
    pub(super) fn holds(&self, is_asked: impl Fn(&Form) -> bool) -> bool {
        self.parts.iter().any(|part| match part {
            Part::Word(forms) => forms.iter().any(&is_asked),
            Part::Maybe(_) | Part::Gap | Part::Mark(_) | Part::Begins | Part::Ends => false,
        })
    }

    /// Where it ends, if it begins at this word: the nearest end.
    pub(super) fn end_at(&self, text: &Text, at: usize) -> Option<usize> {
        // Bit n: what was read so far may end n words behind `at`. No phrase is longer than 64 words (`check`).
        let mut reached: u64 = 1;
        let mut limit = None;
        for part in &self.parts {
            reached = part.step(text, at, reached, limit);
            if reached == 0 {
                return None;
            }
            let is_mark = matches!(part, Part::Mark(_) | Part::Begins);
            limit = if is_mark { None } else { Some(self.ends_at) };
        }
        usize::try_from(reached.trailing_zeros()).ok().map(|words| at + words)
    }
}

/// A phrase begins and ends with a word, marks aside, and has one that is no mere number.
fn check(parts: &[Part]) -> Result<(), PhraseFault> {
    let inner: Vec<&Part> =
        parts.iter().filter(|part| !matches!(part, Part::Mark(_) | Part::Begins | Part::Ends)).collect();
    let is_word = |part: Option<&&Part>| matches!(part, Some(Part::Word(_)));
    if parts.len() > MAX_PARTS {
        return Err(PhraseFault::new("the phrase has too many parts", format!("keep to {MAX_PARTS}")));
    }
    if !is_word(inner.first()) || matches!(inner.last(), Some(Part::Gap)) {
        let remedy = "begin with a word, and end with one";
        return Err(PhraseFault::new("the phrase has no word at its beginning or end", remedy));
    }
    let telling = |part: &&&Part| match part {
        Part::Word(forms) => forms.iter().all(Form::tells),
        Part::Maybe(_) | Part::Gap | Part::Mark(_) | Part::Begins | Part::Ends => false,
    };
    if inner.iter().filter(telling).count() == 0 {
        let remedy = "write words of two letters or more";
        return Err(PhraseFault::new("the phrase would meet nearly every message", remedy));
    }
    Ok(())
}

impl Part {
    fn read(written: &str) -> Result<Self, PhraseFault> {
        Ok(match written {
            "*" => Self::Gap,
            "." => Self::Mark(Mark::Hard),
            "," => Self::Mark(Mark::Soft),
            "^" => Self::Begins,
            "$" => Self::Ends,
            _ => match written.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
                Some(inner) => Self::Maybe(forms(inner)?),
                None => Self::Word(forms(written)?),
            },
        })
    }

    /// From where it may stand before this part to where it may stand behind it.
    fn step(&self, text: &Text, at: usize, reached: u64, limit: Option<Mark>) -> u64 {
        let place = |offset: usize| text.mark(at + offset);
        match self {
            Self::Word(forms) => over_word(text, at, reached, limit, |word| meets(forms, word)),
            Self::Maybe(forms) => reached | over_word(text, at, reached, limit, |word| meets(forms, word)),
            Self::Gap => (0..GAP).fold(reached, |seen, _| seen | over_word(text, at, seen, limit, |_| true)),
            Self::Mark(least) => kept(reached, |offset| place(offset) >= *least),
            Self::Begins => kept(reached, |offset| at + offset == 0),
            Self::Ends => kept(reached, |offset| at + offset == text.words.len()),
        }
    }
}

/// The places of which this is true.
fn kept(reached: u64, is_right: impl Fn(usize) -> bool) -> u64 {
    bits(reached).filter(|offset| is_right(*offset)).fold(0, |out, offset| out | 1_u64 << offset)
}

/// The places behind one more word, if it is right and no mark of the limit stands before it.
fn over_word(
    text: &Text,
    at: usize,
    reached: u64,
    limit: Option<Mark>,
    is_right: impl Fn(&str) -> bool,
) -> u64 {
    let passes = |offset: usize| {
        limit.is_none_or(|limit| text.mark(at + offset) < limit)
            && text.words.get(at + offset).is_some_and(|word| is_right(word))
    };
    kept(reached & (u64::MAX >> 1), passes) << 1
}

fn bits(mut set: u64) -> impl Iterator<Item = usize> {
    core::iter::from_fn(move || {
        let lowest = usize::try_from(set.trailing_zeros()).ok().filter(|_| set != 0)?;
        set &= set - 1;
        Some(lowest)
    })
}

fn meets(forms: &[Form], word: &str) -> bool {
    forms.iter().any(|form| form.meets(word))
}

/// Reads `a/b*/*c`.
pub(super) fn forms(written: &str) -> Result<Vec<Form>, PhraseFault> {
    written.split('/').map(Form::read).collect()
}

impl Form {
    fn read(written: &str) -> Result<Self, PhraseFault> {
        if written == "#" {
            return Ok(Self::Number);
        }
        let (head, rest) = written.strip_prefix('*').map_or((false, written), |rest| (true, rest));
        let (tail, core) = rest.strip_suffix('*').map_or((false, rest), |core| (true, core));
        let is_sign =
            |c: char| matches!(c, '*' | '[' | ']' | '#' | '.' | ',' | '^' | '$' | '!' | '?' | '@' | '-');
        let folded = fold_word(&core.replace(['\'', '\u{2019}'], ""));
        if core.contains(is_sign) || folded.is_empty() {
            let remedy =
                "use words, `*`, `#`, `[word]` and `a/b`, with spaces between; write `e mail` for `e-mail`";
            return Err(PhraseFault::new("the phrase has a sign that means nothing here", remedy));
        }
        Ok(match (head, tail) {
            (false, false) => Self::Exact(folded),
            (false, true) => Self::Prefix(folded),
            (true, false) => Self::Suffix(folded),
            (true, true) => Self::Infix(folded),
        })
    }

    /// Whether a word is of this form.
    pub(super) fn meets(&self, word: &str) -> bool {
        match self {
            Self::Exact(exact) => word == exact,
            Self::Prefix(prefix) => word.starts_with(prefix),
            Self::Suffix(suffix) => word.ends_with(suffix),
            Self::Infix(infix) => word.contains(infix),
            Self::Number => word.starts_with(|c: char| c.is_ascii_digit()),
        }
    }

    /// What it must hold; nothing for a number.
    pub(super) fn letters(&self) -> &str {
        match self {
            Self::Exact(letters) | Self::Prefix(letters) | Self::Suffix(letters) | Self::Infix(letters) => {
                letters
            }
            Self::Number => "",
        }
    }

    fn tells(&self) -> bool {
        self.letters().chars().count() >= 2 || !self.letters().is_ascii()
    }

    fn start(&self) -> [u8; 2] {
        match self {
            Self::Exact(letters) => start_of(letters),
            Self::Prefix(letters) if letters.len() >= 2 => start_of(letters),
            Self::Number => NUMBER,
            Self::Prefix(_) | Self::Suffix(_) | Self::Infix(_) => ANY,
        }
    }
}

/// Under which first two letters the phrases stand that may begin with this word.
pub(super) fn start_of(word: &str) -> [u8; 2] {
    match word.as_bytes() {
        [digit, ..] if digit.is_ascii_digit() => NUMBER,
        [first, second, ..] => [*first, *second],
        [first] => [*first, 0],
        [] => ANY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(phrase: &str, text: &str) -> Option<usize> {
        let (pattern, text) = (Pattern::read(phrase).unwrap(), Text::read(text));
        (0..text.words.len()).find_map(|at| pattern.end_at(&text, at))
    }

    #[test]
    fn each_sign_means_what_it_says() {
        for (phrase, text, end) in [
            ("falsche nummer", "Sie haben die FALSCHE Nummer", Some(5)),
            ("falsche nummer", "falsche alte nummer", None),
            ("falsche * nummer", "falsche alte nummer", Some(3)),
            ("falsche * nummer", "falsche nummer", Some(2)),
            ("falsche * nummer", "falsche eins zwei drei vier acht nummer", None),
            ("falsche * nummer", "falsche. Nummer", None),
            ("falsche * nummer", "falsche, ja, nummer", Some(3)),
            ("kein [einziges] wort", "kein wort", Some(2)),
            ("kein [einziges] wort", "kein einziges wort", Some(3)),
            ("zahl*/überweis* am #", "überweise am 3. Mai", Some(3)),
            ("*nummer", "Telefonnummer", Some(1)),
            ("*nummer*", "die Nummern", Some(2)),
            (". stop", "nein. stop", Some(2)),
            (". stop", "nein, stop", None),
            (", stop", "nein, stop", Some(2)),
            ("^ ende", "ende", Some(1)),
            ("^ ende", "am. ende", None),
            ("stop .", "stop jetzt", None),
            ("stop $", "jetzt stop!!", Some(2)),
            ("ja . nein", "ja. nein", Some(2)),
            ("ja . nein", "ja nein", None),
        ] {
            assert_eq!(ends(phrase, text), end, "{phrase} in {text}");
        }
    }

    #[test]
    fn what_is_no_phrase_is_told_what_would_be_right() {
        for phrase in
            ["", "*", "* wort", "wort *", "[wort]", "a", "#", "wo*rt", "w-ort", "[wort", "!", "a/", "."]
        {
            let fault = Pattern::read(phrase).map(|_| ()).unwrap_err();
            assert!(!fault.what.is_empty() && !fault.remedy.is_empty(), "{phrase}");
        }
        assert!(Pattern::read(&"wort ".repeat(13)).is_err() && Pattern::read(&"wort/".repeat(300)).is_err());
        for word in ["", "a", "KEINE *", "stop!", "a/b"] {
            assert!(Pattern::keyword(word).is_err(), "{word}");
        }
        assert_eq!(Pattern::keyword("KEINE POST").unwrap().written, "KEINE POST");
    }
}
