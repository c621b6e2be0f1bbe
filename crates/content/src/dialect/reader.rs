//! Reads one tag after the other.

use super::{FILTERS, Fault, Uses};
use crate::fields::{CLAIM_PARTS, Field, Shape};

/// An open block.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Block {
    If,
    For { variable: String, list: Field },
}

/// What was read so far.
#[derive(Default)]
pub(super) struct Reader {
    uses: Uses,
    open: Vec<Block>,
    faults: Vec<Fault>,
}

impl Reader {
    /// Reads the tag at the start of the text; gives its length, or nothing when it has no end.
    pub(super) fn tag(&mut self, text: &str, line: usize) -> Option<usize> {
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

    /// What the template reaches, or what is wrong with it.
    pub(super) fn finish(mut self, line: usize) -> Result<Uses, Vec<Fault>> {
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
