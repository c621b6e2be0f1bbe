//! Where a field's text comes from.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::document::{self, Problems, Section, Value};
use super::instant::{self, InstantFormat};
use super::kind::Field;
use crate::table::Row;

/// Most parts of a joined field.
const MAX_PARTS: usize = 8;

/// The columns that a mapping uses, each once; a spec holds an index into them.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns(Vec<String>);

impl Columns {
    /// These, in this order.
    pub(super) const fn of(names: Vec<String>) -> Self {
        Self(names)
    }

    /// The index of a column, new or known.
    pub(super) fn index(&mut self, name: &str) -> usize {
        let known = self.0.iter().position(|column| column == name);
        known.unwrap_or_else(|| {
            self.0.push(name.to_owned());
            self.0.len() - 1
        })
    }

    /// Their names.
    pub(super) fn names(&self) -> &[String] {
        &self.0
    }
}

/// A row, seen by the indices of the mapping's columns.
#[derive(Clone, Copy)]
pub(super) struct Cells<'a> {
    /// The row.
    pub(super) row: &'a Row,
    /// Where each of the mapping's columns stands in it.
    pub(super) places: &'a [usize],
}

impl<'a> Cells<'a> {
    /// A cell without the blanks around it; empty if there is none.
    pub(super) fn get(&self, column: usize) -> &'a str {
        self.places.get(column).map_or("", |place| self.row.get(*place).trim())
    }
}

/// Where a field's text comes from.
#[derive(Clone, Debug)]
pub(super) enum Spec {
    /// The mapping itself.
    Constant(String),
    /// A column.
    Column {
        /// Which.
        column: usize,
        /// What its values become; one that is not named is not known.
        map: Option<BTreeMap<String, String>>,
        /// What an empty cell becomes.
        default: Option<String>,
    },
    /// Several, those that are not empty, with this between them.
    Joined(Vec<Self>, &'static str),
}

/// A cell holds a value that the field's `map` does not name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct NotInMap;

impl Spec {
    /// The text, or nothing where the cell is empty.
    pub(super) fn text<'a>(&'a self, cells: Cells<'a>) -> Result<Option<Cow<'a, str>>, NotInMap> {
        match self {
            Self::Constant(text) => Ok(Some(Cow::Borrowed(text))),
            Self::Column { column, map, default } => match (cells.get(*column), map) {
                ("", _) => Ok(default.as_deref().map(Cow::Borrowed)),
                (text, None) => Ok(Some(Cow::Borrowed(text))),
                (text, Some(map)) => map.get(text).map(|to| Some(Cow::Borrowed(to.as_str()))).ok_or(NotInMap),
            },
            Self::Joined(parts, joint) => {
                let texts: Result<Vec<_>, _> = parts.iter().map(|part| part.text(cells)).collect();
                let texts: Vec<_> = texts?.into_iter().flatten().collect();
                Ok((!texts.is_empty()).then(|| Cow::Owned(texts.join(joint))))
            }
        }
    }

    /// The column that it reads, or the first of several.
    pub(super) fn column(&self) -> Option<usize> {
        match self {
            Self::Constant(_) => None,
            Self::Column { column, .. } => Some(*column),
            Self::Joined(parts, _) => parts.iter().find_map(Self::column),
        }
    }

    /// All texts that the mapping itself puts in.
    pub(super) fn constants(&self) -> Vec<&str> {
        match self {
            Self::Constant(text) => vec![text],
            Self::Column { map, default, .. } => {
                let mapped = map.iter().flat_map(BTreeMap::values).map(String::as_str);
                mapped.chain(default.as_deref()).collect()
            }
            // A part of a text is not the text.
            Self::Joined(..) => Vec::new(),
        }
    }
}

/// What a field may look like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shape {
    /// A constant or a column.
    Plain,
    /// The same, or a list of them, joined by this.
    Joinable(&'static str),
    /// A constant or a column with a format.
    Instant,
}

impl Shape {
    /// What this field may look like.
    pub(super) const fn of(field: Field) -> Self {
        match field {
            Field::VerifiedAt | Field::DueAt | Field::Until => Self::Instant,
            Field::Value | Field::Text => Self::Joinable("\n"),
            Field::Name | Field::Description | Field::Zones => Self::Joinable(" "),
            Field::Debtor
            | Field::Claim
            | Field::Language
            | Field::DebtorKind
            | Field::Country
            | Field::PointKind
            | Field::Source
            | Field::Confidence
            | Field::Reason
            | Field::Creditor
            | Field::Currency
            | Field::Principal
            | Field::Interest
            | Field::Costs
            | Field::DueAfter
            | Field::Scenario
            | Field::Component
            | Field::Amount
            | Field::To
            | Field::Ground
            | Field::End
            | Field::Hold
            | Field::Covers
            | Field::Actor
            | Field::UntilAfter
            | Field::Promise
            | Field::Scope
            | Field::Channel
            | Field::Direction
            | Field::RightParty
            | Field::Task => Self::Plain,
        }
    }
}

/// A field as the mapping states it.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Where its text comes from.
    pub(super) spec: Spec,
    /// How instants are written there.
    pub(super) format: Option<InstantFormat>,
}

/// Reads a field.
pub(super) fn entry(
    name: &str,
    shape: Shape,
    value: &Value<'_>,
    columns: &mut Columns,
    problems: &mut Problems,
) -> Option<Entry> {
    let at = value.span().start;
    if let Some(text) = document::constant(value.get_ref()) {
        let text = text.trim().to_owned();
        if text.is_empty() {
            problems.add(at, format!("`{name}` is empty"), "state a value, or leave the field out");
        }
        return Some(Entry { spec: Spec::Constant(text), format: None });
    }
    if let (Some(parts), Shape::Joinable(joint)) = (value.get_ref().as_array(), shape)
        && (1..=MAX_PARTS).contains(&parts.len())
    {
        let specs = parts.iter().map(|part| entry(name, Shape::Plain, part, columns, problems));
        let specs: Option<Vec<Spec>> = specs.map(|entry| entry.map(|entry| entry.spec)).collect();
        return specs.map(|specs| Entry { spec: Spec::Joined(specs, joint), format: None });
    }
    if let Some(section) = Section::of(&format!("`{name}`"), value) {
        return from_column(name, shape, &section, columns, problems);
    }
    let remedy = format!("write {name} = \"constant\" or {name} = {{ column = \"Name\" }}");
    problems.add(at, format!("`{name}` is neither a constant nor a column"), remedy);
    None
}

fn from_column(
    name: &str,
    shape: Shape,
    section: &Section<'_>,
    columns: &mut Columns,
    problems: &mut Problems,
) -> Option<Entry> {
    let known: &[&str] = match shape {
        Shape::Instant => &["column", "format", "zone"],
        Shape::Plain | Shape::Joinable(_) => &["column", "map", "default"],
    };
    section.only(known, problems);
    let (column, _) = section.text("column", "\"Name\"", problems)?;
    let map = section.get("map").map(|value| translations(name, value, problems));
    let default = section.optional_text("default", "\"value\"", problems).map(|(text, _)| text.to_owned());
    let format = match shape {
        Shape::Instant => instant_format(section, problems),
        Shape::Plain | Shape::Joinable(_) => None,
    };
    Some(Entry { spec: Spec::Column { column: columns.index(column), map, default }, format })
}

fn translations(name: &str, value: &Value<'_>, problems: &mut Problems) -> BTreeMap<String, String> {
    let Some(section) = Section::of("`map`", value) else {
        let remedy = "write map = { \"Value\" = \"name\" }";
        problems.add(value.span().start, format!("the map of `{name}` is no table"), remedy);
        return BTreeMap::new();
    };
    let mut map = BTreeMap::new();
    for (from, at, to) in section.entries() {
        match document::constant(to.get_ref()) {
            Some(to) => drop(map.insert(from.to_owned(), to)),
            None => problems.add(at, format!("`{from}` is mapped to no text"), "write \"Value\" = \"name\""),
        }
    }
    map
}

/// Reads `format` and `zone`; nothing where there is no `format`.
pub(super) fn instant_format(section: &Section<'_>, problems: &mut Problems) -> Option<InstantFormat> {
    let zone = section.optional_text("zone", "\"Europe/Zurich\"", problems);
    let (format, at) = section.optional_text("format", "\"rfc3339\" or \"%d.%m.%Y\"", problems)?;
    if format == "rfc3339" {
        if let Some((_, at)) = zone {
            problems.add(
                at,
                "`zone` means nothing beside rfc3339",
                "leave it out: each value has its own offset",
            );
        }
        return Some(InstantFormat::Rfc3339);
    }
    if !instant::is_usable(format) {
        let remedy = "write \"rfc3339\", or year, month and day such as \"%d.%m.%Y\" or \"%Y-%m-%d %H:%M\"";
        problems.add(at, "`format` names no day", remedy);
        return None;
    }
    let Some((zone, zone_at)) = zone else {
        problems.add(at, "a date without a zone is no instant", "add zone = \"Europe/Zurich\" or the like");
        return None;
    };
    match jiff::tz::db().get(zone) {
        Ok(zone) => Some(InstantFormat::Civil { pattern: format.to_owned(), zone }),
        Err(_) => {
            problems.add(zone_at, "`zone` does not exist", "write an IANA name, such as Europe/Zurich");
            None
        }
    }
}
