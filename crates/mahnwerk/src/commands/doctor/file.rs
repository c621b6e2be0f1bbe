//! Judging a log in SQLite: how its file takes commits, and how much room there is.
//!
//! How far a commit goes (`synchronous`) is no property of the file: each owner sets it to FULL when it opens the log.

use std::path::Path;

use tokio::io::AsyncReadExt;
use tokio::process::Command;

use super::finding::Finding;

/// Where SQLite's header says how the file is written and read: 2 and 2 is by a write-ahead log.
const WRITE_VERSION: usize = 18;
const READ_VERSION: usize = 19;
const HEADER: usize = 100;
const MIB: u64 = 1 << 20;
/// Less than this is no room, in bytes: a checkpoint of the write-ahead log alone takes as much.
const LEAST: u64 = 128 * MIB;
/// Less than this is worth a look, in bytes.
const LITTLE: u64 = 1_024 * MIB;

/// What is known of the file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct FileState {
    /// Whether commits go to a write-ahead log first; none where its header could not be read.
    pub(super) is_wal: Option<bool>,
    /// Bytes that the folder has room for, where the system tells.
    pub(super) free: Option<u64>,
    /// Bytes of the file.
    pub(super) size: u64,
}

/// Looks at a log's file.
pub(super) async fn look_at(path: &Path) -> FileState {
    let size = std::fs::metadata(path).map_or(0, |about| about.len());
    FileState { is_wal: is_wal(path).await, free: free(path).await, size }
}

async fn is_wal(path: &Path) -> Option<bool> {
    let mut header = [0; HEADER];
    tokio::fs::File::open(path).await.ok()?.read_exact(&mut header).await.ok()?;
    Some((*header.get(WRITE_VERSION)?, *header.get(READ_VERSION)?) == (2, 2))
}

/// Asks `df`, since the standard library has no question for it.
async fn free(path: &Path) -> Option<u64> {
    let told = Command::new("df").arg("-Pk").arg(path).output().await.ok()?;
    blocks(core::str::from_utf8(&told.stdout).ok()?)
}

/// The fourth column of the last line, in KiB.
fn blocks(told: &str) -> Option<u64> {
    let kib: u64 = told.lines().last()?.split_whitespace().nth(3)?.parse().ok()?;
    kib.checked_mul(1_024)
}

/// What the file means for a log.
pub(super) fn judge_file(found: &FileState) -> Vec<Finding> {
    vec![journal(found.is_wal), room(found)]
}

fn journal(is_wal: Option<bool>) -> Finding {
    match is_wal {
        Some(true) => {
            Finding::ok("the log's file is written by a write-ahead log, and each commit is flushed")
        }
        Some(false) => Finding::warn(
            "the log's file is not written by a write-ahead log: readers and the owner wait for each other",
            "nothing: the owner sets it again when it starts; find out which program changed it",
        ),
        None => Finding::warn("the log's file does not tell how it is written", "run `mahnwerk verify`"),
    }
}

fn room(found: &FileState) -> Finding {
    let remedy =
        "free some, or move the folder to a larger disk; a full disk loses nothing, and stops the owner";
    match found.free {
        None => Finding::warn("how much room the disk has can't be told", "look with `df`"),
        Some(free) => {
            let what = format!("the disk has room for {} MiB; the log has {}", free / MIB, found.size / MIB);
            if free < LEAST {
                Finding::fail(what, remedy)
            } else if free < LITTLE {
                Finding::warn(what, remedy)
            } else {
                Finding::ok(what)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::doctor::finding::Level;

    #[test]
    fn a_file_is_judged_by_its_journal_and_its_room() {
        let right = FileState { is_wal: Some(true), free: Some(LITTLE), size: 0 };
        for (found, levels) in [
            (right, [Level::Ok, Level::Ok]),
            (FileState { is_wal: Some(false), ..right }, [Level::Warn, Level::Ok]),
            (FileState { is_wal: None, ..right }, [Level::Warn, Level::Ok]),
            (FileState { free: None, ..right }, [Level::Ok, Level::Warn]),
            (FileState { free: Some(LITTLE - 1), ..right }, [Level::Ok, Level::Warn]),
            (FileState { free: Some(LEAST - 1), ..right }, [Level::Ok, Level::Fail]),
        ] {
            let found_levels: Vec<Level> = judge_file(&found).iter().map(|finding| finding.level).collect();
            assert_eq!(found_levels, levels, "{found:?}");
        }
    }

    #[test]
    fn what_df_says_is_read_and_what_it_does_not_say_is_not_guessed() {
        let told =
            "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/a 100 40 60 40% /data of mine\n";
        for (told, bytes) in [(told, Some(60 * 1_024)), ("", None), ("a b c d e\n", None), ("df: no\n", None)]
        {
            assert_eq!(blocks(told), bytes, "{told}");
        }
    }
}
