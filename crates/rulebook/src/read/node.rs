//! A TOML value with its place: every reading that fails says where, and what would be right.

use core::ops::RangeInclusive;
use std::collections::BTreeSet;

use domain::channel::Channel;
use domain::label::{LabelError, Language};
use domain::time::Span;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::span::{self, SpanRange};
use crate::problem::{At, Sink};
use crate::suggest;

/// A file that is being read.
pub(crate) struct File<'a> {
    pub(crate) name: &'a str,
    pub(crate) text: &'a str,
    pub(crate) sink: &'a Sink,
}

/// A value.
#[derive(Clone)]
pub(crate) struct Node<'a> {
    file: &'a File<'a>,
    path: String,
    value: &'a Spanned<DeValue<'a>>,
}

/// A table; it knows which of its entries were asked for, and reports the others.
pub(crate) struct Table<'a> {
    file: &'a File<'a>,
    path: String,
    start: usize,
    entries: &'a DeTable<'a>,
    known: Vec<&'static str>,
}

impl<'a> Node<'a> {
    pub(crate) fn at(&self) -> At {
        At::byte(self.file.name, self.file.text, self.value.span().start, &self.path)
    }

    pub(crate) fn problem(&self, what: impl Into<String>, remedy: impl Into<String>) {
        self.file.sink.add(self.at().problem(what, remedy));
    }

    fn wrong_type(&self, wanted: &str) {
        let found = self.value.get_ref().type_str();
        self.problem(format!("is of type {found}"), format!("write {wanted}"));
    }

    pub(crate) fn text(&self) -> Option<&'a str> {
        let text = self.value.get_ref().as_str();
        if text.is_none() {
            self.wrong_type("a text in quotes");
        }
        text
    }

    /// A text that is not empty and has no more characters than that.
    pub(crate) fn short_text(&self, most: usize) -> Option<&'a str> {
        let text = self.text()?.trim();
        if (1..=most).contains(&text.chars().count()) {
            return Some(text);
        }
        self.problem("is empty or too long", format!("write 1 to {most} characters"));
        None
    }

    pub(crate) fn label<T>(&self, make: impl Fn(&str) -> Result<T, LabelError>) -> Option<T> {
        let text = self.text()?;
        make(text)
            .map_err(|error| self.problem(format!("`{text}` {error}"), "use 1 to 64 of a-z, 0-9, _, - and ."))
            .ok()
    }

    pub(crate) fn channel(&self) -> Option<Channel> {
        let text = self.text()?;
        let channel = Channel::parse(text);
        if channel.is_none() {
            let names = Channel::ALL.map(Channel::as_str);
            self.problem(format!("there is no channel `{text}`"), suggest::remedy(text, names, "channel"));
        }
        channel
    }

    pub(crate) fn channels(&self) -> BTreeSet<Channel> {
        self.list().iter().filter_map(Node::channel).collect()
    }

    pub(crate) fn language(&self) -> Option<Language> {
        let text = self.text()?;
        let language = Language::new(text);
        if language.is_none() {
            self.problem(format!("`{text}` is no language"), "write two lower-case letters, such as \"de\"");
        }
        language
    }

    pub(crate) fn integer(&self, range: RangeInclusive<i64>) -> Option<i64> {
        let Some(number) = self.value.get_ref().as_integer() else {
            self.wrong_type("a whole number");
            return None;
        };
        let digits = number.as_str().replace('_', "");
        let value = i64::from_str_radix(&digits, number.radix()).ok().filter(|n| range.contains(n));
        if value.is_none() {
            let remedy = format!("write a number from {} to {}", range.start(), range.end());
            self.problem(format!("{digits} is out of range"), remedy);
        }
        value
    }

    pub(crate) fn flag(&self) -> Option<bool> {
        let flag = self.value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong_type("true or false");
        }
        flag
    }

    pub(crate) fn span(&self, range: SpanRange) -> Option<Span> {
        let text = self.text()?;
        match span::parse(text, &range) {
            Ok(span) => Some(span),
            Err((what, remedy)) => {
                self.problem(what, remedy);
                None
            }
        }
    }

    /// A span, where a word may stand in its place.
    pub(crate) fn span_or(&self, range: SpanRange, word: &str) -> Option<Span> {
        let text = self.text()?;
        let refused = |(what, remedy)| self.problem(what, format!("{remedy}, or \"{word}\""));
        span::parse(text, &range).map_err(refused).ok()
    }

    /// A decimal number in quotes, in millionths.
    pub(crate) fn micros(&self) -> Option<i64> {
        let text = self.text()?;
        let micros = span::micros(text);
        if micros.is_none() {
            let remedy = "write a decimal number in quotes from \"0\" to \"10000\", such as \"0.10\"";
            self.problem(format!("`{text}` is no cost"), remedy);
        }
        micros
    }

    /// The text of a date, whether it stands in quotes or not.
    pub(crate) fn date_text(&self) -> Option<String> {
        match self.value.get_ref().as_datetime() {
            Some(date) => Some(date.to_string()),
            None => self.text().map(str::to_owned),
        }
    }

    pub(crate) fn is_table(&self) -> bool {
        self.value.get_ref().is_table()
    }

    pub(crate) fn table(&self) -> Option<Table<'a>> {
        let Some(entries) = self.value.get_ref().as_table() else {
            self.wrong_type("a table");
            return None;
        };
        let (file, path, start) = (self.file, self.path.clone(), self.value.span().start);
        Some(Table { file, path, start, entries, known: Vec::new() })
    }

    pub(crate) fn list(&self) -> Vec<Self> {
        let Some(list) = self.value.get_ref().as_array() else {
            self.wrong_type("a list in brackets");
            return Vec::new();
        };
        let node = |(i, value)| Node { file: self.file, path: format!("{}[{i}]", self.path), value };
        list.iter().enumerate().map(node).collect()
    }

    pub(crate) fn tables(&self) -> Vec<Table<'a>> {
        self.list().iter().filter_map(Node::table).collect()
    }
}

impl<'a> Table<'a> {
    pub(crate) const fn root(file: &'a File<'a>, entries: &'a DeTable<'a>) -> Self {
        Self { file, path: String::new(), start: 0, entries, known: Vec::new() }
    }

    pub(crate) fn at(&self) -> At {
        At::byte(self.file.name, self.file.text, self.start, &self.path)
    }

    pub(crate) fn problem(&self, what: impl Into<String>, remedy: impl Into<String>) {
        self.file.sink.add(self.at().problem(what, remedy));
    }

    pub(crate) const fn sink(&self) -> &'a Sink {
        self.file.sink
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// An entry that may be missing.
    pub(crate) fn take(&mut self, key: &'static str) -> Option<Node<'a>> {
        self.known.push(key);
        let (_, value) = self.entries.iter().find(|(name, _)| name.get_ref().as_ref() == key)?;
        Some(Node { file: self.file, path: self.path_of(key), value })
    }

    /// An entry that must be there; `example` says how it could look.
    pub(crate) fn need(&mut self, key: &'static str, example: &str) -> Option<Node<'a>> {
        let node = self.take(key);
        if node.is_none() {
            self.problem(format!("`{key}` is missing"), format!("add {example}"));
        }
        node
    }

    /// All entries, where the names are the operator's own.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&'a str, Node<'a>)> {
        self.entries.iter().map(|(name, value)| {
            let key = name.get_ref().as_ref();
            (key, Node { file: self.file, path: self.path_of(key), value })
        })
    }

    /// Reports the entries that nobody asked for.
    pub(crate) fn finish(self) {
        for (name, _) in self.entries {
            let key = name.get_ref().as_ref();
            if !self.known.contains(&key) {
                let at = At::byte(self.file.name, self.file.text, name.span().start, &self.path_of(key));
                let remedy = suggest::remedy(key, self.known.iter().copied(), "field");
                self.file.sink.add(at.problem(format!("there is no field `{key}` here"), remedy));
            }
        }
    }
}
