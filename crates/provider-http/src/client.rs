//! The client: one connection pool to one provider.

use std::sync::Arc;
use std::time::Duration;

use channel::{Deadline, Submission, UnknownReason, UnsentReason};
use domain::ids::EscalationId;
use domain::time::Span;
use reqwest::{Body, Client, RequestBuilder, Response, Url};
use runtime::clock::Clock;

use crate::address::BaseUrl;
use crate::error::ProviderHttpError;
use crate::gate::{CloseOnDrop, Gate, GuardedBody};
use crate::secret::Secret;

/// Largest answer that is read, in bytes; what is longer is cut.
const MAX_ANSWER_BYTES: usize = 64 * 1024;
/// Longest wait that a provider may ask for.
const MAX_RETRY_AFTER: Span = Span::days(1);
/// Connections kept open while nothing is sent.
const MAX_IDLE_CONNECTIONS: usize = 64;
/// How long such a connection is kept.
const IDLE_TIMEOUT: Duration = Duration::from_secs(50);

/// How a provider is spoken to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HttpSettings {
    /// How long a connection may take to come up, TLS included; never longer than what is left to begin.
    pub connect_timeout: Duration,
    /// How long an answer may take after the deadline for its beginning, and then its body.
    ///
    /// `start_within` and twice this together must be shorter than the worker's `submit_timeout`.
    pub answer_timeout: Duration,
    /// Whether the run's clock is told in `X-Mahnwerk-Clock`: for played feeds against stand-in providers only.
    pub announce_clock: bool,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            answer_timeout: Duration::from_secs(20),
            announce_clock: false,
        }
    }
}

/// Who we are to the provider.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Credentials {
    /// HTTP Basic.
    Basic {
        /// The name.
        user: String,
        /// The password.
        password: Secret,
    },
    /// A bearer token.
    Bearer(Secret),
}

/// What is to be posted.
pub struct Post {
    /// Where.
    pub url: Url,
    /// The media type of the body.
    pub content_type: &'static str,
    /// The body; must not be empty, since it is what is held back.
    pub body: Vec<u8>,
    /// The attempt, told in `X-Mahnwerk-Attempt`.
    pub attempt: EscalationId,
}

/// What the provider answered. It may repeat the address.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// How long it asks to wait, where it says so in seconds.
    pub retry_after: Option<Span>,
    /// The body, as far as it could be read.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Answer({})", self.status)
    }
}

/// A client of one provider.
pub struct HttpClient {
    client: Client,
    credentials: Credentials,
    settings: HttpSettings,
    clock: Arc<dyn Clock>,
}

impl HttpClient {
    /// Makes a client for that address.
    ///
    /// TLS uses the process' default crypto provider, which the binary installs; where it has not, ring is installed.
    pub fn new(
        base: &BaseUrl,
        credentials: Credentials,
        settings: HttpSettings,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ProviderHttpError> {
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // An error means that somebody else was faster, which is as good.
            let _installed_meanwhile = rustls::crypto::ring::default_provider().install_default();
        }
        let builder = Client::builder()
            .user_agent(concat!("mahnwerk/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(settings.connect_timeout)
            .pool_max_idle_per_host(MAX_IDLE_CONNECTIONS)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .http1_only();
        // Without TLS no root certificates are needed, and a bare machine has none.
        let builder = if base.is_plain() { builder.tls_certs_only([]) } else { builder.https_only(true) };
        let client = builder.build().map_err(ProviderHttpError::Client)?;
        Ok(Self { client, credentials, settings, clock })
    }

    /// Posts once. An error is the submission's result: nothing was sent, or nobody knows.
    pub async fn post(&self, post: Post, deadline: &Deadline) -> Result<Answer, Submission> {
        let gate = Gate::default();
        let _closing = CloseOnDrop(gate.clone());
        let request = self.request(post, &gate, deadline);
        let response = tokio::select! {
            biased;
            response = request.send() => response.ok(),
            () = self.over(deadline) => None,
        };
        match response {
            Some(response) => Ok(self.read(response).await),
            None if gate.close() => Err(Submission::Unknown { reason: UnknownReason::NoReply }),
            None if deadline.left().is_zero() => Err(Submission::Unsent { reason: UnsentReason::TooLate }),
            None => Err(Submission::Unsent { reason: UnsentReason::NoConnection }),
        }
    }

    fn request(&self, post: Post, gate: &Gate, deadline: &Deadline) -> RequestBuilder {
        let body = GuardedBody::new(post.body, gate.clone(), deadline.clone());
        let request = self.client.post(post.url).header("content-type", post.content_type);
        let request = request.header("x-mahnwerk-attempt", post.attempt.to_string()).body(Body::wrap(body));
        let request = match &self.credentials {
            Credentials::Basic { user, password } => request.basic_auth(user, Some(password.reveal())),
            Credentials::Bearer(token) => request.bearer_auth(token.reveal()),
        };
        if self.settings.announce_clock {
            request.header("x-mahnwerk-clock", self.clock.now().to_string())
        } else {
            request
        }
    }

    /// Until the deadline, and, if the body passed by then, as long as an answer may take.
    async fn over(&self, deadline: &Deadline) {
        self.clock.sleep(deadline.left()).await;
        if deadline.was_checked() {
            self.clock.sleep(self.settings.answer_timeout).await;
        }
    }

    /// The status counts even where the body can't be read.
    async fn read(&self, mut response: Response) -> Answer {
        let status = response.status().as_u16();
        let retry_after = retry_after(&response);
        let mut body = Vec::new();
        let reading = async {
            while let Ok(Some(piece)) = response.chunk().await {
                let room = MAX_ANSWER_BYTES.saturating_sub(body.len());
                body.extend(piece.iter().take(room));
                if room <= piece.len() {
                    break;
                }
            }
        };
        tokio::select! {
            biased;
            () = reading => {}
            () = self.clock.sleep(self.settings.answer_timeout) => {}
        }
        Answer { status, retry_after, body }
    }
}

impl std::fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpClient").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// `Retry-After` in seconds; its other form, a date, is not read.
fn retry_after(response: &Response) -> Option<Span> {
    let seconds = response.headers().get("retry-after")?.to_str().ok()?.trim().parse::<u32>().ok()?;
    Some(Span::seconds(i64::from(seconds)).min(MAX_RETRY_AFTER))
}
