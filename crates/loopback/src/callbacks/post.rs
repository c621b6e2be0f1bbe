//! One POST over a connection of its own. Of the answer only the status is read: the other side is not trusted.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use runtime::clock::Clock;
use tokio::net::TcpStream;

use super::target::Target;

/// How long one POST may take, as long as Twilio waits.
const TIMEOUT: Duration = Duration::from_secs(15);

/// A signed callback.
#[derive(Clone)]
pub(crate) struct Letter {
    pub(super) url: String,
    pub(super) content_type: &'static str,
    /// The header with the signature.
    pub(super) signature: (&'static str, String),
    pub(super) body: Vec<u8>,
}

/// The status that it was answered with, or why it was not.
pub(super) async fn post(
    letter: &Letter,
    via: Option<SocketAddr>,
    clock: &dyn Clock,
) -> Result<u16, &'static str> {
    let target = Target::of(&letter.url, via)?;
    tokio::select! {
        biased;
        answered = exchange(letter, &target) => answered,
        () = clock.sleep(TIMEOUT) => Err("no answer in time"),
    }
}

async fn exchange(letter: &Letter, target: &Target) -> Result<u16, &'static str> {
    let stream = TcpStream::connect(target.socket).await.map_err(|_| "no connection")?;
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|_| "no connection")?;
    let (name, value) = &letter.signature;
    let request = hyper::Request::post(&target.path)
        .header("host", &target.host)
        .header("content-type", letter.content_type)
        .header(*name, value)
        .header("connection", "close")
        .body(Full::new(Bytes::from(letter.body.clone())))
        .map_err(|_| "no request could be made of it")?;
    let answered = async { sender.send_request(request).await.map(|response| response.status().as_u16()) };
    // The connection works only while it is polled; if it ends early, the request hears of it.
    let working = async {
        let _the_request_hears_of_it = connection.await;
        std::future::pending::<()>().await;
    };
    tokio::select! {
        biased;
        status = answered => status.map_err(|_| "no answer"),
        () = working => Err("no answer"),
    }
}
