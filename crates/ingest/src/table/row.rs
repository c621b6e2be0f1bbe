//! One row: its text split into fields as RFC 4180 says.

/// Most fields of a row.
pub const MAX_FIELDS: usize = 512;
/// One row's fields.
#[derive(Clone, Default)]
pub struct Row {
    pub(super) line: u64,
    pub(super) raw: String,
    text: String,
    ends: Vec<usize>,
}

impl Row {
    /// A row of fields that were never text: what a JSON object says.
    pub(crate) fn of_fields<'a>(line: u64, fields: impl Iterator<Item = &'a str>) -> Self {
        let mut row = Self { line, ..Self::default() };
        for field in fields {
            row.text.push_str(field);
            row.ends.push(row.text.len());
        }
        row
    }

    /// The line of the file on which it begins; the header is on line 1.
    pub const fn line(&self) -> u64 {
        self.line
    }

    /// How many fields it has.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// A field, by its place from 0; a field that is not there is empty.
    pub fn get(&self, place: usize) -> &str {
        let start = place.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.ends.get(place).and_then(|end| self.text.get(start..*end)).unwrap_or("")
    }

    /// Its fields.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|place| self.get(place))
    }

    /// The row as it stood in the file.
    pub(crate) fn raw(&self) -> &str {
        &self.raw
    }

    /// Fills it from what [`Row::raw`] gave.
    pub(crate) fn refill(&mut self, line: u64, raw: &str, separator: u8) {
        self.line = line;
        let _whole_the_first_time = split(raw, separator, self);
    }
}

/// How splitting a row into fields went.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Split {
    /// All of it was read.
    Whole,
    /// It ends inside a quoted field.
    OpenQuote,
    /// Something stands between a closing quotation mark and the next separator.
    BehindQuote,
    /// There are more than [`MAX_FIELDS`] fields.
    TooMany,
}

/// Splits a row's text into fields.
pub(super) fn split(text: &str, separator: u8, row: &mut Row) -> Split {
    row.text.clear();
    row.ends.clear();
    let mut rest = text;
    loop {
        let (after, result) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_field(quoted, separator, &mut row.text),
            None => plain_field(rest, separator, &mut row.text),
        };
        row.ends.push(row.text.len());
        match (result, after) {
            (Split::Whole, Some(_)) if row.ends.len() == MAX_FIELDS => return Split::TooMany,
            (Split::Whole, Some(after)) => rest = after,
            (Split::Whole, None) => return Split::Whole,
            (failed @ (Split::OpenQuote | Split::BehindQuote | Split::TooMany), _) => return failed,
        }
    }
}

/// A field without quotation marks around it: what stands behind its separator, or nothing at the end of the row.
fn plain_field<'a>(rest: &'a str, separator: u8, out: &mut String) -> (Option<&'a str>, Split) {
    match rest.split_once(char::from(separator)) {
        Some((field, after)) => {
            out.push_str(field);
            (Some(after), Split::Whole)
        }
        None => {
            out.push_str(rest);
            (None, Split::Whole)
        }
    }
}

/// The rest of a field behind its opening quotation mark.
fn quoted_field<'a>(mut rest: &'a str, separator: u8, out: &mut String) -> (Option<&'a str>, Split) {
    loop {
        let Some((field, after)) = rest.split_once('"') else {
            return (None, Split::OpenQuote);
        };
        out.push_str(field);
        if let Some(doubled) = after.strip_prefix('"') {
            out.push('"');
            rest = doubled;
            continue;
        }
        return match after.strip_prefix(char::from(separator)) {
            Some(next) => (Some(next), Split::Whole),
            None if after.is_empty() => (None, Split::Whole),
            None => (None, Split::BehindQuote),
        };
    }
}
