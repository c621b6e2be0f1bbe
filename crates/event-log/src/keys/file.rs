//! Key files: small commented text that only its owner may read.
//!
//! ```text
//! # comment
//! mahnwerk-keys 1
//! wrapping <64 hexadecimal digits>
//! digest <64 hexadecimal digits>
//! ```
//!
//! Words are parted by any white space, so that the same text fits on one line of an environment.
//! Permissions are those of Unix.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use super::{KeyError, Keyring};

const NAME: &str = "mahnwerk-keys";
const VERSION: &str = "1";
const ONLY_OWNER: u32 = 0o600;
/// Longest text that is looked at.
const MAX_LENGTH: u64 = 16_384;

impl Keyring {
    /// Reads a key file, unless others than its owner may reach it.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let file = File::open(path).map_err(|error| unusable(path, &error))?;
        // The opened file is asked, not its name: nobody can swap it in between.
        let mode = file.metadata().map_err(|error| unusable(path, &error))?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(KeyError::Exposed { path: path.to_owned(), mode });
        }
        let mut text = String::new();
        file.take(MAX_LENGTH).read_to_string(&mut text).map_err(|error| unusable(path, &error))?;
        Self::parse(&text)
            .map_err(|error| KeyError::Unusable { path: path.to_owned(), detail: error.to_string() })
    }

    /// Writes a new key file that only its owner may read, from its first moment on. A file that exists is left alone.
    ///
    /// A crash in here can leave a file that is cut off; reading it says so, and no log was made with it yet.
    pub fn write_new(&self, path: &Path) -> Result<(), KeyError> {
        let opened = OpenOptions::new().write(true).create_new(true).mode(ONLY_OWNER).open(path);
        let mut file = opened.map_err(|error| {
            let exists = error.kind() == ErrorKind::AlreadyExists;
            if exists { KeyError::Exists { path: path.to_owned() } } else { unusable(path, &error) }
        })?;
        file.write_all(self.text().as_bytes())
            .and_then(|()| file.sync_all())
            .and_then(|()| sync_folder(path))
            .map_err(|error| unusable(path, &error))
    }

    /// Reads the text of a key file, from wherever it comes.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let words = text.lines().filter_map(|line| line.split('#').next()).flat_map(str::split_whitespace);
        let words: Vec<&str> = words.collect();
        match words.as_slice() {
            [name, version, entries @ ..] if *name == NAME => match *version {
                VERSION => read_entries(entries),
                _ => Err(malformed("they have another version than 1; a newer release wrote them")),
            },
            _ => Err(malformed("they begin with `mahnwerk-keys 1`, and this text does not")),
        }
    }

    fn text(&self) -> String {
        format!(
            "# The keys of one Mahnwerk log. Keep a copy where the log's database is not.\n\
             # Without them nothing that was said to anybody can be read again; whoever has them can read all of it.\n\
             # wrapping: data keys lie under it. digest: names everything, and never changes.\n\
             {NAME} {VERSION}\nwrapping {}\ndigest {}\n",
            hex(&self.wrapping),
            hex(&self.digest)
        )
    }
}

fn read_entries(entries: &[&str]) -> Result<Keyring, KeyError> {
    let (mut wrapping, mut digest) = (None, None);
    for entry in entries.chunks(2) {
        let slot = match entry.first().copied() {
            Some("wrapping") => &mut wrapping,
            Some("digest") => &mut digest,
            Some(_) | None => {
                return Err(malformed("only `wrapping` and `digest` are known, each with its digits"));
            }
        };
        let key = entry.get(1).copied().and_then(unhex);
        let key =
            key.ok_or_else(|| malformed("a key is 64 hexadecimal digits; one is missing or cut off"))?;
        if slot.replace(key).is_some() {
            return Err(malformed("a key stands there twice"));
        }
    }
    match (wrapping, digest) {
        (Some(wrapping), Some(digest)) if wrapping != digest => Ok(Keyring { wrapping, digest }),
        (Some(_), Some(_)) => Err(malformed("both keys are the same; they must be drawn apart")),
        (None, _) => Err(malformed("`wrapping` is missing")),
        (_, None) => Err(malformed("`digest` is missing")),
    }
}

/// Makes the file's name itself durable.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        Some(_) | None => File::open(".")?.sync_all(),
    }
}

fn hex(key: &[u8; 32]) -> String {
    key.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    // Signs and the like are no digits, though number parsing takes them.
    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let mut key = [0; 32];
    for (slot, pair) in key.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *slot = u8::from_str_radix(core::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(key)
}

const fn malformed(detail: &'static str) -> KeyError {
    KeyError::Malformed { detail }
}

fn unusable(path: &Path, error: &std::io::Error) -> KeyError {
    let kind = error.kind();
    let detail = if kind == ErrorKind::NotFound {
        "it is not there; `mahnwerk init` makes one for a new log".to_owned()
    } else if kind == ErrorKind::InvalidData {
        "it is no text".to_owned()
    } else {
        error.to_string()
    };
    KeyError::Unusable { path: path.to_owned(), detail }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};

    use super::super::tests::keyring;
    use super::*;

    #[test]
    fn a_key_file_reads_back_and_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        keyring(1).write_new(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let read = Keyring::read(&path).unwrap();
        assert_eq!((read.wrapping, read.digest), (keyring(1).wrapping, keyring(1).digest));
        assert!(matches!(keyring(2).write_new(&path), Err(KeyError::Exists { .. })));
        assert_eq!(Keyring::read(&path).unwrap().digest, keyring(1).digest);
    }

    #[test]
    fn a_file_that_others_reach_is_refused_with_the_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        keyring(1).write_new(&path).unwrap();
        for mode in [0o640, 0o604, 0o660, 0o601, 0o620] {
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            let error = Keyring::read(&path).unwrap_err().to_string();
            assert!(error.contains(&format!("chmod 600 {}", path.display())), "{error}");
        }
        fs::set_permissions(&path, Permissions::from_mode(0o400)).unwrap();
        assert!(Keyring::read(&path).is_ok());
    }

    #[test]
    fn a_missing_or_binary_file_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let error = Keyring::read(&path).unwrap_err().to_string();
        assert!(error.contains("mahnwerk init"), "{error}");
        keyring(1).write_new(&path).unwrap();
        fs::write(&path, [0xff, 0xfe]).unwrap();
        assert!(Keyring::read(&path).unwrap_err().to_string().contains("no text"));
        fs::write(&path, "mahnwerk-keys 1 wrapping ab").unwrap();
        let error = Keyring::read(&path).unwrap_err().to_string();
        assert!(error.contains("cut off") && error.contains(&path.display().to_string()), "{error}");
    }

    #[test]
    fn the_same_text_fits_on_one_line() {
        let text = keyring(1).text();
        let line: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(Keyring::parse(&line.join(" ")).unwrap().digest, keyring(1).digest);
    }

    #[test]
    fn bad_texts_are_refused_without_repeating_them() {
        let (a, b) = ("ab".repeat(32), "cd".repeat(32));
        let whole = format!("mahnwerk-keys 1 wrapping {a} digest {b}");
        assert!(Keyring::parse(&whole).is_ok());
        for (text, says) in [
            (String::new(), "begin with"),
            (format!("wrapping {a} digest {b}"), "begin with"),
            (format!("mahnwerk-keys 2 wrapping {a} digest {b}"), "version"),
            (format!("mahnwerk-keys 1 wrapping {a}"), "`digest` is missing"),
            (format!("mahnwerk-keys 1 digest {a}"), "`wrapping` is missing"),
            (whole.replace(&b, &b[1..]), "cut off"),
            (whole.replace(&b, &format!("+{}", &b[1..])), "cut off"),
            (format!("mahnwerk-keys 1 wrapping {a} digest"), "cut off"),
            (format!("{whole} digest {b}"), "twice"),
            (format!("{whole} {a}"), "only"),
            (format!("mahnwerk-keys 1 wrapping {a} digest {a}"), "the same"),
        ] {
            let error = Keyring::parse(&text).unwrap_err().to_string();
            assert!(error.contains(says), "{error} for {says}");
            assert!(!error.contains("abab") && !error.contains("cdcd"), "{error}");
        }
    }
}
