//! The word lists of the content guard: text files beside the code, read once.
//!
//! [`bytes`] is what the rulebook's hash covers, so that another list is another rulebook.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::text::fold;

const DEBT_WORDS: &str = include_str!("../lexicon/debt-words.txt");
const THREATS: &str = include_str!("../lexicon/threats.txt");

/// A list of words to find.
#[derive(Debug)]
pub struct Lexicon {
    /// By the first three bytes of their needles, so that a text is read once for all of them.
    patterns: BTreeMap<[u8; 3], Vec<Pattern>>,
    /// Which first three bytes there are, by [`slot`]: most places of a text are passed over by this alone.
    starts: Vec<bool>,
    exceptions: Vec<Pattern>,
}

/// One line of a list.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Pattern {
    /// As it stands in the file.
    written: &'static str,
    /// What to look for in a folded text, its leading and trailing space included.
    needle: String,
}

/// A text made ready for a search: its words folded, exempt names taken out. Personal: it has no `Debug`.
pub struct Folded(String);

impl Folded {
    /// Folds a text; `exempt` values are taken out where they stand as whole words.
    ///
    /// An exempt value is a name that the message must show and nobody chose for what it says: the sender's registered
    /// name, the addressee's name.
    pub fn new(text: &str, exempt: &[&str]) -> Self {
        let mut folded = fold(text);
        for value in exempt {
            let value = fold(value);
            if value.trim().len() > 1 {
                folded = folded.replace(&value, " \u{b7} ");
            }
        }
        Self(folded)
    }
}

/// Words that say that there is a debt.
pub fn debt_words() -> &'static Lexicon {
    static LEXICON: OnceLock<Lexicon> = OnceLock::new();
    LEXICON.get_or_init(|| Lexicon::read(DEBT_WORDS))
}

/// Threats and insults.
pub fn threats() -> &'static Lexicon {
    static LEXICON: OnceLock<Lexicon> = OnceLock::new();
    LEXICON.get_or_init(|| Lexicon::read(THREATS))
}

/// Both lists as they are, for the rulebook's hash.
pub const fn bytes() -> [&'static [u8]; 2] {
    [DEBT_WORDS.as_bytes(), THREATS.as_bytes()]
}

impl Lexicon {
    fn read(text: &'static str) -> Self {
        let mut lexicon =
            Self { patterns: BTreeMap::new(), starts: vec![false; SLOTS], exceptions: Vec::new() };
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            match line.strip_prefix('!') {
                Some(exception) => lexicon.exceptions.push(Pattern::read(exception)),
                None => lexicon.add(Pattern::read(line)),
            }
        }
        lexicon
    }

    fn add(&mut self, pattern: Pattern) {
        // A test holds that no needle is shorter.
        let Some(start) = pattern.needle.as_bytes().first_chunk::<3>().copied() else { return };
        if let Some(known) = self.starts.get_mut(slot(start)) {
            *known = true;
        }
        self.patterns.entry(start).or_default().push(pattern);
    }

    /// The first pattern that the text meets, as it stands in the list.
    pub fn first_in(&self, text: &Folded) -> Option<&'static str> {
        if self.exceptions.iter().any(|exception| text.0.contains(&exception.needle)) {
            let kept: Vec<&str> = text.0.split(' ').filter(|word| !self.excepts(word)).collect();
            return self.search(&format!(" {} ", kept.join(" ").trim()));
        }
        self.search(&text.0)
    }

    fn search(&self, text: &str) -> Option<&'static str> {
        let meets = |rest: &[u8]| {
            let start = rest.first_chunk::<3>()?;
            if !self.starts.get(slot(*start)).copied().unwrap_or(true) {
                return None;
            }
            let here = self.patterns.get(start)?;
            here.iter()
                .find(|pattern| rest.starts_with(pattern.needle.as_bytes()))
                .map(|pattern| pattern.written)
        };
        let bytes = text.as_bytes();
        (0..bytes.len()).find_map(|at| meets(bytes.get(at..)?))
    }

    fn excepts(&self, word: &str) -> bool {
        let word = format!(" {word} ");
        self.exceptions.iter().any(|exception| word.contains(&exception.needle))
    }
}

/// How many slots there are: five bits of each of three bytes.
const SLOTS: usize = 1 << 15;

fn slot(start: [u8; 3]) -> usize {
    start.iter().fold(0, |slot, byte| slot << 5 | usize::from(byte & 31))
}

impl Pattern {
    fn read(written: &'static str) -> Self {
        let (head, rest) = written.strip_prefix('*').map_or((" ", written), |rest| ("", rest));
        let (tail, core) = rest.strip_suffix('*').map_or((" ", rest), |core| ("", core));
        Self { written, needle: format!("{head}{core}{tail}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_in(lexicon: &Lexicon, text: &str, exempt: &[&str]) -> Option<&'static str> {
        lexicon.first_in(&Folded::new(text, exempt))
    }

    #[test]
    fn the_lists_are_written_in_folded_form() {
        for lexicon in [debt_words(), threats()] {
            for pattern in lexicon.patterns.values().flatten().chain(&lexicon.exceptions) {
                let core = pattern.needle.trim();
                assert_eq!(fold(core).trim(), core, "{}", pattern.written);
                assert!(core.len() >= 3, "{}", pattern.written);
            }
        }
    }

    #[test]
    fn words_of_debt_are_found_by_stem_in_four_languages() {
        for text in [
            "Ihre Steuerschuld",
            "eine Zahlungserinnerung folgt, Mahnung",
            "INKASSO",
            "Betreibung",
            "wegen Pfändung",
            "vos dettes",
            "notre créance",
            "facture impayée",
            "le débiteur",
            "il suo debito",
            "una multa",
            "Sanzione",
            "your debt",
            "debt-collection",
            "overdue",
            "you owe us",
            "Ma\u{ad}hnung",
            "Schuld\u{200b}en",
        ] {
            assert!(first_in(debt_words(), text, &[]).is_some(), "{text}");
        }
    }

    #[test]
    fn ordinary_politeness_is_no_word_of_debt() {
        for text in [
            "Bitte entschuldigen Sie die Störung, wir bitten um einen Rückruf in einer persönlichen Angelegenheit.",
            "Merci de nous rappeler, nous sommes à votre disposition.",
            "La preghiamo di richiamarci, due minuti bastano.",
            "Please call us back; we are glad to help. That is fine.",
            "Förderung, unverzüglich, multiplo, collect call",
        ] {
            assert_eq!(first_in(debt_words(), text, &[]), None, "{text}");
        }
    }

    #[test]
    fn a_name_is_exempt_as_a_whole_and_nowhere_else() {
        let exempt = ["Inkasso Muster AG", "Anna Schuldt"];
        let words = debt_words();
        assert_eq!(first_in(words, "Guten Tag Anna Schuldt, hier Inkasso Muster AG.", &exempt), None);
        assert_eq!(first_in(words, "Guten Tag Anna Schuldt, Ihr Inkasso-Büro.", &exempt), Some("*inkasso*"));
        assert_eq!(first_in(words, "Ihre Mahnung", &["mahn"]), Some("*mahn*"));
        assert_eq!(first_in(words, "Ihre Mahnung", &[" ", "", "e", "m"]), Some("*mahn*"));
    }

    #[test]
    fn threats_and_insults_are_found_in_four_languages() {
        for text in [
            "Das ist Ihre letzte Warnung!",
            "Sie Betrüger",
            "Vous le regretterez",
            "Escroc !",
            "Finirà in carcere",
            "Si vergogni",
            "we will tell your employer",
            "Pay, or else",
            "You'll regret this",
        ] {
            assert!(first_in(threats(), text, &[]).is_some(), "{text}");
        }
        for text in
            ["Gerichtliche Schritte sind möglich.", "Nous restons à votre écoute.", "Grazie.", "Kind regards"]
        {
            assert_eq!(first_in(threats(), text, &[]), None, "{text}");
        }
    }
}
