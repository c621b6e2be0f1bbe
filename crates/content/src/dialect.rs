//! The template language: a small part of Jinja that can be proved.
//!
//! A template has texts, `{{ field }}`, `{{ field|filter }}`, `{% if field %}`, `{% if not field %}`, `{% elif field %}`,
//! `{% else %}`, `{% endif %}`, `{% for x in field %}`, `{% endfor %}` and `{# comments #}`.
//! There are no calls, operators, assignments, includes, or nested loops.
//!
//! So every field that a template can reach stands in it by name, conditions depend on whether a field is there and on
//! nothing else, and no text grows beyond its parts: all renderings can be enumerated, which [`crate::proof`] does.

use std::collections::BTreeSet;

use crate::fields::{CLAIM_PARTS, Field, Shape};

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

/// An open block.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Block {
    If,
    For { variable: String, list: Field },
}

#[derive(Default)]
struct Reader {
    uses: Uses,
    open: Vec<Block>,
    faults: Vec<Fault>,
}

impl Reader {
    /// Reads the tag at the start of the text; gives its length, or nothing when it has no end.
    fn tag(&mut self, text: &str, line: usize) -> Option<usize> {
        let (close, kind) = match text.get(..2) {
            Some("{{") => ("}}", "{{"),
            Some("{%") => ("%}", "{%"),
            _ => ("#}", "{#"),
        };
        let Some(end) = text.find(close) else {
            self.fault(line, format!("`{kind}` has no `{close}`"), format!("close it with `{close}`"));
            return None;
        };
        let inner = text.get(2..end).unwrap_or("");
        let inner = inner.strip_prefix(['-', '+']).unwrap_or(inner);
        let inner = inner.strip_suffix(['-', '+']).unwrap_or(inner).trim();
        match kind {
            "{{" => self.output(inner, line),
            "{%" => self.block(inner, line),
            _ => {}
        }
        Some(end + close.len())
    }

    fn output(&mut self, inner: &str, line: usize) {
        let mut parts = inner.split('|').map(str::trim);
        let path = parts.next().unwrap_or("");
        let filters: Vec<&str> = parts.collect();
        for filter in &filters {
            if !FILTERS.iter().any(|(name, _)| name == filter) {
                let known: Vec<&str> = FILTERS.iter().map(|(name, _)| *name).collect();
                self.fault(
                    line,
                    format!("unknown filter `{filter}`"),
                    format!("use one of {}", known.join(", ")),
                );
            }
        }
        let Some((field, is_list)) = self.resolve(path, line) else { return };
        let joined = filters.first().is_some_and(|first| ["lines", "inline"].contains(first));
        if is_list && (!joined || field.shape() == Shape::Claims) {
            let remedy = match field.shape() {
                Shape::Claims => {
                    format!("write {{% for claim in {path} %}}{{{{ claim.reference }}}}{{% endfor %}}")
                }
                Shape::Lines | Shape::Text => {
                    format!("write {{{{ {path}|lines }}}} or {{{{ {path}|inline }}}}")
                }
            };
            self.fault(line, format!("`{path}` is a list"), remedy);
        } else if joined && !is_list {
            self.fault(line, format!("`{path}` is no list"), "leave the filter out".to_owned());
        }
        self.show(field, line);
    }

    fn block(&mut self, inner: &str, line: usize) {
        let words: Vec<&str> = inner.split_ascii_whitespace().collect();
        match words.as_slice() {
            ["if", "not", path] | ["if", path] => {
                self.condition(path, line);
                self.open.push(Block::If);
            }
            ["elif", "not", path] | ["elif", path] if self.open.last() == Some(&Block::If) => {
                self.condition(path, line);
            }
            ["else"] if self.open.last() == Some(&Block::If) => {}
            ["endif"] if self.open.last() == Some(&Block::If) => {
                self.open.pop();
            }
            ["endfor"] if matches!(self.open.last(), Some(Block::For { .. })) => {
                self.open.pop();
            }
            ["for", variable, "in", path] => self.for_loop(variable, path, line),
            _ => self.fault(
                line,
                format!("`{{% {inner} %}}` is not of the template language here"),
                "there are: if FIELD, if not FIELD, elif FIELD, else, endif, for NAME in LIST, endfor, each closed in order"
                    .to_owned(),
            ),
        }
    }

    fn condition(&mut self, path: &str, line: usize) {
        match Field::parse(path) {
            Some(field) => {
                self.uses.conditions.insert(field);
            }
            None => self.unknown(path, line),
        }
    }

    fn for_loop(&mut self, variable: &str, path: &str, line: usize) {
        if self.open.iter().any(|block| matches!(block, Block::For { .. })) {
            self.fault(line, "a loop within a loop".to_owned(), "put one after the other".to_owned());
        }
        let plain = variable.starts_with(|c: char| c.is_ascii_lowercase())
            && variable.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        if !plain || Field::parse(variable).is_some() || variable == "loop" {
            self.fault(
                line,
                format!("`{variable}` is no name for a loop's variable"),
                "use lower-case letters and no field's name, such as `entry`".to_owned(),
            );
        }
        let Some(list) = Field::parse(path) else { return self.unknown(path, line) };
        if list.shape() == Shape::Text {
            self.fault(line, format!("`{path}` is no list"), format!("write {{{{ {path} }}}}"));
        }
        // A loop over nothing shows nothing: whether the list is there is a condition too.
        self.uses.conditions.insert(list);
        self.open.push(Block::For { variable: variable.to_owned(), list });
    }

    /// The field behind a path, and whether the path stands for a whole list.
    fn resolve(&mut self, path: &str, line: usize) -> Option<(Field, bool)> {
        let (head, part) = path.split_once('.').map_or((path, None), |(head, part)| (head, Some(part)));
        let in_loop = self.open.iter().find_map(|block| match block {
            Block::For { variable, list } if variable == head => Some(*list),
            Block::For { .. } | Block::If => None,
        });
        match (in_loop, part) {
            (Some(list), Some(part)) if list.shape() == Shape::Claims && CLAIM_PARTS.contains(&part) => {
                Some((list, false))
            }
            (Some(list), None) if list.shape() == Shape::Lines => Some((list, false)),
            (Some(list), _) if list.shape() == Shape::Claims => {
                let parts: Vec<String> = CLAIM_PARTS.iter().map(|part| format!("{head}.{part}")).collect();
                self.fault(
                    line,
                    format!("`{path}` is no part of a claim"),
                    format!("use one of {}", parts.join(", ")),
                );
                None
            }
            (Some(_), _) => {
                self.fault(
                    line,
                    format!("`{head}` is a text and has no parts"),
                    format!("write {{{{ {head} }}}}"),
                );
                None
            }
            (None, None) => match Field::parse(head) {
                Some(field) => Some((field, field.shape() != Shape::Text)),
                None => {
                    self.unknown(path, line);
                    None
                }
            },
            (None, Some(_)) => {
                self.unknown(path, line);
                None
            }
        }
    }

    fn show(&mut self, field: Field, line: usize) {
        if !self.uses.shows(field) {
            self.uses.shown.push((field, line));
        }
    }

    fn unknown(&mut self, path: &str, line: usize) {
        let plain = path.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let what = match plain && !path.is_empty() {
            true => format!("there is no field `{path}`"),
            false => format!(
                "`{path}` is no field: a template has names of fields and filters, no calls or operators"
            ),
        };
        let names: Vec<&str> = Field::ALL.iter().map(|field| field.as_str()).collect();
        self.fault(line, what, format!("the fields are {}", names.join(", ")));
    }

    fn fault(&mut self, line: usize, what: String, remedy: String) {
        self.faults.push(Fault { line, what, remedy });
    }

    fn finish(mut self, line: usize) -> Result<Uses, Vec<Fault>> {
        if let (Some(block), true) = (self.open.last(), self.faults.is_empty()) {
            let close = match block {
                Block::If => "{% endif %}",
                Block::For { .. } => "{% endfor %}",
            };
            self.fault(line, "a block is not closed".to_owned(), format!("close it with {close}"));
        }
        if self.faults.is_empty() { Ok(self.uses) } else { Err(self.faults) }
    }
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
