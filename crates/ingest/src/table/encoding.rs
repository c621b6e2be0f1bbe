//! Whether a whole file is UTF-8 text, and if it isn't, what it seems to be.

use std::io::Read;
use std::path::Path;

use crate::error::IngestError;

const BLOCK: usize = 64 * 1024;

/// Reads the whole file; refuses it with a sentence unless it is text in UTF-8.
pub(super) fn check(file: &Path) -> Result<(), IngestError> {
    let mut reader = super::text_of(file)?;
    let mut scan = Scan::default();
    let mut block = Vec::with_capacity(BLOCK + 4);
    loop {
        let limit = u64::try_from(BLOCK).unwrap_or(u64::MAX);
        let read = reader.by_ref().take(limit).read_to_end(&mut block);
        let read = read.map_err(|e| IngestError::unreadable(file, &e))?;
        scan.take(&mut block, read == 0).map_err(|(what, remedy)| refuse(file, what, remedy))?;
        if read == 0 {
            return Ok(());
        }
    }
}

fn refuse(file: &Path, what: String, remedy: &str) -> IngestError {
    IngestError::Table { file: file.display().to_string(), what, remedy: remedy.into() }
}

type Refusal = (String, &'static str);

/// How far a file has been looked at.
#[derive(Default)]
struct Scan {
    begun: bool,
    line_breaks: usize,
}

impl Scan {
    /// Looks at a block and leaves the bytes of a character that is not yet whole.
    fn take(&mut self, block: &mut Vec<u8>, is_last: bool) -> Result<(), Refusal> {
        if !self.begun {
            self.begun = true;
            beginning(block)?;
        }
        let good = match std::str::from_utf8(block) {
            Ok(_) => block.len(),
            Err(e) if e.error_len().is_none() && !is_last => e.valid_up_to(),
            Err(e) => return Err(self.not_utf8(block.get(..e.valid_up_to()).unwrap_or_default())),
        };
        let checked = block.get(..good).unwrap_or_default();
        if checked.contains(&0) {
            return Err(zero_bytes());
        }
        self.line_breaks += count_line_breaks(checked);
        block.drain(..good);
        Ok(())
    }

    fn not_utf8(&self, before: &[u8]) -> Refusal {
        let line = self.line_breaks + count_line_breaks(before) + 1;
        (
            format!("line {line} is not UTF-8; the file seems to be Latin-1 or Windows-1252"),
            "save it as UTF-8, or convert it: iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW",
        )
    }
}

/// Recognises what is no UTF-8 text by its first bytes.
fn beginning(block: &[u8]) -> Result<(), Refusal> {
    match block {
        [] | [0xef, 0xbb, 0xbf] => Err(("is empty".into(), "a table has a header and rows")),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            Err(("is UTF-16".into(), "save it as UTF-8, or convert it: iconv -f UTF-16 -t UTF-8 FILE > NEW"))
        }
        [b'P', b'K', 3, 4, ..] => {
            Err(("is an Excel workbook or another ZIP archive".into(), "save the sheet as CSV in UTF-8"))
        }
        _ => Ok(()),
    }
}

fn zero_bytes() -> Refusal {
    (
        "holds zero bytes: it is UTF-16 without a mark, or no text".into(),
        "save it as UTF-8, or convert it: iconv -f UTF-16LE -t UTF-8 FILE > NEW",
    )
}

fn count_line_breaks(bytes: &[u8]) -> usize {
    bytes.iter().filter(|b| **b == b'\n').count()
}
