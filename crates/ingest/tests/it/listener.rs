//! The listener over a real socket.

use contract::codec::{decode_receipts, encode_facts};
use contract::wire::Receipt;
use domain::ids::{EscalationId, StreamId};
use ingest::listener::{Exposure, Listener, MAX_BODY};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::server::{payment, server};
use crate::support::NOBODY;

#[tokio::test]
async fn facts_are_answered_once_they_are_taken() {
    let server = server(true).await;
    let batch = encode_facts(&[payment(1), payment(2), payment(1)]);
    let reply = server.send("POST", "/v1/facts", "application/x-protobuf", &batch, &server.token).await;
    assert_eq!(reply.status, 200, "{}", reply.head);
    assert!(reply.head.contains("cache-control: no-store"));
    let receipts = decode_receipts(&reply.body).unwrap();
    assert_eq!(receipts, [Receipt::Recorded, Receipt::Recorded, Receipt::Duplicate]);
    assert_eq!(server.seen.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn what_can_t_be_taken_is_refused_with_a_problem() {
    let server = server(true).await;
    let protobuf = "application/x-protobuf";
    for (kind, body, status, said) in [
        ("text/plain", b"{}".to_vec(), 415, "another kind"),
        (protobuf, b"not protobuf".to_vec(), 400, "FactBatch"),
        (protobuf, vec![0; MAX_BODY + 1], 413, "too large"),
    ] {
        let reply = server.send("POST", "/v1/facts", kind, &body, &server.token).await;
        assert_eq!(reply.status, status);
        assert!(reply.problem().contains(said), "{}", reply.problem());
    }
    let many: Vec<_> = (0..10_001).map(|_| payment(1)).collect();
    let reply = server.send("POST", "/v1/facts", protobuf, &encode_facts(&many), &server.token).await;
    assert!((400..=413).contains(&reply.status));
    assert!(reply.problem().contains("10001"), "{}", reply.problem());
    assert_eq!(server.seen.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn nothing_but_liveness_is_answered_without_the_token() {
    let server = server(true).await;
    let wrong = "0".repeat(64);
    for (method, path) in
        [("GET", "/v1/calls"), ("POST", "/v1/facts"), ("GET", "/v1/debtors/x"), ("GET", "/nowhere")]
    {
        let reply = server.send(method, path, "text/plain", b"", &wrong).await;
        assert_eq!(reply.status, 401, "{path}");
        assert!(reply.problem().contains("token"));
    }
    let none = server.raw(b"GET /v1/calls HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_vec()).await;
    assert_eq!(none.status, 401);
    let alive = server.raw(b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_vec()).await;
    assert_eq!((alive.status, alive.body.as_slice()), (200, &b"alive\n"[..]));
}

#[tokio::test]
async fn other_paths_and_methods_are_named() {
    let server = server(true).await;
    assert!(server.get("/v1/call").await.problem().contains("nothing at this path"));
    let reply = server.get("/v1/facts").await;
    assert_eq!(reply.status, 405);
    assert!(reply.problem().contains("no such method"));
}

#[tokio::test]
async fn a_debtor_is_shown_by_tenant_and_reference() {
    let server = server(true).await;
    let reply = server.get("/v1/debtors/A%2F1%20%C3%BC?tenant=stadt").await;
    assert_eq!(reply.json(), json!({ "tenant": "stadt", "name": "Anna" }));
    assert!(reply.head.contains("cache-control: no-store"));
    let slash = server.get("/v1/debtors/A/1%20%C3%BC?tenant=stadt").await;
    assert_eq!(slash.status, 200);
    for (path, status) in [
        ("/v1/debtors/nobody?tenant=stadt", 404),
        ("/v1/debtors/broken?tenant=stadt", 503),
        ("/v1/debtors/x", 400),
        ("/v1/debtors/x?tenant=Stadt%20X", 400),
        ("/v1/debtors/x?tenant=a&more=b", 400),
    ] {
        let reply = server.get(path).await;
        assert_eq!(reply.status, status, "{path}");
        assert!(!reply.problem().contains("nobody"));
    }
}

#[tokio::test]
async fn the_call_list_is_worked_over_json() {
    let server = server(true).await;
    assert_eq!(server.get("/v1/calls?state=waiting&tenant=stadt&limit=5").await.json(), json!([]));
    assert_eq!(server.post("/v1/calls/take", &json!({"agent": "anna", "count": 3})).await.json(), json!([]));
    let shift = server.post("/v1/calls/shift", &json!({"agent": "anna", "seconds": 60})).await;
    assert_eq!(shift.status, 204);
    let task = EscalationId { stream: StreamId::new([9; 16]), number: 1 }.to_string();
    let calls = [
        ("open", json!({"agent": "anna", "tasks": [task]})),
        ("return", json!({"agent": "anna", "tasks": [task]})),
        ("done", json!({"agent": "anna", "calls": [{"task": task, "reach": "no_answer", "note": "n"}]})),
    ];
    for (path, body) in calls {
        let reply = server.post(&format!("/v1/calls/{path}"), &body).await;
        assert_eq!(reply.status, 200, "{path}");
        let each = reply.json();
        assert_eq!(each[0]["task"], task.as_str());
        assert!([404, 409].contains(&each[0]["problem"]["status"].as_u64().unwrap()), "{each}");
    }
}

#[tokio::test]
async fn a_wrong_request_about_calls_says_where_and_repeats_nothing() {
    let server = server(true).await;
    for (path, body, status) in [
        ("take", "{", 400),
        ("take", r#"{"agent": "anna"}"#, 400),
        ("take", r#"{"agent": "anna", "count": 1, "mood": "secret"}"#, 400),
        ("take", r#"{"agent": "Anna Secret", "count": 1}"#, 400),
        ("open", r#"{"agent": "anna", "tasks": ["secret"]}"#, 400),
        ("done", r#"{"agent": "anna", "calls": [{"task": "x", "reach": "secret"}]}"#, 400),
        ("shift", r#"{"agent": "anna", "seconds": 86401}"#, 400),
    ] {
        let path = format!("/v1/calls/{path}");
        let reply = server.send("POST", &path, "application/json", body.as_bytes(), &server.token).await;
        assert_eq!(reply.status, status, "{body}");
        assert!(
            !reply.problem().is_empty() && !String::from_utf8_lossy(&reply.body).contains("ecret"),
            "{body}"
        );
    }
    let many: Vec<String> =
        vec![EscalationId { stream: StreamId::new([9; 16]), number: 1 }.to_string(); 1001];
    assert_eq!(server.post("/v1/calls/open", &json!({"agent": "anna", "tasks": many})).await.status, 413);
    assert_eq!(server.get("/v1/calls?state=asleep").await.status, 400);
}

#[tokio::test]
async fn a_process_without_a_call_list_says_so() {
    let server = server(false).await;
    assert!(server.get("/v1/calls").await.problem().contains("no call list"));
    assert!(server.get("/v1/debtors/x?tenant=t").await.problem().contains("shows no debtors"));
}

#[tokio::test]
async fn only_loopback_and_a_free_port_are_listened_on() {
    let open =
        Listener::bind("0.0.0.0:0".parse().unwrap(), Exposure::Loopback).await.err().unwrap().to_string();
    assert!(open.contains("no loopback address"), "{open}");
    let first = Listener::bind("127.0.0.1:0".parse().unwrap(), Exposure::Loopback).await.unwrap();
    let second = Listener::bind(first.address(), Exposure::Loopback).await.err().unwrap().to_string();
    assert!(second.contains("choose another port"), "{second}");
}

#[tokio::test]
async fn a_request_under_way_is_finished_when_the_listener_stops() {
    let mut server = server(true).await;
    let body = encode_facts(&[payment(1)]);
    let head = format!(
        "POST /v1/facts HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/x-protobuf\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        server.token,
        body.len()
    );
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut go_on = [0; 25];
    // The request is being read now.
    stream.read_exact(&mut go_on).await.unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    server.stop.take().unwrap().send(()).unwrap();
    stream.write_all(&body).await.unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.unwrap();
    assert!(reply.starts_with("HTTP/1.1 200"), "{reply}");
    assert_eq!(server.seen.lock().unwrap().len(), 1);
    server.served.await.unwrap();
    assert!(TcpStream::connect(server.address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn outcomes_are_acknowledged_once_they_are_in_the_log_and_bad_ones_are_placed() {
    let server = server(true).await;
    let id = EscalationId { stream: StreamId::new([7; 16]), number: 3 }.to_string();
    let body = json!([
        { "escalation": id, "outcome": "delivered", "at_ms": 1_772_427_600_000_i64 },
        { "escalation": id, "outcome": "replied", "text": "Ich rufe morgen an." },
        { "escalation": EscalationId { stream: NOBODY, number: 1 }.to_string(), "outcome": "delivered" },
    ]);
    let reply = server.post("/v1/outcomes", &body).await;
    let expected = json!({ "outcomes": ["recorded", "recorded", "unknown"] });
    assert_eq!((reply.status, reply.json()), (200, expected));
    assert_eq!(*server.batches.lock().unwrap(), [3]);
    for (bad, place) in [
        (json!([{ "escalation": "7", "outcome": "read" }]), "outcome 0, escalation"),
        (json!([{ "escalation": id, "outcome": "read", "at_ms": i64::MAX }]), "outcome 0, at_ms"),
        (json!([{ "escalation": id, "outcome": "read", "text": "x".repeat(4_001) }]), "outcome 0, text"),
        (json!([{ "escalation": id, "outcome": "called" }]), "body, line 1"),
        (json!({ "escalation": id }), "body, line 1"),
    ] {
        let reply = server.post("/v1/outcomes", &bad).await;
        assert_eq!(reply.status, 400, "{bad}");
        assert!(reply.json()["where"].as_str().unwrap().starts_with(place), "{}", reply.json());
        assert!(!reply.problem().is_empty());
    }
    assert_eq!(server.batches.lock().unwrap().len(), 1, "what is refused goes nowhere");
}
