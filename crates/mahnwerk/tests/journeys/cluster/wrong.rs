//! What is not as it should be: each ends with a sentence that says what to do, and changes nothing.

use std::os::unix::fs::PermissionsExt;

use super::row;
use crate::folder::{Folder, HEADER};
use crate::process::{Process, Running};
use crate::servers::Version;

#[test]
fn a_role_that_can_not_work_says_what_to_do() {
    let file = Folder::new();
    // No new start mends it, and a service manager leaves it down.
    let role = |folder: &Folder, words: &[&str]| folder.run(words).ends(2);
    // Nothing that is away will come while it is waited for, but it may come later.
    let impatient = |folder: &Folder, words: &[&str]| folder.run(&[words, &["--wait", "0"]].concat()).ends(3);
    for words in [&["scheduler"][..], &["ingest"], &["worker", "sms"]] {
        role(&file, words).says(&["this log is a file", "mahnwerk run", "store = \"postgres\""]);
    }
    let shared = Folder::shared(Version::Newest);
    let settings = shared.path().join("mahnwerk.toml");
    let right = std::fs::read_to_string(&settings).unwrap();
    let set = |find: &str, put: &str| {
        assert!(right.contains(find), "{find}");
        std::fs::write(&settings, right.replace(find, put)).unwrap();
    };
    shared.run(&["run"]).ends(3).says(&["mahnwerk scheduler"]);
    let broker = shared.servers.as_ref().unwrap().broker.url();
    set(&format!("servers = [\"{broker}\"]"), "servers = []");
    role(&shared, &["scheduler"]).says(&["[nats] servers is empty", "nats://127.0.0.1:4222"]);
    set(&broker, "nats://127.0.0.1:1");
    impatient(&shared, &["scheduler"]).says(&["the broker at nats://127.0.0.1:1"]);
    let url = shared.servers.as_ref().unwrap().database.url("mahnwerk_app");
    set(&url, "postgres://mahnwerk_app@127.0.0.1:1/nowhere");
    impatient(&shared, &["scheduler"]).says(&["127.0.0.1:1"]);
    let tried = shared.run(&["ingest", "--wait", "2"]).ends(3).says(&["127.0.0.1:1"]);
    assert_eq!(tried.err.matches("waiting for what is away").count(), 1, "{}", tried.err);
    let name = url.rsplit('/').next().unwrap();
    set(name, "nowhere");
    role(&shared, &["scheduler"]).says(&["nowhere"]);
    set("[nats]", "[nats]\nservrs = []");
    role(&shared, &["ingest"]).says(&["servrs"]);
    std::fs::write(&settings, &right).unwrap();
    role(&shared, &["worker", "sms"]).says(&["no section [sms]"]);

    let keys = shared.path().join("keys");
    let ours = std::fs::read(&keys).unwrap();
    std::fs::copy(file.path().join("keys"), &keys).unwrap();
    role(&shared, &["scheduler"]).says(&["holds other keys than", "put the right ones there"]);
    std::fs::remove_file(&keys).unwrap();
    role(&shared, &["worker", "email"]).says(&["keys is missing", "put the file back"]);
    std::fs::write(&keys, ours).unwrap();
    std::fs::set_permissions(&keys, std::fs::Permissions::from_mode(0o600)).unwrap();

    shared.spoil("scenarios.toml", "then_wait", "then_weight");
    role(&shared, &["scheduler"]).says(&["the rulebook in", "is not right"]);
    shared.spoil("scenarios.toml", "then_weight", "then_wait");
    assert_eq!(shared.events(), 0, "nothing was changed");
}

#[test]
fn a_command_that_needs_an_owner_says_once_that_no_scheduler_answers() {
    let shared = Folder::shared(Version::Newest);
    let _providers = Running::providers(&shared);
    let scheduler = Process::role(&shared, shared.dir(), &["scheduler"], "scheduler.log");
    scheduler.until_ready();
    let described = r#"{"id": "0", "kind": "debtor_described", "debtor": "K", "name": "Karl Planted", "zones": ["Europe/Zurich"]}"#;
    shared.run(&["publish", "--fact", described]).ends(0);
    scheduler.signal("TERM");
    assert_eq!(scheduler.ended(), Some(0));
    let before = shared.events();
    let table = shared.write("erp.csv", format!("{HEADER}\n{}\n", row(1)));
    let (mapping, key) = (shared.beside("erp.toml"), "0".repeat(32));
    let fact = r#"{"id": "1", "kind": "cease_requested", "debtor": "K"}"#;
    let commands: [(&[&str], i32); 6] = [
        (&["publish", "--fact", fact], 3),
        (&["import", table, "--mapping", mapping], 1),
        (&["debtor", "hold", "K", "--reason", "asked", "--for", "3d"], 3),
        (&["pause", "--reason", "asked"], 3),
        (&["resume"], 3),
        (&["quarantine", "retry", &key], 3),
    ];
    std::thread::scope(|scope| {
        // Each is patient for a while; together they are no more so than one.
        let asked = commands.map(|(words, code)| (scope.spawn(|| shared.run(words)), words, code));
        for (answer, words, code) in asked {
            let answer = answer.join().unwrap().ends(code);
            let said = format!("{}{}", answer.out, answer.err);
            let sentence = "no scheduler answers; start one with `mahnwerk scheduler`";
            assert_eq!(
                (said.matches(sentence).count(), said.matches("nobody").count()),
                (1, 0),
                "{words:?}: {said}"
            );
        }
    });
    assert_eq!(shared.events(), before, "nothing was changed");
}
