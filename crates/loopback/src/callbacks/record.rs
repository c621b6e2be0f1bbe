//! The record of callbacks: one JSON object a line in `callbacks.jsonl`, one line for each try.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use domain::time::Timestamp;
use serde::{Serialize, Serializer};

use crate::error::LoopbackError;

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
pub(super) struct CallbackRecord {
    path: PathBuf,
    file: File,
    sequence: u64,
}

impl CallbackRecord {
    /// Opens it for appending; the numbering goes on behind the lines that are there.
    pub(super) fn open(path: &Path) -> Result<Self, LoopbackError> {
        let fail = |action| move |source| LoopbackError::File { action, path: path.to_owned(), source };
        let opened = OpenOptions::new().create(true).append(true).read(true).open(path);
        let file = opened.map_err(fail("open"))?;
        let lines = BufReader::new(&file).split(b'\n');
        let sequence = lines.map(|line| line.map(|_| 1)).sum::<Result<u64, _>>().map_err(fail("read"))?;
        Ok(Self { path: path.to_owned(), file, sequence })
    }

    /// Numbers it and appends its line, in one write.
    pub(super) fn append(&mut self, mut callback: Callback) -> Result<(), LoopbackError> {
        callback.sequence = self.sequence.saturating_add(1);
        let mut line = serde_json::to_vec(&callback)?;
        line.push(b'\n');
        self.file.write_all(&line).map_err(|source| LoopbackError::File {
            action: "append to",
            path: self.path.clone(),
            source,
        })?;
        self.sequence = callback.sequence;
        Ok(())
    }
}

fn rfc3339<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}
