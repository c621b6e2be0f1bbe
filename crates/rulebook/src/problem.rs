//! What is wrong with a rulebook, where, and what would be right.

use core::fmt;
use std::cell::RefCell;

/// Most problems that are collected; the rest would only repeat them.
pub(crate) const MAX_PROBLEMS: usize = 200;

/// One thing that is wrong.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, thiserror::Error)]
#[error("{}: {what}; {remedy}", self.place())]
pub struct Problem {
    /// The file, relative to the rulebook's folder; empty when it concerns the whole.
    pub file: String,
    /// The line, from 1.
    pub line: Option<usize>,
    /// The column, from 1, in characters.
    pub column: Option<usize>,
    /// The entry, such as `tenant[0].policy.window[1].hours`.
    pub path: String,
    /// What is wrong.
    pub what: String,
    /// What would be right.
    pub remedy: String,
    /// The line as it stands in the file.
    pub excerpt: String,
}

impl Problem {
    /// One without a line.
    pub(crate) fn of_file(file: &str, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line: None,
            column: None,
            path: String::new(),
            what: what.into(),
            remedy: remedy.into(),
            excerpt: String::new(),
        }
    }

    /// File, line and column as compilers write them, and the entry.
    pub fn place(&self) -> String {
        let file = if self.file.is_empty() { "rulebook" } else { &self.file };
        let line = self.line.map(|line| format!(":{line}")).unwrap_or_default();
        let column = self.column.map(|column| format!(":{column}")).unwrap_or_default();
        let path = if self.path.is_empty() { String::new() } else { format!(" ({})", self.path) };
        format!("{file}{line}{column}{path}")
    }

    /// Whether loading again may succeed by itself: never; a file has to be changed first.
    pub const fn is_transient(&self) -> bool {
        false
    }
}

/// Problems, printed for people.
pub struct Report<'a>(pub &'a [Problem]);

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in self.0 {
            writeln!(f, "{}", problem.place())?;
            if !problem.excerpt.trim().is_empty() {
                writeln!(f, "    | {}", problem.excerpt)?;
                if let Some(column) = problem.column {
                    writeln!(f, "    | {}^", " ".repeat(column.saturating_sub(1)))?;
                }
            }
            writeln!(f, "  wrong: {}", problem.what)?;
            writeln!(f, "  right: {}\n", problem.remedy)?;
        }
        match self.0.len() {
            1 => writeln!(f, "1 problem; the rulebook is not used."),
            MAX_PROBLEMS => writeln!(f, "{MAX_PROBLEMS} problems or more; the rulebook is not used."),
            n => writeln!(f, "{n} problems; the rulebook is not used."),
        }
    }
}

/// Where problems are collected.
#[derive(Default)]
pub(crate) struct Sink(RefCell<Vec<Problem>>);

impl Sink {
    pub(crate) fn add(&self, problem: Problem) {
        let mut problems = self.0.borrow_mut();
        if problems.len() < MAX_PROBLEMS && !problems.contains(&problem) {
            problems.push(problem);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    /// Whether something is wrong within an entry of a file: what follows from it is not worth a report of its own.
    pub(crate) fn concerns(&self, at: &At) -> bool {
        self.0.borrow().iter().any(|problem| problem.file == at.file && problem.path.starts_with(&at.path))
    }

    /// Whether something is wrong in a file whose path ends so.
    pub(crate) fn concerns_file(&self, ending: &str) -> bool {
        self.0.borrow().iter().any(|problem| problem.file.ends_with(ending))
    }

    /// The problems, in order of file and line.
    pub(crate) fn into_sorted(self) -> Vec<Problem> {
        let mut problems = self.0.into_inner();
        problems.sort();
        problems
    }
}

/// A place in a file, kept for checks that come after reading.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct At {
    pub(crate) file: String,
    pub(crate) line: Option<usize>,
    pub(crate) column: Option<usize>,
    pub(crate) path: String,
    pub(crate) excerpt: String,
}

impl At {
    /// The place of a byte of a text.
    pub(crate) fn byte(file: &str, text: &str, offset: usize, path: &str) -> Self {
        let offset = text.floor_char_boundary(offset);
        let before = text.get(..offset).unwrap_or("");
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or("");
        Self {
            file: file.to_owned(),
            line: Some(before.matches('\n').count() + 1),
            column: Some(before.get(start..).unwrap_or("").chars().count() + 1),
            path: path.to_owned(),
            excerpt: line.chars().take(120).collect(),
        }
    }

    /// A whole line of a text.
    pub(crate) fn line(file: &str, text: &str, line: usize) -> Self {
        let excerpt = text.lines().nth(line.saturating_sub(1)).unwrap_or("").chars().take(120).collect();
        Self { file: file.to_owned(), line: Some(line), column: None, path: String::new(), excerpt }
    }

    pub(crate) fn problem(&self, what: impl Into<String>, remedy: impl Into<String>) -> Problem {
        Problem {
            file: self.file.clone(),
            line: self.line,
            column: self.column,
            path: self.path.clone(),
            what: what.into(),
            remedy: remedy.into(),
            excerpt: self.excerpt.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_counted_in_lines_and_characters() {
        let text = "a = 1\nbä = \"x\"\n";
        let at = At::byte("f.toml", text, text.find('"').unwrap(), "bä");
        assert_eq!((at.line, at.column, at.excerpt.as_str()), (Some(2), Some(6), "bä = \"x\""));
        assert_eq!(at.problem("no", "yes").to_string(), "f.toml:2:6 (bä): no; yes");
        assert_eq!(At::byte("f", "", 99, "").line, Some(1));
    }

    #[test]
    fn a_report_points_at_the_place() {
        let at = At::byte("f.toml", "hours = 1", 8, "hours");
        let report = Report(&[at.problem("is a number", "write a text")]).to_string();
        assert_eq!(
            report,
            "f.toml:1:9 (hours)\n    | hours = 1\n    |         ^\n  wrong: is a number\n  right: write a text\n\n\
             1 problem; the rulebook is not used.\n"
        );
    }
}
