//! Where the log is kept, and what carries messages between processes.

use core::time::Duration;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use bus::nats;
use event_log::membership::Instance;
use event_log::postgres;
use runtime::Runtime;
use serde::{Deserialize, Serialize};

use super::secret;

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

impl Postgres {
    /// How this process, by a random id, opens the log as the application's role.
    pub(crate) fn options(&self, runtime: &Runtime) -> Result<postgres::Options> {
        Ok(postgres::Options {
            url: self.address()?.to_owned(),
            password: optional(
                "MAHNWERK_POSTGRES_PASSWORD",
                self.password_file.as_deref(),
                "the password of PostgreSQL",
            )?,
            connections: u16::try_from(self.connections).unwrap_or(u16::MAX),
            decider: domain::DECIDER_REVISION,
            instance: Instance(runtime::random_id(&*runtime.random)),
            lease: Duration::from_millis(u64::from(self.lease_ms)),
            clock: Arc::clone(&runtime.clock),
        })
    }

    fn address(&self) -> Result<&str> {
        self.url.as_deref().context("postgres.url is missing; write it, or set MAHNWERK_POSTGRES_URL")
    }

    /// Where and with which password the role that owns the tables reaches the database.
    pub(crate) fn owner(&self) -> Result<(String, Option<String>)> {
        let url = self.owner_url.clone();
        let url =
            url.context("postgres.owner_url is missing; write it, or set MAHNWERK_POSTGRES_OWNER_URL")?;
        let file = self.owner_password_file.as_deref();
        let what = "the password of the owner of the tables";
        Ok((url, optional("MAHNWERK_POSTGRES_OWNER_PASSWORD", file, what)?))
    }

    /// The application's role: what stands before the `@` of its address.
    pub(crate) fn application_role(&self) -> Result<String> {
        let role = self
            .address()?
            .split_once("://")
            .and_then(|(_, rest)| rest.split_once('@'))
            .map(|(role, _)| role);
        Ok(role.unwrap_or(postgres::APPLICATION_ROLE).to_owned())
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

impl Nats {
    /// How a process of this role, shown under this name, reaches the broker.
    pub(crate) fn options(&self, name: &str, role: nats::Role) -> Result<nats::Options> {
        let login = match (&self.user, &self.credentials_file) {
            (Some(user), _) => {
                let file = self.password_file.as_deref();
                let password = secret("MAHNWERK_NATS_PASSWORD", file, "the password for NATS")?;
                nats::Login::Password { user: user.clone(), password }
            }
            (None, Some(file)) => nats::Login::CredentialsFile(file.clone()),
            (None, None) => nats::Login::Anonymous,
        };
        let made = nats::Options::new(self.servers.clone(), name, role);
        Ok(nats::Options {
            login,
            ca_file: self.ca_file.clone(),
            replicas: usize::from(self.replicas),
            ..made
        })
    }
}

/// A secret that may be left out.
fn optional(variable: &str, file: Option<&Path>, what: &str) -> Result<Option<String>> {
    let given = file.is_some() || crate::environment::read(variable).is_some();
    given.then(|| secret(variable, file, what)).transpose()
}
