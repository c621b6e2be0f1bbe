//! CSV files as they come from others: read row by row, with limits, and with a sentence for each thing that is wrong.
//!
//! A file is plain or gzipped, which its first bytes say. It is read twice: once to check its encoding as a whole, so
//! that nothing of a file in the wrong encoding is taken in, and once for its rows.
//! Reads RFC 4180: fields may be quoted, a quote inside is doubled, quoted fields may hold line breaks. Every row has
//! as many fields as the header. Blank lines are skipped.
//! Left out: other encodings than UTF-8 (they are recognised and refused), files without a header.

mod encoding;
mod header;
mod records;
mod row;

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use crate::error::IngestError;
use crate::problem::{RowProblem, Unfit};

use records::Records;
pub use records::{MAX_LINE, MAX_RECORD_LINES};
pub use row::{MAX_FIELDS, Row};

/// What reading on has come to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Step {
    /// The row was filled.
    Row,
    /// The next row can't be read; reading on goes behind it.
    Problem(RowProblem),
    /// There are no more rows.
    End,
}

/// A CSV file, opened, with its header checked.
pub struct Table {
    file: PathBuf,
    records: Records,
    width: usize,
    places: Vec<usize>,
}

impl Table {
    /// Opens a file that must have these columns.
    pub fn open(file: &Path, separator: u8, needed: &[String]) -> Result<Self, IngestError> {
        encoding::check(file)?;
        let mut records = Records::new(text_of(file)?, separator);
        let line = records.first_line().map_err(|e| IngestError::unreadable(file, &e))?;
        let header = header::read(file, &line, separator, needed)?;
        Ok(Self { file: file.into(), records, width: header.width, places: header.places })
    }

    /// Where each needed column stands in a row, in the order in which they were asked for.
    pub fn places(&self) -> &[usize] {
        &self.places
    }

    /// Reads the next row.
    pub fn next(&mut self, row: &mut Row) -> Result<Step, IngestError> {
        let step = self.records.next(row).map_err(|e| IngestError::unreadable(&self.file, &e))?;
        if step != Step::Row || row.len() == self.width {
            return Ok(step);
        }
        let unfit = Unfit::new(
            format!("has {} fields where the header has {}", row.len(), self.width),
            "put values that hold the separator or a quotation mark in quotation marks, and double those inside",
        );
        let problem = RowProblem::of_row(row.line(), unfit);
        self.records.give_back();
        Ok(Step::Problem(problem))
    }
}

/// The text of a file, unzipped where its first bytes say that it is zipped.
fn text_of(file: &Path) -> Result<Box<dyn Read + Send>, IngestError> {
    open(file).map_err(|e| IngestError::unreadable(file, &e))
}

fn open(file: &Path) -> std::io::Result<Box<dyn Read + Send>> {
    let mut raw = File::open(file)?;
    if !raw.metadata()?.is_file() {
        return Err(std::io::Error::other("it is no regular file, and it must be read twice"));
    }
    let mut magic = Vec::with_capacity(2);
    raw.by_ref().take(2).read_to_end(&mut magic)?;
    raw.seek(SeekFrom::Start(0))?;
    match magic.as_slice() {
        [0x1f, 0x8b] => Ok(Box::new(MultiGzDecoder::new(BufReader::new(raw)))),
        _ => Ok(Box::new(raw)),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn table(bytes: &[u8], needed: &[&str]) -> Result<Vec<Result<Vec<String>, RowProblem>>, IngestError> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        let needed: Vec<String> = needed.iter().map(ToString::to_string).collect();
        let mut table = Table::open(file.path(), b',', &needed)?;
        let (mut row, mut rows) = (Row::default(), Vec::new());
        loop {
            match table.next(&mut row)? {
                Step::Row => rows.push(Ok(row.iter().map(str::to_owned).collect())),
                Step::Problem(problem) => rows.push(Err(problem)),
                Step::End => return Ok(rows),
            }
        }
    }

    fn refusal(bytes: &[u8], needed: &[&str]) -> String {
        let error = table(bytes, needed).expect_err("the file must be refused");
        assert!(!error.is_transient());
        error.to_string()
    }

    #[test]
    fn quotes_line_ends_and_a_byte_order_mark_are_read_as_rfc_4180_says() {
        let text = "\u{feff}a,b\r\n1,\"x, \"\"y\"\"\"\r\n\r\n2,\"two\r\nlines\"\n3,\n";
        let rows: Vec<_> =
            table(text.as_bytes(), &["a", "b"]).unwrap().into_iter().map(Result::unwrap).collect();
        assert_eq!(rows, [vec!["1", "x, \"y\""], vec!["2", "two\r\nlines"], vec!["3", ""]]);
    }

    #[test]
    fn a_gzipped_file_is_recognised_by_its_content() {
        let mut zip = GzEncoder::new(Vec::new(), Compression::fast());
        zip.write_all(b"a\n1\n").unwrap();
        let rows = table(&zip.finish().unwrap(), &["a"]).unwrap();
        assert_eq!(rows, [Ok(vec!["1".to_owned()])]);
        let cut = refusal(&[0x1f, 0x8b, 8, 0], &["a"]);
        assert!(cut.contains("whole"), "{cut}");
    }

    #[test]
    fn wrong_encodings_are_named_and_refused_as_a_whole() {
        for (bytes, said) in [
            (&b"a,b\n1,M\xfcller\n"[..], "line 2"),
            (b"a,b\n1,M\xfcller\n", "Latin-1"),
            (b"\xff\xfea\0,\0b\0", "UTF-16"),
            (b"\xfe\xff\0a\0,\0b", "UTF-16"),
            (b"a\0,\0b\0\n\0", "UTF-16"),
            (b"PK\x03\x04abc", "Excel"),
            (b"", "empty"),
            (b"\xef\xbb\xbf", "empty"),
        ] {
            let text = refusal(bytes, &["a"]);
            assert!(text.contains(said), "{text}");
            assert!(!text.contains("ller"), "{text}");
        }
        let split_across_blocks = format!("a\n{}\u{fc}\n", "x".repeat(65_533));
        assert_eq!(table(split_across_blocks.as_bytes(), &["a"]).unwrap().len(), 1);
    }

    #[test]
    fn a_wrong_separator_and_missing_columns_are_named() {
        for (text, said) in [
            ("case;amount\n1;2\n", "this file looks semicolon-separated; set separator = \";\""),
            ("case\tamount\n", "this file looks tab-separated; set separator = \"\\t\""),
            ("case|amount\n", "this file looks bar-separated; set separator = \"|\""),
            ("case,amuont\n", "did you mean `amuont`?"),
            ("x,y\n", "the header has: x, y"),
            ("case,case,amount\n", "column \"case\" twice"),
        ] {
            let refused = refusal(text.as_bytes(), &["case", "amount"]);
            assert!(refused.contains(said), "{refused}");
        }
    }

    #[test]
    fn a_broken_row_is_reported_and_the_next_ones_are_read() {
        let long = format!("1,{}", "x".repeat(MAX_LINE));
        let text = format!("a,b\n1,2,3\n{long}\n4,\"open\n5,6\n7,8\n9,\"x\"y\n10,11\n");
        let rows = table(text.as_bytes(), &["a", "b"]).unwrap();
        let problems: Vec<_> =
            rows.iter().filter_map(|r| r.as_ref().err()).map(|p| (p.row, &*p.what)).collect();
        assert_eq!(
            problems,
            [
                (2, "has 3 fields where the header has 2"),
                (3, "is longer than 1 MiB"),
                (4, "has a quotation mark that is not closed"),
                (7, "has something behind a closing quotation mark"),
            ]
        );
        let read: Vec<_> = rows.iter().filter_map(|r| r.as_ref().ok()).map(|r| r[0].as_str()).collect();
        assert_eq!(read, ["5", "7", "10"]);
    }

    #[test]
    fn a_row_that_swallowed_others_gives_them_back() {
        let text = "a,b\n1,\"x\n2,y\n3,\"z\"\n4,w\n";
        let rows = table(text.as_bytes(), &["a", "b"]).unwrap();
        assert_eq!(rows[0].as_ref().unwrap_err().row, 2);
        let read: Vec<_> = rows.iter().filter_map(|r| r.as_ref().ok()).map(|r| r[0].as_str()).collect();
        assert_eq!(read, ["2", "3", "4"]);
    }
}
