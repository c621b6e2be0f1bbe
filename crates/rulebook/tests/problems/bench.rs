//! The example rulebook with one text changed, loaded, and what is reported of it.

use std::collections::BTreeMap;
use std::fs;

use rulebook::{Problem, Report, bundled_files, load_dir};

pub(crate) const MAIN: &str = "mahnwerk.toml";
pub(crate) const LADDER: &str = "scenarios.toml";
pub(crate) const SMS: &str = "templates/shared/sms-callback.de.txt";
pub(crate) const MAIL: &str = "templates/shared/email-callback.de.txt";
pub(crate) const SOCIAL: &str = "templates/shared/social-callback.de.txt";
pub(crate) const CALL: &str = "templates/shared/call.de.txt";

pub(crate) type Files = BTreeMap<String, Vec<u8>>;

pub(crate) fn good() -> Files {
    let files = bundled_files("municipality").unwrap();
    files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
}

pub(crate) fn load(files: &Files) -> Result<rulebook::Compiled, Vec<Problem>> {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    load_dir(folder.path())
}

/// The example with one text of one file replaced.
pub(crate) fn with(file: &str, from: &str, to: &str) -> Files {
    let mut files = good();
    let text = String::from_utf8(files[file].clone()).unwrap();
    assert!(text.contains(from), "{file} has no {from:?}");
    files.insert(file.to_owned(), text.replacen(from, to, 1).into_bytes());
    files
}

/// The line on which a text first stands after the change.
pub(crate) fn line_of(files: &Files, file: &str, text: &str) -> usize {
    let content = String::from_utf8(files[file].clone()).unwrap();
    content.lines().position(|line| line.contains(text)).unwrap() + 1
}

/// Checks a table: file, what is replaced, by what, on which line it is reported (by a text of that line), a part of what
/// is wrong, a part of the remedy.
///
/// Cells are parted by ` | `; `\n` is a line feed; `~` guards spaces at the ends, `~~` is an empty cell.
pub(crate) fn check(table: &str) {
    for row in table.lines().map(str::trim).filter(|row| !row.is_empty()) {
        let cells: Vec<String> = row.split(" | ").map(cell).collect();
        let [file, from, to, on, what, remedy] = cells.as_slice() else { panic!("{row}") };
        check_one(file_of(file), from, to, on, what, remedy);
    }
}

pub(crate) fn cell(text: &str) -> String {
    let text = text.strip_prefix('~').and_then(|t| t.strip_suffix('~')).unwrap_or(text);
    text.replace("\\n", "\n")
}

pub(crate) fn file_of(name: &str) -> &'static str {
    match name {
        "MAIN" => MAIN,
        "LADDER" => LADDER,
        "SMS" => SMS,
        "MAIL" => MAIL,
        "SOCIAL" => SOCIAL,
        "CALL" => CALL,
        _ => panic!("no file {name}"),
    }
}

pub(crate) fn check_one(file: &str, from: &str, to: &str, on: &str, what: &str, remedy: &str) {
    let files = with(file, from, to);
    let problems = load(&files).map(|_| panic!("{to:?} was taken")).unwrap_err();
    let expected = problems.iter().find(|p| p.what.contains(what));
    let problem = expected.unwrap_or_else(|| panic!("{to:?} gave\n{}", Report(&problems)));
    assert!(problem.remedy.contains(remedy), "{to:?}: {}", problem.remedy);
    assert_eq!(problem.file, *file, "{to:?}: {problem}");
    match on.is_empty() {
        true => assert_eq!(problem.line, None, "{to:?}: {problem}"),
        false => assert_eq!(problem.line, Some(line_of(&files, file, on)), "{to:?}: {problem}"),
    }
    assert_eq!(problems.len(), 1, "{to:?} gave more than its own problem:\n{}", Report(&problems));
}
