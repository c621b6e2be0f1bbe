//! A rulebook's files as one run of bytes: what the event log keeps under the hash.
//!
//! A magic line, the number of files (u32, big-endian), then for each, sorted by path: the path's length, the path, the
//! content's length, the content.
//! The same files always give the same bytes.

use std::collections::BTreeMap;

use crate::problem::Problem;

const MAGIC: &[u8] = b"mahnwerk rulebook sources 1\n";

/// Most files of one rulebook.
pub const MAX_FILES: usize = 4_000;
/// Largest file, in bytes.
pub const MAX_FILE_BYTES: usize = 256 * 1024;
/// Largest rulebook, in bytes.
pub const MAX_TOTAL_BYTES: usize = 16 * 1024 * 1024;

/// Files by their path, relative to the rulebook's folder, with `/` between its parts.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// Packs the files, or says which limit they break.
pub(crate) fn pack(files: &Files) -> Result<Vec<u8>, Box<Problem>> {
    if files.len() > MAX_FILES {
        let what = format!("the rulebook has {} files", files.len());
        return Err(Box::new(Problem::of_file(
            "",
            what,
            format!("keep to {MAX_FILES}, or use several rulebooks"),
        )));
    }
    let mut out = MAGIC.to_vec();
    out.extend_from_slice(&length_of(files.len()));
    for (path, content) in files {
        if content.len() > MAX_FILE_BYTES {
            let what = format!("the file has {} bytes", content.len());
            return Err(Box::new(Problem::of_file(path, what, format!("keep to {MAX_FILE_BYTES}"))));
        }
        push(&mut out, path.as_bytes());
        push(&mut out, content);
        if out.len() > MAX_TOTAL_BYTES {
            let remedy = format!("keep all files together to {MAX_TOTAL_BYTES} bytes");
            return Err(Box::new(Problem::of_file(path, "the rulebook is too large", remedy)));
        }
    }
    Ok(out)
}

fn push(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&length_of(bytes.len()));
    out.extend_from_slice(bytes);
}

/// All lengths are bounded far below 2^32 by the limits above.
fn length_of(count: usize) -> [u8; 4] {
    u32::try_from(count).unwrap_or(u32::MAX).to_be_bytes()
}

/// Unpacks what [`pack`] gave.
pub(crate) fn unpack(bytes: &[u8]) -> Result<Files, Box<Problem>> {
    read(bytes).map_err(|what| {
        let what = format!("the rulebook's sources are damaged: {what}");
        Box::new(Problem::of_file("", what, "load them from their files again"))
    })
}

fn read(bytes: &[u8]) -> Result<Files, &'static str> {
    if bytes.len() > MAX_TOTAL_BYTES + MAGIC.len() {
        return Err("they are too large");
    }
    let mut rest = bytes.strip_prefix(MAGIC).ok_or("they do not begin as they should")?;
    let count =
        take_length(&mut rest).filter(|count| *count <= MAX_FILES).ok_or("their number of files is wrong")?;
    let mut files = Files::new();
    for _ in 0..count {
        let path = take(&mut rest).ok_or("they end within a path")?;
        let content = take(&mut rest).ok_or("they end within a file")?;
        let path = core::str::from_utf8(path).map_err(|_| "a path is no text")?;
        let in_order = files.last_key_value().is_none_or(|(last, _)| last.as_str() < path);
        if !in_order || content.len() > MAX_FILE_BYTES {
            return Err("their files are out of order or too large");
        }
        files.insert(path.to_owned(), content.to_vec());
    }
    if rest.is_empty() { Ok(files) } else { Err("they go on after their end") }
}

fn take_length(rest: &mut &[u8]) -> Option<usize> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    *rest = after;
    usize::try_from(u32::from_be_bytes(*length)).ok()
}

fn take<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = take_length(rest)?;
    let (taken, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_unpacked_and_packed_the_same() {
        let files: Files = [("b.toml", "x"), ("a/é.txt", ""), ("a.toml", "yy")]
            .map(|(path, content)| (path.to_owned(), content.as_bytes().to_vec()))
            .into();
        let packed = pack(&files).unwrap();
        assert_eq!(unpack(&packed).unwrap(), files);
        assert_eq!(pack(&unpack(&packed).unwrap()).unwrap(), packed);
    }

    #[test]
    fn damaged_sources_are_refused_at_every_length() {
        let files: Files = [("a".to_owned(), b"content".to_vec()), ("b".to_owned(), Vec::new())].into();
        let packed = pack(&files).unwrap();
        for length in 0..packed.len() {
            assert!(unpack(&packed[..length]).is_err(), "{length}");
        }
        let mut longer = packed.clone();
        longer.push(0);
        assert!(unpack(&longer).unwrap_err().what.contains("after their end"));
        let mut twice = packed.clone();
        twice.splice(MAGIC.len()..MAGIC.len() + 4, length_of(4));
        twice.extend_from_slice(&packed[MAGIC.len() + 4..]);
        assert!(unpack(&twice).unwrap_err().what.contains("out of order"));
    }

    #[test]
    fn limits_are_held() {
        let big: Files = [("a".to_owned(), vec![b'x'; MAX_FILE_BYTES + 1])].into();
        assert!(pack(&big).unwrap_err().what.contains("bytes"));
        let many: Files = (0..=MAX_FILES).map(|i| (format!("{i:05}"), Vec::new())).collect();
        assert!(pack(&many).unwrap_err().what.contains("files"));
    }
}
