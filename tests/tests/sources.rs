//! What every file of the repository keeps to: shape of sources, and words that may not stand in a text.
//!
//! What clippy can hold is left to clippy; here is what it can't see.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use journeys::repository::{TextFile, text_files};

/// Longest source file, in lines.
const MAX_LINES: usize = 400;

/// Files that a tool writes.
const WRITTEN_BY_TOOLS: [&str; 1] = ["Cargo.lock"];

fn files() -> Vec<TextFile> {
    text_files().unwrap().into_iter().filter(|file| !WRITTEN_BY_TOOLS.contains(&file.path.as_str())).collect()
}

fn is_source(file: &TextFile) -> bool {
    file.ends_with(".rs")
}

/// Fails with every file and line on which one of these stands.
fn assert_absent(files: &[TextFile], words: &[&str], why: &str) {
    let found: Vec<String> = files.iter().flat_map(|file| places(file, words)).collect();
    assert!(found.is_empty(), "{why}: {found:#?}");
}

fn places(file: &TextFile, words: &[&str]) -> Vec<String> {
    let lines = file.text.lines().enumerate();
    lines
        .filter(|(_, line)| words.iter().any(|word| line.contains(word)))
        .map(|(number, line)| format!("{}:{}: {}", file.path, number + 1, line.trim()))
        .collect()
}

#[test]
fn every_source_says_first_what_it_is() {
    let silent: Vec<String> = files()
        .into_iter()
        .filter(|file| is_source(file) && !file.text.starts_with("//! "))
        .map(|file| file.path)
        .collect();
    assert!(silent.is_empty(), "a source begins with //! and a sentence: {silent:#?}");
}

#[test]
fn no_source_is_a_placeholder() {
    let openings = [concat!("//! Place", "holder"), concat!("//! Being ", "written")];
    let empty: Vec<String> = files()
        .into_iter()
        .filter(|file| is_source(file) && openings.iter().any(|opening| file.text.starts_with(opening)))
        .map(|file| file.path)
        .collect();
    assert!(empty.is_empty(), "nothing is done by leaving it open: {empty:#?}");
}

#[test]
fn no_source_is_too_long_to_read() {
    let long: Vec<(String, usize)> = files()
        .into_iter()
        .filter(|file| is_source(file) && file.text.lines().count() > MAX_LINES)
        .map(|file| (file.path, file.text.lines().count()))
        .collect();
    assert!(long.is_empty(), "split what is over {MAX_LINES} lines by theme: {long:?}");
}

#[test]
fn a_module_stands_beside_its_folder() {
    let old_style: Vec<String> =
        files().into_iter().map(|file| file.path).filter(|path| path.ends_with("/mod.rs")).collect();
    assert!(old_style.is_empty(), "foo.rs beside foo/, never foo/mod.rs: {old_style:?}");
}

#[test]
fn no_lint_is_silenced_and_nothing_is_left_open() {
    let sources: Vec<TextFile> = files().into_iter().filter(is_source).collect();
    let words = [
        concat!("#[al", "low("),
        concat!("#![al", "low("),
        concat!("to", "do!("),
        concat!("unimple", "mented!("),
        concat!("#[ign", "ore"),
    ];
    assert_absent(&sources, &words, "use #[expect(.., reason = ..)], finish it, or run it");
    let words = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:")];
    assert_absent(&files(), &words, "finish it, or file an issue");
}

#[test]
fn no_text_names_a_place_of_one_machine() {
    let words =
        [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("index.cra", "tes.io")];
    assert_absent(&files(), &words, "a path or host of one machine means nothing on another");
}

#[test]
fn every_text_ends_with_a_line_end_and_has_no_carriage_return() {
    let ours = [".rs", ".md", ".toml", ".proto", ".py", ".service", ".txt", ".sql"];
    for file in files().iter().filter(|file| ours.iter().any(|suffix| file.ends_with(suffix))) {
        // Inputs that are broken on purpose live in folders of their own.
        if file.path.contains("/bad/") || file.path.contains("/golden/") {
            continue;
        }
        assert!(file.text.ends_with('\n'), "{} does not end with a line end", file.path);
        assert!(!file.text.contains('\r'), "{} has a carriage return", file.path);
    }
}

#[test]
fn a_link_in_a_document_leads_somewhere() {
    let files = files();
    let paths: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let mut broken = Vec::new();
    for file in files.iter().filter(|file| file.ends_with(".md")) {
        for target in links(&file.text).filter(|target| !target.contains("://") && !target.starts_with('#')) {
            let path = resolve(&file.path, target.split('#').next().unwrap_or(target));
            let is_folder = paths.iter().any(|known| known.starts_with(&format!("{path}/")));
            if !is_folder && !paths.contains(path.as_str()) {
                broken.push(format!("{} links to {target}", file.path));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

/// Targets of Markdown links of the form `[text](target)`.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split(')').next())
}

/// A relative path, seen from the folder of the file that names it.
fn resolve(from: &str, target: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in target.trim_end_matches('/').split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." => {}
            name => parts.push(name),
        }
    }
    parts.join("/")
}

#[test]
fn these_checks_can_fail() {
    let file = TextFile { path: "docs/a.md".to_owned(), text: "see [b](../b.md#x) and [c](c/)\n".to_owned() };
    assert_eq!(places(&file, &["[b]"]).len(), 1);
    assert_eq!(links(&file.text).collect::<Vec<_>>(), ["../b.md#x", "c/"]);
    assert_eq!(resolve(&file.path, "../b.md"), "b.md");
    assert_eq!(resolve(&file.path, "c/"), "docs/c");
}
