//! `rulebook classify`: into which class replies are put, and why, to try words before people write them.
//!
//! What it leaves out: keeping what it was given. The texts go to standard output alone.

use std::io::{BufRead, Read};

use anyhow::{Context, Result, bail};
use content::{ReplyLexicon, Verdict};
use domain::label::TenantId;
use rulebook::Compiled;
use serde_json::json;

use crate::Ending;
use crate::cli::{ClassifyArgs, Format};
use crate::out;

/// Most that is read from standard input, in bytes.
const MAX_STDIN_BYTES: u64 = 64 * 1024 * 1024;

/// Classifies the texts of the command line, or the lines of standard input.
pub(crate) fn run(args: &ClassifyArgs) -> Result<Ending> {
    let compiled = match rulebook::load_dir(&args.path) {
        Ok(compiled) => compiled,
        Err(problems) => return Ok(super::report(&problems, args.format)),
    };
    let replies = lexicon(&compiled, args.tenant.as_deref())?;
    for text in &args.texts {
        write(text, replies.explain(text), args.format);
    }
    if args.stdin {
        for line in std::io::stdin().lock().take(MAX_STDIN_BYTES).lines() {
            let line = line.context("standard input can't be read as UTF-8 text, a reply on each line")?;
            write(&line, replies.explain(&line), args.format);
            if out::lost().is_some() {
                break;
            }
        }
    }
    Ok(Ending::Well)
}

/// The words of the tenant that is named, or of the only one.
fn lexicon<'a>(compiled: &'a Compiled, tenant: Option<&str>) -> Result<&'a ReplyLexicon> {
    let known = || compiled.replies.keys().map(TenantId::as_str).collect::<Vec<_>>().join(", ");
    let mut all = compiled.replies.iter();
    match (tenant, all.next(), all.next()) {
        (Some(name), ..) => {
            let found =
                compiled.replies.iter().find(|(id, _)| id.as_str() == name).map(|(_, replies)| replies);
            found.with_context(|| format!("the rulebook has no such tenant; there are {}", known()))
        }
        (None, Some((_, only)), None) => Ok(only),
        (None, ..) => {
            bail!("the rulebook has several tenants: name one with --tenant; there are {}", known())
        }
    }
}

fn write(text: &str, verdict: Verdict<'_>, format: Format) {
    let class = verdict.class.as_str();
    match format {
        Format::Text => {
            let why = match (verdict.phrase, verdict.list) {
                (Some(phrase), Some(list)) => format!("{list}: {phrase}"),
                _ => "no phrase".to_owned(),
            };
            say!("{class:<16} {text}\n{:<16} ({why})", "");
        }
        Format::Json => {
            let line =
                json!({ "class": class, "phrase": verdict.phrase, "list": verdict.list, "text": text });
            say!("{line}");
        }
    }
}
