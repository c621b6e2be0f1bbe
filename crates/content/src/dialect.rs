//! The template language: a small part of Jinja that can be proved.
//!
//! A template has texts, `{{ field }}`, `{{ field|filter }}`, `{% if field %}`, `{% if not field %}`, `{% elif field %}`,
//! `{% else %}`, `{% endif %}`, `{% for x in field %}`, `{% endfor %}` and `{# comments #}`.
//! There are no calls, operators, assignments, includes, or nested loops.
//!
//! So every field that a template can reach stands in it by name, conditions depend on whether a field is there and on
//! nothing else, and no text grows beyond its parts: all renderings can be enumerated, which [`crate::proof`] does.

mod reader;

use std::collections::BTreeSet;

use crate::fields::Field;
use reader::Reader;

/// The filters, with what they do.
pub const FILTERS: [(&str, &str); 6] = [
    ("upper", "capitals"),
    ("lower", "lower case"),
    ("capitalize", "first letter in capitals"),
    ("trim", "without spaces at the ends"),
    ("lines", "the entries of a list, one a line"),
    ("inline", "the entries of a list, parted by commas"),
];

/// What a template reaches.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Uses {
    /// Fields that it shows, each with the first line of the text that does.
    pub shown: Vec<(Field, usize)>,
    /// Fields whose presence it asks for.
    pub conditions: BTreeSet<Field>,
}

impl Uses {
    /// Every field that it names, shown or asked for.
    pub fn fields(&self) -> BTreeSet<Field> {
        self.shown.iter().map(|(field, _)| *field).chain(self.conditions.iter().copied()).collect()
    }

    /// Whether it shows the field.
    pub fn shows(&self, field: Field) -> bool {
        self.shown.iter().any(|(shown, _)| *shown == field)
    }
}

/// What in a template is not of the language.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// On which line of the text, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// What would be right.
    pub remedy: String,
}

/// Reads a template's text and says what it reaches, or everything that is wrong with it.
pub fn read(source: &str) -> Result<Uses, Vec<Fault>> {
    let mut reader = Reader::default();
    let mut rest = source;
    let mut line = 1;
    while let Some(at) = next_tag(rest) {
        let (text, tag) = rest.split_at(at);
        line += count_lines(text);
        let Some(length) = reader.tag(tag, line) else { break };
        let (tag, after) = tag.split_at(length);
        line += count_lines(tag);
        rest = after;
    }
    reader.finish(line)
}

fn next_tag(text: &str) -> Option<usize> {
    ["{{", "{%", "{#"].into_iter().filter_map(|open| text.find(open)).min()
}

fn count_lines(text: &str) -> usize {
    text.bytes().filter(|b| *b == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_template_reaches_is_known_by_name() {
        let uses = read(
            "{# a note on {{ amount }} #}Hi {{ debtor_name|upper }},\n{% if not opt_out %}x{% elif reason %}{{ reason }}\
             {% else %}{{- callback_number -}}{% endif %}\n{% for c in other_claims %}{{ c.amount }}{% endfor %}\
             {{ postal_address|lines }}",
        )
        .unwrap();
        let shown: Vec<_> = uses.shown.iter().map(|(field, line)| (field.as_str(), *line)).collect();
        let expected = [
            ("debtor_name", 1),
            ("reason", 2),
            ("callback_number", 2),
            ("other_claims", 3),
            ("postal_address", 3),
        ];
        assert_eq!(shown, expected);
        assert_eq!(
            uses.conditions.into_iter().collect::<Vec<_>>(),
            [Field::OptOut, Field::Reason, Field::OtherClaims]
        );
    }

    #[test]
    fn what_is_not_of_the_language_is_refused_with_its_line() {
        for (source, line, what) in [
            ("{{ amunt }}", 1, "there is no field `amunt`"),
            ("\n{{ debug() }}", 2, "`debug()` is no field"),
            ("{{ sender_name ~ amount }}", 1, "is no field"),
            ("{{ 'x' * 100000 }}", 1, "is no field"),
            ("{{ sender_name|replace('a', 'b') }}", 1, "unknown filter"),
            ("{{ sender_name }", 1, "has no `}}`"),
            ("{% set x = amount %}", 1, "not of the template language"),
            ("{% include 'x' %}", 1, "not of the template language"),
            ("{% raw %}{{ amount }}{% endraw %}", 1, "not of the template language"),
            ("{% if amount == '3' %}x{% endif %}", 1, "not of the template language"),
            ("{% if reason %}x", 1, "not closed"),
            ("{% if reason %}x{% endfor %}", 1, "not of the template language"),
            ("{% else %}", 1, "not of the template language"),
            ("{% for x in reason %}{% endfor %}", 1, "is no list"),
            ("{% for amount in postal_address %}{% endfor %}", 1, "is no name"),
            (
                "{% for l in postal_address %}{% for k in postal_address %}{% endfor %}{% endfor %}",
                1,
                "within a loop",
            ),
            ("{% for l in postal_address %}{{ l.x }}{% endfor %}", 1, "has no parts"),
            ("{% for c in other_claims %}{{ c }}{% endfor %}", 1, "no part of a claim"),
            ("{% for c in other_claims %}{{ c.iban }}{% endfor %}", 1, "no part of a claim"),
            ("{{ postal_address }}", 1, "is a list"),
            ("{{ other_claims|lines }}", 1, "is a list"),
            ("{{ reason|inline }}", 1, "is no list"),
            ("{{ reason.amount }}", 1, "is no field"),
            ("{{ reason['amount'] }}", 1, "is no field"),
            ("{{ }}", 1, "is no field"),
        ] {
            let faults = read(source).unwrap_err();
            let first = faults.first().unwrap();
            assert!(first.what.contains(what), "{source}: {}", first.what);
            assert_eq!(first.line, line, "{source}");
            assert!(!first.remedy.is_empty());
        }
    }
}
