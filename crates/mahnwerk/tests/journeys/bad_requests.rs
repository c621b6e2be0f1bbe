//! Requests that the listener must not answer as asked: problem details that say what, where, and what would be right.

use serde_json::Value;

use crate::process::Running;
use crate::request::{send, send_as};
use crate::stage::{Stage, on_both_stages};

on_both_stages! {
    each_bad_request_is_refused_with_its_place_and_changes_nothing: Oldest,
}

const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";
/// The listener's own limit, in bytes.
const MAX_BODY: usize = 16 * 1024 * 1024;

#[track_caller]
fn refused(answered: &(u16, Value), status: u16, place: &str) {
    let (found, problem) = answered;
    assert_eq!((*found, problem["where"].as_str()), (status, Some(place)), "{problem}");
    for part in ["detail", "remedy", "title"] {
        assert!(!problem[part].as_str().unwrap().is_empty(), "{problem}");
    }
    assert!(!problem.to_string().contains("secret-word"), "what was sent is not repeated: {problem}");
}

fn each_bad_request_is_refused_with_its_place_and_changes_nothing(stage: Stage) {
    let folder = stage.folder();
    let _providers = Running::providers(&folder);
    let running = Running::mahnwerk(&folder);
    let events = folder.events();
    let post = |path: &str, kind: &str, body: &[u8]| send(&folder, "POST", path, kind, body);
    let get = |path: &str| send(&folder, "GET", path, JSON, b"");

    for token in [None, Some(""), Some("secret-word"), Some(&"0".repeat(64))] {
        refused(&send_as(&folder, token, "GET", "/v1/calls", JSON, b""), 401, "Authorization");
        refused(&send_as(&folder, token, "POST", "/v1/facts", PROTOBUF, b""), 401, "Authorization");
    }
    assert_eq!(send_as(&folder, None, "GET", "/livez", JSON, b"").0, 200);
    refused(&post("/v1/facts", PROTOBUF, &vec![b'x'; MAX_BODY + 1]), 413, "body");
    refused(&post("/v1/facts", PROTOBUF, b"secret-word"), 400, "body");
    refused(&post("/v1/facts", "text/plain", b"{}"), 415, "Content-Type");
    refused(&post("/v1/facts", JSON, b"secret-word"), 400, "body, line 1, column 1");
    refused(&post("/v1/facts?tenant=Secret-Word", JSON, b"{}"), 400, "tenant");
    refused(&post("/v1/holds", JSON, b"{}"), 400, "body, line 1, column 2");
    refused(&post("/v1/calls/take", JSON, b"secret-word"), 400, "body, line 1, column 1");
    refused(&post("/v1/calls/take", JSON, br#"{"agent": "anna"}"#), 400, "body, line 1, column 17");
    refused(&post("/v1/calls/take", JSON, br#"{"agent": "Secret-Word", "count": 1}"#), 400, "agent");
    refused(&post("/v1/calls/open", JSON, br#"{"agent": "anna", "tasks": ["secret-word"]}"#), 400, "task 0");
    refused(&get("/v1/debtors/secret-word"), 400, "query");
    refused(&get("/v1/debtors/secret-word?tenant=gemeinde-musterwil"), 404, "path");
    refused(&get("/v1/secret-word"), 404, "path");
    refused(&get("/v1/facts"), 405, "method");

    assert_eq!(folder.events(), events);
    assert_eq!(running.terminate(), Some(0));
    folder.must_be_whole();
    let log = std::fs::read_to_string(folder.beside("run.log")).unwrap();
    assert!(!log.contains("secret-word"), "{log}");
}
