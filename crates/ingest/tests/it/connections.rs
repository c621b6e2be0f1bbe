//! Connections that send too much, too slowly, or nothing: each meets a limit, and the others are served.

use std::time::Duration;

use contract::codec::encode_facts;
use ingest::listener::{Limits, Role};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::doors::token;
use crate::server::{Reply, Server, Setup, payment, serve};

const SHORT: Duration = Duration::from_millis(30);
const LONG: Duration = Duration::from_secs(3600);
const ALIVE: &[u8] = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n";

/// Nothing is too slow, unless a test says so.
const PATIENT: Limits = Limits {
    connections: 64,
    requests: 64,
    head_bytes: 16 * 1024,
    head_fields: 64,
    head_time: LONG,
    idle_time: LONG,
    body_pause: LONG,
    answer_pause: LONG,
    answer_time: LONG,
    request_time: LONG,
    drain_time: LONG,
};

async fn limited(limits: Limits) -> Server {
    serve(Setup { limits, ..Setup::default() }).await
}

impl Server {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// A connection that has been served and stays open.
    async fn kept(&self) -> TcpStream {
        let mut stream = self.connect().await;
        ask(&mut stream, ALIVE).await;
        stream
    }

    /// Whether a figure has this line.
    async fn counts(&self, line: &str) -> bool {
        let reply = self.raw(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_vec()).await;
        let text = String::from_utf8(reply.body).unwrap();
        text.lines().any(|found| found == line)
    }

    fn facts(&self, length: &str) -> Vec<u8> {
        let head = format!(
            "POST /v1/facts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/x-protobuf\r\n{length}\r\n\r\n",
            self.token
        );
        head.into_bytes()
    }
}

/// One request on a connection that stays open, and that it was answered.
async fn ask(stream: &mut TcpStream, request: &[u8]) {
    stream.write_all(request).await.unwrap();
    let mut reply = Vec::new();
    while !reply.ends_with(b"alive\n") {
        assert_ne!(stream.read_buf(&mut reply).await.unwrap(), 0, "{}", String::from_utf8_lossy(&reply));
    }
    assert!(reply.starts_with(b"HTTP/1.1 200"));
}

/// What comes until the other side closes; a reset ends it too.
async fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut rest = Vec::new();
    let _reset = stream.read_to_end(&mut rest).await;
    rest
}

#[tokio::test]
async fn no_more_connections_are_open_than_the_limit_says() {
    let server = limited(Limits { connections: 4, ..PATIENT }).await;
    let mut kept = Vec::new();
    for _ in 0..4 {
        kept.push(server.kept().await);
    }
    for n in 0..200 {
        let told = rest(&mut server.connect().await).await;
        assert!(told.starts_with(b"HTTP/1.1 503") && told.ends_with(b"shortly\n"), "{n}: {told:?}");
        let length = told.windows(4).position(|four| four == b"\r\n\r\n").map(|end| told.len() - end - 4);
        assert!(String::from_utf8_lossy(&told).contains(&format!("Content-Length: {}", length.unwrap())));
    }
    let mut first = kept.remove(0);
    first.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    let figures = String::from_utf8(Reply::read(&rest(&mut first).await).body).unwrap();
    assert!(figures.contains("mahnwerk_http_connections_open 4\n"), "{figures}");
    assert!(figures.contains("mahnwerk_http_connections_refused_total 200\n"), "{figures}");
    // Its place is free again, and the others were not disturbed.
    let mut served = false;
    for _ in 0..10_000 {
        let mut next = server.connect().await;
        let _refused_already = next.write_all(b"GET /livez HTTP/1.0\r\n\r\n").await;
        served = rest(&mut next).await.ends_with(b"alive\n");
        if served {
            break;
        }
    }
    assert!(served);
    for stream in &mut kept {
        ask(stream, ALIVE).await;
    }
}

#[tokio::test]
async fn a_head_that_is_too_long_is_refused_before_it_ends() {
    let server = limited(PATIENT).await;
    let long = [b"GET /livez HTTP/1.1\r\nX: ".to_vec(), vec![b'a'; 17 * 1024]].concat();
    let many = format!("GET /livez HTTP/1.1\r\n{}", "X: a\r\n".repeat(65)).into_bytes();
    let path = format!("GET /{} HTTP/1.1\r\n", "a".repeat(70_000)).into_bytes();
    for (head, ended) in [(long, false), (many, true), (path, false)] {
        let mut stream = server.connect().await;
        stream.write_all(&head).await.unwrap();
        if ended {
            stream.write_all(b"\r\n").await.unwrap();
        }
        let told = String::from_utf8(rest(&mut stream).await).unwrap();
        assert!(told.starts_with("HTTP/1.1 431") || told.starts_with("HTTP/1.1 414"), "{told}");
    }
}

#[tokio::test]
async fn a_head_that_never_ends_and_a_connection_that_says_nothing_are_closed() {
    let server = limited(Limits { head_time: SHORT, ..PATIENT }).await;
    let timed_out = r#"mahnwerk_http_connections_timed_out_total{reason="head"}"#;
    let mut silent = server.connect().await;
    assert_eq!(rest(&mut silent).await, b"");
    let mut slow = server.connect().await;
    slow.write_all(b"GET /livez HTTP/1.1\r\nX: ").await.unwrap();
    assert_eq!(rest(&mut slow).await, b"");
    // The second head of a connection has no more time than the first, though it may be idle for long before it.
    let mut second = server.kept().await;
    second.write_all(b"G").await.unwrap();
    assert_eq!(rest(&mut second).await, b"");
    assert!(server.counts(&format!("{timed_out} 3")).await);
}

#[tokio::test]
async fn a_head_that_comes_byte_by_byte_gains_no_time() {
    let server = limited(Limits { head_time: SHORT, ..PATIENT }).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET /livez HTTP/1.1\r\nX: ").await.unwrap();
    let (mut reader, mut writer) = stream.split();
    let trickle = async {
        // As fast as it is taken, which is far below the limit on the head's length until it is closed.
        while writer.write_all(b"a").await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    let mut told = Vec::new();
    tokio::select! {
        read = reader.read_to_end(&mut told) => drop(read),
        () = trickle => {}
    }
    assert!(!told.starts_with(b"HTTP/1.1 200"));
}

#[tokio::test]
async fn an_idle_connection_is_closed_and_no_complaint() {
    let server = limited(Limits { idle_time: SHORT, ..PATIENT }).await;
    let mut kept = server.kept().await;
    assert_eq!(rest(&mut kept).await, b"");
    assert!(!server.counts(r#"mahnwerk_http_connections_timed_out_total{reason="head"} 1"#).await);
}

#[tokio::test]
async fn a_body_that_claims_a_gigabyte_or_has_no_end_is_refused() {
    let server = limited(PATIENT).await;
    let mut stream = server.connect().await;
    stream.write_all(&server.facts("Content-Length: 1000000000")).await.unwrap();
    let told = Reply::read(&rest(&mut stream).await);
    assert_eq!((told.status, told.problem().as_str()), (413, "the body is too large"));

    let mut stream = server.connect().await;
    stream.write_all(&server.facts("Transfer-Encoding: chunked")).await.unwrap();
    let (mut reader, mut writer) = stream.split();
    let chunk = [b"100000\r\n".to_vec(), vec![0; 1 << 20], b"\r\n".to_vec()].concat();
    let endless = async { while writer.write_all(&chunk).await.is_ok() {} };
    let mut told = Vec::new();
    // Whether the answer arrives before the reset that follows it is up to the system.
    tokio::join!(endless, async { drop(reader.read_to_end(&mut told).await) });
    assert!(told.is_empty() || Reply::read(&told).status == 413);
    assert!(server.counts(r#"mahnwerk_http_bodies_refused_total{reason="too_large"} 2"#).await);
    assert!(server.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_length_that_lies_is_found_out() {
    let server = limited(Limits { body_pause: SHORT, ..PATIENT }).await;
    let body = encode_facts(&[payment(1)]);
    let longer = server.facts(&format!("Content-Length: {}", body.len() + 1));
    let mut stalled = server.connect().await;
    stalled.write_all(&[longer.clone(), body.clone()].concat()).await.unwrap();
    let told = Reply::read(&rest(&mut stalled).await);
    assert_eq!((told.status, told.problem().as_str()), (408, "nothing more came of the body"));

    let server = limited(PATIENT).await;
    let longer = server.facts(&format!("Content-Length: {}", body.len() + 1));
    let mut cut = server.connect().await;
    cut.write_all(&[longer, body.clone()].concat()).await.unwrap();
    cut.shutdown().await.unwrap();
    let told = rest(&mut cut).await;
    assert!(told.is_empty() || Reply::read(&told).status == 400, "{}", String::from_utf8_lossy(&told));
    assert!(server.seen.lock().unwrap().is_empty());

    // What is over the length is no part of the request, and no request either.
    let shorter = server.facts(&format!("Content-Length: {}", body.len()));
    let mut over = server.connect().await;
    over.write_all(&[shorter, body, b"\x01\x02 what is this\r\n\r\n".to_vec()].concat()).await.unwrap();
    let told = String::from_utf8_lossy(&rest(&mut over).await).into_owned();
    assert!(told.starts_with("HTTP/1.1 200") && told.contains("HTTP/1.1 400"), "{told}");
    assert_eq!(server.seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_body_without_a_token_is_not_read() {
    let server = limited(PATIENT).await;
    let mut stream = server.connect().await;
    let head = b"POST /v1/facts HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n";
    stream.write_all(head).await.unwrap();
    // Not a byte of the body was sent, and nobody waits for it.
    assert_eq!(Reply::read(&rest(&mut stream).await).status, 401);
}

#[tokio::test]
async fn who_takes_no_answer_is_let_go() {
    let (paused, drawn_out) =
        (Limits { answer_pause: SHORT, ..PATIENT }, Limits { answer_time: SHORT, ..PATIENT });
    for limits in [paused, drawn_out] {
        let server = limited(limits).await;
        let mut stream = server.connect().await;
        let asked = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n".repeat(100);
        // The answers fill whatever the system keeps for both sides, and then the listener has waited long enough.
        while stream.write_all(&asked).await.is_ok() {}
        assert!(server.counts(r#"mahnwerk_http_connections_timed_out_total{reason="answer"} 1"#).await);
    }
}

#[tokio::test]
async fn a_request_has_its_time_and_no_more() {
    let server = limited(Limits { request_time: SHORT, ..PATIENT }).await;
    let reply = server.get("/v1/calls?wait_s=30").await;
    assert_eq!((reply.status, reply.problem().as_str()), (504, "the request took too long and was given up"));
}

#[tokio::test]
async fn only_so_many_requests_are_under_way_at_once() {
    let server = limited(Limits { requests: 1, ..PATIENT }).await;
    let mut first = server.connect().await;
    let waits = format!(
        "GET /v1/calls?wait_s=30 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n",
        server.token
    );
    first.write_all(waits.as_bytes()).await.unwrap();
    let mut status = 200;
    for _ in 0..10_000 {
        status = server.get("/v1/calls").await.status;
        if status == 503 {
            break;
        }
    }
    assert_eq!(status, 503);
    assert_eq!(
        server.raw(b"GET /livez HTTP/1.0\r\n\r\n".to_vec()).await.status,
        200,
        "probes are not held up"
    );
}

#[tokio::test]
async fn who_dawdles_with_facts_or_waits_for_calls_keeps_nobody_from_stopping() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokens.toml");
    let limits = Limits { requests: 1, ..PATIENT };
    let server = serve(Setup { limits, tokens: Some(file.clone()), ..Setup::default() }).await;
    let (upstream, agent) = (token(&file, Role::Upstream, &[]), token(&file, Role::Agent, &[]));
    let mut dawdling = Vec::new();
    for (path, token) in [("/v1/facts", &upstream), ("/v1/calls/take", &agent)] {
        let mut stream = server.connect().await;
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
             Content-Length: 1000\r\nExpect: 100-continue\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        // It has its place, and waits for its body now.
        let mut go_on = [0; 25];
        stream.read_exact(&mut go_on).await.unwrap();
        dawdling.push(stream);
    }
    let pause = br#"{"reason": "x"}"#;
    let hold = br#"{"tenant": "stadt", "debtor": "K-1", "cause": "dispute", "reason": "x"}"#;
    for (path, body, token, full) in [
        ("/v1/facts", b"[]".as_slice(), &upstream, true),
        ("/v1/calls/take", b"{}", &agent, true),
        ("/v1/facts", b"[]", &server.token, false),
        ("/v1/pauses", pause, &server.token, false),
        ("/v1/holds", hold, &server.token, false),
        ("/v1/holds", hold, &agent, false),
        // Who may not do it at all hears that, and takes no place.
        ("/v1/pauses", pause, &agent, false),
    ] {
        let status = server.send("POST", path, "application/json", body, token).await.status;
        assert_eq!(status == 503, full, "{path} {status}");
    }
}

#[tokio::test]
async fn stopping_closes_what_is_idle_and_waits_for_the_rest_no_longer_than_told() {
    let mut server = limited(Limits { drain_time: SHORT, ..PATIENT }).await;
    let mut idle = server.kept().await;
    let mut hung = server.connect().await;
    hung.write_all(&server.facts("Content-Length: 5\r\nExpect: 100-continue")).await.unwrap();
    let mut go_on = [0; 25];
    hung.read_exact(&mut go_on).await.unwrap();
    server.stop.take().unwrap().send(()).unwrap();
    assert_eq!(rest(&mut idle).await, b"");
    server.served.await.unwrap();
    assert_eq!(rest(&mut hung).await, b"");
}
