//! One `[[fact]]` block: its kind, its conditions, its fields, and what is missing among them.

use std::collections::BTreeMap;

use domain::money::Currency;

use super::Defaults;
use crate::mapping::Block;
use crate::mapping::complete::{self, Lack};
use crate::mapping::condition::{self, Condition};
use crate::mapping::document::{Problems, Section, Value};
use crate::mapping::instant::InstantFormat;
use crate::mapping::kind::{Field, Kind};
use crate::mapping::spec::{self, Columns, Entry, Shape, Spec};
use crate::mapping::value::{self, Decimal};
use crate::problem::Unfit;
use crate::suggest;

/// Reads a block; `before` are those that stand above it.
pub(super) fn block(
    mut section: Section<'_>,
    before: &[Block],
    defaults: &Defaults,
    columns: &mut Columns,
    problems: &mut Problems,
) -> Option<Block> {
    let (name, at) = section.text("kind", "\"claim_registered\"", problems)?;
    let Some(kind) = Kind::parse(name) else {
        let names: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        problems.add(at, format!("there is no kind of fact `{name}`"), suggest::remedy(name, &names));
        return None;
    };
    section.name = format!("a {name}");
    only_own_fields(kind, &section, problems);
    let when: Vec<Condition> =
        section.get("when").map(|value| condition::conditions(value, columns, problems)).unwrap_or_default();
    let fields = fields(kind, &section, defaults, columns, problems);
    let ordinal = before.iter().filter(|other| other.kind == kind).count();
    Some(Block { kind, ordinal, when, fields })
}

/// Notes fields of other kinds and fields of none.
fn only_own_fields(kind: Kind, section: &Section<'_>, problems: &mut Problems) {
    let known = complete::known(kind, &["kind", "when"]);
    for (key, at, _) in section.entries().filter(|(key, ..)| !known.contains(key)) {
        let what = format!("`{key}` does not belong into {}", section.name);
        problems.add(at, what, complete::foreign(key, &known));
    }
}

fn fields(
    kind: Kind,
    section: &Section<'_>,
    defaults: &Defaults,
    columns: &mut Columns,
    problems: &mut Problems,
) -> BTreeMap<Field, Entry> {
    let mut fields = BTreeMap::new();
    let own = kind.fields().iter().map(|(field, _)| *field);
    for field in [Field::Debtor, Field::Claim].into_iter().chain(own) {
        let stated = section.get(field.as_str());
        let entry = match stated {
            Some(value) => entry(Some(kind), field, value, defaults, columns, problems),
            None => defaults.entries.get(&field).cloned(),
        };
        if let Some(entry) = entry {
            fields.insert(field, entry);
        }
    }
    required(kind, section, &fields, problems);
    fields
}

/// Notes what is missing: single fields, one of a pair, somebody whom it concerns.
fn required(kind: Kind, section: &Section<'_>, fields: &BTreeMap<Field, Entry>, problems: &mut Problems) {
    // A field that is there but wrong was noted already.
    let stated = |field: Field| fields.contains_key(&field) || section.get(field.as_str()).is_some();
    for lack in complete::lacking(kind, stated) {
        let remedy = match lack {
            Lack::Field(field) => format!("add {} = {{ column = \"Name\" }} or a constant", field.as_str()),
            Lack::OneOf(..) => "state one of them".to_owned(),
            Lack::Claim => {
                "add claim = { column = \"Name\" } to it, or once for all above the first [[fact]]".to_owned()
            }
            Lack::Debtor => {
                "add debtor = { column = \"Name\" } to it, or once for all above the first [[fact]]"
                    .to_owned()
            }
        };
        problems.add(section.at, lack.what(kind), remedy);
    }
    scope(kind, section, fields, problems);
}

/// A consent or an opt-out states its scope as a constant, and what the scope needs.
fn scope(kind: Kind, section: &Section<'_>, fields: &BTreeMap<Field, Entry>, problems: &mut Problems) {
    let Some(Entry { spec, .. }) = fields.get(&Field::Scope) else { return };
    let needed: &[Field] = match spec {
        Spec::Constant(text) => value::scope(text).map_or(&[], complete::of_scope),
        Spec::Column { .. } | Spec::Joined(..) => {
            problems.add(section.at, "`scope` is no constant", "write one block for each scope, with `when`");
            &[]
        }
    };
    for field in needed.iter().filter(|field| !fields.contains_key(field)) {
        problems.add(section.at, complete::scope_lacks(kind, *field), format!("add {} = …", field.as_str()));
    }
}

/// Reads a field and checks what the mapping itself puts in.
pub(super) fn entry(
    kind: Option<Kind>,
    field: Field,
    value: &Value<'_>,
    defaults: &Defaults,
    columns: &mut Columns,
    problems: &mut Problems,
) -> Option<Entry> {
    let shape = Shape::of(field);
    let mut entry = spec::entry(field.as_str(), shape, value, columns, problems)?;
    let currency = defaults.entries.get(&Field::Currency).and_then(constant_currency);
    for text in entry.spec.constants() {
        if let Err(unfit) = check(kind, field, text, defaults.decimal, currency) {
            problems.add(value.span().start, format!("`{}` {}", field.as_str(), unfit.what), unfit.remedy);
        }
    }
    if shape == Shape::Instant && entry.format.is_none() {
        let constant = matches!(entry.spec, Spec::Constant(_));
        let inherited = defaults.format.clone().filter(|_| !constant);
        entry.format = Some(inherited.unwrap_or(InstantFormat::Rfc3339));
    }
    Some(entry)
}

fn check(
    kind: Option<Kind>,
    field: Field,
    text: &str,
    decimal: Decimal,
    currency: Option<Currency>,
) -> Result<(), Unfit> {
    if (kind, field) == (Some(Kind::ContactPointInvalidated), Field::Reason) {
        return value::invalidity(text).map(drop);
    }
    value::check(field, text, decimal, currency)
}

fn constant_currency(entry: &Entry) -> Option<Currency> {
    match &entry.spec {
        Spec::Constant(text) => Currency::new(text),
        Spec::Column { .. } | Spec::Joined(..) => None,
    }
}
