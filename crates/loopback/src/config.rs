//! What the stand-in providers are told when they start.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use serde::Deserialize;

use crate::behaviour::Behaviours;
use crate::callbacks::Callbacks;

/// What the stand-in providers are told when they start.
#[derive(Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where `record.jsonl` and the folder `outbox` are kept; made if it does not exist.
    pub folder: PathBuf,
    /// A loopback address.
    pub ip: IpAddr,
    /// Where SMTP listens; 0 is any free port, here as below.
    pub smtp_port: u16,
    /// Where the SMS API listens.
    pub sms_port: u16,
    /// Where the WhatsApp API listens.
    pub whatsapp_port: u16,
    /// Where the control endpoint listens.
    pub control_port: u16,
    /// Whether each message taken is also written to `outbox`, as `.eml` or `.json`.
    pub write_messages: bool,
    /// What the shares of failures are drawn from.
    pub seed: u64,
    /// How the providers behave until they are told otherwise.
    pub behaviours: Behaviours,
    /// The SMS API's auth token; none takes any.
    pub sms_auth_token: Option<String>,
    /// The WhatsApp API's access token; none takes any.
    pub whatsapp_access_token: Option<String>,
    /// Where they tell what became of messages, and what people write back; none tells nobody.
    pub callbacks: Option<Callbacks>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            folder: PathBuf::from("mahnwerk-loopback"),
            ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            smtp_port: 0,
            sms_port: 0,
            whatsapp_port: 0,
            control_port: 0,
            write_messages: false,
            seed: 1,
            behaviours: Behaviours::default(),
            sms_auth_token: None,
            whatsapp_access_token: None,
            callbacks: None,
        }
    }
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config").field("folder", &self.folder).field("ip", &self.ip).finish_non_exhaustive()
    }
}
