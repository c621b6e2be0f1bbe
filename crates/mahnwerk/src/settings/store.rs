//! Where the log is kept, and what carries messages between processes.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Which store keeps the log.
#[derive(Deserialize, Serialize, Clone, Copy, PartialEq, Eq, Default)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Store {
    /// A file in the folder, for one process.
    #[default]
    Sqlite,
    /// A PostgreSQL database, for many processes.
    Postgres,
}

/// The log.
#[derive(Deserialize, Serialize, Clone, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Log {
    /// Which store keeps it.
    pub(crate) store: Store,
    /// How many partitions a new log in PostgreSQL gets; fixed by `init`.
    pub(crate) partitions: u16,
}

impl Default for Log {
    fn default() -> Self {
        Self { store: Store::default(), partitions: 64 }
    }
}

/// The database.
#[derive(Deserialize, Serialize, Clone, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Postgres {
    /// As the application's role, without a password.
    pub(crate) url: Option<String>,
    pub(crate) password_file: Option<PathBuf>,
    /// As the role that owns the tables: for `init` and `migrate` alone.
    pub(crate) owner_url: Option<String>,
    pub(crate) owner_password_file: Option<PathBuf>,
    /// Connections that one process has at most.
    pub(crate) connections: u32,
    /// How long a scheduler's lease counts without a sign of life.
    pub(crate) lease_ms: u32,
}

impl Default for Postgres {
    fn default() -> Self {
        Self {
            url: None,
            password_file: None,
            owner_url: None,
            owner_password_file: None,
            connections: 16,
            lease_ms: 5_000,
        }
    }
}

/// The broker.
#[derive(Deserialize, Serialize, Clone, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Nats {
    /// None: no broker, and one process has all roles.
    pub(crate) servers: Vec<String>,
    /// With a password, or else a file of credentials.
    pub(crate) user: Option<String>,
    pub(crate) password_file: Option<PathBuf>,
    pub(crate) credentials_file: Option<PathBuf>,
    /// Whom `tls://` servers are vouched for by, where that is nobody whom the system knows.
    pub(crate) ca_file: Option<PathBuf>,
    /// On how many servers each stream is kept.
    pub(crate) replicas: u8,
}

impl Default for Nats {
    fn default() -> Self {
        Self {
            servers: Vec::new(),
            user: None,
            password_file: None,
            credentials_file: None,
            ca_file: None,
            replicas: 1,
        }
    }
}
