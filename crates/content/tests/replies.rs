//! Replies as people write them, and their classes: all of the corpus, and the rate on what was held out.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::sync::LazyLock;

use content::ReplyLexicon;
use domain::inbound::InboundClass;
use proptest::prelude::*;

const CORPUS: &str = include_str!("replies/corpus.txt");
const HELD_OUT: &str = include_str!("replies/held_out.txt");

static LEXICON: LazyLock<ReplyLexicon> = LazyLock::new(ReplyLexicon::bundled);

/// A file's lines: the class and the text.
fn lines(file: &'static str) -> Vec<(InboundClass, String)> {
    let lines = file.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let read = |line: &str| {
        let (class, text) = line.split_once(" | ").unwrap_or_else(|| panic!("no class: {line}"));
        (InboundClass::parse(class).unwrap_or_else(|| panic!("no such class: {line}")), unescape(text))
    };
    lines.map(read).collect()
}

fn unescape(text: &str) -> String {
    let mut parts = text.split("\\u{");
    let mut out = parts.next().unwrap().replace("\\n", "\n");
    for part in parts {
        let (code, rest) = part.split_once('}').unwrap();
        out.push(char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap());
        out.push_str(&rest.replace("\\n", "\n"));
    }
    out
}

/// What was put into another class, each with what decided.
fn misses(file: &'static str) -> Vec<String> {
    let wrong = |(class, text): (InboundClass, String)| {
        let verdict = LEXICON.explain(&text);
        (verdict.class != class)
            .then(|| format!("{} for {}: {text:?} by {verdict:?}", verdict.class.as_str(), class.as_str()))
    };
    lines(file).into_iter().filter_map(wrong).collect()
}

#[test]
fn every_reply_of_the_corpus_has_its_class() {
    let misses = misses(CORPUS);
    assert!(misses.is_empty(), "{} misses:\n{}", misses.len(), misses.join("\n"));
}

#[test]
fn the_corpus_is_large_enough_to_say_something() {
    let corpus = lines(CORPUS);
    assert!(corpus.len() >= 250, "{}", corpus.len());
    let stops = corpus.iter().filter(|(class, _)| *class == InboundClass::Stop).count();
    assert!(stops >= 60, "{stops}");
    for class in InboundClass::ALL {
        assert!(corpus.iter().filter(|(known, _)| *known == class).count() >= 15, "{}", class.as_str());
    }
}

/// The same text as somebody else would write it.
fn rewritten(text: &str, way: usize) -> String {
    let plain = |c: char| match c {
        'ä' => "ae".to_owned(),
        'ö' => "oe".to_owned(),
        'ü' => "ue".to_owned(),
        'à' => "a".to_owned(),
        'è' | 'é' | 'ê' => "e".to_owned(),
        'ù' => "u".to_owned(),
        'ì' => "i".to_owned(),
        'ò' => "o".to_owned(),
        c => c.to_string(),
    };
    match way {
        0 => text.to_uppercase(),
        1 => text.to_lowercase(),
        2 => text.chars().map(plain).collect(),
        3 => text.replace('ä', "a").replace('ö', "o").replace('ü', "u"),
        4 => text
            .replace('ä', "a\u{308}")
            .replace('ö', "o\u{308}")
            .replace('ü', "u\u{308}")
            .replace('é', "e\u{301}"),
        5 => text.chars().flat_map(|c| [c, '\u{200b}']).collect(),
        6 => text.chars().map(|c| if c.is_ascii_alphabetic() { wide(c) } else { c }).collect(),
        7 => text.replace('\'', "\u{2019}"),
        _ => format!("  {text} \u{feff}"),
    }
}

fn wide(c: char) -> char {
    char::from_u32(u32::from(c) - 0x21 + 0xff01).unwrap()
}

#[test]
fn case_accents_width_and_what_shows_nothing_never_change_the_class() {
    for (class, text) in lines(CORPUS) {
        // What an e-mail quotes is told by its header's own spelling.
        for way in (0..9).filter(|_| !text.contains("\n")) {
            let rewritten = rewritten(&text, way);
            assert_eq!(LEXICON.classify(&rewritten), class, "{way}: {rewritten:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever comes in: an answer, and the same one in capitals.
    #[test]
    fn every_text_gets_one_answer(text in "(\\PC|\n|[a-zäöüéèàç' ]{1,9}){0,60}") {
        let once = LEXICON.classify(&text);
        prop_assert_eq!(once, LEXICON.classify(&text));
    }

    /// Words of the corpus in any order, and so phrases, exceptions and negations across each other.
    #[test]
    fn words_in_any_order_get_one_answer_in_any_case(picked in prop::collection::vec(0_usize..100_000, 0..40)) {
        static WORDS: LazyLock<Vec<&str>> = LazyLock::new(|| CORPUS.split_whitespace().filter(|word| word.is_ascii()).collect());
        let words: Vec<&str> = picked.iter().map(|at| WORDS[at % WORDS.len()]).collect();
        let text = words.join(" ");
        prop_assert_eq!(LEXICON.classify(&text.to_uppercase()), LEXICON.classify(&text.to_lowercase()));
    }
}

#[test]
fn a_text_of_any_length_ends() {
    for word in ["ich ", "nicht ", "kann nicht ", "stop", "> \n", "a ", "😀", "n'"] {
        let _class = LEXICON.classify(&word.repeat(200_000));
    }
}

#[test]
fn of_what_was_held_out_every_stop_is_found() {
    for (class, text) in lines(HELD_OUT) {
        let found = LEXICON.classify(&text);
        assert_eq!(found == InboundClass::Stop, class == InboundClass::Stop, "{text}");
    }
}

#[test]
fn of_what_was_held_out_no_more_is_missed_than_was_measured() {
    let misses = misses(HELD_OUT);
    assert!(misses.is_empty(), "{} misses:\n{}", misses.len(), misses.join("\n"));
}
