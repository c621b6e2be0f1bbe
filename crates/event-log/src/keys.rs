//! The two keys of a log: the wrapping key, under which data keys lie, and the digest key, which names everything.
//!
//! The wrapping key can be replaced by wrapping every data key anew.
//! The digest key never changes, since streams, partitions, lookups and suppression lists are made with it.
//! **Invariant:** no key is ever shown: `Debug` is redacted, and no error repeats what stands in a key file.
//! Not here: rotation, and keeping keys in a vault; a vault can hand the text of a key file to [`Keyring::parse`].

mod digests;
mod file;

use core::fmt;
use std::path::PathBuf;

use domain::ids::StreamId;
use runtime::Random;

pub(crate) use self::digests::keyed;

/// Why a key could not be read, or something could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// There is a key file already; it is never overwritten.
    #[error("{} exists already and is never overwritten: a lost key can't be made again", path.display())]
    Exists {
        /// Which file.
        path: PathBuf,
    },
    /// Others than its owner may read or write the key file.
    #[error("{} can be reached by others (mode {mode:04o}); run `chmod 600 {}`", path.display(), path.display())]
    Exposed {
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The key file can't be read or written.
    #[error("the key file {} can't be used: {detail}", path.display())]
    Unusable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        detail: String,
    },
    /// The text is no keyring.
    #[error("these are no keys of Mahnwerk: {detail}")]
    Malformed {
        /// What is wrong and what would be right, without a word of the text.
        detail: &'static str,
    },
    /// The debtor's data key is gone: the debtor was erased, and nobody can read this any more.
    #[error("the data key of {stream} is destroyed; what was sealed under it can't be read any more")]
    Destroyed {
        /// Whose.
        stream: StreamId,
    },
    /// The data key lies under another wrapping key.
    #[error(
        "the {what} lies under another wrapping key; use the key file that was in force when it was written"
    )]
    OtherKey {
        /// What was to be opened.
        what: &'static str,
    },
    /// What was sealed was altered, moved to another place, or sealed under another key.
    #[error("the {what} does not open: it was altered, moved, or sealed under another key")]
    Tampered {
        /// What was to be opened.
        what: &'static str,
    },
    /// What was sealed is of a shape that this release does not know.
    #[error("the {what} has an unknown format ({format}); a newer release wrote it, or it is damaged")]
    UnknownFormat {
        /// What was to be opened.
        what: &'static str,
        /// Its first byte.
        format: u8,
    },
    /// It is too large to be sealed.
    #[error("the {what} has {size} bytes; at most {limit} can be sealed")]
    TooLarge {
        /// What was to be sealed.
        what: &'static str,
        /// Its size.
        size: usize,
        /// How much is allowed.
        limit: usize,
    },
}

/// The two keys of a log.
#[derive(Clone)]
pub struct Keyring {
    wrapping: [u8; 32],
    digest: [u8; 32],
}

impl Keyring {
    /// Draws two new keys.
    pub fn generate(random: &dyn Random) -> Self {
        let (mut wrapping, mut digest) = ([0; 32], [0; 32]);
        random.fill(&mut wrapping);
        random.fill(&mut digest);
        Self { wrapping, digest }
    }

    /// The key under which data keys and parked facts lie.
    pub(crate) const fn wrapping(&self) -> &[u8; 32] {
        &self.wrapping
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyring(..)")
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Counts up, so that every draw differs and every run is the same.
    pub(crate) struct Counting(pub(crate) std::sync::atomic::AtomicU8);

    impl Random for Counting {
        fn fill(&self, out: &mut [u8]) {
            out.fill_with(|| self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        }
    }

    pub(crate) fn keyring(seed: u8) -> Keyring {
        Keyring::generate(&Counting(seed.into()))
    }

    #[test]
    fn debug_shows_no_key() {
        assert_eq!(format!("{:?}", keyring(7)), "Keyring(..)");
    }
}
