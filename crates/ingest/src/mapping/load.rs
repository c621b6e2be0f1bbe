//! A mapping file, read and checked before the first row is: each mistake with its line and what would be right.

mod block;

use std::collections::BTreeMap;

use domain::label::TenantId;
use toml::de::DeTable;

use super::document::{self, Problems, Section, Value};
use super::instant::InstantFormat;
use super::kind::Field;
use super::spec::{self, Columns, Entry};
use super::value::{self, Decimal};
use super::{Block, Instants, Mapping};
use crate::problem::MappingProblem;

/// Most blocks of one mapping.
const MAX_BLOCKS: usize = 64;

const TOP: [&str; 10] =
    ["tenant", "source", "separator", "decimal", "id", "instant", "currency", "debtor", "claim", "fact"];

/// Reads a mapping's text.
pub(super) fn read(text: &str) -> Result<Mapping, Vec<MappingProblem>> {
    let mut problems = Problems::of(text);
    let document = match DeTable::parse(text) {
        Ok(document) => document,
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            problems.add(at, format!("is no TOML: {}", error.message()), "see https://toml.io");
            return Err(problems.into_sorted());
        }
    };
    let mapping = whole(&Section::whole(document.get_ref()), &mut problems);
    match mapping {
        Some(mapping) if problems.is_empty() => Ok(mapping),
        _ => Err(problems.into_sorted()),
    }
}

/// What every block may lean on.
struct Defaults {
    entries: BTreeMap<Field, Entry>,
    decimal: Decimal,
    format: Option<InstantFormat>,
}

fn whole(section: &Section<'_>, problems: &mut Problems) -> Option<Mapping> {
    section.only(&TOP, problems);
    let mut columns = Columns::default();
    let tenant = checked(section, "tenant", problems, |text| TenantId::new(text).map_err(|e| e.to_string()));
    let source =
        checked(section, "source", problems, |text| value::label(text).map_err(|unfit| unfit.remedy));
    let separator = separator(section, problems);
    let id = section.get("id").map(|value| id_columns(value, &mut columns, problems)).unwrap_or_default();
    let instants = instants(section, &mut columns, problems);
    let defaults = defaults(section, instants.as_ref(), &mut columns, problems);
    let blocks = blocks(section, &defaults, &mut columns, problems);
    Some(Mapping {
        tenant: tenant?,
        source: source?,
        separator: separator?,
        id,
        instants: instants?,
        decimal: defaults.decimal,
        blocks,
        columns,
    })
}

fn checked<T>(
    section: &Section<'_>,
    key: &str,
    problems: &mut Problems,
    read: impl FnOnce(&str) -> Result<T, String>,
) -> Option<T> {
    let (text, at) = section.text(key, "\"name\"", problems)?;
    read(text).map_err(|remedy| problems.add(at, format!("`{key}` is no short name"), remedy)).ok()
}

fn separator(section: &Section<'_>, problems: &mut Problems) -> Option<u8> {
    let Some((text, at)) = section.optional_text("separator", "\",\"", problems) else {
        return section.get("separator").is_none().then_some(b',');
    };
    match text.as_bytes() {
        [byte @ (b',' | b';' | b'\t' | b'|')] => Some(*byte),
        _ => {
            problems.add(at, "`separator` is none that is known", "write \",\" or \";\" or \"\\t\" or \"|\"");
            None
        }
    }
}

fn decimal(section: &Section<'_>, problems: &mut Problems) -> Decimal {
    match section.optional_text("decimal", "\".\"", problems) {
        None | Some((".", _)) => Decimal::Point,
        Some((",", _)) => Decimal::Comma,
        Some((_, at)) => {
            problems.add(at, "`decimal` is no decimal sign", "write \".\" or \",\"");
            Decimal::Point
        }
    }
}

fn id_columns(value: &Value<'_>, columns: &mut Columns, problems: &mut Problems) -> Vec<usize> {
    let names = match value.get_ref().as_str() {
        Some(name) => vec![name.to_owned()],
        None => document::texts("id", value, problems),
    };
    names.iter().map(|name| columns.index(name)).collect()
}

fn instants(section: &Section<'_>, columns: &mut Columns, problems: &mut Problems) -> Option<Instants> {
    let example = "write instant = \"now\", or instant = { column = \"Name\", format = \"rfc3339\" }";
    let Some(value) = section.get("instant") else {
        problems.add(section.at, "the mapping has no `instant`", example);
        return None;
    };
    if value.get_ref().as_str() == Some("now") {
        return Some(Instants::Now);
    }
    let Some(inner) = Section::of("`instant`", value) else {
        problems.add(value.span().start, "`instant` is neither \"now\" nor a column", example);
        return None;
    };
    inner.only(&["column", "format", "zone"], problems);
    let column = inner.text("column", "\"Name\"", problems).map(|(name, _)| columns.index(name));
    if inner.get("format").is_none() {
        problems.add(
            inner.at,
            "`instant` has no `format`",
            "add format = \"rfc3339\" or \"%d.%m.%Y\" with a zone",
        );
    }
    let format = spec::instant_format(&inner, problems)?;
    Some(Instants::Column { column: column?, format })
}

fn defaults(
    section: &Section<'_>,
    instants: Option<&Instants>,
    columns: &mut Columns,
    problems: &mut Problems,
) -> Defaults {
    let mut defaults = Defaults {
        entries: BTreeMap::new(),
        decimal: decimal(section, problems),
        format: match instants {
            Some(Instants::Column { format, .. }) => Some(format.clone()),
            Some(Instants::Now) | None => None,
        },
    };
    for field in [Field::Currency, Field::Debtor, Field::Claim] {
        if let Some(value) = section.get(field.as_str())
            && let Some(entry) = block::entry(None, field, value, &defaults, columns, problems)
        {
            defaults.entries.insert(field, entry);
        }
    }
    defaults
}

fn blocks(
    section: &Section<'_>,
    defaults: &Defaults,
    columns: &mut Columns,
    problems: &mut Problems,
) -> Vec<Block> {
    let example = "begin each with a line [[fact]], and add kind = \"claim_registered\" or the like";
    let Some(value) = section.get("fact") else {
        problems.add(section.at, "the mapping states no fact", example);
        return Vec::new();
    };
    let Some(list) = value.get_ref().as_array().filter(|list| list.len() <= MAX_BLOCKS) else {
        problems.add(
            value.span().start,
            format!("`fact` is no list of at most {MAX_BLOCKS} blocks"),
            example,
        );
        return Vec::new();
    };
    let mut blocks: Vec<Block> = Vec::new();
    for each in list {
        let Some(section) = Section::of("a [[fact]]", each) else {
            problems.add(each.span().start, "`fact` has something that is no block", example);
            continue;
        };
        if let Some(block) = block::block(section, &blocks, defaults, columns, problems) {
            blocks.push(block);
        }
    }
    blocks
}
