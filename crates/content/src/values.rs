//! The values behind the fields: the tenant's, the debtor's, and the stand-ins that a proof uses.

use std::collections::{BTreeMap, BTreeSet};

use domain::channel::{Channel, Disclosure};
use domain::label::Language;
use minijinja::Value;

use crate::fields::{CLAIM_PARTS, ClaimFields, Field, Fields, Shape};
use crate::format;
use crate::identity::Identity;
use crate::limits::{MAX_OTHER_CLAIMS, MAX_VALUE_CHARS};
use crate::text::one_line;

/// One field's value. Personal: it has no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Given {
    Text(String),
    Lines(Vec<String>),
    Claims(Vec<[String; CLAIM_PARTS.len()]>),
}

impl Given {
    pub(crate) fn empty(shape: Shape) -> Self {
        match shape {
            Shape::Text => Self::Text(String::new()),
            Shape::Lines => Self::Lines(Vec::new()),
            Shape::Claims => Self::Claims(Vec::new()),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) => text.is_empty(),
            Self::Lines(lines) => lines.is_empty(),
            Self::Claims(claims) => claims.is_empty(),
        }
    }

    /// All its texts.
    pub(crate) fn texts(&self) -> Vec<&str> {
        match self {
            Self::Text(text) => vec![text],
            Self::Lines(lines) => lines.iter().map(String::as_str).collect(),
            Self::Claims(claims) => claims.iter().flatten().map(String::as_str).collect(),
        }
    }

    fn to_value(&self) -> Value {
        match self {
            Self::Text(text) => Value::from(text.as_str()),
            Self::Lines(lines) => lines.iter().map(String::as_str).collect(),
            Self::Claims(claims) => claims.iter().map(claim_value).collect(),
        }
    }
}

fn claim_value(parts: &[String; CLAIM_PARTS.len()]) -> Value {
    Value::from_pairs(CLAIM_PARTS.into_iter().zip(parts.iter().map(String::as_str)))
}

/// A value for every field; a field that is not known is empty.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Values(BTreeMap<Field, Given>);

impl Values {
    /// The tenant's values alone.
    pub(crate) fn of_tenant(identity: &Identity, channel: Channel, language: Language) -> Self {
        let text = |words: Option<&str>| Given::Text(words.map(one_line).unwrap_or_default());
        let opt_out = identity.opt_out.get(&channel).and_then(|words| words.get(language));
        let ways_to_pay = identity.payment_options.get(language).unwrap_or("").lines();
        let mut values = Self(Field::ALL.iter().map(|f| (*f, Given::empty(f.shape()))).collect());
        values.set(Field::SenderName, text(identity.display_name.get(language)));
        values.set(Field::CallbackNumber, text(Some(&identity.callback_number)));
        values.set(Field::CallbackHours, text(identity.callback_hours.get(language)));
        values.set(Field::OptOut, text(opt_out));
        values.set(Field::PostalAddress, lines(identity.postal_address.iter().map(String::as_str)));
        values.set(Field::PaymentOptions, lines(ways_to_pay));
        values
    }

    /// Adds what is known of the debtor.
    pub(crate) fn with_debtor(mut self, identity: &Identity, language: Language, fields: &Fields) -> Self {
        self.set(Field::DebtorName, Given::Text(one_line(&fields.debtor_name)));
        let mut claims = fields.claims.iter().map(|claim| claim_parts(claim, identity, language));
        if let Some(leading) = claims.next() {
            let own = [
                Field::Creditor,
                Field::Reference,
                Field::Reason,
                Field::Amount,
                Field::Currency,
                Field::DueDate,
            ];
            for (field, part) in own.into_iter().zip(leading) {
                self.set(field, Given::Text(part));
            }
        }
        self.set(Field::OtherClaims, Given::Claims(claims.take(MAX_OTHER_CLAIMS).collect()));
        self
    }

    pub(crate) fn set(&mut self, field: Field, given: Given) {
        self.0.insert(field, given);
    }

    pub(crate) fn get(&self, field: Field) -> Option<&Given> {
        self.0.get(&field)
    }

    pub(crate) fn is_empty(&self, field: Field) -> bool {
        self.get(field).is_none_or(Given::is_empty)
    }

    /// The text of a field; empty for a list.
    pub(crate) fn text(&self, field: Field) -> &str {
        match self.get(field) {
            Some(Given::Text(text)) => text,
            Some(Given::Lines(_) | Given::Claims(_)) | None => "",
        }
    }

    /// Whether some value is longer than any may be.
    pub(crate) fn first_too_long(&self, among: &BTreeSet<Field>) -> Option<Field> {
        let too_long = |given: &Given| given.texts().iter().any(|t| t.chars().count() > MAX_VALUE_CHARS);
        among.iter().copied().find(|field| self.get(*field).is_some_and(too_long))
    }

    /// What a template is handed: the fields up to a level, and no others.
    pub(crate) fn context(&self, level: Disclosure) -> Value {
        let open = self.0.iter().filter(|(field, _)| field.level() <= level);
        Value::from_pairs(open.map(|(field, given)| (field.as_str(), given.to_value())))
    }
}

fn lines<'a>(entries: impl Iterator<Item = &'a str>) -> Given {
    Given::Lines(entries.map(one_line).filter(|line| !line.is_empty()).collect())
}

fn claim_parts(claim: &ClaimFields, identity: &Identity, language: Language) -> [String; CLAIM_PARTS.len()] {
    // A creditor without a display name goes by its label, which is the operator's and never personal.
    let known = identity.creditors.get(&claim.creditor).and_then(|words| words.get(language));
    [
        one_line(known.unwrap_or(claim.creditor.as_str())),
        one_line(&claim.reference),
        one_line(&claim.description),
        format::amount(claim.owed, claim.currency, language),
        claim.currency.as_str().to_owned(),
        format::date(claim.due_on, language),
    ]
}
