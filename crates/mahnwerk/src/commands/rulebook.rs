//! `rulebook check`: what a rulebook holds, or all that is wrong with it.

use anyhow::Result;
use serde_json::json;

use crate::Ending;
use crate::cli::{Format, RulebookCommand};

/// Checks; what is wrong is a finding, not a failure of the command.
pub(crate) fn run(command: &RulebookCommand) -> Result<Ending> {
    let RulebookCommand::Check { path, format } = command;
    match (rulebook::load_dir(path), format) {
        (Ok(compiled), Format::Text) => println!("{}", rulebook::Summary(&compiled)),
        (Ok(compiled), Format::Json) => {
            println!("{}", json!({ "hash": compiled.rules.hash.to_string(), "problems": [] }))
        }
        (Err(problems), Format::Text) => {
            println!("{}", rulebook::Report(&problems));
            return Ok(Ending::Findings);
        }
        (Err(problems), Format::Json) => {
            let found: Vec<_> = problems
                .iter()
                .map(|p| json!({ "place": p.place(), "path": p.path, "what": p.what, "remedy": p.remedy }))
                .collect();
            println!("{}", json!({ "problems": found }));
            return Ok(Ending::Findings);
        }
    }
    Ok(Ending::Well)
}
