//! The template machine: minijinja with nothing in it but the fields and six filters.

use std::io;

use domain::channel::Disclosure;
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior};

use super::Compiled;
use crate::limits::{FUEL, MAX_SUBJECT_CHARS, max_body_chars};
use crate::refusal::{RenderRefused, Rule};
use crate::source::TemplateSource;
use crate::values::{Given, Values};

/// Strict, without functions, tests, globals or includes, with bounded steps and output.
#[derive(Clone)]
pub(crate) struct Engine(Environment<'static>);

/// The texts of one message.
pub(crate) struct Filled {
    pub(crate) subject: String,
    pub(crate) body: String,
    pub(crate) parameters: Vec<String>,
}

impl Engine {
    pub(crate) fn new() -> Self {
        let mut env = Environment::empty();
        env.set_undefined_behavior(UndefinedBehavior::Strict);
        env.set_auto_escape_callback(|_| AutoEscape::None);
        env.set_fuel(Some(FUEL));
        if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
            env.set_syntax(syntax);
        }
        env.add_filter("upper", |text: String| text.to_uppercase());
        env.add_filter("lower", |text: String| text.to_lowercase());
        env.add_filter("capitalize", capitalize);
        env.add_filter("trim", |text: String| text.trim().to_owned());
        env.add_filter("lines", |entries: Vec<String>| entries.join("\n"));
        env.add_filter("inline", |entries: Vec<String>| entries.join(", "));
        Self(env)
    }

    /// Compiles subject and body; the error's line is the body's unless the subject is at fault.
    pub(crate) fn add(&mut self, source: &TemplateSource) -> Result<(), (&'static str, usize, String)> {
        for (part, text) in [("subject", &source.subject), ("body", &source.body)] {
            self.0.add_template_owned(name_of(source, part), text.clone()).map_err(|error| {
                let what = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
                (part, error.line().unwrap_or(1), what)
            })?;
        }
        Ok(())
    }

    /// Renders with the fields up to a level.
    pub(crate) fn fill(
        &self,
        compiled: &Compiled,
        values: &Values,
        level: Disclosure,
    ) -> Result<Filled, RenderRefused> {
        let context = values.context(level);
        let one = |part, most| {
            let template = self.0.get_template(&name_of(&compiled.source, part)).map_err(refused)?;
            let mut out = Bounded { bytes: Vec::new(), most };
            template.render_captured_to(context.clone(), &mut out).map_err(refused)?;
            Ok::<_, RenderRefused>(String::from_utf8_lossy(&out.bytes).trim().to_owned())
        };
        let parameter = |field: &crate::fields::Field| match values.get(*field) {
            Some(Given::Text(text)) if field.level() <= level => text.clone(),
            Some(Given::Text(_) | Given::Lines(_) | Given::Claims(_)) | None => String::new(),
        };
        // Four bytes for each character that may be: what is longer is refused by the length of its text.
        Ok(Filled {
            subject: one("subject", (MAX_SUBJECT_CHARS + 1) * 4)?,
            body: one("body", (max_body_chars(compiled.source.channel) + 1) * 4)?,
            parameters: compiled.parameters.iter().map(parameter).collect(),
        })
    }
}

fn name_of(source: &TemplateSource, part: &str) -> String {
    format!("{}/{}.{}#{part}", source.tenant, source.template, source.language)
}

fn capitalize(text: String) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// The kind of error and its line; its detail could quote a value.
#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err takes")]
fn refused(error: Error) -> RenderRefused {
    let line = error.line().unwrap_or(0);
    RenderRefused::new(
        Rule::BadTemplate,
        format!("the template can't be run: {} in line {line}", error.kind()),
    )
}

/// Output that refuses to grow beyond its limit.
struct Bounded {
    bytes: Vec<u8>,
    most: usize,
}

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > self.most {
            return Err(io::Error::other("the text grows too long"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
