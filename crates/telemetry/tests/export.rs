//! Spans really reach a collector: a small one that speaks HTTP/2 and keeps the bytes that it was sent.
//!
//! Installing is for the whole process, so each test file may do it in one test only.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and its collector needs a task of its own"
)]

use std::net::SocketAddr;

use telemetry::trace_context::{TraceContext, adopt, current};
use telemetry::{Config, Otlp, TelemetryError, install};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// Answers every export with success and hands its body on.
async fn collector() -> (SocketAddr, mpsc::Receiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (kept, bodies) = mpsc::channel(8);
    tokio::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        let mut connection = h2::server::handshake(socket).await.unwrap();
        while let Some(Ok((request, respond))) = connection.accept().await {
            tokio::spawn(answer(request, respond, kept.clone()));
        }
    });
    (address, bodies)
}

async fn answer(
    request: http::Request<h2::RecvStream>,
    mut respond: h2::server::SendResponse<bytes::Bytes>,
    kept: mpsc::Sender<Vec<u8>>,
) {
    let mut body = request.into_body();
    let mut bytes = Vec::new();
    while let Some(chunk) = body.data().await {
        let chunk = chunk.unwrap();
        body.flow_control().release_capacity(chunk.len()).unwrap();
        bytes.extend_from_slice(&chunk);
    }
    kept.send(bytes).await.unwrap();
    let head = http::Response::builder().header("content-type", "application/grpc").body(()).unwrap();
    let mut stream = respond.send_response(head, false).unwrap();
    let empty_message = bytes::Bytes::from_static(&[0; 5]);
    stream.send_data(empty_message, false).unwrap();
    let trailers = http::HeaderMap::from_iter([(
        http::HeaderName::from_static("grpc-status"),
        http::HeaderValue::from_static("0"),
    )]);
    stream.send_trailers(trailers).unwrap();
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropping_the_guard_delivers_the_spans_with_the_adopted_trace() {
    let (address, mut bodies) = collector().await;
    let config = Config { otlp: Some(Otlp::at(&format!("http://{address}"))), ..Config::default() };
    let guard = install(&config).unwrap();
    assert_eq!(install(&Config::default()).map(drop), Err(TelemetryError::AlreadyInstalled));

    let upstream: TraceContext = Some(([0xab; 16], [0xcd; 8], 1));
    let span = tracing::info_span!("decide_batch", partition.number = 3);
    adopt(&span, upstream);
    let within = span.in_scope(current).unwrap();
    drop(span);
    drop(guard);

    assert_eq!(within.0, [0xab; 16], "the child is in its parent's trace");
    assert_ne!(within.1, [0xcd; 8], "and is a span of its own");
    let body = bodies.recv().await.unwrap();
    for part in [&b"decide_batch"[..], b"partition.number", b"mahnwerk", &[0xab; 16], &[0xcd; 8], &within.1] {
        assert!(holds(&body, part), "the export lacks {part:?}");
    }
}
