//! What is not as it should be: each ends with a sentence that says what to do, and changes nothing.

use std::os::unix::fs::PermissionsExt;

use crate::folder::Folder;
use crate::servers::Version;

#[test]
fn a_role_that_can_not_work_says_what_to_do() {
    let file = Folder::new();
    let role = |folder: &Folder, words: &[&str]| folder.run(words).ends(3);
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
    role(&shared, &["run"]).says(&["mahnwerk scheduler"]);
    let broker = shared.servers.as_ref().unwrap().broker.url();
    set(&format!("servers = [\"{broker}\"]"), "servers = []");
    role(&shared, &["scheduler"]).says(&["[nats] servers is empty", "nats://127.0.0.1:4222"]);
    set(&broker, "nats://127.0.0.1:1");
    role(&shared, &["scheduler"]).says(&["the broker at nats://127.0.0.1:1"]);
    let url = shared.servers.as_ref().unwrap().database.url("mahnwerk_app");
    set(&url, "postgres://mahnwerk_app@127.0.0.1:1/nowhere");
    role(&shared, &["scheduler"]).says(&["127.0.0.1:1"]);
    role(&shared, &["ingest"]).says(&["127.0.0.1:1"]);
    let name = url.rsplit('/').next().unwrap();
    set(name, "nowhere");
    role(&shared, &["scheduler"]).says(&["nowhere"]);
    std::fs::write(&settings, &right).unwrap();

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
    let publish =
        shared.run(&["publish", "--fact", r#"{"id": "1", "kind": "cease_requested", "debtor": "K"}"#]);
    publish.ends(3).says(&["nobody listens for stops; start the role that does"]);
    assert_eq!(shared.events(), 0, "nothing was changed");
}
