//! A TOML document, read key by key with the line of everything that is wrong in it.
//!
//! All mistakes are collected, so that a mapping is corrected in one go.

use std::borrow::Cow;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::problem::MappingProblem;
use crate::suggest;

/// A value with its place.
pub(super) type Value<'a> = Spanned<DeValue<'a>>;

/// Where each line begins, and the mistakes found so far.
pub(super) struct Problems {
    line_ends: Vec<usize>,
    found: Vec<MappingProblem>,
}

impl Problems {
    /// None yet.
    pub(super) fn of(text: &str) -> Self {
        Self { line_ends: text.match_indices('\n').map(|(at, _)| at).collect(), found: Vec::new() }
    }

    /// Notes a mistake at a byte of the text.
    pub(super) fn add(&mut self, at: usize, what: impl Into<String>, remedy: impl Into<String>) {
        let line = self.line_ends.partition_point(|end| *end < at) + 1;
        self.found.push(MappingProblem { line, what: what.into(), remedy: remedy.into() });
    }

    /// Whether none was found.
    pub(super) const fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// All of them, in order of lines.
    pub(super) fn into_sorted(mut self) -> Vec<MappingProblem> {
        self.found.sort_by_key(|problem| problem.line);
        self.found
    }
}

/// A table of the document.
pub(super) struct Section<'a> {
    /// What it is called in sentences.
    pub(super) name: String,
    /// Where it begins.
    pub(super) at: usize,
    table: &'a DeTable<'a>,
}

impl<'a> Section<'a> {
    /// The whole document.
    pub(super) fn whole(table: &'a DeTable<'a>) -> Self {
        Self { name: "the mapping".into(), at: 0, table }
    }

    /// A value, if it is a table.
    pub(super) fn of(name: &str, value: &'a Value<'a>) -> Option<Self> {
        let table = value.get_ref().as_table()?;
        Some(Self { name: name.into(), at: value.span().start, table })
    }

    /// A value by its key.
    pub(super) fn get(&self, key: &str) -> Option<&'a Value<'a>> {
        self.table.get(key)
    }

    /// Notes each key that does not belong here.
    pub(super) fn only(&self, known: &[&str], problems: &mut Problems) {
        for key in self.table.keys() {
            let name: &Cow<'_, str> = key.get_ref();
            if !known.contains(&name.as_ref()) {
                let what = format!("`{name}` does not belong into {}", self.name);
                problems.add(key.span().start, what, suggest::remedy(name, known));
            }
        }
    }

    /// A text that must be there.
    pub(super) fn text(&self, key: &str, example: &str, problems: &mut Problems) -> Option<(&'a str, usize)> {
        let Some(value) = self.get(key) else {
            problems.add(self.at, format!("{} has no `{key}`", self.name), format!("add {key} = {example}"));
            return None;
        };
        let text = value.get_ref().as_str();
        if text.is_none() {
            problems.add(
                value.span().start,
                format!("`{key}` is no text"),
                format!("write {key} = {example}"),
            );
        }
        text.map(|text| (text, value.span().start))
    }

    /// A text that may be there.
    pub(super) fn optional_text(
        &self,
        key: &str,
        example: &str,
        problems: &mut Problems,
    ) -> Option<(&'a str, usize)> {
        self.get(key)?;
        self.text(key, example, problems)
    }

    /// A flag that may be there; only `true` makes sense.
    pub(super) fn flag(&self, key: &str, problems: &mut Problems) -> bool {
        match self.get(key) {
            None => false,
            Some(value) if value.get_ref().as_bool() == Some(true) => true,
            Some(value) => {
                problems.add(
                    value.span().start,
                    format!("`{key}` is not true"),
                    format!("write {key} = true"),
                );
                false
            }
        }
    }

    /// The table's entries, in order of keys.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'a str, usize, &'a Value<'a>)> {
        self.table.iter().map(|(key, value)| (key.get_ref().as_ref(), key.span().start, value))
    }
}

/// The texts of a list; anything else is noted.
pub(super) fn texts(key: &str, value: &Value<'_>, problems: &mut Problems) -> Vec<String> {
    let list = value.get_ref().as_array();
    let texts: Option<Vec<String>> =
        list.and_then(|list| list.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect());
    texts.unwrap_or_else(|| {
        problems.add(
            value.span().start,
            format!("`{key}` is no list of texts"),
            format!("write {key} = [\"a\", \"b\"]"),
        );
        Vec::new()
    })
}

/// A constant: a text, a whole number or a flag, as the text that a cell would hold.
pub(super) fn constant(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().to_owned()),
        DeValue::Boolean(flag) => Some(flag.to_string()),
        DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Datetime(_)
        | DeValue::Array(_)
        | DeValue::Table(_) => None,
    }
}
