//! Lines of a stream, each bounded: one that is too long is passed over to its end and named.

use std::io::{BufRead, Result};

/// Longest line, in bytes.
pub const MAX_LINE: usize = 256 * 1024;

/// One line.
#[derive(PartialEq, Eq)]
pub enum Line {
    /// Its text, without its end.
    Text(Vec<u8>),
    /// It is longer than [`MAX_LINE`].
    TooLong,
}

/// The lines of a stream with their numbers, from 1; those that hold nothing are passed over.
pub struct Lines<R> {
    stream: R,
    number: u64,
}

/// The lines of a stream.
pub const fn lines_of<R: BufRead>(stream: R) -> Lines<R> {
    Lines { stream, number: 0 }
}

impl<R: BufRead> Lines<R> {
    /// The next line that holds something; none at the end.
    pub fn next_line(&mut self) -> Result<Option<(u64, Line)>> {
        loop {
            let Some(line) = self.read()? else { return Ok(None) };
            self.number += 1;
            match line {
                Line::Text(text) if text.iter().all(u8::is_ascii_whitespace) => {}
                line @ (Line::Text(_) | Line::TooLong) => return Ok(Some((self.number, line))),
            }
        }
    }

    fn read(&mut self) -> Result<Option<Line>> {
        let (mut text, mut too_long, mut begun) = (Vec::new(), false, false);
        loop {
            let buffer = self.stream.fill_buf()?;
            if buffer.is_empty() {
                break;
            }
            begun = true;
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let part = buffer.get(..end.unwrap_or(buffer.len())).unwrap_or_default();
            too_long |= text.len() + part.len() > MAX_LINE;
            if !too_long {
                text.extend_from_slice(part);
            }
            let taken = part.len() + usize::from(end.is_some());
            self.stream.consume(taken);
            if end.is_some() {
                break;
            }
        }
        Ok(begun.then_some(if too_long { Line::TooLong } else { Line::Text(text) }))
    }

    /// Where the stream stands, for whoever wants to know whether more is at hand.
    pub const fn stream(&self) -> &R {
        &self.stream
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_numbered_and_bounded() {
        let long = "x".repeat(MAX_LINE + 1);
        let text = format!("a\n\n  \r\n{long}\nb\r\n{}\nlast", "y".repeat(MAX_LINE));
        let mut lines = lines_of(std::io::BufReader::with_capacity(7, text.as_bytes()));
        let mut seen = Vec::new();
        while let Some((number, line)) = lines.next_line().unwrap() {
            seen.push((number, if let Line::Text(text) = line { Some(text.len()) } else { None }));
        }
        assert_eq!(seen, [(1, Some(1)), (4, None), (5, Some(2)), (6, Some(MAX_LINE)), (7, Some(4))]);
    }
}
