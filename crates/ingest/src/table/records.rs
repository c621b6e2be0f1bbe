//! Rows out of text: physical lines, joined where a quoted field goes on, and split into fields.
//!
//! A row that can't be read costs itself only: where an open quotation mark swallowed further lines, they are given
//! back and read anew.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read};

use super::Step;
use super::row::{MAX_FIELDS, Row, Split, split};
use crate::problem::{RowProblem, Unfit};

/// Longest row, in bytes.
pub const MAX_LINE: usize = 1024 * 1024;
/// Most physical lines of a row with line breaks in quoted fields.
pub const MAX_RECORD_LINES: usize = 200;

/// How reading a physical line went.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Read,
    TooLong,
    NotText,
    End,
}

/// Reads rows from text.
pub(super) struct Records {
    reader: BufReader<Box<dyn Read + Send>>,
    separator: u8,
    /// How many physical lines were read.
    line: u64,
    /// Lines to read again, before any from the file.
    backlog: VecDeque<String>,
    /// The physical lines of the row that was read last, or is being read.
    lines: Vec<String>,
}

impl Records {
    /// Reads rows from text.
    pub(super) fn new(text: Box<dyn Read + Send>, separator: u8) -> Self {
        Self { reader: BufReader::new(text), separator, line: 0, backlog: VecDeque::new(), lines: Vec::new() }
    }

    /// The first line, which is the header, without a byte-order mark; empty if it can't be read.
    pub(super) fn first_line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.read_line(&mut line)?;
        let trimmed = line.trim_start_matches('\u{feff}').trim_end_matches(['\n', '\r']);
        Ok(trimmed.to_owned())
    }

    /// Reads the next row that is not blank.
    pub(super) fn next(&mut self, row: &mut Row) -> io::Result<Step> {
        self.lines.clear();
        row.raw.clear();
        loop {
            let mut line = String::new();
            let read = self.read_line(&mut line)?;
            if self.lines.is_empty() {
                row.line = self.line;
            }
            match read {
                Line::End if self.lines.is_empty() => return Ok(Step::End),
                Line::End => return Ok(self.problem(row, open_quote())),
                Line::TooLong => return Ok(self.problem(row, too_long())),
                Line::NotText => return Ok(self.problem(row, not_text())),
                Line::Read if self.lines.is_empty() && line.trim().is_empty() => continue,
                Line::Read => {}
            }
            if let Some(step) = self.take_line(line, row) {
                return Ok(step);
            }
        }
    }

    /// Gives back the lines behind the first of the row that was read last: it was not whole after all.
    pub(super) fn give_back(&mut self) {
        for line in self.lines.drain(..).skip(1).rev() {
            self.line -= 1;
            self.backlog.push_front(line);
        }
    }

    /// Adds a line to the row; answers when the row is whole or can't become so.
    fn take_line(&mut self, line: String, row: &mut Row) -> Option<Step> {
        row.raw.push_str(&line);
        let may_close = self.lines.is_empty() || line.contains('"');
        self.lines.push(line);
        if row.raw.len() > MAX_LINE {
            return Some(self.problem(row, too_long()));
        }
        if self.lines.len() > MAX_RECORD_LINES {
            return Some(self.problem(row, open_quote()));
        }
        if !may_close {
            return None;
        }
        let whole = row.raw.trim_end_matches('\n').len();
        let whole = row.raw.get(..whole).map_or(0, |raw| raw.trim_end_matches('\r').len());
        let raw = std::mem::take(&mut row.raw);
        let result = split(raw.get(..whole).unwrap_or(""), self.separator, row);
        row.raw = raw;
        match result {
            Split::Whole => {
                row.raw.truncate(whole);
                Some(Step::Row)
            }
            Split::OpenQuote => None,
            // A field that went over lines was closed by a later row's first quotation mark.
            Split::BehindQuote if self.lines.len() > 1 => Some(self.problem(row, open_quote())),
            Split::BehindQuote => Some(self.problem(row, behind_quote())),
            Split::TooMany => Some(self.problem(row, too_many())),
        }
    }

    fn problem(&mut self, row: &Row, unfit: Unfit) -> Step {
        self.give_back();
        Step::Problem(RowProblem::of_row(row.line, unfit))
    }

    /// Reads one physical line, its end included.
    fn read_line(&mut self, line: &mut String) -> io::Result<Line> {
        if let Some(again) = self.backlog.pop_front() {
            self.line += 1;
            *line = again;
            return Ok(Line::Read);
        }
        let limit = u64::try_from(MAX_LINE + 2).unwrap_or(u64::MAX);
        let mut bytes = std::mem::take(line).into_bytes();
        let read = self.reader.by_ref().take(limit).read_until(b'\n', &mut bytes)?;
        if read == 0 {
            return Ok(Line::End);
        }
        self.line += 1;
        if bytes.last() != Some(&b'\n') && read > MAX_LINE {
            self.skip_line()?;
            return Ok(Line::TooLong);
        }
        match String::from_utf8(bytes) {
            Ok(text) => {
                *line = text;
                Ok(Line::Read)
            }
            Err(_) => Ok(Line::NotText),
        }
    }

    /// Skips to the end of the line.
    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let block = self.reader.fill_buf()?;
            let (used, ended) = match block.iter().position(|b| *b == b'\n') {
                Some(end) => (end + 1, true),
                None => (block.len(), block.is_empty()),
            };
            self.reader.consume(used);
            if ended {
                return Ok(());
            }
        }
    }
}

fn open_quote() -> Unfit {
    Unfit::new(
        "has a quotation mark that is not closed",
        format!(
            "close it, or double it if it belongs to the value; a row has at most {MAX_RECORD_LINES} lines"
        ),
    )
}

fn behind_quote() -> Unfit {
    Unfit::new(
        "has something behind a closing quotation mark",
        "put the whole value in quotation marks, and double those that belong to it",
    )
}

fn too_long() -> Unfit {
    Unfit::new("is longer than 1 MiB", "shorten it; a quotation mark that is never closed may be why")
}

fn too_many() -> Unfit {
    Unfit::new(format!("has more than {MAX_FIELDS} fields"), "split the table")
}

fn not_text() -> Unfit {
    Unfit::new("is not UTF-8", "the file changed while it was read; run it again")
}
