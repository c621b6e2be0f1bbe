//! A word list: phrases by class, exceptions, and the small words that turn or deny a sentence.
//!
//! A file has sections, `[stop]` and so on by class, with a phrase on each line; `! phrase` is an exception: within one
//! thought, its words are not read for that class.
//! `[negation]`, `[turn]` and `[subject]` hold single words of the language.
//! `@name = a/b` names forms, to be used as `@name` in a phrase.
//! `#` begins a comment where a line begins with it.
//!
//! What it leaves out: what the signs in a phrase mean (`pattern`).

use std::collections::BTreeMap;

use domain::inbound::InboundClass;

use super::pattern::{ANY, Form, Pattern, forms, start_of};

/// Most names that a line may use, those within them counted.
const MAX_NAMES: usize = 16;

/// Phrases, ready to be looked for.
#[derive(Debug, Default)]
pub(super) struct List {
    entries: Vec<Entry>,
    exceptions: Vec<Entry>,
    by_start: Index,
    exceptions_by_start: Index,
    /// By list, as [`Entry::list`] names it.
    grammars: BTreeMap<&'static str, Grammar>,
}

/// Places in a list, by the first two letters of what a phrase begins with.
type Index = BTreeMap<[u8; 2], Vec<usize>>;

/// A phrase with what it means.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) class: InboundClass,
    /// A language, or the tenant's.
    pub(super) list: &'static str,
    pub(super) pattern: Pattern,
    /// Whether it has a negation of its own, so that another says nothing.
    pub(super) negates: bool,
}

/// The small words of a language.
#[derive(Clone, Debug, Default)]
pub(super) struct Grammar {
    /// Deny what stands near them.
    pub(super) negation: Vec<Form>,
    /// Begin another thought.
    pub(super) turn: Vec<Form>,
    /// Begin a thought when they stand before it.
    pub(super) subject: Vec<Form>,
}

impl List {
    /// Reads a file; gives each line that is not right, with the reason.
    pub(super) fn read(&mut self, list: &'static str, text: &str) -> Vec<String> {
        let mut reader = Reader { list, section: "", names: BTreeMap::new() };
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines.filter_map(|line| reader.line(self, line).err().map(|why| format!("{line}: {why}"))).collect()
    }

    /// The phrases that the small words of a language meet by themselves: nearly every message would.
    #[cfg(test)]
    pub(super) fn of_small_words_alone(&self) -> Vec<&str> {
        let small = |entry: &&Entry| {
            let grammar = self.grammars(entry.list);
            let words = grammar.iter().flat_map(|grammar| [&grammar.negation, &grammar.subject]);
            let words: Vec<&str> = words.flatten().map(Form::letters).collect();
            words.iter().any(|word| entry.pattern.end_at(&super::words::Text::read(word), 0).is_some())
        };
        self.entries
            .iter()
            .chain(&self.exceptions)
            .filter(small)
            .map(|entry| entry.pattern.written.as_str())
            .collect()
    }

    /// How many phrases there are.
    pub(super) const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Adds a phrase.
    pub(super) fn add(&mut self, class: InboundClass, list: &'static str, pattern: Pattern) {
        let negation: Vec<&Form> = self.grammars.values().flat_map(|grammar| &grammar.negation).collect();
        let own = self.grammars.get(list).map(|grammar| grammar.negation.iter().collect());
        let negates = negates(&pattern, &own.unwrap_or(negation));
        push(&mut self.entries, &mut self.by_start, Entry { class, list, pattern, negates });
    }

    fn except(&mut self, class: InboundClass, list: &'static str, pattern: Pattern) {
        let exception = Entry { class, list, pattern: pattern.within_a_thought(), negates: true };
        push(&mut self.exceptions, &mut self.exceptions_by_start, exception);
    }

    /// Takes the small words of all languages: a tenant's phrases are of any.
    pub(super) fn share_grammar(&mut self, other: &Self) {
        self.grammars.clone_from(&other.grammars);
        let all: Vec<&Form> = other.grammars.values().flat_map(|grammar| &grammar.negation).collect();
        for entry in &mut self.entries {
            entry.negates = negates(&entry.pattern, &all);
        }
    }

    /// The small words that hold for a list's phrases: those of its language, or of all.
    pub(super) fn grammars(&self, list: &str) -> Vec<&Grammar> {
        match self.grammars.get(list) {
            Some(grammar) => vec![grammar],
            None => self.grammars.values().collect(),
        }
    }

    /// The phrases that may begin with this word.
    pub(super) fn beginning_with(&self, word: &str) -> impl Iterator<Item = &Entry> {
        found(&self.entries, &self.by_start, word)
    }

    /// The exceptions that may begin with this word.
    pub(super) fn exceptions_with(&self, word: &str) -> impl Iterator<Item = &Entry> {
        found(&self.exceptions, &self.exceptions_by_start, word)
    }
}

fn push(entries: &mut Vec<Entry>, index: &mut Index, entry: Entry) {
    for start in entry.pattern.starts() {
        index.entry(start).or_default().push(entries.len());
    }
    entries.push(entry);
}

fn found<'a>(entries: &'a [Entry], index: &'a Index, word: &str) -> impl Iterator<Item = &'a Entry> {
    let places = [start_of(word), ANY].into_iter().filter_map(|start| index.get(&start)).flatten();
    places.filter_map(|place| entries.get(*place))
}

/// Whether a phrase has a word that may be a negation.
fn negates(pattern: &Pattern, negation: &[&Form]) -> bool {
    pattern.holds(|form| negation.iter().any(|denying| denying.meets(form.letters())))
}

struct Reader<'a> {
    list: &'static str,
    section: &'a str,
    names: BTreeMap<&'a str, &'a str>,
}

impl<'a> Reader<'a> {
    fn line(&mut self, list: &mut List, line: &'a str) -> Result<(), String> {
        if let Some(section) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']'))
            && !section.contains(' ')
        {
            self.section = section;
            return Ok(());
        }
        if let Some((name, forms)) = line.strip_prefix('@').and_then(|line| line.split_once(" = ")) {
            self.names.insert(name, forms);
            return Ok(());
        }
        let (is_exception, phrase) = line.strip_prefix("! ").map_or((false, line), |rest| (true, rest));
        let expanded = self.with_names(phrase)?;
        self.put(list, is_exception, phrase, &expanded)
    }

    fn put(&self, list: &mut List, is_exception: bool, written: &str, phrase: &str) -> Result<(), String> {
        let grammar = list.grammars.entry(self.list).or_default();
        let words = match self.section {
            "negation" => Some(&mut grammar.negation),
            "turn" => Some(&mut grammar.turn),
            "subject" => Some(&mut grammar.subject),
            _ => None,
        };
        if let Some(words) = words {
            words.extend(forms(phrase).map_err(|fault| fault.to_string())?);
            return Ok(());
        }
        let class = InboundClass::parse(self.section).ok_or("it stands in no section that there is")?;
        let pattern = Pattern::expanded(written, phrase).map_err(|fault| fault.to_string())?;
        if is_exception {
            list.except(class, self.list, pattern);
        } else {
            list.add(class, self.list, pattern);
        }
        Ok(())
    }

    /// The phrase with the forms for each `@name`.
    fn with_names(&self, phrase: &str) -> Result<String, String> {
        let mut out = phrase.to_owned();
        for _ in 0..MAX_NAMES {
            let Some((head, tail)) = out.split_once('@') else { break };
            let end = tail.find(['/', ' ', ']']).unwrap_or(tail.len());
            let (name, rest) = tail.split_at(end);
            let forms = self.names.get(name).ok_or_else(|| format!("there is no @{name}"))?;
            out = format!("{head}{forms}{rest}");
        }
        Ok(out)
    }
}
