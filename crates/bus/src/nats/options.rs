//! What a carrier over NATS is told when it starts: where, as whom, in which role, and how much.

use core::fmt;
use std::path::PathBuf;
use std::time::Duration;

use domain::channel::Channel;

use crate::BusError;
pub use crate::in_process::Limits;

/// Longest prefix, in characters.
const MAX_PREFIX: usize = 32;

/// As whom the process logs in.
#[derive(Clone, Default)]
pub enum Login {
    /// As nobody in particular.
    #[default]
    Anonymous,
    /// By name and password.
    Password {
        /// The name.
        user: String,
        /// The password.
        password: String,
    },
    /// By a file that the server's operator has handed out.
    CredentialsFile(PathBuf),
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Anonymous => "Login::Anonymous",
            Self::Password { .. } => "Login::Password(..)",
            Self::CredentialsFile(_) => "Login::CredentialsFile(..)",
        })
    }
}

/// What the process is: it makes and verifies no more of the topology than it touches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// All of them, or an operator's tool.
    All,
    /// Owns partitions: emits, publishes the feed, keeps heads, and asks how old the intake is.
    Scheduler,
    /// Takes in what upstream publishes.
    Ingest,
    /// Works a channel.
    Worker(Channel),
}

/// The most bytes that each stream may take up on the server's disk, which reserves them: 2.2 GiB by default.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StreamBytes {
    /// Claims that nobody has settled.
    pub claims: i64,
    /// Escalations that no worker has taken.
    pub escalations: i64,
    /// The public feed.
    pub events: i64,
    /// Reasons of refusals.
    pub refused: i64,
    /// Heads of the log.
    pub heads: i64,
    /// What the server tells about messages that were given up.
    pub advisories: i64,
}

const KIB: i64 = 1 << 10;
const MIB: i64 = 1 << 20;

impl Default for StreamBytes {
    fn default() -> Self {
        Self {
            claims: 1_024 * MIB,
            escalations: 64 * MIB,
            events: 1_024 * MIB,
            refused: 64 * MIB,
            heads: MIB,
            advisories: 16 * MIB,
        }
    }
}

impl StreamBytes {
    /// A little of everything: for tests, many of which share one server.
    pub const fn small() -> Self {
        let bytes = 256 * KIB;
        Self {
            claims: bytes,
            escalations: bytes,
            events: bytes,
            refused: bytes,
            heads: bytes,
            advisories: bytes,
        }
    }
}

/// How long the carrier waits for others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Timeouts {
    /// For a connection.
    pub connect: Duration,
    /// For the answer of a partition's owner to facts, outcomes, commands and credits.
    pub owner: Duration,
    /// For permits; what comes later would be of no use (permits, 4).
    pub permits: Duration,
    /// For the server's own answers: what it has stored, taken back, made.
    pub server: Duration,
    /// A message that was handed out and not acknowledged for so long is handed out again.
    pub redeliver_after: Duration,
    /// How often the server is asked whether it is there, and says so to those who wait for messages.
    pub heartbeat: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            owner: Duration::from_secs(30),
            permits: Duration::from_secs(8),
            server: Duration::from_secs(5),
            redeliver_after: Duration::from_secs(30),
            heartbeat: Duration::from_secs(2),
        }
    }
}

/// All of it.
#[derive(Clone, Debug)]
pub struct Options {
    /// The servers, `nats://host:port` or `tls://host:port`.
    pub servers: Vec<String>,
    /// As whom.
    pub login: Login,
    /// Whose certificates are trusted besides the system's.
    pub ca_file: Option<PathBuf>,
    /// What the server shows the connection as.
    pub name: String,
    /// Stands before every subject and stream, so that several logs can share a server; empty: nothing does.
    pub prefix: String,
    /// What the process is.
    pub role: Role,
    /// How many servers of a cluster keep each stream.
    pub replicas: usize,
    /// How much it takes in one message, and how much waits in a lane.
    pub limits: Limits,
    /// How much the streams take.
    pub bytes: StreamBytes,
    /// How long it waits.
    pub timeouts: Timeouts,
}

impl Options {
    /// Defaults for these servers, this name and role.
    pub fn new(servers: Vec<String>, name: &str, role: Role) -> Self {
        Self {
            servers,
            login: Login::default(),
            ca_file: None,
            name: name.to_owned(),
            prefix: String::new(),
            role,
            replicas: 1,
            limits: Limits::default(),
            bytes: StreamBytes::default(),
            timeouts: Timeouts::default(),
        }
    }

    pub(super) fn check(&self) -> Result<(), BusError> {
        let wrong = |detail: &str| {
            Err(BusError::Carrier { doing: "read its options", detail: detail.to_owned(), transient: false })
        };
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if self.servers.is_empty() {
            return wrong("no server is named; name at least one, as in nats://127.0.0.1:4222");
        }
        if self.prefix.len() > MAX_PREFIX || !self.prefix.chars().all(plain) {
            return wrong("the prefix is not of at most 32 characters of a-z, 0-9 and -");
        }
        if !(1..=5).contains(&self.replicas) {
            return wrong("the replicas are not 1 to 5");
        }
        Ok(())
    }
}
