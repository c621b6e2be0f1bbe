//! What somebody writes back, put into a class by word lists (R14).
//!
//! It runs at the edge, on the words as they came: decisions see the class alone.
//! The lists of all languages are tried on every text, since people answer in theirs, and a tenant may add phrases.
//! Of several classes the gravest counts, in the order of [`InboundClass::ALL`].
//!
//! **It errs on the side of a stop.** A false stop costs a reminder, a missed one breaks the law.
//! So a stop word that opens a message counts whatever follows, and "not" before or after never takes a stop away; only
//! the exceptions that the lists name do.
//! **Guarantee:** the same text and the same lists give the same class; the work is bounded by [`MAX_REPLY_BYTES`].
//! Letters' case, accents, doubled letters and characters that show nothing make no difference.
//!
//! What it leaves out: amounts and dates of a promise, and whatever irony means. A person reads those.

mod list;
mod matching;
mod pattern;
mod unquote;
mod words;

use std::sync::{Arc, OnceLock};

use domain::inbound::InboundClass;
use sha2::{Digest, Sha256};

use list::List;
use pattern::Pattern;
pub use pattern::PhraseFault;
use words::Text;

/// Longest part of a reply that is read, in bytes; what stands behind it is cut off.
pub const MAX_REPLY_BYTES: usize = 16 * 1024;
/// Most words of a reply that are read.
pub const MAX_REPLY_WORDS: usize = 1_500;
/// Most phrases that a tenant may add.
pub const MAX_OWN_PHRASES: usize = 200;

/// The lists that come with this release, by language.
const BUNDLED: [(&str, &str); 4] = [
    ("de", include_str!("../lexicon/replies.de.txt")),
    ("fr", include_str!("../lexicon/replies.fr.txt")),
    ("it", include_str!("../lexicon/replies.it.txt")),
    ("en", include_str!("../lexicon/replies.en.txt")),
];

/// Word lists to put replies into classes by: the bundled ones, and the phrases that a tenant adds.
#[derive(Clone, Debug)]
pub struct ReplyLexicon {
    own: Arc<List>,
}

/// A class, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Verdict<'a> {
    /// The class.
    pub class: InboundClass,
    /// The phrase that decided, as it stands in its list; none for a question mark, and where nothing was found.
    pub phrase: Option<&'a str>,
    /// Which list has it: a language, or [`ReplyLexicon::OWN`].
    pub list: Option<&'static str>,
}

/// Phrases that a tenant adds, as they are read.
#[derive(Debug, Default)]
pub struct OwnPhrases(List);

impl OwnPhrases {
    /// Adds a word, or a few, that end contact when a message or a sentence of it begins with them.
    pub fn stop_word(&mut self, written: &str) -> Result<(), PhraseFault> {
        self.add(InboundClass::Stop, Pattern::keyword(written)?)
    }

    /// Adds a phrase that puts a message into a class; `docs/replies.md` has the notation.
    pub fn phrase(&mut self, class: InboundClass, written: &str) -> Result<(), PhraseFault> {
        self.add(class, Pattern::read(written)?)
    }

    fn add(&mut self, class: InboundClass, pattern: Pattern) -> Result<(), PhraseFault> {
        if self.0.len() >= MAX_OWN_PHRASES {
            return Err(PhraseFault::too_many());
        }
        self.0.add(class, ReplyLexicon::OWN, pattern);
        Ok(())
    }
}

impl ReplyLexicon {
    /// What [`Verdict::list`] says of a phrase that the tenant added.
    pub const OWN: &'static str = "tenant";

    /// The bundled lists alone.
    pub fn bundled() -> Self {
        Self::with(OwnPhrases::default())
    }

    /// The bundled lists with a tenant's own phrases.
    pub fn with(own: OwnPhrases) -> Self {
        let mut own = own.0;
        own.share_grammar(shared());
        Self { own: Arc::new(own) }
    }

    /// The digest over the bundled lists: another list is another digest.
    pub fn digest() -> [u8; 32] {
        let mut hash = Sha256::new();
        for (language, text) in BUNDLED {
            for part in [language, text] {
                hash.update((part.len() as u64).to_be_bytes());
                hash.update(part.as_bytes());
            }
        }
        hash.finalize().into()
    }

    /// The class of a reply.
    pub fn classify(&self, text: &str) -> InboundClass {
        self.explain(text).class
    }

    /// The class of a reply, with the phrase that decided.
    pub fn explain(&self, text: &str) -> Verdict<'_> {
        let text = Text::read(&unquote::own_words(text));
        let lists = [&*self.own, shared()];
        let found = matching::gravest(&lists, &text);
        match found {
            Some(entry) => Verdict {
                class: entry.class,
                phrase: Some(entry.pattern.written.as_str()),
                list: Some(entry.list),
            },
            None if text.asks => Verdict { class: InboundClass::Question, phrase: None, list: None },
            None => Verdict { class: InboundClass::Unclear, phrase: None, list: None },
        }
    }
}

/// The bundled lists, read once for each process.
fn shared() -> &'static List {
    static LIST: OnceLock<List> = OnceLock::new();
    LIST.get_or_init(|| {
        let mut list = List::default();
        for (language, text) in BUNDLED {
            // A test holds that every line is right; one that is not is passed over.
            let _faults = list.read(language, text);
        }
        list
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_bundled_lists_is_right() {
        for (language, text) in BUNDLED {
            let mut list = List::default();
            assert_eq!(list.read(language, text), Vec::<String>::new(), "{language}");
            assert!(list.len() > 100, "{language}: {}", list.len());
            assert_eq!(list.of_small_words_alone(), Vec::<&str>::new(), "{language}");
        }
    }

    #[test]
    fn a_tenant_s_own_phrases_add_to_the_lists() {
        let mut own = OwnPhrases::default();
        own.stop_word("KEINE POST").unwrap();
        own.phrase(InboundClass::Hardship, "pfandhaus*").unwrap();
        let lexicon = ReplyLexicon::with(own);
        assert_eq!(lexicon.classify("keine Post!"), InboundClass::Stop);
        assert_eq!(lexicon.classify("Bin im Pfandhaus"), InboundClass::Hardship);
        assert_eq!(lexicon.classify("Bin nicht im Pfandhaus"), InboundClass::Unclear);
        assert_eq!(lexicon.explain("Keine Post").list, Some(ReplyLexicon::OWN));
        assert_eq!(lexicon.classify("STOP"), InboundClass::Stop);
        assert_eq!(ReplyLexicon::bundled().classify("Bin im Pfandhaus"), InboundClass::Unclear);
    }

    #[test]
    fn a_tenant_adds_so_many_phrases_and_no_more() {
        let mut own = OwnPhrases::default();
        for number in 0..MAX_OWN_PHRASES {
            own.stop_word(&format!("wort{number}")).unwrap();
        }
        assert_eq!(own.stop_word("eines mehr"), Err(PhraseFault::too_many()));
    }

    #[test]
    fn a_verdict_names_the_phrase_and_its_list() {
        let lexicon = ReplyLexicon::bundled();
        let verdict = lexicon.explain("Falsche Nummer");
        assert_eq!((verdict.class, verdict.list), (InboundClass::WrongPerson, Some("de")));
        assert!(verdict.phrase.unwrap().contains("nummer"), "{verdict:?}");
        assert_eq!(lexicon.explain("?").phrase, None);
        assert_eq!(ReplyLexicon::digest(), ReplyLexicon::digest());
    }
}
