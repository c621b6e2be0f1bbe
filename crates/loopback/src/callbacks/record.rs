//! The record of callbacks: one JSON object a line in `callbacks.jsonl`, one line for each try.

use std::path::Path;

use domain::time::Timestamp;
use serde::Serialize;

use crate::error::LoopbackError;
use crate::lines::{Lines, rfc3339};

/// One try of one callback.
#[derive(Serialize)]
pub(super) struct Callback {
    /// Counts the record's lines from 1.
    pub(super) sequence: u64,
    /// When it was answered or given up.
    #[serde(serialize_with = "rfc3339")]
    pub(super) at: Timestamp,
    /// Whose it is.
    pub(super) provider: &'static str,
    /// `status` or `inbound`.
    pub(super) kind: &'static str,
    /// The provider's name for the message.
    pub(super) message: String,
    /// The status that was told.
    pub(super) word: Option<&'static str>,
    /// Which try it was, from 1.
    pub(super) tried: u32,
    /// The HTTP status of the answer.
    pub(super) answered: Option<u16>,
    /// Why there was none.
    pub(super) failed: Option<&'static str>,
}

/// The file.
pub(super) struct CallbackRecord(Lines);

impl CallbackRecord {
    /// Opens it for appending; the numbering goes on behind the lines that are there.
    pub(super) fn open(path: &Path) -> Result<Self, LoopbackError> {
        Lines::open(path).map(Self)
    }

    /// Numbers it and appends its line.
    pub(super) fn append(&mut self, mut callback: Callback) -> Result<(), LoopbackError> {
        callback.sequence = self.0.next();
        self.0.append(&callback)
    }
}
