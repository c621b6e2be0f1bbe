//! What lies where in a folder of Mahnwerk's.

use std::path::{Path, PathBuf};

/// The role that has the call list, where roles run on their own.
pub(crate) const CALL_LIST: &str = "worker-call";

/// A folder.
#[derive(Clone)]
pub(crate) struct Paths {
    dir: PathBuf,
}

impl Paths {
    /// The files of this folder.
    pub(crate) fn of(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    /// The folder itself.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The event log.
    pub(crate) fn log(&self) -> PathBuf {
        self.dir.join("log.db")
    }

    /// The two keys, for their owner's eyes only.
    pub(crate) fn keys(&self) -> PathBuf {
        self.dir.join("keys")
    }

    /// The listener's token, for its owner's eyes only.
    pub(crate) fn token(&self) -> PathBuf {
        self.dir.join("token")
    }

    /// The named tokens' digests, for their owner's eyes only.
    pub(crate) fn tokens(&self) -> PathBuf {
        self.dir.join("tokens.toml")
    }

    /// Where a running process listens; taken away when it ends.
    pub(crate) fn address(&self) -> PathBuf {
        self.dir.join("listener.address")
    }

    /// Where a role that runs on its own listens; taken away when it ends.
    pub(crate) fn address_of(&self, role: &str) -> PathBuf {
        self.dir.join(format!("{role}.address"))
    }

    /// What a role holds that can be there once in a folder.
    pub(crate) fn lock_of(&self, role: &str) -> PathBuf {
        self.dir.join(format!("{role}.lock"))
    }

    /// Which clock the log goes by, from its first event on.
    pub(crate) fn clock(&self) -> PathBuf {
        self.dir.join("clock")
    }

    /// The settings.
    pub(crate) fn settings(&self) -> PathBuf {
        self.dir.join(crate::settings::FILE)
    }

    /// The rulebook that `init` puts there.
    pub(crate) fn rulebook(&self) -> PathBuf {
        self.dir.join("rulebook")
    }
}
