//! The carrier between processes, made of the settings and sealed with the log's keys.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use bus::nats::{Envelope, EnvelopeError, NatsBus, Role};
use event_log::keys::Keyring;
use event_log::seal::message::{Purpose, open_message, seal_message};
use runtime::{Random, Runtime};

use crate::settings::Nats;

/// Connects in a role; streams and consumers that are missing are made, those that are there verified.
pub(crate) async fn connect(
    settings: &Nats,
    keyring: &Arc<Keyring>,
    runtime: &Runtime,
    role: Role,
    name: &str,
) -> Result<Arc<NatsBus>> {
    if settings.servers.is_empty() {
        bail!(
            "[nats] servers is empty: processes that share a log need a broker, as in nats://127.0.0.1:4222"
        );
    }
    let options = settings.options(name, role)?;
    let envelope = Sealed { keyring: Arc::clone(keyring), random: Arc::clone(&runtime.random) };
    let bus = NatsBus::connect(&options, runtime.clone(), Arc::new(envelope)).await;
    let bus = bus.with_context(|| format!("the broker at {}", settings.servers.join(", ")))?;
    bus.ensure_topology().await.context("the broker's streams and consumers")?;
    Ok(Arc::new(bus))
}

/// Seals what travels under a key of the log's own.
struct Sealed {
    keyring: Arc<Keyring>,
    random: Arc<dyn Random>,
}

impl Envelope for Sealed {
    fn seal(&self, context: &str, plain: &[u8]) -> Result<Vec<u8>, EnvelopeError> {
        let sealed = seal_message(&self.keyring, Purpose::Travel, context.as_bytes(), plain, &*self.random);
        sealed.map_err(|error| {
            tracing::error!(%error, "a message could not be sealed");
            EnvelopeError::Seal
        })
    }

    fn open(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, EnvelopeError> {
        open_message(&self.keyring, Purpose::Travel, context.as_bytes(), sealed).map_err(|error| {
            tracing::warn!(%error, "a message does not open");
            EnvelopeError::Open
        })
    }
}
