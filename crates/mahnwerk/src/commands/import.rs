//! `import`: facts from a file, now, with a report of each bad row.

use anyhow::Result;
use ingest::import::{ImportReport, RowProblems};
use ingest::mapping::Mapping;
use serde_json::json;

use crate::Ending;
use crate::cli::{Format, ImportArgs};
use crate::way::Way;

/// Over a running process, or as the folder's owner where none runs.
pub(crate) async fn run(args: &ImportArgs) -> Result<Ending> {
    let mapping = Mapping::load(&args.mapping)?;
    let way = Way::open(&args.house).await?;
    let now = way.runtime.clock.now();
    let digests = way.house.keyring.as_ref();
    let report = ingest::import::import(&args.file, &mapping, digests, way.sink(), now).await;
    way.close().await?;
    let report = report?;
    print(args, &report);
    Ok(if report.is_complete() { Ending::Well } else { Ending::Findings })
}

fn print(args: &ImportArgs, report: &ImportReport) {
    let facts = &report.facts;
    if args.format == Format::Json {
        let problems: Vec<_> = report
            .problems
            .first
            .iter()
            .map(|p| json!({ "row": p.row, "column": p.column, "what": p.what, "remedy": p.remedy }))
            .collect();
        let refused: Vec<_> = facts
            .refused
            .iter()
            .map(|(reason, refused)| json!({ "reason": reason, "count": refused.count, "first": refused.first }))
            .collect();
        say!(
            "{}",
            json!({
                "rows": report.rows, "rows_without_facts": report.rows_without_facts,
                "recorded": facts.recorded, "duplicates": facts.duplicates, "parked": facts.parked,
                "refused": refused, "bad_rows": report.problems.count, "problems": problems,
                "stopped": report.stopped.as_ref().map(ToString::to_string),
            })
        );
        return;
    }
    say!(
        "{} rows: {} facts recorded, {} known before, {} parked until their claim comes, {} refused; {} rows could not be read",
        report.rows,
        facts.recorded,
        facts.duplicates,
        facts.parked,
        facts.refused(),
        report.problems.count
    );
    print_problems(&args.file.display().to_string(), &report.problems);
    for (reason, refused) in &facts.refused {
        say!("refused as {reason}: {}", refused.count);
        refused.first.iter().for_each(|(which, detail)| say!("  {which}: {detail}"));
    }
    if let Some(error) = &report.stopped {
        say!(
            "It ended before the last row: {error}\nImporting the file again is safe: what is in the log is recognised."
        );
    }
}

/// The first bad rows, each with its place and its remedy.
pub(crate) fn print_problems(file: &str, problems: &RowProblems) {
    for problem in problems.first.iter().take(50) {
        let column = problem.column.as_ref().map_or(String::new(), |column| format!(", column {column}"));
        say!("{file}, line {}{column}: {}; {}", problem.row, problem.what, problem.remedy);
    }
    if problems.count > 50 {
        say!("… and {} more bad rows", problems.count - 50);
    }
}
