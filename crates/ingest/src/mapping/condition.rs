//! Which rows a block is for.

use super::document::{self, Problems, Section, Value};
use super::spec::{Cells, Columns};

/// What a column must be like for a block to be for a row.
#[derive(Clone, Debug)]
pub(super) enum Test {
    /// This value.
    Equals(String),
    /// One of these.
    In(Vec<String>),
    /// None of these.
    NotIn(Vec<String>),
    /// Nothing.
    Empty,
    /// Something.
    NotEmpty,
}

/// One condition of a block.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    column: usize,
    test: Test,
}

impl Condition {
    /// Whether a row meets it.
    pub(super) fn holds(&self, cells: Cells<'_>) -> bool {
        let cell = cells.get(self.column);
        match &self.test {
            Test::Equals(text) => cell == text,
            Test::In(texts) => texts.iter().any(|text| text == cell),
            Test::NotIn(texts) => !texts.iter().any(|text| text == cell),
            Test::Empty => cell.is_empty(),
            Test::NotEmpty => !cell.is_empty(),
        }
    }
}

/// Reads a block's `when`: one condition or a list, all of which must hold.
pub(super) fn conditions(
    value: &Value<'_>,
    columns: &mut Columns,
    problems: &mut Problems,
) -> Vec<Condition> {
    match value.get_ref().as_array() {
        Some(list) => list.iter().filter_map(|each| condition(each, columns, problems)).collect(),
        None => condition(value, columns, problems).into_iter().collect(),
    }
}

fn condition(value: &Value<'_>, columns: &mut Columns, problems: &mut Problems) -> Option<Condition> {
    const TESTS: [&str; 5] = ["equals", "in", "not_in", "empty", "not_empty"];
    let example = "write { column = \"Name\", equals = \"x\" }, or in = [..], not_in = [..], empty = true, not_empty = true";
    let Some(section) = Section::of("a condition", value) else {
        problems.add(value.span().start, "`when` has something that is no condition", example);
        return None;
    };
    section.only(&["column", "equals", "in", "not_in", "empty", "not_empty"], problems);
    let (column, _) = section.text("column", "\"Name\"", problems)?;
    let stated: Vec<&str> = TESTS.into_iter().filter(|test| section.get(test).is_some()).collect();
    let list = |key: &str, problems: &mut Problems| {
        section.get(key).map(|value| document::texts(key, value, problems)).unwrap_or_default()
    };
    let test = match stated.as_slice() {
        ["equals"] => Test::Equals(section.text("equals", "\"x\"", problems)?.0.trim().to_owned()),
        ["in"] => Test::In(list("in", problems)),
        ["not_in"] => Test::NotIn(list("not_in", problems)),
        ["empty"] => section.flag("empty", problems).then_some(Test::Empty)?,
        ["not_empty"] => section.flag("not_empty", problems).then_some(Test::NotEmpty)?,
        _ => {
            problems.add(section.at, "a condition tests one thing", example);
            return None;
        }
    };
    Some(Condition { column: columns.index(column), test })
}
