//! A role that can be there once in a folder: another of its kind there would be taken for it.
//!
//! The operating system holds the lock and gives it back when the process ends, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;

use anyhow::{Context, Result, anyhow, bail};

use crate::paths::Paths;

/// The right to be the only one, for as long as it is kept.
#[must_use = "whoever drops it is not the only one any more"]
pub(crate) struct Alone {
    _lock: File,
}

impl Alone {
    /// Becomes the only process of this role in a folder; otherwise says what would come of two.
    pub(crate) fn in_folder(paths: &Paths, role: &str, or_else: &str) -> Result<Self> {
        let path = paths.lock_of(role);
        let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
        let file = file.with_context(|| format!("{} can't be made", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _lock: file }),
            Err(TryLockError::WouldBlock) => {
                bail!("{role} runs in {} already: {or_else}", paths.dir().display())
            }
            Err(TryLockError::Error(error)) => {
                Err(anyhow!(error).context(format!("{} can't be locked", path.display())))
            }
        }
    }
}
