//! One fact from named values, as a JSON object has them: its members are the cells of a row of its own.
//!
//! Kinds, fields, words and digests are those of mappings, and so is what a fact is recognised by: the same fact, sent as
//! a row and as an object, is one fact.
//! What is wrong names the member and never repeats a value.

use std::collections::BTreeMap;

use contract::wire::FactMessage;
use domain::label::{Label, TenantId};
use domain::time::Timestamp;

use super::complete::{self, Lack};
use super::instant::InstantFormat;
use super::kind::{Field, Kind, Need};
use super::spec::{Cells, Columns, Entry, Shape, Spec};
use super::value::{self, Decimal};
use super::{Block, Instants, Mapping, facts};
use crate::digests::Digests;
use crate::problem::{RowProblem, Unfit};
use crate::suggest;
use crate::table::Row;

/// What every object may say beside its fact's own fields.
const ENVELOPE: [&str; 5] = ["tenant", "source", "id", "kind", "at"];

/// What holds where an object does not say otherwise.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Defaults {
    /// The tenant.
    pub tenant: Option<TenantId>,
    /// Where the facts come from.
    pub source: Option<Label>,
    /// Who states them, where a kind of fact wants to know.
    pub actor: Option<Label>,
}

/// What a member says. No `Debug`: it may be personal.
pub(crate) enum Said {
    /// A text.
    Text(String),
    /// A list of texts.
    Texts(Vec<String>),
    /// A whole number, in digits.
    Whole(String),
    /// Yes or no.
    Flag(bool),
    /// `null`: the same as a member that is not there.
    Nothing,
    /// A number with decimals, an object, or a list of something else.
    Other,
}

/// One member of an object.
pub(crate) struct Member {
    /// Its name.
    pub(crate) name: String,
    /// What it says.
    pub(crate) said: Said,
}

/// How a field may be written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Written {
    /// As text.
    Text,
    /// As text, or as a list of texts.
    Texts,
    /// As text, or as a whole number.
    Whole,
    /// As text, or as a flag.
    Flag,
}

/// Every kind of fact by its name, with its fields: how each is written, and whether it has to be there.
pub(crate) fn kinds() -> impl Iterator<Item = (&'static str, Vec<(&'static str, Written, bool)>)> {
    Kind::ALL.iter().map(|kind| {
        let own = kind.fields().iter().map(|(field, need)| (*field, *need == Need::Must));
        let whose = [(Field::Debtor, kind.needs_debtor()), (Field::Claim, kind.needs_claim())];
        let beside = |(field, _): &(Field, bool)| !ENVELOPE.contains(&field.as_str());
        let fields = whose.into_iter().chain(own).filter(beside);
        (kind.as_str(), fields.map(|(field, must)| (field.as_str(), written(field), must)).collect())
    })
}

fn written(field: Field) -> Written {
    if matches!(field, Field::Confidence) {
        return Written::Whole;
    }
    if matches!(field, Field::RightParty) {
        return Written::Flag;
    }
    match Shape::of(field) {
        Shape::Joinable(_) => Written::Texts,
        Shape::Plain | Shape::Instant => Written::Text,
    }
}

/// The fact that an object states; `place` is where it stands: a line, or its number in a list.
pub(crate) fn fact(
    place: u64,
    members: &[Member],
    defaults: &Defaults,
    now: Timestamp,
    digests: &dyn Digests,
) -> Result<FactMessage, RowProblem> {
    let mut object = Object::read(place, members)?;
    let kind = object.kind()?;
    object.default_actor(kind, defaults);
    object.complete(kind)?;
    let mapping = object.mapping(kind, defaults)?;
    let row = Row::of_fields(place, object.texts.iter().map(String::as_str));
    let places: Vec<usize> = (0..object.names.len()).collect();
    let cells = Cells { row: &row, places: &places };
    let at = mapping.instant(&row, &places, now)?;
    let stated = facts::of_row(&mapping, cells, at, digests)?.into_iter().next();
    stated.ok_or_else(|| object.problem(None, Unfit::new("states no fact", "add its kind and fields")))
}

/// An object's members as texts.
struct Object {
    place: u64,
    names: Vec<String>,
    texts: Vec<String>,
}

impl Object {
    fn read(place: u64, members: &[Member]) -> Result<Self, RowProblem> {
        let mut object = Self { place, names: Vec::new(), texts: Vec::new() };
        for member in members {
            match text(&member.name, &member.said) {
                Ok(None) => {}
                Ok(Some(_)) if object.names.contains(&member.name) => {
                    let unfit = Unfit::new("is there twice", "leave one of them out");
                    return Err(object.problem(Some(&member.name), unfit));
                }
                Ok(Some(text)) => object.add(&member.name, text),
                Err(unfit) => return Err(object.problem(Some(&member.name), unfit)),
            }
        }
        Ok(object)
    }

    fn add(&mut self, name: &str, text: String) {
        self.names.push(name.to_owned());
        self.texts.push(text);
    }

    fn index(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known == name)
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.index(name).and_then(|index| self.texts.get(index)).map(String::as_str)
    }

    fn kind(&self) -> Result<Kind, RowProblem> {
        let names: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        let Some(name) = self.get("kind") else {
            let unfit = Unfit::new("is not there", "add \"kind\": \"payment_received\" or the like");
            return Err(self.problem(Some("kind"), unfit));
        };
        Kind::parse(name).ok_or_else(|| {
            self.problem(Some("kind"), Unfit::new("is no kind of fact", suggest::remedy(name, &names)))
        })
    }

    /// Whoever is known to speak need not say who they are.
    fn default_actor(&mut self, kind: Kind, defaults: &Defaults) {
        let wanted = kind.fields().iter().any(|(field, _)| *field == Field::Actor);
        if let Some(actor) = defaults.actor.as_ref().filter(|_| wanted && self.index("actor").is_none()) {
            self.add("actor", actor.as_str().to_owned());
        }
    }

    /// Nothing is missing, and nothing is there that means nothing.
    fn complete(&self, kind: Kind) -> Result<(), RowProblem> {
        let mut known = complete::known(kind, &ENVELOPE);
        known.dedup_by_key(|name| *name);
        if let Some(name) = self.names.iter().find(|name| !known.contains(&name.as_str())) {
            let what = format!("does not belong into {}", complete::one(kind));
            return Err(self.problem(Some(name), Unfit::new(what, complete::foreign(name, &known))));
        }
        let stated = |field: Field| self.index(field.as_str()).is_some();
        if let Some(lack) = complete::lacking(kind, stated).into_iter().next() {
            let lacks = |field| self.lacks(field, kind.as_str());
            return Err(match lack {
                Lack::Field(field) => lacks(field),
                Lack::Claim => lacks(Field::Claim),
                Lack::Debtor => lacks(Field::Debtor),
                Lack::OneOf(one, other) => {
                    let what = format!("has both or none of `{}` and `{}`", one.as_str(), other.as_str());
                    self.problem(None, Unfit::new(what, "state one of them"))
                }
            });
        }
        let scope = self.get("scope").and_then(|text| value::scope(text).ok());
        let needed = scope.map_or(&[][..], complete::of_scope).iter();
        match needed.copied().find(|field| !stated(*field)) {
            Some(field) => Err(self.lacks(field, "scope")),
            None => Ok(()),
        }
    }

    /// That a field is not there which this kind or scope needs.
    fn lacks(&self, field: Field, needed_by: &str) -> RowProblem {
        let what = format!("is not there, and this {needed_by} needs one");
        self.problem(Some(field.as_str()), Unfit::new(what, add(field)))
    }

    /// A mapping for this object alone: each field is the column of its name.
    fn mapping(&self, kind: Kind, defaults: &Defaults) -> Result<Mapping, RowProblem> {
        let tenant = self.named("tenant", defaults.tenant.as_ref(), |text| TenantId::new(text).ok())?;
        let source = self.named("source", defaults.source.as_ref(), |text| Label::new(text).ok())?;
        let Some(id) = self.index("id") else {
            let remedy =
                "add \"id\": the source's own id of it, so that it counts once however often it is sent";
            return Err(self.problem(Some("id"), Unfit::new("is not there", remedy)));
        };
        value::reference(self.get("id").unwrap_or_default())
            .map_err(|unfit| self.problem(Some("id"), unfit))?;
        let instants = self
            .index("at")
            .map_or(Instants::Now, |column| Instants::Column { column, format: InstantFormat::Rfc3339 });
        let names = self.names.iter().enumerate().filter(|(_, name)| !ENVELOPE.contains(&name.as_str()));
        let fields: BTreeMap<Field, Entry> = names
            .filter_map(|(column, name)| {
                let spec = Spec::Column { column, map: None, default: None };
                Field::parse(name).map(|field| (field, Entry { spec, format: None }))
            })
            .collect();
        Ok(Mapping {
            tenant,
            source,
            separator: b',',
            id: vec![id],
            instants,
            decimal: Decimal::Point,
            blocks: vec![Block { kind, ordinal: 0, when: Vec::new(), fields }],
            columns: Columns::of(self.names.clone()),
        })
    }

    fn named<T: Clone>(
        &self,
        name: &str,
        default: Option<&T>,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, RowProblem> {
        match (self.get(name), default) {
            (Some(text), _) => read(text).ok_or_else(|| {
                let remedy = "it has 1 to 64 of a-z, 0-9, _, - and .";
                self.problem(Some(name), Unfit::new("is no short name", remedy))
            }),
            (None, Some(default)) => Ok(default.clone()),
            (None, None) => {
                let remedy = format!("add \"{name}\", or name it once for all facts");
                Err(self.problem(Some(name), Unfit::new("is not there", remedy)))
            }
        }
    }

    /// A member that nobody knows is named only if its name is short: anything else may be a value.
    fn problem(&self, member: Option<&str>, unfit: Unfit) -> RowProblem {
        let column = member.map(|name| match Label::new(name) {
            Ok(_) => name.to_owned(),
            Err(_) => "one whose name is no short name".to_owned(),
        });
        RowProblem { row: self.place, column, what: unfit.what, remedy: unfit.remedy }
    }
}

fn add(field: Field) -> String {
    format!("add \"{}\"", field.as_str())
}

/// A member's text; none where it says nothing.
fn text(name: &str, said: &Said) -> Result<Option<String>, Unfit> {
    let field = Field::parse(name);
    let text = match said {
        Said::Nothing => return Ok(None),
        Said::Text(text) => text.trim().to_owned(),
        Said::Flag(flag) => flag.to_string(),
        Said::Whole(_) if field.is_some_and(is_amount) => {
            let remedy = "write it as text, such as \"120.50\": a bare number could mean francs or centimes";
            return Err(Unfit::new("is an amount without quotation marks", remedy));
        }
        Said::Whole(digits) => digits.clone(),
        Said::Texts(texts) => match field.map(Shape::of) {
            Some(Shape::Joinable(joint)) => texts.join(joint),
            Some(Shape::Plain | Shape::Instant) | None => {
                return Err(Unfit::new("is a list", "write one text"));
            }
        },
        Said::Other => {
            let remedy = "write a text in quotation marks, such as \"120.50\" or \"2026-03-01T10:00:00Z\"";
            return Err(Unfit::new("is no text, whole number or flag", remedy));
        }
    };
    if text.is_empty() {
        return Err(Unfit::new("is empty", "state a value, or leave it out"));
    }
    Ok(Some(text))
}

const fn is_amount(field: Field) -> bool {
    matches!(field, Field::Amount | Field::Principal | Field::Interest | Field::Costs)
}
