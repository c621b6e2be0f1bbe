//! The example rulebooks, inside the binary: `demo` needs no other file.

use crate::archive::{Files, pack};

/// Their names.
pub const BUNDLED: [&str; 2] = ["municipality", "fines"];

/// The sources of an example rulebook, as [`compile_sources`](crate::compile_sources) takes them.
pub fn bundled(name: &str) -> Option<Vec<u8>> {
    let files: Files = bundled_files(name)?
        .iter()
        .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()))
        .collect();
    pack(&files).ok()
}

/// The files of an example rulebook, by path, to write them out for an operator to begin with.
pub fn bundled_files(name: &str) -> Option<&'static [(&'static str, &'static str)]> {
    match name {
        "municipality" => Some(MUNICIPALITY),
        "fines" => Some(FINES),
        _ => None,
    }
}

macro_rules! files {
    ($folder:literal: $($path:literal,)*) => {
        &[$(($path, include_str!(concat!("../../../rulebook/", $folder, "/", $path))),)*]
    };
}

const MUNICIPALITY: &[(&str, &str)] = files! {
    "municipality":
    "mahnwerk.toml",
    "scenarios.toml",
    "templates/shared/call.de.txt",
    "templates/shared/call.en.txt",
    "templates/shared/call.fr.txt",
    "templates/shared/call.it.txt",
    "templates/shared/email-callback.de.txt",
    "templates/shared/email-callback.en.txt",
    "templates/shared/email-callback.fr.txt",
    "templates/shared/email-callback.it.txt",
    "templates/shared/sms-callback.de.txt",
    "templates/shared/sms-callback.en.txt",
    "templates/shared/sms-callback.fr.txt",
    "templates/shared/sms-callback.it.txt",
    "templates/shared/social-callback.de.txt",
    "templates/shared/social-callback.en.txt",
    "templates/shared/social-callback.fr.txt",
    "templates/shared/social-callback.it.txt",
};

const FINES: &[(&str, &str)] = files! {
    "fines":
    "mahnwerk.toml",
    "scenarios.toml",
    "templates/shared/call.it.txt",
    "templates/shared/email-callback.it.txt",
    "templates/shared/sms-callback.it.txt",
    "templates/shared/social-callback.it.txt",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_bundled_is_what_lies_in_the_folder() {
        for name in BUNDLED {
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../rulebook/");
            let loaded = crate::load_dir(std::path::Path::new(&format!("{folder}{name}"))).unwrap();
            assert_eq!(
                loaded.sources,
                bundled(name).unwrap(),
                "{name}: a file is missing from the list above"
            );
        }
        assert!(bundled("unknown").is_none());
    }
}
