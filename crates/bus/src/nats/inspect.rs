//! A look at a broker that changes nothing: its version, whether it keeps streams, and what the streams are.

use std::sync::Arc;

use runtime::Runtime;

use super::envelope::{Envelope, EnvelopeError};
use super::link::Link;
use super::options::Options;
use super::topology::Topology;
use super::verify::stream_difference;
use crate::BusError;

/// What a broker is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Inspection {
    /// The server's version, such as `2.10.4`.
    pub version: String,
    /// Whether it keeps streams (JetStream).
    pub keeps_streams: bool,
    /// The streams that the role touches, by name; empty where none are kept.
    pub streams: Vec<(String, StreamState)>,
}

/// What a stream is, beside what it has to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum StreamState {
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
    let mut streams = Vec::new();
    if server.jetstream {
        for kept in Topology::streams(options.role) {
            let wanted = link.topology.stream(*kept);
            let found = link.timely("looked at its streams", link.found_stream(&wanted.name)).await;
            let state = match found {
                Ok(Ok(Some(found))) => match stream_difference(&wanted, &found) {
                    None => StreamState::AsDeclared,
                    Some((field, wanted, found)) => StreamState::Differs { field, wanted, found },
                },
                Ok(Ok(None)) => StreamState::Missing,
                Ok(Err(_)) | Err(_) => StreamState::Unknown,
            };
            streams.push((wanted.name, state));
        }
    }
    Ok(Inspection { version: server.version, keeps_streams: server.jetstream, streams })
}
