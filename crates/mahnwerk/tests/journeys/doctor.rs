//! What `doctor` finds: nothing on a sound folder, and each thing that is not right with what to do.

use domain::ids::StreamId;
use event_log::keys::Keyring;
use event_log::postgres::{APPLICATION_ROLE, PgLog};
use event_log::record::Origin;

use crate::folder::{Answer, Folder};

const ROW: &str = "1,claim,D1,C1,Anna,de,,,werke,5.00,CHF,2026-01-01T00:00:00Z,";

/// The lines that are not ok.
fn bad(answer: &Answer) -> Vec<&str> {
    answer.out.lines().filter(|line| line.starts_with("fail") || line.starts_with("warn")).collect()
}

#[test]
fn a_sound_folder_passes_every_check_beside_its_owner_or_without_one() {
    let folder = Folder::new();
    folder.import(&[ROW]).ends(0);
    let answer = folder.run(&["doctor"]).ends(0).says(&[
        "ok    the settings are right",
        "ok    the rulebook is right",
        "ok    the keys are those of the log",
        "ok    the log can be read",
        "write-ahead log",
        "the disk has room for ",
        "0 failed",
    ]);
    assert!(bad(&answer).iter().all(|line| line.contains("the disk")), "{}", answer.out);
    let told = folder.run(&["doctor", "--format", "json"]).ends(0).json();
    assert_eq!((&told["failed"], &told["findings"][0]["level"]), (&0.into(), &"ok".into()));
    folder.must_be_whole();
}

#[test]
fn each_thing_that_is_not_right_fails_with_what_to_do_and_the_rest_is_still_checked() {
    let (folder, other) = (Folder::new(), Folder::new());
    folder.import(&[ROW]).ends(0);
    folder.spoil("scenarios.toml", "tries = 3", "trees = 3");
    std::fs::copy(other.path().join("keys"), folder.path().join("keys")).unwrap();
    let settings = "[listener]\nport = 0\n[sms]\nbase_url = \"http://127.0.0.1:1\"\naccount_sid = \"AC1\"\n\
                    [nats]\nservers = [\"nats://127.0.0.1:1\"]\n";
    std::fs::write(folder.path().join("mahnwerk.toml"), settings).unwrap();
    let answer = folder.run(&["doctor"]).ends(1).says(&[
        "fail  sms.auth_token_file is missing, and with it the SMS provider's token — name a file",
        "fail  the rulebook has 1 problems — run `mahnwerk rulebook check ",
        "fail  the keys are not those of the log — put the right ones there",
        "ok    the log can be read",
        "fail  NATS: ",
        "see that it runs and can be reached from here",
        "4 failed",
    ]);
    assert_eq!(answer.out.lines().filter(|line| line.starts_with("fail")).count(), 4, "{}", answer.out);
    std::fs::remove_file(folder.path().join("keys")).unwrap();
    folder
        .run(&["doctor"])
        .ends(1)
        .says(&["keys is missing, and without the keys nothing", "put the file back"]);
    std::fs::write(folder.path().join("mahnwerk.toml"), "[listener\n").unwrap();
    folder.run(&["doctor"]).ends(1).says(&["mahnwerk.toml is not right: line 1"]);
}

#[expect(clippy::disallowed_methods, reason = "the servers' addresses come by the environment")]
fn told(variable: &str) -> String {
    std::env::var(variable)
        .unwrap_or_else(|_| panic!("this test needs servers: run it through tests/with-servers"))
}

/// A database of the test's own, with a log that was made with the folder's keys.
async fn database(folder: &Folder, name: &str) -> (String, String) {
    let server = told("MAHNWERK_TEST_POSTGRES");
    let (start, _) = server.rsplit_once('/').unwrap();
    let (_, host) = start.split_once('@').unwrap();
    let owner = format!("{start}/{name}");
    PgLog::migrate(&owner, None, APPLICATION_ROLE).await.unwrap();
    let keys = Keyring::read(&folder.path().join("keys")).unwrap();
    let origin = Origin { history: [7; 16], partitions: 2, key_check: keys.check_value([7; 16]) };
    PgLog::create(&owner, None, origin).await.unwrap();
    (owner, format!("postgres://{APPLICATION_ROLE}@{host}/{name}"))
}

/// Runs one of PostgreSQL's programs for databases.
fn at_server(program: &str, name: &str) {
    run_program(program, &["--maintenance-db", &told("MAHNWERK_TEST_POSTGRES"), name]);
}

fn run_program(program: &str, words: &[&str]) {
    let program = std::path::Path::new(&told("MAHNWERK_TEST_POSTGRES_BIN")).join(program);
    let done = std::process::Command::new(program).args(words).stdout(std::process::Stdio::null()).status();
    assert!(done.unwrap().success());
}

/// A name that no other test's database has.
fn fresh_name() -> String {
    let random = StreamId::new(runtime::random_id(&runtime::system::SystemRandom));
    format!("doctor_{}", &random.to_string()[..16])
}

#[test]
fn many_processes_real_servers_are_looked_at_and_left_as_they_are() {
    let folder = Folder::new();
    let name = fresh_name();
    at_server("createdb", &name);
    let threads = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (owner, url) = threads.block_on(database(&folder, &name));
    let nats = told("MAHNWERK_TEST_NATS_NEW");
    let settings = |url: &str| {
        format!(
            "[listener]\nport = 0\n[log]\nstore = \"postgres\"\n[postgres]\nurl = \"{url}\"\n[nats]\nservers = [\"{nats}\"]\n"
        )
    };
    let file = folder.path().join("mahnwerk.toml");
    std::fs::write(&file, settings(&url)).unwrap();
    for _ in 0..2 {
        folder.run(&["doctor"]).ends(0).says(&[
            "has a log of this release's shape",
            "ok    the keys are those of the log",
            "ok    PostgreSQL is of version ",
            "ok    what was answered survives a crash of the server",
            "ok    no standby follows",
            "ok    this machine's clock agrees with the database's",
            "ok    the role can add to the log, and neither change nor delete an event",
            "ok    NATS answers, of version 2.",
            "0 failed",
        ]);
    }
    std::fs::write(&file, settings(&owner)).unwrap();
    folder.run(&["doctor"]).ends(1).says(&["fail  the role is a superuser", "1 failed"]);
    std::fs::write(&file, settings(&format!("{url}_not"))).unwrap();
    folder.run(&["doctor"]).ends(1).says(&["fail  the log: ", "ok    NATS answers"]);
    at_server("dropdb", &name);
}

/// What a server does with commits is best known before there is a log on it (takeover, 6).
#[test]
fn a_server_is_looked_at_before_there_is_a_log_by_whichever_role_reaches_it() {
    let (folder, name) = (Folder::new(), fresh_name());
    at_server("createdb", &name);
    let server = told("MAHNWERK_TEST_POSTGRES");
    let owner = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
    let host = owner.split_once('@').unwrap().1;
    run_program(
        "psql",
        &["-q", "-d", &owner, "-c", &format!("ALTER DATABASE {name} SET synchronous_commit = off")],
    );
    // Neither role is one of Mahnwerk's yet: the first comes with `init`.
    let nobody = format!("postgres://nobody_{name}@{host}");
    for (url, said) in [(&owner, &["mahnwerk init"][..]), (&nobody, &["fail  the log: "])] {
        let settings = format!(
            "[listener]\nport = 0\n[log]\nstore = \"postgres\"\n[postgres]\nurl = \"{url}\"\nowner_url = \"{owner}\"\n"
        );
        std::fs::write(folder.path().join("mahnwerk.toml"), settings).unwrap();
        let answer = folder.run(&["doctor"]).ends(1).says(said);
        answer.says(&[
            "PostgreSQL is of version ",
            "fail  synchronous_commit is off: a crash loses payments",
            "2 failed",
        ]);
    }
    at_server("dropdb", &name);
}
