//! Whether a fact has the fields that its kind has: what is missing, what is too much.
//!
//! One list of rules for the blocks of a mapping and for facts that come one by one; each says in its own words how to
//! put it right.

use super::kind::{Field, Kind, Need};
use super::value::ScopeKind;
use crate::suggest;

/// Something that is missing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Lack {
    /// A field.
    Field(Field),
    /// One of two fields: both are there, or neither.
    OneOf(Field, Field),
    /// The claim that it is about.
    Claim,
    /// Whom it concerns.
    Debtor,
}

impl Lack {
    /// What is missing, in words.
    pub(super) fn what(self, kind: Kind) -> String {
        let kind = one(kind);
        match self {
            Self::Field(field) => format!("{kind} has no `{}`", field.as_str()),
            Self::OneOf(one, other) => {
                format!("{kind} has both or none of `{}` and `{}`", one.as_str(), other.as_str())
            }
            Self::Claim => format!("{kind} has no `claim`"),
            Self::Debtor => format!("{kind} has no `debtor`"),
        }
    }
}

/// All that a fact lacks of which these fields are stated.
pub(super) fn lacking(kind: Kind, stated: impl Fn(Field) -> bool) -> Vec<Lack> {
    let needed = kind.fields().iter().filter(|(field, need)| *need == Need::Must && !stated(*field));
    let mut lacks: Vec<Lack> = needed.map(|(field, _)| Lack::Field(*field)).collect();
    if let Some((one, other)) = kind.either()
        && stated(one) == stated(other)
    {
        lacks.push(Lack::OneOf(one, other));
    }
    if kind.needs_claim() && !stated(Field::Claim) {
        lacks.push(Lack::Claim);
    }
    let addressed = stated(Field::Debtor) || (!kind.needs_debtor() && stated(Field::Claim));
    if !addressed {
        lacks.push(Lack::Debtor);
    }
    lacks
}

/// What a scope needs beside itself.
pub(super) const fn of_scope(scope: ScopeKind) -> &'static [Field] {
    match scope {
        ScopeKind::All => &[],
        ScopeKind::Channel => &[Field::Channel],
        ScopeKind::Point => &[Field::PointKind, Field::Value],
    }
}

/// That a scope's own field is missing, in words.
pub(super) fn scope_lacks(kind: Kind, field: Field) -> String {
    format!("{} of this scope has no `{}`", one(kind), field.as_str())
}

/// One of this kind, with its article.
pub(super) fn one(kind: Kind) -> String {
    let kind = kind.as_str();
    let article = if kind.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {kind}")
}

/// The names that a fact of this kind may have, beside those of where it stands.
pub(super) fn known<'a>(kind: Kind, beside: &[&'a str]) -> Vec<&'a str> {
    let own = kind.fields().iter().map(|(field, _)| field.as_str());
    beside.iter().copied().chain(["debtor", "claim"]).chain(own).collect()
}

/// What to do about a name that is none of these.
pub(super) fn foreign(name: &str, known: &[&str]) -> String {
    match Field::parse(name) {
        Some(_) => format!("other kinds of facts have it; this one has: {}", known.join(", ")),
        None => suggest::remedy(name, known),
    }
}
