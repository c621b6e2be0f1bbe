//! Servers, carriers and keys for tests.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream;
use runtime::{Runtime, random_id, system};
use tempfile::TempDir;

use crate::in_process::Limits;
use crate::nats::{Envelope, EnvelopeError, NatsBus, Options, Role, StreamBytes, Timeouts, headers};

/// The most entries of one message.
pub(super) const MOST: usize = 300;

/// Longest wait for something that has to happen.
pub(super) const SOON: Duration = Duration::from_secs(20);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Version {
    Old,
    New,
}

pub(super) const BOTH: [Version; 2] = [Version::Old, Version::New];

#[expect(clippy::disallowed_methods, reason = "a test is told by its environment where the servers are")]
fn told(old: &str, new: &str, version: Version) -> String {
    let name = if version == Version::Old { old } else { new };
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run it through tests/with-servers"))
}

/// Whatever is told here is as good as another key for tests: XOR with bytes drawn from key and context, and a sum.
pub(super) struct TestKeys(pub(super) u64);

impl TestKeys {
    fn stream(&self, context: &str) -> impl Iterator<Item = u8> + use<> {
        let mut state = context.bytes().fold(self.0 ^ 0x9e37_79b9_7f4a_7c15, |state, byte| {
            (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        std::iter::repeat_with(move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state.to_be_bytes()[1]
        })
    }

    fn sum(plain: &[u8]) -> [u8; 8] {
        plain
            .iter()
            .fold(7_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)))
            .to_be_bytes()
    }
}

impl Envelope for TestKeys {
    fn seal(&self, context: &str, plain: &[u8]) -> Result<Vec<u8>, EnvelopeError> {
        let tagged = plain.iter().copied().chain(Self::sum(plain));
        Ok(tagged.zip(self.stream(context)).map(|(byte, key)| byte ^ key).collect())
    }

    fn open(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, EnvelopeError> {
        let mut plain: Vec<u8> =
            sealed.iter().zip(self.stream(context)).map(|(byte, key)| byte ^ key).collect();
        let tag = plain.len().checked_sub(8).map(|at| plain.split_off(at)).ok_or(EnvelopeError::Open)?;
        if tag == Self::sum(&plain) { Ok(plain) } else { Err(EnvelopeError::Open) }
    }
}

/// A prefix on a server.
pub(super) struct World {
    pub(super) url: String,
    pub(super) prefix: String,
    pub(super) timeouts: Timeouts,
    pub(super) limits: Limits,
    pub(super) runtime: Runtime,
}

impl World {
    #[expect(clippy::unused_async, reason = "made where a runtime is")]
    pub(super) async fn new(version: Version, name: &str) -> Self {
        Self::at(told("MAHNWERK_TEST_NATS_OLD", "MAHNWERK_TEST_NATS_NEW", version), name)
    }

    pub(super) fn at(url: String, name: &str) -> Self {
        let runtime = system::runtime();
        let prefix = format!("{name}-{}", &headers::hex(&random_id(&*runtime.random))[..12]);
        let timeouts = Timeouts {
            connect: Duration::from_secs(5),
            owner: Duration::from_secs(10),
            permits: Duration::from_secs(10),
            server: Duration::from_secs(5),
            redeliver_after: Duration::from_secs(30),
            heartbeat: Duration::from_millis(300),
        };
        let limits = Limits { lane: 8, facts: MOST, notices: MOST, questions: MOST, outcomes: MOST };
        Self { url, prefix, timeouts, limits, runtime }
    }

    pub(super) fn options(&self) -> Options {
        Options {
            prefix: self.prefix.clone(),
            bytes: StreamBytes::small(),
            timeouts: self.timeouts,
            limits: self.limits,
            ..Options::new(vec![self.url.clone()], "test", Role::All)
        }
    }

    /// A process's carrier, with the streams made.
    pub(super) async fn bus(&self) -> NatsBus {
        let bus = self.bus_with(7).await;
        bus.ensure_topology().await.unwrap();
        bus
    }

    pub(super) async fn bus_with(&self, key: u64) -> NatsBus {
        NatsBus::connect(&self.options(), self.runtime.clone(), Arc::new(TestKeys(key))).await.unwrap()
    }

    /// Somebody else's connection.
    pub(super) async fn client(&self) -> async_nats::Client {
        async_nats::connect(&self.url).await.unwrap()
    }

    pub(super) async fn jetstream(&self) -> jetstream::Context {
        jetstream::new(self.client().await)
    }

    pub(super) fn stream(&self, name: &str) -> String {
        format!("{}-{name}", self.prefix.to_ascii_uppercase())
    }

    pub(super) async fn messages_in(&self, stream: &str) -> u64 {
        let stream = self.jetstream().await.get_stream(self.stream(stream)).await.unwrap();
        stream.cached_info().state.messages
    }

    pub(super) async fn soon<T>(&self, future: impl Future<Output = T>) -> T {
        super::super::link::within(&self.runtime, SOON, future).await.expect("it happens soon")
    }
}

/// A server of the test's own.
pub(super) struct Server {
    program: String,
    arguments: Vec<&'static str>,
    port: u16,
    folder: TempDir,
    child: Option<Child>,
}

impl Server {
    pub(super) fn start(version: Version) -> Self {
        Self::start_with(version, &[])
    }

    pub(super) fn start_with(version: Version, arguments: &[&'static str]) -> Self {
        let program = told("MAHNWERK_TEST_NATS_SERVER_OLD", "MAHNWERK_TEST_NATS_SERVER_NEW", version);
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (arguments, folder) = (arguments.to_vec(), TempDir::new().unwrap());
        let mut server = Self { program, arguments, port, folder, child: None };
        server.start_again();
        server
    }

    pub(super) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    pub(super) fn start_again(&mut self) {
        let child = Command::new(&self.program)
            .args(["-js", "-a", "127.0.0.1", "-p", &self.port.to_string(), "-sd"])
            .arg(self.store())
            .args(&self.arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.child = Some(child);
        // A refused connection comes back at once: this is no busy wait for long.
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            std::thread::yield_now();
        }
    }

    /// As a power failure does: no goodbye.
    pub(super) fn kill(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        child.kill().unwrap();
        child.wait().unwrap();
    }

    pub(super) fn lose_the_store(&self) {
        std::fs::remove_dir_all(self.store()).unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
