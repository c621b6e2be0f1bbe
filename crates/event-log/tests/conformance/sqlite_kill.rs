//! SQLite: a process that is killed while it appends.
//!
//! The test starts its own program a second time, as the process to be killed; an environment variable tells it so.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use domain::ids::{InputId, Position, StreamId};
use event_log::record::{Append, InputKey};
use event_log::sqlite::{Options, SqliteLog};
use event_log::store::EventLog;

use crate::fixture::{DECIDER, ORIGIN, append, event, first_broken};

const ROLE: &str = "EVENT_LOG_TEST_APPENDS_TO";
const NAME: &str = "sqlite_kill::what_was_acknowledged_survives_a_kill";
const ROUNDS: u64 = 6;

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the variable tells the two roles of this test apart")]
async fn what_was_acknowledged_survives_a_kill() {
    match std::env::var_os(ROLE) {
        Some(path) => append_until_killed(Path::new(&path)).await,
        None => kill_and_look().await,
    }
}

async fn append_until_killed(path: &Path) {
    let log = SqliteLog::open(path, Options::new(DECIDER)).await.unwrap();
    let lease = log.lease(0).await.unwrap();
    let mut head = lease.head;
    loop {
        let events = (1..=40).map(|n| {
            let mut each = event(1, 1, None);
            each.stream = StreamId::new((head.position.0 + n).to_be_bytes().repeat(2).try_into().unwrap());
            each
        });
        let events: Vec<_> = events.collect();
        let keys = events.iter().map(|e| InputKey { key: InputId::new(e.stream.bytes()), content: [0; 16] });
        let batch = Append { input_keys: keys.collect(), ..append(&lease, head, events.clone()) };
        head = log.append(&batch).await.unwrap();
        // The acknowledgement: whoever reads this line counts on it.
        eprintln!("acknowledged {}", head.position.0);
    }
}

async fn kill_and_look() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    drop(SqliteLog::create(&path, ORIGIN, Options::new(DECIDER)).await.unwrap());
    let mut last = 0;
    for round in 0..ROUNDS {
        let acknowledged = run_and_kill(&path, 3 + round * 2);
        assert!(acknowledged > last);
        let log = SqliteLog::open(&path, Options::new(DECIDER)).await.unwrap();
        let head = log.head(0).await.unwrap();
        // The append that the kill met may be there, whole, or not.
        let ends = [acknowledged, acknowledged + 40];
        assert!(ends.contains(&head.position.0), "{acknowledged} acknowledged, {} there", head.position.0);
        assert_eq!(first_broken(&log, 0).await, None);
        last = head.position.0;
    }
    let log = SqliteLog::open(&path, Options::new(DECIDER)).await.unwrap();
    for row in log.read(0, Position(0), u32::MAX).await.unwrap() {
        let key = InputId::new(row.event.stream.bytes());
        assert_eq!(log.known_inputs(0, &[key]).await.unwrap().len(), 1, "{}", row.position.0);
    }
    assert_eq!(log.lease(0).await.unwrap().epoch, ROUNDS + 1);
}

/// Lets the child acknowledge that many appends, kills it, and gives the last position that it acknowledged.
fn run_and_kill(path: &Path, appends: u64) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([NAME, "--exact", "--nocapture"])
        .env(ROLE, path)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut last = 0;
    let take = |line: std::io::Result<String>| {
        let line = line.unwrap();
        let at = line.strip_prefix("acknowledged ").unwrap_or_else(|| panic!("the child says: {line}"));
        at.parse::<u64>().unwrap()
    };
    for _ in 0..appends {
        last = take(lines.next().unwrap());
    }
    child.kill().unwrap();
    // What it still said before the kill counts as well; a line that was cut off does not.
    for line in lines.map_while(Result::ok) {
        last = line.strip_prefix("acknowledged ").and_then(|at| at.parse().ok()).unwrap_or(last);
    }
    child.wait().unwrap();
    last
}
