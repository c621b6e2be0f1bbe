//! The settings: one commented TOML, every key optional, and an environment variable for each key that goes before it.
//!
//! Secrets come from files or the environment, and never stand in a key.

pub(crate) mod check;
mod keys;
mod kind;
pub(crate) mod listener;
pub(crate) mod problem;
pub(crate) mod shown;
mod sources;
mod store;
mod unknown;
mod webhooks;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

pub(crate) use sources::Sources;
pub(crate) use store::{Log, Nats, Postgres, Store};
pub(crate) use webhooks::{TokenWebhooks, TwilioWebhooks, Webhooks, WhatsAppWebhooks};

/// The file's name within the folder.
pub(crate) const FILE: &str = "mahnwerk.toml";

/// What `init` writes.
pub(crate) const EXAMPLE: &str = include_str!("settings/example.toml");

/// Everything that an operator may set.
#[derive(Deserialize, Serialize, Default, Clone, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Settings {
    pub(crate) listener: listener::Listener,
    pub(crate) rulebook: RulebookPlace,
    pub(crate) log: Log,
    pub(crate) postgres: Postgres,
    pub(crate) nats: Nats,
    pub(crate) worker: WorkerSettings,
    pub(crate) otlp: Otlp,
    pub(crate) sms: Option<Sms>,
    pub(crate) email: Option<Email>,
    pub(crate) social: Option<Social>,
    pub(crate) webhooks: Webhooks,
}

/// Where the rulebook's files are.
#[derive(Deserialize, Serialize, Clone, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RulebookPlace {
    /// A folder, from the settings file's own folder.
    pub(crate) path: PathBuf,
}

impl Default for RulebookPlace {
    fn default() -> Self {
        Self { path: PathBuf::from("rulebook") }
    }
}

/// How fast the workers may go.
#[derive(Deserialize, Serialize, Clone, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct WorkerSettings {
    /// Submissions per second and channel.
    pub(crate) rate_per_second: u32,
    /// Submissions under way at once, per channel.
    pub(crate) concurrency: u32,
    /// Escalations that a worker holds at most.
    pub(crate) capacity: u32,
    /// Calls that the call list holds at most.
    pub(crate) call_capacity: u32,
}

impl Default for WorkerSettings {
    fn default() -> Self {
        Self { rate_per_second: 100, concurrency: 32, capacity: 2_000, call_capacity: 10_000 }
    }
}

/// Where traces go.
#[derive(Deserialize, Serialize, Clone, Default, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Otlp {
    /// A gRPC endpoint such as `http://127.0.0.1:4317`; none sends nothing.
    pub(crate) endpoint: Option<String>,
}

/// A provider with a Twilio-compatible API.
#[derive(Deserialize, Serialize, Clone, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sms {
    pub(crate) base_url: String,
    pub(crate) account_sid: String,
    #[serde(default)]
    pub(crate) auth_token_file: Option<PathBuf>,
    /// Where the provider is to post what becomes of messages; our own webhook if it is left out.
    #[serde(default)]
    pub(crate) status_callback: Option<String>,
}

/// A mail server.
#[derive(Deserialize, Serialize, Clone, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Email {
    pub(crate) host: String,
    pub(crate) port: u16,
    /// `tls`, `starttls`, or `none` (on the loopback interface alone).
    pub(crate) security: String,
    #[serde(default)]
    pub(crate) user: Option<String>,
    #[serde(default)]
    pub(crate) password_file: Option<PathBuf>,
}

/// The WhatsApp Cloud API.
#[derive(Deserialize, Serialize, Clone, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Social {
    pub(crate) base_url: String,
    pub(crate) phone_number_id: String,
    #[serde(default)]
    pub(crate) access_token_file: Option<PathBuf>,
}

/// The providers alone: what `loopback` writes and `run --providers` reads.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Providers {
    sms: Option<Sms>,
    email: Option<Email>,
    social: Option<Social>,
    webhooks: Option<Webhooks>,
}

impl Settings {
    /// Reads the folder's settings, the environment laid over them; without either every key has its default.
    pub(crate) fn read(dir: &Path) -> Result<Self> {
        sources::read(dir, &crate::environment::ours())
    }

    /// The same, whatever the environment says.
    pub(crate) fn of_file_alone(dir: &Path) -> Result<Self> {
        sources::read(dir, &crate::environment::Variables::new())
    }

    /// Puts other providers in place of those in the settings; whoever reports with a token of the settings stays.
    pub(crate) fn with_providers(mut self, path: &Path) -> Result<Self> {
        let Providers { sms, email, social, webhooks } = read_toml(path)?;
        (self.sms, self.email, self.social) = (sms, email, social);
        if let Some(mut webhooks) = webhooks {
            webhooks.token.append(&mut self.webhooks.token);
            self.webhooks = webhooks;
        }
        Ok(self)
    }
}

fn read_toml<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} can't be read", path.display()))?;
    toml::from_str(&text).with_context(|| format!("{} is not right", path.display()))
}

/// A secret: from the environment if it is there, else from its file.
pub(crate) fn secret(variable: &str, file: Option<&Path>, what: &str) -> Result<String> {
    if let Some(value) = crate::environment::read(variable) {
        return Ok(value);
    }
    let Some(file) = file else {
        bail!("{what} is missing: set {variable}, or name a file that holds it in {FILE}");
    };
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("{what} can't be read from {}", file.display()))?;
    Ok(text.trim_end().to_owned())
}
