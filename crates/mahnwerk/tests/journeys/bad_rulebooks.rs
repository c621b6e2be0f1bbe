//! Rulebooks that are not right: named with file, line and remedy, and never used.

use std::path::Path;

use crate::folder::{Folder, run};

fn check(folder: &Folder, says: &[&str]) {
    let rulebook = folder.path().join("rulebook");
    let rulebook = rulebook.to_str().unwrap();
    run(&["rulebook", "check", rulebook]).ends(1).says(says).says(&["wrong: ", "right: ", "is not used"]);
    let found = run(&["rulebook", "check", rulebook, "--format", "json"]).ends(1).json();
    assert_eq!(found["problems"].as_array().unwrap().len(), 1);
    // What is wrong in a file is wrong for every command that needs it, and changes nothing.
    folder.run(&["run"]).ends(3).says(says);
}

#[test]
fn each_fault_is_named_with_its_place_and_what_would_be_right() {
    let cases = [
        ("scenarios.toml", "tries = 3", "trees = 3", "did you mean `tries`?"),
        ("mahnwerk.toml", "mon-fri = \"17:00-20:00\"", "mon-fri = \"17:00-17:00\"", "the window is empty"),
        ("mahnwerk.toml", "mon-fri = \"17:00-20:00\"", "mon-fri = \"25:00-26:00\"", "mahnwerk.toml:"),
        ("scenarios.toml", "template = \"call\"", "template = \"cull\"", "scenarios.toml:"),
        (
            "scenarios.toml",
            "then_wait = \"4d\"",
            "then_wait = \"4d\"\nthen = \"call\"",
            "the steps go in a circle: call -> sms -> call",
        ),
        ("templates/shared/sms-callback.de.txt", "Vielen Dank", "{{ amount }}", "says something of the debt"),
        ("templates/shared/email-callback.en.txt", "{{ opt_out }}", "", "email-callback.en.txt"),
    ];
    for (file, find, put, says) in cases {
        let folder = Folder::new();
        folder.spoil(file, find, put);
        check(&folder, &[Path::new(file).file_name().unwrap().to_str().unwrap(), says]);
    }
}

#[test]
fn a_template_that_is_missing_in_a_language_is_named() {
    let folder = Folder::new();
    std::fs::remove_file(folder.path().join("rulebook/templates/shared/sms-callback.fr.txt")).unwrap();
    check(&folder, &["scenarios.toml:", "not written in fr", "add templates/shared/sms-callback.fr.txt"]);
}

#[test]
fn a_rulebook_that_is_mended_is_used_again() {
    let folder = Folder::new();
    folder.spoil("scenarios.toml", "tries = 3", "tries = 0");
    let row = "1,claim,D1,C1,Anna,de,,,werke,5.00,CHF,2026-01-01T00:00:00Z,";
    folder.import(&[row]).ends(3).says(&["scenarios.toml:"]);
    folder.spoil("scenarios.toml", "tries = 0", "tries = 2");
    folder.import(&[row]).ends(0);
    folder.must_be_whole();
}

#[test]
fn a_folder_that_is_no_rulebook_is_a_finding() {
    let folder = Folder::new();
    run(&["rulebook", "check", folder.beside("nowhere")]).ends(1).says(&["can't be read", "name a folder"]);
}
