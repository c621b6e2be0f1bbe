//! The token that callers show: 256 random bits in a file that only its owner can read.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use runtime::Random;

use crate::error::IngestError;
use crate::hex;

const BYTES: usize = 32;
const DIGITS: usize = 2 * BYTES;

/// A token. `Debug` does not show it.
pub struct Token([u8; DIGITS]);

impl Token {
    /// Reads the token of an earlier run, or draws one and writes the file with mode 0600.
    ///
    /// The token stays the same over restarts, so that a caller reads the file once. Delete it to have another.
    pub fn load_or_create(file: &Path, random: &dyn Random) -> Result<Self, IngestError> {
        match file.try_exists() {
            Ok(true) => Self::load(file),
            Ok(false) | Err(_) => Self::create(file, random),
        }
    }

    /// Reads a token that somebody else made.
    pub fn load(file: &Path) -> Result<Self, IngestError> {
        let unreadable = |e: std::io::Error| {
            refuse(file, format!("can't be read: {e}"), "start `mahnwerk run` first, as the same user")
        };
        let opened = File::open(file).map_err(unreadable)?;
        let facts = opened.metadata().map_err(unreadable)?;
        if !facts.is_file() || facts.permissions().mode() & 0o077 != 0 {
            let what =
                format!("can be read by others (mode {:o}, owner {})", facts.mode() & 0o777, facts.uid());
            return Err(refuse(file, what, "chmod 600 it, or delete it to have another token"));
        }
        let mut text = String::new();
        opened.take(1024).read_to_string(&mut text).map_err(unreadable)?;
        Self::parse(text.trim()).ok_or_else(|| {
            refuse(file, "holds no token of 64 hexadecimal digits".into(), "delete it to have another")
        })
    }

    /// Whether this is the token, in a time that does not depend on how much of it is right.
    pub fn is(&self, shown: &[u8]) -> bool {
        let same_length = shown.len() == self.0.len();
        let different =
            self.0.iter().zip(shown).fold(0_u8, |all, (a, b)| std::hint::black_box(all | (a ^ b)));
        same_length && different == 0
    }

    /// The digits, for a client to show.
    pub fn reveal(&self) -> String {
        self.0.iter().copied().map(char::from).collect()
    }

    /// Written beside it and given its name whole: of several processes that start at once the first one's counts.
    ///
    /// A crash before the name is given leaves a file beside it that nobody reads.
    fn create(file: &Path, random: &dyn Random) -> Result<Self, IngestError> {
        let (mut bytes, mut unique) = ([0; BYTES], [0; 8]);
        random.fill(&mut bytes);
        random.fill(&mut unique);
        let mut beside = file.as_os_str().to_owned();
        beside.push(format!(".{}", hex::write(&unique)));
        let beside = Path::new(&beside);
        let new = OpenOptions::new().write(true).create_new(true).mode(0o600).open(beside);
        let mut new = new.map_err(|error| {
            refuse(file, format!("can't be made: {error}"), "choose a folder that may be written to")
        })?;
        let written = new.write_all(format!("{}\n", hex::write(&bytes)).as_bytes());
        let named = written.and_then(|()| new.sync_all()).and_then(|()| std::fs::hard_link(beside, file));
        let _nobody_reads_it = std::fs::remove_file(beside);
        match named {
            Ok(()) => Self::load(file),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Self::load(file),
            Err(error) => {
                Err(refuse(file, format!("can't be written: {error}"), "make room, and start again"))
            }
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let digits: [u8; DIGITS] = text.as_bytes().try_into().ok()?;
        digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')).then_some(Self(digits))
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(..)")
    }
}

fn refuse(file: &Path, what: String, remedy: &str) -> IngestError {
    IngestError::Token { file: file.display().to_string(), what, remedy: remedy.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sevens;

    impl Random for Sevens {
        fn fill(&self, out: &mut [u8]) {
            out.fill(7);
        }
    }

    #[test]
    fn a_token_is_made_once_for_its_owner_only_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        let made = Token::load_or_create(&file, &Sevens).unwrap();
        assert_eq!(made.reveal(), "07".repeat(32));
        assert_eq!(std::fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), format!("{}\n", made.reveal()));
        assert!(Token::load_or_create(&file, &Sevens).unwrap().is(made.reveal().as_bytes()));
        assert_eq!(format!("{made:?}"), "Token(..)");
    }

    #[test]
    fn only_the_whole_token_is_it() {
        let token = Token::parse(&"0a".repeat(32)).unwrap();
        assert!(token.is("0a".repeat(32).as_bytes()));
        for wrong in [
            "",
            "0a",
            &"0a".repeat(31),
            &"0a".repeat(33),
            &format!("{}0b", "0a".repeat(31)),
            &"0A".repeat(32),
        ] {
            assert!(!token.is(wrong.as_bytes()), "{wrong}");
        }
    }

    #[test]
    fn a_file_that_others_can_read_or_that_holds_no_token_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        std::fs::write(&file, "07".repeat(32)).unwrap();
        for (mode, text, said) in [
            (0o644, "07".repeat(32), "chmod 600"),
            (0o640, "07".repeat(32), "chmod 600"),
            (0o600, String::new(), "64 hexadecimal digits"),
            (0o600, "xy".repeat(32), "64 hexadecimal digits"),
        ] {
            std::fs::write(&file, text).unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
            let refused = Token::load_or_create(&file, &Sevens).unwrap_err().to_string();
            assert!(refused.contains(said), "{refused}");
        }
        assert!(Token::load(&folder.path().join("none")).unwrap_err().to_string().contains("mahnwerk run"));
        let nowhere = folder.path().join("no/folder");
        assert!(Token::load_or_create(&nowhere, &Sevens).is_err());
    }
}
