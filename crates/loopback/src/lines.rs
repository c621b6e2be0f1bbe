//! A file of JSON objects, one a line, numbered from 1 across restarts.
//!
//! Each line is one `write` to a file opened for appending, so a kill of any process tears none.
//! It is not flushed to the disk: it need not survive a power cut.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use domain::time::Timestamp;
use serde::{Serialize, Serializer};

use crate::error::LoopbackError;

/// The file.
pub(crate) struct Lines {
    path: PathBuf,
    file: File,
    sequence: u64,
}

impl Lines {
    /// Opens it for appending; the numbering goes on behind the lines that are there.
    pub(crate) fn open(path: &Path) -> Result<Self, LoopbackError> {
        let fail = |action| move |source| LoopbackError::File { action, path: path.to_owned(), source };
        let opened = OpenOptions::new().create(true).append(true).read(true).open(path);
        let file = opened.map_err(fail("open"))?;
        let lines = BufReader::new(&file).split(b'\n');
        let sequence = lines.map(|line| line.map(|_| 1)).sum::<Result<u64, _>>().map_err(fail("read"))?;
        Ok(Self { path: path.to_owned(), file, sequence })
    }

    /// The number of the line that is appended next.
    pub(crate) const fn next(&self) -> u64 {
        self.sequence.saturating_add(1)
    }

    /// Appends a line; only then is its number used up.
    pub(crate) fn append(&mut self, line: &impl Serialize) -> Result<(), LoopbackError> {
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        self.file.write_all(&bytes).map_err(|source| LoopbackError::File {
            action: "append to",
            path: self.path.clone(),
            source,
        })?;
        self.sequence = self.next();
        Ok(())
    }
}

/// An instant, as such lines have it.
pub(crate) fn rfc3339<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_on_across_restarts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines.jsonl");
        let mut lines = Lines::open(&path).unwrap();
        assert_eq!(lines.next(), 1);
        lines.append(&"line one\nline two").unwrap();
        let mut again = Lines::open(&path).unwrap();
        assert_eq!(again.next(), 2);
        again.append(&"three").unwrap();
        assert_eq!(again.next(), 3);
        assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 2);
    }

    #[test]
    fn a_folder_in_the_place_of_the_file_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let wrong = Lines::open(folder.path()).err().unwrap().to_string();
        assert!(wrong.starts_with("can't open"), "{wrong}");
    }
}
