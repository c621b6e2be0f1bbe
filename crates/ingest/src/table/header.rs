//! The first line: which columns there are, and whether the separator is right.

use std::path::Path;

use super::row::{MAX_FIELDS, Row, Split, split};
use crate::error::IngestError;
use crate::suggest;

/// The separators that are tried when columns are missing: byte, name, and how a mapping writes it.
const CANDIDATES: [(u8, &str, &str); 4] =
    [(b';', "semicolon", ";"), (b',', "comma", ","), (b'\t', "tab", "\\t"), (b'|', "bar", "|")];

/// A header that has what is needed.
#[derive(Debug)]
pub(super) struct Header {
    /// How many columns it has.
    pub(super) width: usize,
    /// Where each needed column stands.
    pub(super) places: Vec<usize>,
}

/// Reads a header line.
pub(super) fn read(file: &Path, line: &str, separator: u8, needed: &[String]) -> Result<Header, IngestError> {
    let refuse = |(what, remedy)| IngestError::Table { file: file.display().to_string(), what, remedy };
    let names = names(line, separator).ok_or_else(|| {
        refuse((
            "the header can't be read".into(),
            format!("close its quotation marks; at most {MAX_FIELDS} columns"),
        ))
    })?;
    let places: Option<Vec<usize>> = needed.iter().map(|column| place(&names, column)).collect();
    match places {
        Some(places) => match needed.iter().find(|c| names.iter().filter(|n| n == c).count() > 1) {
            Some(twice) => Err(refuse((
                format!("the header has column \"{twice}\" twice"),
                "rename one of them, so that it is clear which is meant".into(),
            ))),
            None => Ok(Header { width: names.len(), places }),
        },
        None => Err(refuse(missing(line, separator, &names, needed))),
    }
}

fn names(line: &str, separator: u8) -> Option<Vec<String>> {
    let mut row = Row::default();
    match split(line, separator, &mut row) {
        Split::Whole => Some(row.iter().map(|name| name.trim().to_owned()).collect()),
        Split::OpenQuote | Split::BehindQuote | Split::TooMany => None,
    }
}

fn place(names: &[String], column: &str) -> Option<usize> {
    names.iter().position(|name| name == column)
}

/// Says why columns are missing: another separator would find more of them, or they are called otherwise.
fn missing(line: &str, separator: u8, names: &[String], needed: &[String]) -> (String, String) {
    let found = |names: &[String]| needed.iter().filter(|c| place(names, c).is_some()).count();
    let better = CANDIDATES.iter().filter(|(byte, ..)| *byte != separator).find(|(byte, ..)| {
        self::names(line, *byte).is_some_and(|other| {
            found(&other) > found(names) || (names.len() == 1 && other.len() > 1 && found(names) == 0)
        })
    });
    if let Some((_, name, written)) = better {
        let what = format!("this file looks {name}-separated");
        return (what, format!("set separator = \"{written}\" in the mapping"));
    }
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    let absent: Vec<&String> = needed.iter().filter(|c| place(names, c).is_none()).collect();
    let what = absent.iter().map(|c| format!("\"{c}\"")).collect::<Vec<_>>().join(", ");
    let near = absent.first().and_then(|c| suggest::nearest(c, known.iter().copied()));
    let remedy = match near {
        Some(near) => format!("did you mean `{near}`? correct the mapping or the header"),
        None => format!("the header has: {}", known.join(", ")),
    };
    (format!("the header has no column {what}"), remedy)
}
