//! The word lists of the content guard: text files beside the code, read once.
//!
//! [`bytes`] is what the rulebook's hash covers, so that another list is another rulebook.

use std::sync::OnceLock;

use crate::text::fold;

const DEBT_WORDS: &str = include_str!("../lexicon/debt-words.txt");
const THREATS: &str = include_str!("../lexicon/threats.txt");

/// A list of words to find.
#[derive(Debug)]
pub struct Lexicon {
    patterns: Vec<Pattern>,
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
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let (exceptions, patterns): (Vec<_>, Vec<_>) = lines.partition(|line| line.starts_with('!'));
        Self {
            patterns: patterns.into_iter().map(Pattern::read).collect(),
            exceptions: exceptions
                .into_iter()
                .map(|line| Pattern::read(line.trim_start_matches('!')))
                .collect(),
        }
    }

    /// The first pattern that the text meets, as it stands in the list; `exempt` values count only as whole words.
    ///
    /// An exempt value is a name that the message must show and nobody chose for what it says: the sender's registered
    /// name, the addressee's name.
    pub fn first_in(&self, text: &str, exempt: &[&str]) -> Option<&'static str> {
        let mut folded = fold(text);
        for value in exempt {
            let value = fold(value);
            if value.trim().len() > 1 {
                folded = folded.replace(&value, " \u{b7} ");
            }
        }
        let kept: Vec<&str> = folded.split(' ').filter(|word| !self.excepts(word)).collect();
        let kept = format!(" {} ", kept.join(" ").trim());
        self.patterns.iter().find(|pattern| kept.contains(&pattern.needle)).map(|pattern| pattern.written)
    }

    fn excepts(&self, word: &str) -> bool {
        let word = format!(" {word} ");
        self.exceptions.iter().any(|exception| word.contains(&exception.needle))
    }
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

    #[test]
    fn the_lists_are_written_in_folded_form() {
        for lexicon in [debt_words(), threats()] {
            for pattern in lexicon.patterns.iter().chain(&lexicon.exceptions) {
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
            assert!(debt_words().first_in(text, &[]).is_some(), "{text}");
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
            assert_eq!(debt_words().first_in(text, &[]), None, "{text}");
        }
    }

    #[test]
    fn a_name_is_exempt_as_a_whole_and_nowhere_else() {
        let exempt = ["Inkasso Muster AG", "Anna Schuldt"];
        let words = debt_words();
        assert_eq!(words.first_in("Guten Tag Anna Schuldt, hier Inkasso Muster AG.", &exempt), None);
        assert_eq!(words.first_in("Guten Tag Anna Schuldt, Ihr Inkasso-Büro.", &exempt), Some("*inkasso*"));
        assert_eq!(words.first_in("Ihre Mahnung", &["mahn"]), Some("*mahn*"));
        assert_eq!(words.first_in("Ihre Mahnung", &[" ", "", "e", "m"]), Some("*mahn*"));
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
            assert!(threats().first_in(text, &[]).is_some(), "{text}");
        }
        for text in
            ["Gerichtliche Schritte sind möglich.", "Nous restons à votre écoute.", "Grazie.", "Kind regards"]
        {
            assert_eq!(threats().first_in(text, &[]), None, "{text}");
        }
    }
}
