//! The repository as a folder of texts, for tests that hold rules about it.
//!
//! Guarantees that what is built, generated or kept by a run is left out; needs no git, so that it holds in a tarball.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Folders that are not part of the repository.
const LEFT_OUT: [&str; 7] =
    ["target", ".git", "mahnwerk-demo", "mahnwerk-data", "mahnwerk-loopback", "__pycache__", ".venv"];

/// Deepest folder that is looked into.
const MAX_DEPTH: usize = 16;

/// A text file of the repository.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TextFile {
    /// Its path from the repository's top, with `/` between the parts.
    pub path: String,
    /// What stands in it.
    pub text: String,
}

impl TextFile {
    /// Whether its name ends like this.
    pub fn ends_with(&self, suffix: &str) -> bool {
        self.path.ends_with(suffix)
    }
}

/// The repository's top.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every file of the repository that is UTF-8, in order of path.
pub fn text_files() -> io::Result<Vec<TextFile>> {
    let mut found = Vec::new();
    walk(&root(), "", 0, &mut found)?;
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn walk(folder: &Path, prefix: &str, depth: usize, found: &mut Vec<TextFile>) -> io::Result<()> {
    if depth > MAX_DEPTH {
        return Err(io::Error::other(format!("{prefix} is deeper than {MAX_DEPTH} folders")));
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        let kind = entry.file_type()?;
        if kind.is_dir() && !LEFT_OUT.contains(&name.as_str()) {
            walk(&entry.path(), &format!("{path}/"), depth + 1, found)?;
        } else if kind.is_file()
            && let Ok(text) = String::from_utf8(fs::read(entry.path())?)
        {
            found.push(TextFile { path, text });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_walk_finds_this_file_and_nothing_that_is_built() {
        let files = text_files().unwrap();
        assert!(files.iter().any(|file| file.path == "tests/src/repository.rs"));
        assert!(
            files.iter().all(|file| !file.path.starts_with("target/") && !file.path.starts_with(".git/"))
        );
        assert!(files.is_sorted_by(|a, b| a.path < b.path));
    }
}
