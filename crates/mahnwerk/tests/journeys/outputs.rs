//! Where the output goes: a reader that goes away ends a command quietly, a full disk is told.

use std::process::Stdio;

use crate::folder::{Folder, mahnwerk};

const ROW: &str =
    "1,claim,D4,C4,Dora Planted,de,,dora.planted@town.example,werke,20.00,CHF,2096-01-01T00:00:00Z,";

/// The exit code of a command with such an output, and what it said on standard error.
fn ended(folder: &Folder, words: &[&str], out: impl Into<Stdio>) -> (Option<i32>, String) {
    let command = mahnwerk().args(words).args(["--dir", folder.dir()]).stdout(out).output().unwrap();
    (command.status.code(), String::from_utf8(command.stderr).unwrap())
}

/// An output that nobody reads any more.
fn nobody() -> std::io::PipeWriter {
    let (_gone, writer) = std::io::pipe().unwrap();
    writer
}

#[test]
fn a_reader_that_goes_away_ends_a_command_quietly() {
    let folder = Folder::new();
    folder.import(&[ROW]).ends(0);
    for words in [
        &["replay"][..],
        &["replay", "--check"],
        &["replay", "--claims"],
        &["events", "tail", "--count", "5000"],
        &["events", "tail", "--follow"],
        &["events", "show", "1"],
        &["debtor", "show", "D4"],
        &["debtor", "show", "D4", "--format", "json"],
        &["debtor", "why", "D4"],
        &["debtor", "hold", "D4", "--reason", "illness"],
        &["parked", "ls"],
        &["quarantine", "ls"],
        &["pauses"],
        &["token", "ls"],
        &["verify"],
    ] {
        assert_eq!(ended(&folder, words, nobody()), (Some(0), String::new()), "{words:?}");
    }
    let what_was_found_stays_found = ended(&folder, &["publish", "--fact", "{"], nobody());
    assert_eq!(what_was_found_stays_found, (Some(1), String::new()));
    folder.must_be_whole();
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_is_full_is_told() {
    let folder = Folder::new();
    folder.import(&[ROW]).ends(0);
    for words in [&["replay", "--claims"][..], &["replay"], &["debtor", "show", "D4"], &["token", "ls"]] {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let (code, said) = ended(&folder, words, full);
        assert!(code == Some(3) && said.contains("standard output can't be written"), "{words:?}: {said}");
    }
}
