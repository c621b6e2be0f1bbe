//! A look at a broker that changes nothing: its version, whether it keeps streams, and what streams and consumers are.

use std::sync::Arc;

use async_nats::jetstream::consumer::pull;
use futures_util::future::join_all;
use runtime::Runtime;

use super::envelope::{Envelope, EnvelopeError};
use super::link::Link;
use super::options::Options;
use super::topology::{Kept, Topology};
use super::verify::{Difference, consumer_difference, stream_difference};
use crate::BusError;

/// What a broker is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Inspection {
    /// The server's version, such as `2.10.4`.
    pub version: String,
    /// Whether it keeps streams (JetStream).
    pub keeps_streams: bool,
    /// The streams that the role touches, by name; empty where none are kept.
    pub streams: Vec<(String, Comparison)>,
    /// The consumers of those streams that are there, by stream and name.
    pub consumers: Vec<(String, String, Comparison)>,
}

/// What a stream or a consumer is, beside what it has to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Comparison {
    /// It is as it has to be.
    AsDeclared,
    /// It is not there; whoever needs it first makes it.
    Missing,
    /// It differs, and no process starts on it.
    Differs {
        /// In which field.
        field: &'static str,
        /// What it has to be.
        wanted: String,
        /// What it is.
        found: String,
    },
    /// The server does not tell this user.
    Unknown,
}

/// Nothing is sent or read here.
struct NoKeys;

impl Envelope for NoKeys {
    fn seal(&self, _: &str, _: &[u8]) -> Result<Vec<u8>, EnvelopeError> {
        Err(EnvelopeError::Seal)
    }

    fn open(&self, _: &str, _: &[u8]) -> Result<Vec<u8>, EnvelopeError> {
        Err(EnvelopeError::Open)
    }
}

/// Connects, looks, and goes; fails if no server can be reached.
pub async fn inspect(options: &Options, runtime: Runtime) -> Result<Inspection, BusError> {
    let link = Link::connect(options, runtime, Arc::new(NoKeys)).await?;
    let server = link.client.server_info();
    let (mut streams, mut consumers) = (Vec::new(), Vec::new());
    if server.jetstream {
        // Side by side: a server that must not tell says nothing at all.
        streams = join_all(Topology::streams(options.role).iter().map(|kept| stream(&link, *kept))).await;
        let made = |kept| {
            let name = link.topology.name(kept);
            streams.iter().any(|(found, state)| *found == name && *state != Comparison::Missing)
        };
        let wanted = link.topology.consumers(options.role).into_iter().filter(|(kept, _)| made(*kept));
        consumers = join_all(wanted.map(|(kept, wanted)| consumer(&link, kept, wanted))).await;
    }
    Ok(Inspection { version: server.version, keeps_streams: server.jetstream, streams, consumers })
}

const LOOKED: &str = "looked at its streams";

async fn stream(link: &Link, kept: Kept) -> (String, Comparison) {
    let wanted = link.topology.stream(kept);
    let found = link.timely(LOOKED, link.found_stream(&wanted.name)).await;
    let state = compared(found.flatten(), |found| stream_difference(&wanted, found));
    (wanted.name, state)
}

async fn consumer(link: &Link, kept: Kept, wanted: pull::Config) -> (String, String, Comparison) {
    let (stream, name) = (link.topology.name(kept), wanted.durable_name.clone().unwrap_or_default());
    let found = link.timely(LOOKED, link.found_consumer(&stream, &name)).await;
    let state = compared(found.flatten(), |found| consumer_difference(&wanted, found));
    (stream, name, state)
}

fn compared<T>(
    found: Result<Option<T>, BusError>,
    difference: impl Fn(&T) -> Option<Difference>,
) -> Comparison {
    match found.map(|found| found.map(|found| difference(&found))) {
        Ok(Some(None)) => Comparison::AsDeclared,
        Ok(Some(Some((field, wanted, found)))) => Comparison::Differs { field, wanted, found },
        Ok(None) => Comparison::Missing,
        Err(_) => Comparison::Unknown,
    }
}
