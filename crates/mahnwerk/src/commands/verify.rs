//! `verify`: is the log whole?

use anyhow::Result;

use crate::Ending;
use crate::cli::{Format, VerifyArgs};
use crate::house::House;
use crate::paths::Paths;
use crate::settings::Settings;
use crate::why;

/// Runs it.
pub(crate) async fn run(args: &VerifyArgs) -> Result<Ending> {
    let house = House::read(Paths::of(&args.house.dir), &Settings::read(&args.house.dir)?).await?;
    let report = replay::verify::verify(&why::reader(&house)).await?;
    match args.format {
        Format::Json => say!("{}", serde_json::to_string(&report)?),
        Format::Text => {
            say!(
                "{} events of {} debtors: chain, positions and links checked; {} snapshots compared with a refold",
                report.events,
                report.debtors,
                report.snapshots
            );
            for finding in &report.findings {
                let partition = match report.partitions {
                    0 | 1 => String::new(),
                    2.. => format!("in partition {} ", finding.partition),
                };
                say!(
                    "{partition}at position {}: {}: found {}, expected {}",
                    finding.position,
                    finding.check,
                    finding.found,
                    finding.expected
                );
            }
            say!("{}", if report.is_whole() { "The log is whole." } else { "The log is NOT whole." });
        }
    }
    Ok(if report.is_whole() { Ending::Well } else { Ending::Findings })
}
