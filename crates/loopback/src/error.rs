//! What can go wrong when the stand-in providers start or take a submission.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// An error of the stand-in providers.
#[derive(Debug, thiserror::Error)]
pub enum LoopbackError {
    /// An address that other machines could reach.
    #[error(
        "the stand-in providers speak in the clear and listen on loopback only; {0} is not a loopback address, use 127.0.0.1 or ::1"
    )]
    NotLoopback(IpAddr),
    /// A port that can't be had.
    #[error("can't listen for {provider} on {address}: {source}; choose another port, or 0 for any free one")]
    Listen {
        /// What would have listened there.
        provider: &'static str,
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// A folder or file that can't be written or read.
    #[error("can't {action} {path}: {source}")]
    File {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// A behaviour that contradicts itself or goes past a limit.
    #[error("the behaviour of {provider} is refused: {problem}")]
    Behaviour {
        /// Whose behaviour.
        provider: &'static str,
        /// What is wrong, and what would be right.
        problem: String,
    },
    /// Callbacks that nobody could sign or receive.
    #[error("the callbacks are refused: {0}")]
    Callbacks(String),
    /// A submission that can't be written as JSON.
    #[error("a submission can't be written as JSON: {0}")]
    Encode(#[from] serde_json::Error),
}

impl LoopbackError {
    /// Whether the same call may succeed later with nothing changed.
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Listen { .. } | Self::File { .. } => true,
            Self::NotLoopback(_) | Self::Behaviour { .. } | Self::Callbacks(_) | Self::Encode(_) => false,
        }
    }
}
