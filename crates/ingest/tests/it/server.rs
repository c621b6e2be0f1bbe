//! A listener over a real socket, and requests to it as bytes.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use contract::wire::{Addressee, Command, FactMessage};
use domain::fact::Fact;
use domain::ids::{ClaimId, InputId, StreamId};
use domain::label::TenantId;
use domain::money::Minor;
use domain::time::Timestamp;
use ingest::figures::Figures;
use ingest::listener::{
    Access, Condition, Debtors, DebtorsError, Exposure, Limits, Listener, Readiness, Services, Token,
};
use serde_json::{Value, json};
use telemetry::metrics::Registry;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use worker_call::{CallDesk, DeskConfig};

use crate::shelf::Shelf;
use crate::support::{World, keyring, record, world};

struct OneDebtor;

#[async_trait]
impl Debtors for OneDebtor {
    async fn debtor_show(&self, tenant: &TenantId, reference: &str) -> Result<Value, DebtorsError> {
        match reference {
            "A/1 \u{fc}" => Ok(json!({ "tenant": tenant.as_str(), "name": "Anna" })),
            "broken" => Err(DebtorsError::Unavailable("the log is being restored".into())),
            _ => Err(DebtorsError::Unknown),
        }
    }
}

/// Ready or not.
pub(crate) struct Ready(pub(crate) bool);

#[async_trait]
impl Readiness for Ready {
    async fn conditions(&self) -> Vec<Condition> {
        let owns = Condition::holds("owns its partitions", "all 1");
        let log = if self.0 { Condition::holds } else { Condition::fails };
        vec![owns, log("log writable", "at position 0".to_owned())]
    }
}

/// A listener, as long as a test holds it.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) token: String,
    pub(crate) stop: Option<oneshot::Sender<()>>,
    pub(crate) served: tokio::task::JoinHandle<()>,
    pub(crate) seen: crate::support::Seen,
    pub(crate) batches: Arc<std::sync::Mutex<Vec<usize>>>,
    pub(crate) commands: Arc<std::sync::Mutex<Vec<Command>>>,
}

/// Starts a listener; the temporary folder of its token is gone at once, which does not matter to it.
pub(crate) async fn server(full: bool) -> Server {
    serve(Setup { full, ..Setup::default() }).await
}

/// How a listener is set up.
pub(crate) struct Setup {
    /// With a call list, and with debtors.
    pub(crate) full: bool,
    /// Whether it can do its work.
    pub(crate) ready: bool,
    pub(crate) limits: Limits,
    /// The file of named tokens.
    pub(crate) tokens: Option<PathBuf>,
}

impl Default for Setup {
    fn default() -> Self {
        Self { full: true, ready: true, limits: Limits::default(), tokens: None }
    }
}

/// Starts a listener that is set up like this.
pub(crate) async fn serve(Setup { full, ready, limits, tokens }: Setup) -> Server {
    let runtime = runtime::system::runtime();
    let world = world(&runtime, record);
    let config = DeskConfig::new(vec![TenantId::new("stadt").unwrap()], vec![0]);
    let desk = CallDesk::new(runtime.clone(), Arc::clone(&world.bus) as Arc<dyn bus::Bus>, config).unwrap();
    let services = Services {
        runtime: runtime.clone(),
        figures: Figures::new(&Registry::default()),
        gate: world.gate.clone(),
        calls: full.then_some(desk),
        readiness: Arc::new(Ready(ready)),
        debtors: full.then(|| Arc::new(OneDebtor) as Arc<dyn Debtors>),
        digests: Arc::new(keyring()),
        archive: full.then(|| Arc::new(Shelf) as Arc<dyn ingest::archive::Archive>),
    };
    let folder = tempfile::tempdir().unwrap();
    let token = Token::load_or_create(&folder.path().join("token"), runtime.random.as_ref()).unwrap();
    let digits = token.reveal();
    let access = match tokens {
        None => Access::local(token),
        Some(file) => Access::named(token, &file, Arc::clone(&runtime.clock), Duration::ZERO).unwrap(),
    };
    let bound = Listener::bind("127.0.0.1:0".parse().unwrap(), Exposure::Loopback).await.unwrap();
    let listener = bound.limited(limits);
    let address = listener.address();
    let (stop, stopped) = oneshot::channel::<()>();
    let stop_asked = async move { drop(stopped.await) };
    let serving = listener.serve(services, access, stop_asked);
    #[expect(clippy::disallowed_methods, reason = "a test's own task")]
    let served = tokio::spawn(serving);
    let World { seen, batches, commands, .. } = world;
    Server { address, token: digits, stop: Some(stop), served, seen, batches, commands }
}

/// An answer.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// Reads an answer that came whole.
    pub(crate) fn read(reply: &[u8]) -> Self {
        let end = reply.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(reply[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Self { status, head: head.to_lowercase(), body: reply[end + 4..].to_vec() }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn problem(&self) -> String {
        assert!(self.head.contains("application/problem+json"), "{}", self.head);
        let problem = self.json();
        assert!(problem["remedy"].as_str().is_some_and(|remedy| !remedy.is_empty()), "{problem}");
        assert_eq!(problem["status"], self.status);
        problem["detail"].as_str().unwrap().to_owned()
    }
}

impl Server {
    pub(crate) async fn raw(&self, request: Vec<u8>) -> Reply {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        // The listener may answer and close before it has read all of a body that is too large.
        let _closed_early = stream.write_all(&request).await;
        let mut reply = Vec::new();
        let _reset_behind_the_answer = stream.read_to_end(&mut reply).await;
        Reply::read(&reply)
    }

    pub(crate) async fn send(&self, method: &str, path: &str, kind: &str, body: &[u8], token: &str) -> Reply {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        self.raw([head.as_bytes(), body].concat()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, "text/plain", b"", &self.token).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        self.send("POST", path, "application/json", body.to_string().as_bytes(), &self.token).await
    }
}

/// A payment of its own key.
pub(crate) fn payment(n: u8) -> FactMessage {
    FactMessage {
        tenant: TenantId::new("stadt").unwrap(),
        addressee: Addressee::Debtor(StreamId::new([1; 16])),
        key: InputId::new([n; 16]),
        content: [n; 16],
        occurred_at: Timestamp(1_700_000_000_000),
        fact: Fact::PaymentReceived {
            claim: ClaimId::new([2; 16]),
            amount: Minor(5),
            currency: domain::money::Currency::EUR,
        },
        personal: None,
        trace: None,
    }
}
