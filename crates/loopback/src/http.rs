//! HTTP/1.1 with keep-alive for the two messaging APIs and the control endpoint.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use runtime::BoxFuture;
use serde_json::json;
use tokio::net::TcpStream;

use crate::answer::{Answer, Request};
use crate::desk::Desk;

/// Largest body that is read, in bytes.
const MAX_BODY_BYTES: usize = 256 * 1024;
/// Longest that a request is left without an answer: a client that waits longer than this waits for ever.
const HANG: Duration = Duration::from_secs(600);

/// One API.
pub(crate) trait Api: Send + Sync + 'static {
    /// Answers one request.
    fn answer<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Answer>;
}

/// Serves one connection until the client closes it.
pub(crate) async fn serve(stream: TcpStream, api: Arc<dyn Api>, desk: Arc<Desk>) {
    let service = service_fn(move |request| respond(request, Arc::clone(&api), Arc::clone(&desk)));
    let connection = hyper::server::conn::http1::Builder::new()
        .keep_alive(true)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        tracing::debug!(http.closed = error.is_closed(), "a connection ended early");
    }
}

/// The connection is closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("closed as told")]
struct Closed;

type Response = hyper::Response<Full<Bytes>>;

async fn respond(
    request: hyper::Request<Incoming>,
    api: Arc<dyn Api>,
    desk: Arc<Desk>,
) -> Result<Response, Closed> {
    let Some(request) = read(request).await else {
        return Ok(response(413, None, &json!({ "message": "the body could not be read or is too large" })));
    };
    match api.answer(&request).await {
        Answer::Reply { status, retry_after_s, body } => Ok(response(status, retry_after_s, &body)),
        Answer::Hang => {
            desk.pause(HANG).await;
            Err(Closed)
        }
        Answer::Drop => Err(Closed),
    }
}

async fn read(request: hyper::Request<Incoming>) -> Option<Request> {
    let (head, body) = request.into_parts();
    let collected = Limited::new(body, MAX_BODY_BYTES).collect().await.ok()?;
    let headers = head.headers.iter();
    let headers =
        headers.filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())));
    Some(Request {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        headers: headers.collect(),
        body: collected.to_bytes().to_vec(),
    })
}

fn response(status: u16, retry_after_s: Option<u32>, body: &serde_json::Value) -> Response {
    let mut response = hyper::Response::new(Full::new(Bytes::from(body.to_string())));
    // The statuses are written in this crate; one that is none would show as 500.
    *response.status_mut() =
        hyper::StatusCode::from_u16(status).unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert("content-type", hyper::header::HeaderValue::from_static("application/json"));
    if let Some(seconds) = retry_after_s {
        headers.insert("retry-after", hyper::header::HeaderValue::from(seconds));
    }
    response
}
