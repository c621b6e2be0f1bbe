//! Folders that are not as they should be, and questions that have no answer: keys, owners, settings, instants.

use std::os::unix::fs::PermissionsExt;

use crate::folder::{Folder, run};
use crate::process::Running;

const ROW: &str = "1,claim,D1,C1,Anna,de,,,werke,5.00,CHF,2026-01-01T00:00:00Z,";

#[test]
fn without_its_keys_a_log_is_not_touched() {
    let folder = Folder::new();
    folder.import(&[ROW]).ends(0);
    let (keys, away) = (folder.path().join("keys"), folder.path().join("away"));
    std::fs::rename(&keys, &away).unwrap();
    for words in [&["run"][..], &["verify"], &["debtor", "show", "D1"], &["calls", "list"]] {
        let says = if words[0] == "calls" { "nobody runs" } else { "put the file back" };
        folder.run(words).ends(3).says(&[says]);
    }
    folder.import(&[ROW]).ends(3).says(&["keys is missing", "MAHNWERK_KEYS"]);
    assert!(!keys.exists(), "nobody makes new ones");
    std::fs::rename(&away, &keys).unwrap();
    folder.must_be_whole();
}

#[test]
fn wrong_damaged_and_exposed_keys_are_told_apart() {
    let (folder, other) = (Folder::new(), Folder::new());
    folder.import(&[ROW]).ends(0);
    let keys = folder.path().join("keys");
    let right = std::fs::read(&keys).unwrap();
    let cases: [(Vec<u8>, &str); 3] = [
        (std::fs::read(other.path().join("keys")).unwrap(), "holds other keys"),
        (b"no keys\n".to_vec(), "keys can't be used"),
        (vec![0xff; 100], "it is no text"),
    ];
    for (content, says) in cases {
        std::fs::write(&keys, content).unwrap();
        folder.run(&["run"]).ends(3).says(&[says]);
        folder.import(&[ROW]).ends(3).says(&[says]);
    }
    std::fs::write(&keys, right).unwrap();
    std::fs::set_permissions(&keys, std::fs::Permissions::from_mode(0o644)).unwrap();
    folder.run(&["run"]).ends(3).says(&["can be reached by others", "chmod 600"]);
    std::fs::set_permissions(&keys, std::fs::Permissions::from_mode(0o600)).unwrap();
    folder.must_be_whole();
}

#[test]
fn a_log_has_one_owner_and_a_second_is_told_so() {
    let folder = Folder::new();
    let _providers = Running::providers(&folder);
    let first = Running::mahnwerk(&folder);
    folder.run(&["run"]).ends(3).says(&["in use by another process", "stop it, or talk to it"]);
    // Commands that write go by the first one; those that read need nobody.
    folder.import(&[ROW]).ends(0);
    folder.run(&["debtor", "why", "D1"]).ends(0);
    folder.must_be_whole();
    assert_eq!(first.terminate(), Some(0));
    assert!(!folder.path().join("listener.address").exists());
    folder.must_be_whole();
}

#[test]
fn a_folder_or_a_setting_that_is_not_there_is_named() {
    let folder = Folder::new();
    let nowhere = folder.beside("nowhere");
    for words in [&["run"][..], &["verify"], &["replay"], &["events", "tail"], &["debtor", "why", "D1"]] {
        let answer = run(&[words, &["--dir", nowhere]].concat()).ends(3);
        answer.says(&["there is no log in", "nowhere", "make one with `mahnwerk init"]);
    }
    run(&["init", "--dir", nowhere, "--rulebook", "bank"]).ends(3).says(&["municipality, fines"]);
    let settings = folder.path().join("mahnwerk.toml");
    for (text, says) in [
        ("[listener]\nprot = 1\n", "listener.prot is no setting; known here: port, address"),
        ("[listener\n", "mahnwerk.toml is not right"),
        ("[sms]\nbase_url = \"http://127.0.0.1:1\"\naccount_sid = \"AC1\"\n", "MAHNWERK_SMS_AUTH_TOKEN"),
        (
            "[email]\nhost = \"localhost\"\nport = 25\nsecurity = \"maybe\"\n",
            "email.security is none of the words for it; write tls or starttls or none",
        ),
    ] {
        std::fs::write(&settings, text).unwrap();
        folder.run(&["run"]).ends(3).says(&[says]);
    }
}

#[test]
fn questions_without_an_answer_say_what_could_be_asked() {
    let folder = Folder::new();
    folder.import(&[ROW]).ends(0);
    for (words, says) in [
        (&["debtor", "show", "D9"][..], "no debtor with this reference"),
        (&["debtor", "why", "D9"], "check reference and tenant"),
        (&["debtor", "why", "D1", "--at", "2020-01-01"], "ask for a later one"),
        (&["debtor", "why", "D1", "--at", "yesterday"], "write 2014-01-01"),
        (&["debtor", "why", "D1", "--tenant", "bern"], "the rulebook has gemeinde-musterwil"),
        (&["events", "show", "999999"], "no event at position 999999"),
        (&["replay", "--type", "reminded"], "such as payment_received"),
        (&["replay", "--since", "2024-02-30"], "write 2014-01-01"),
    ] {
        folder.run(words).ends(3).says(&[says]);
    }
}

#[test]
fn a_feed_needs_the_virtual_clock_and_a_day_that_there_is() {
    let folder = Folder::new();
    let (feed, mapping) = (folder.write("feed.csv", "a\n"), folder.beside("erp.toml"));
    let played = ["run", "--feed", feed, "--mapping", mapping];
    folder.run(&played).ends(3).says(&["needs --clock virtual", "`import` takes them now"]);
    let clock = ["--clock", "virtual"];
    folder.run(&[&played[..], &clock, &["--until", "soon"]].concat()).ends(3).says(&["soon is no day"]);
    folder
        .run(&[&played[..], &clock, &["--mapping", mapping]].concat())
        .ends(3)
        .says(&["one --mapping for each"]);
    folder
        .run(&[&played[..], &clock, &["--until", "2027-01-01"]].concat())
        .ends(3)
        .says(&["instants of their own"]);
    folder.run(&["run", "--until", "2027-01-01"]).ends(2).says(&["--feed"]);
    folder.must_be_whole();
}
