//! `config check` and `config show`: the settings, as a problem list and as they are in force.

use std::path::Path;

use anyhow::Result;
use serde_json::json;

use crate::Ending;
use crate::cli::{ConfigCommand, Format};
use crate::environment::{self, Variables};
use crate::settings::problem::Problem;
use crate::settings::{Sources, check, shown};

/// Runs either; what is wrong is a finding, not a failure of the command.
pub(crate) fn run(command: &ConfigCommand) -> Result<Ending> {
    let variables = environment::ours();
    match command {
        ConfigCommand::Check { house, format } => {
            let problems = problems(&house.dir, &variables);
            report(&problems, *format);
            Ok(ending(&problems))
        }
        ConfigCommand::Show { house } => {
            let sources = Sources::read(&house.dir, &variables);
            crate::out::text(format_args!("{}", shown::text(&sources, &variables)));
            sources.problems().iter().for_each(|problem| remark!("{problem}"));
            Ok(ending(sources.problems()))
        }
    }
}

/// Every problem of a folder's settings.
pub(crate) fn problems(dir: &Path, variables: &Variables) -> Vec<Problem> {
    let sources = Sources::read(dir, variables);
    let mut problems = match sources.settings(dir) {
        Ok(settings) => check::of_settings(&settings),
        Err(problems) => problems,
    };
    problems.extend(check::of_files(&sources, variables));
    problems
}

const fn ending(problems: &[Problem]) -> Ending {
    if problems.is_empty() { Ending::Well } else { Ending::Findings }
}

fn report(problems: &[Problem], format: Format) {
    match format {
        Format::Json => say!("{}", json!({ "problems": problems })),
        Format::Text if problems.is_empty() => say!("The settings are right."),
        Format::Text => problems.iter().for_each(|problem| say!("{problem}")),
    }
}
