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
        (verdict.class != class).then(|| format!("{} for {}: {text:?} by {verdict:?}", verdict.class.as_str(), class.as_str()))
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
