//! Every number that code or a document cites exists: requirements (`R12`), pains of the field (`P3`), decisions
//! (`adr/0002`) and the exact rules (permits, 4).
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use journeys::repository::{TextFile, text_files};

/// Kinds of files that cite.
const CITING: [&str; 6] = [".rs", ".md", ".toml", ".proto", ".py", ".sql"];

/// Highest number of each series; each counts from 1.
const SERIES: [(char, u32); 2] = [('R', 58), ('P', 15)];

/// Chapters of the exact rules with their highest number, as they are cited in brackets.
const RULES: [(&str, u32); 7] = [
    ("permits", 12),
    ("inputs", 7),
    ("time", 3),
    ("takeover", 7),
    ("replay", 4),
    ("personal data", 5),
    ("bus", 3),
];

fn citing() -> Vec<TextFile> {
    let all = text_files().unwrap();
    all.into_iter().filter(|file| CITING.iter().any(|suffix| file.ends_with(suffix))).collect()
}

/// Words such as `R12`: a letter of a series and digits, with neither letter nor digit around them.
fn cited(text: &str) -> Vec<(char, u32)> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter_map(series_number).collect()
}

fn series_number(word: &str) -> Option<(char, u32)> {
    let letter = word.chars().next()?;
    let digits = word.get(letter.len_utf8()..)?;
    let is_number = (1..=3).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let is_series = SERIES.iter().any(|(series, _)| *series == letter);
    (is_number && is_series).then(|| digits.parse().ok().map(|number| (letter, number)))?
}

fn exists(letter: char, number: u32) -> bool {
    SERIES.iter().any(|(series, last)| *series == letter && (1..=*last).contains(&number))
}

/// Numbers cited in prose as `(chapter, number)`, also as `(chapter, number: …)`.
fn rules_cited(file: &TextFile, chapter: &str) -> Vec<u32> {
    let opening = format!("({chapter}, ");
    let is_prose = |line: &&str| !file.ends_with(".rs") || line.trim_start().starts_with("//");
    let prose: String = file.text.lines().filter(is_prose).collect();
    prose
        .split(&opening)
        .skip(1)
        .map(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>())
        .filter_map(|digits| digits.parse().ok())
        .collect()
}

#[test]
fn every_requirement_cited_exists() {
    let mut wrong = Vec::new();
    for file in citing() {
        for (letter, number) in cited(&file.text).into_iter().filter(|(l, n)| !exists(*l, *n)) {
            wrong.push(format!("{} cites {letter}{number}", file.path));
        }
    }
    assert!(wrong.is_empty(), "R1 to R58 and P1 to P15 exist: {wrong:#?}");
}

#[test]
fn every_exact_rule_cited_exists() {
    let mut wrong = Vec::new();
    for file in citing() {
        for (chapter, last) in RULES {
            let beyond = rules_cited(&file, chapter).into_iter().filter(|n| !(1..=last).contains(n));
            wrong.extend(beyond.map(|number| format!("{} cites {chapter}, {number}", file.path)));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_decision_cited_exists() {
    let files = citing();
    let decisions: BTreeSet<&str> = files
        .iter()
        .filter_map(|file| file.path.strip_prefix("docs/adr/"))
        .filter_map(|name| name.split('-').next())
        .collect();
    let mut wrong = Vec::new();
    for file in &files {
        for rest in file.text.split(concat!("ad", "r/")).skip(1) {
            let number: String = rest.chars().take_while(char::is_ascii_digit).collect();
            if !number.is_empty() && !decisions.contains(number.as_str()) {
                wrong.push(format!("{} cites decision {number}", file.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn these_checks_can_fail() {
    let text = format!("as R12 and {}59 say, not R2D2 nor P7D, but (P{})", 'R', 16);
    let found = cited(&text);
    assert_eq!(found, [('R', 12), ('R', 59), ('P', 16)]);
    assert!(exists('R', 12) && !exists('R', 59) && !exists('P', 16) && !exists('R', 0));
    let path = "a.rs".to_owned();
    let file = TextFile {
        path,
        text: "// (chapter, 7) and (chapter, 13: late)\nlet x = (chapter, 99);\n".to_owned(),
    };
    assert_eq!(rules_cited(&file, "chapter"), [7, 13]);
}
