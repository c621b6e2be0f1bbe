//! Reading a rulebook's folder.
//!
//! Taken are `*.toml` and `templates/SCOPE/NAME.LANGUAGE.txt`; hidden files, editors' backups and `README*` are passed
//! over; anything else is a problem, so that a misnamed file is not silently ignored.

use std::fs;
use std::path::Path;

use crate::archive::{Files, MAX_FILE_BYTES, MAX_FILES, pack};
use crate::compile::{Compiled, compile_sources};
use crate::problem::{Problem, Sink};

/// Deepest folder: `templates/SCOPE`.
const MAX_DEPTH: usize = 2;

/// Reads, checks and compiles the rulebook in a folder; gives all problems at once.
pub fn load_dir(folder: &Path) -> Result<Compiled, Vec<Problem>> {
    let sink = Sink::default();
    let mut files = Files::new();
    walk(folder, "", 0, &mut files, &sink);
    if !sink.is_empty() {
        return Err(sink.into_sorted());
    }
    let sources = pack(&files).map_err(|problem| vec![*problem])?;
    compile_sources(&sources)
}

fn walk(folder: &Path, prefix: &str, depth: usize, files: &mut Files, sink: &Sink) {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            let what = format!("the folder {} can't be read: {error}", folder.display());
            return sink.add(Problem::of_file(
                prefix.trim_end_matches('/'),
                what,
                "name a folder with a rulebook in it",
            ));
        }
    };
    let mut names: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.file_name()).collect();
    names.sort();
    for name in names {
        let path = folder.join(&name);
        let Some(name) = name.to_str() else {
            sink.add(Problem::of_file(prefix, "a file's name is no UTF-8", "use letters, digits, - and ."));
            continue;
        };
        if is_passed_over(name) {
            continue;
        }
        let relative = format!("{prefix}{name}");
        if path.is_dir() {
            if depth < MAX_DEPTH {
                walk(&path, &format!("{relative}/"), depth + 1, files, sink);
            } else {
                sink.add(Problem::of_file(
                    &relative,
                    "the folder lies too deep",
                    "use templates/SCOPE/ and no deeper",
                ));
            }
        } else if is_taken(&relative) {
            take(&path, relative, files, sink);
        } else {
            let remedy = "name it NAME.toml or templates/SCOPE/NAME.LANGUAGE.txt, or move it away";
            sink.add(Problem::of_file(&relative, "this is no file of a rulebook", remedy));
        }
    }
}

fn is_passed_over(name: &str) -> bool {
    name.starts_with('.') || name.ends_with('~') || name.to_ascii_uppercase().starts_with("README")
}

fn is_taken(relative: &str) -> bool {
    let in_templates = relative.starts_with("templates/");
    let extension = relative.rsplit_once('.').map_or("", |(_, extension)| extension);
    (extension == "toml" && !in_templates) || (extension == "txt" && in_templates)
}

fn take(path: &Path, relative: String, files: &mut Files, sink: &Sink) {
    let size = fs::metadata(path).map_or(0, |meta| meta.len());
    if size > MAX_FILE_BYTES as u64 || files.len() >= MAX_FILES {
        let remedy = format!("keep to {MAX_FILE_BYTES} bytes a file and {MAX_FILES} files");
        return sink.add(Problem::of_file(&relative, format!("the file has {size} bytes"), remedy));
    }
    match fs::read(path) {
        Ok(content) => {
            files.insert(relative, content);
        }
        Err(error) => {
            let what = format!("the file can't be read: {error}");
            sink.add(Problem::of_file(&relative, what, "make it readable for this user"));
        }
    }
}
