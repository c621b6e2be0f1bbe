//! `rulebook check`: what a rulebook holds, or all that is wrong with it; `rulebook classify`: what it makes of a reply.

mod classify;

use std::path::Path;

use anyhow::Result;
use rulebook::Problem;
use serde_json::json;

use crate::Ending;
use crate::cli::{Format, RulebookCommand};

/// Checks or classifies; what is wrong is a finding, not a failure of the command.
pub(crate) fn run(command: &RulebookCommand) -> Result<Ending> {
    match command {
        RulebookCommand::Check { path, format } => Ok(check(path, *format)),
        RulebookCommand::Classify(args) => classify::run(args),
    }
}

fn check(path: &Path, format: Format) -> Ending {
    match (rulebook::load_dir(path), format) {
        (Ok(compiled), Format::Text) => say!("{}", rulebook::Summary(&compiled)),
        (Ok(compiled), Format::Json) => {
            say!("{}", json!({ "hash": compiled.rules.hash.to_string(), "problems": [] }))
        }
        (Err(problems), format) => return report(&problems, format),
    }
    Ending::Well
}

/// Says what is wrong with a rulebook.
fn report(problems: &[Problem], format: Format) -> Ending {
    match format {
        Format::Text => say!("{}", rulebook::Report(problems)),
        Format::Json => {
            let found: Vec<_> = problems
                .iter()
                .map(|p| json!({ "place": p.place(), "path": p.path, "what": p.what, "remedy": p.remedy }))
                .collect();
            say!("{}", json!({ "problems": found }));
        }
    }
    Ending::Findings
}
