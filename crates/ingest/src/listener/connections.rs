//! The loop that takes connections, one task for each, and the way it ends: no more are taken, and those that are open
//! finish what is under way.
//!
//! **Invariant:** no more connections are open than the limit says, and none waits in a queue of ours.

use std::future::Future;
use std::io::Write;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use runtime::Runtime;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::body::PromptBody;
use super::limits::{BUFFER, Limits};
use super::pace::{HeadTimer, Pace};
use super::stream::WatchedStream;
use crate::figures::Figures;

/// How long to wait after a connection could not be taken, when the system is out of something.
const BREATH: Duration = Duration::from_millis(100);

/// What a connection that is one too many is told.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\n\
    Content-Type: text/plain\r\nContent-Length: 49\r\n\r\ntoo many connections are open; come back shortly\n";

/// What every connection shares.
#[derive(Clone)]
pub(super) struct Connections {
    pub(super) runtime: Runtime,
    pub(super) limits: Limits,
    pub(super) figures: Figures,
    pub(super) app: Router,
}

/// How far the end has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ending {
    /// It has not begun.
    Not,
    /// What is under way may go on.
    Drain,
    /// Its time is over.
    Over,
}

/// A connection's place among those that are open; dropping it gives the place back.
struct Place {
    figures: Figures,
    _one: OwnedSemaphorePermit,
}

impl Place {
    fn new(figures: &Figures, one: OwnedSemaphorePermit) -> Self {
        figures.connections_open.up();
        Self { figures: figures.clone(), _one: one }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.figures.connections_open.down();
    }
}

impl Connections {
    /// Takes connections until `stop` resolves, then drains them.
    pub(super) async fn serve(self, socket: TcpListener, stop: impl Future<Output = ()>) {
        let places = Arc::new(Semaphore::new(usize::try_from(self.limits.connections).unwrap_or(usize::MAX)));
        let (ending, _) = watch::channel(Ending::Not);
        let mut stop = pin!(stop);
        loop {
            tokio::select! {
                biased;
                () = &mut stop => break,
                taken = socket.accept() => match taken {
                    Ok((stream, _)) => self.take(stream, &places, &ending),
                    Err(error) => self.breathe(&error).await,
                },
            }
        }
        drop(socket);
        ending.send_replace(Ending::Drain);
        tokio::select! {
            biased;
            // All places are free again; the semaphore is never closed.
            _all = places.acquire_many(self.limits.connections) => {}
            () = self.runtime.clock.sleep(self.limits.drain_time) => {}
        }
        ending.send_replace(Ending::Over);
    }

    fn take(&self, stream: TcpStream, places: &Arc<Semaphore>, ending: &watch::Sender<Ending>) {
        let Ok(one) = Arc::clone(places).try_acquire_owned() else {
            self.figures.connection_refused();
            refuse(stream);
            return;
        };
        let place = Place::new(&self.figures, one);
        let (connections, ending) = (self.clone(), ending.subscribe());
        self.runtime.tasks.spawn("connection", Box::pin(connections.answer(stream, place, ending)));
    }

    /// Answers one connection's requests until one of both sides closes it.
    async fn answer(self, stream: TcpStream, _place: Place, mut ending: watch::Receiver<Ending>) {
        // Answers are written at once; a connection that is gone already shows below.
        let _gone_already = stream.set_nodelay(true);
        let clock = &self.runtime.clock;
        let pace = Arc::new(Pace::new(Arc::clone(clock), self.limits, self.figures.clone()));
        let stream = WatchedStream {
            inner: stream,
            pace: Arc::clone(&pace),
            clock: Arc::clone(clock),
            figures: self.figures.clone(),
            limits: self.limits,
            stalled: None,
            drawn_out: None,
        };
        let service = service_fn(|request| self.respond(request, &pace));
        let mut http = http1::Builder::new();
        http.timer(HeadTimer(Arc::clone(&pace)))
            .header_read_timeout(self.limits.head_time)
            .max_buf_size(BUFFER)
            .max_header_size(self.limits.head_bytes)
            .max_headers(self.limits.head_fields);
        let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
        loop {
            tokio::select! {
                biased;
                changed = ending.changed() => {
                    let now = *ending.borrow_and_update();
                    match (changed, now) {
                        (Ok(()), Ending::Not) => {}
                        (Ok(()), Ending::Drain) => connection.as_mut().graceful_shutdown(),
                        (Ok(()), Ending::Over) | (Err(_), _) => return,
                    }
                }
                ended = connection.as_mut() => {
                    if let Err(error) = ended {
                        tracing::debug!(http.timeout = error.is_timeout(), "a connection ended early");
                    }
                    return;
                }
            }
        }
    }

    async fn respond(
        &self,
        request: Request<Incoming>,
        pace: &Pace,
    ) -> Result<axum::response::Response, std::convert::Infallible> {
        pace.begun();
        let request = request.map(|body| {
            let clock = Arc::clone(&self.runtime.clock);
            Body::new(PromptBody::new(body, clock, self.figures.clone(), self.limits.body_pause))
        });
        let response = TowerToHyperService::new(self.app.clone()).call(request).await;
        pace.answered();
        response
    }

    /// A connection that was gone before it was taken is nothing; whatever else is wrong may pass by itself.
    async fn breathe(&self, error: &std::io::Error) {
        use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
        if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
            return;
        }
        tracing::warn!(%error, "no connection can be taken");
        self.runtime.clock.sleep(BREATH).await;
    }
}

/// Says so and closes; whoever has sent something already may see only that it is closed.
fn refuse(stream: TcpStream) {
    // Not blocking, and into an empty buffer: it is written whole or not at all.
    let _gone_already = stream.into_std().and_then(|mut stream| stream.write_all(FULL));
}
