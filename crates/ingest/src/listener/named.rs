//! Named tokens: who else is let in, as what, for whom and until when, in a file that only its owner can read.
//!
//! A token is 256 random bits, shown once when it is made; the file keeps their SHA-256, so that whoever reads the file
//! or a copy of it can't ask with it. A plain digest is enough: nobody can guess 256 bits.
//! **Invariant:** the file is replaced as a whole, by one at a time; whoever reads it sees the old or the new one.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use domain::label::{Label, TenantId};
use domain::time::Timestamp;
use runtime::Random;
use sha2::{Digest, Sha256};

use super::caller::{Caller, Role, Tenants};
use crate::error::IngestError;
use crate::hex;

mod form;

/// Most tokens in a file.
pub const MAX_TOKENS: usize = 1_000;
/// Largest file, in bytes.
const MAX_FILE: u64 = 1 << 20;
const BYTES: usize = 32;

/// A token, without its secret.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NamedToken {
    /// Who it is, in the log and in the list.
    pub name: Label,
    /// What it is for.
    pub role: Role,
    /// For whom.
    pub tenants: Tenants,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is let in no more.
    pub expires_at: Option<Timestamp>,
    digest: [u8; BYTES],
}

/// The tokens of a file, in the order in which they were made.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NamedTokens(Vec<NamedToken>);

impl NamedToken {
    /// Draws a secret; the digits are shown now or never.
    pub fn draw(
        name: Label,
        role: Role,
        tenants: Tenants,
        (created_at, expires_at): (Timestamp, Option<Timestamp>),
        random: &dyn Random,
    ) -> (Self, String) {
        let mut bytes = [0; BYTES];
        random.fill(&mut bytes);
        let digits = hex::write(&bytes);
        let digest = digest(digits.as_bytes());
        (Self { name, role, tenants, created_at, expires_at, digest }, digits)
    }

    /// Whether it has expired.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }

    /// Whom it stands for.
    pub(super) fn caller(&self) -> Caller {
        Caller { name: self.name.clone(), role: self.role, tenants: self.tenants.clone() }
    }
}

impl NamedTokens {
    /// Reads a file; where there is none, nobody is named.
    pub fn read(file: &Path) -> Result<Self, IngestError> {
        let unreadable = |e: std::io::Error| {
            refuse(file, format!("can't be read: {e}"), "run as the user that the file belongs to")
        };
        let opened = match File::open(file) {
            Ok(opened) => opened,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(unreadable(error)),
        };
        let facts = opened.metadata().map_err(unreadable)?;
        if !facts.is_file() || facts.permissions().mode() & 0o077 != 0 {
            let what =
                format!("can be read by others (mode {:o}, owner {})", facts.mode() & 0o777, facts.uid());
            return Err(refuse(file, what, "chmod 600 it"));
        }
        if facts.len() > MAX_FILE {
            return Err(refuse(file, format!("is longer than {MAX_FILE} bytes"), "revoke some tokens"));
        }
        let mut text = String::new();
        opened.take(MAX_FILE).read_to_string(&mut text).map_err(unreadable)?;
        form::parse(&text).map_err(|(what, remedy)| refuse(file, what, &remedy))
    }

    /// Changes a file, while nobody else does; what `change` refuses changes nothing.
    pub fn change<T>(
        file: &Path,
        change: impl FnOnce(&mut Self) -> Result<T, IngestError>,
    ) -> Result<T, IngestError> {
        let new = beside(file);
        let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new);
        let opened = opened.map_err(|error| {
            if error.kind() == ErrorKind::AlreadyExists {
                let what = format!("is being changed by another command, which writes {}", new.display());
                return refuse(file, what, "wait for it, or delete that file if it was killed");
            }
            refuse(file, format!("can't be changed: {error}"), "choose a folder that may be written to")
        })?;
        let changed = Self::write_changed(file, &new, opened, change);
        if changed.is_err() {
            // What can't be taken away now is named by the next command.
            let _left_there = std::fs::remove_file(&new);
        }
        changed
    }

    fn write_changed<T>(
        file: &Path,
        new: &Path,
        mut opened: File,
        change: impl FnOnce(&mut Self) -> Result<T, IngestError>,
    ) -> Result<T, IngestError> {
        let mut tokens = Self::read(file)?;
        let result = change(&mut tokens)?;
        if tokens.0.len() > MAX_TOKENS {
            return Err(refuse(
                file,
                format!("would hold more than {MAX_TOKENS} tokens"),
                "revoke some first",
            ));
        }
        let written = opened.write_all(form::write(&tokens).as_bytes()).and_then(|()| opened.sync_all());
        // A crash before this line leaves the old file, and the new one beside it, which the next command names.
        written
            .and_then(|()| std::fs::rename(new, file))
            .map_err(|error| refuse(file, format!("can't be written: {error}"), "make room and try again"))?;
        Ok(result)
    }

    /// Takes a token in.
    pub fn add(&mut self, token: NamedToken) -> Result<(), NameTaken> {
        if token.name.as_str() == Caller::LOCAL || self.0.iter().any(|other| other.name == token.name) {
            return Err(NameTaken);
        }
        self.0.push(token);
        Ok(())
    }

    /// Takes a token out; whether there was one of that name.
    pub fn revoke(&mut self, name: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|token| token.name.as_str() != name);
        self.0.len() < before
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &NamedToken> {
        self.0.iter()
    }

    /// The token with these digits, in a time that does not depend on which one it is or how much of it is right.
    pub(super) fn find(&self, shown: &[u8]) -> Option<&NamedToken> {
        let shown = digest(shown);
        let is_shown = |token: &&NamedToken| {
            let different = token.digest.iter().zip(shown);
            different.fold(0_u8, |all, (a, b)| std::hint::black_box(all | (a ^ b))) == 0
        };
        // Each one is looked at, whichever fits.
        self.0.iter().fold(None, |found, token| if is_shown(&token) { Some(token) } else { found })
    }
}

/// A name that another token has, or the local operator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NameTaken;

fn digest(shown: &[u8]) -> [u8; BYTES] {
    Sha256::digest(shown).into()
}

/// Where the next version is written, which also says that somebody writes.
fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".new");
    name.into()
}

fn refuse(file: &Path, what: String, remedy: &str) -> IngestError {
    IngestError::Token { file: file.display().to_string(), what, remedy: remedy.into() }
}

/// The tenants of a list of names.
pub(super) fn these(names: &[String]) -> Option<Tenants> {
    let tenants: Option<BTreeSet<TenantId>> = names.iter().map(|name| TenantId::new(name).ok()).collect();
    tenants.filter(|tenants| !tenants.is_empty()).map(Tenants::These)
}

#[cfg(test)]
mod tests;
