//! `replay`: events as JSON lines, claims as they stand, or everything decided again.

use std::io::Write;

use anyhow::{Context, Result};
use domain::ids::{Position, StreamId};
use domain::time::Timestamp;
use replay::filter::{Filter, kinds_named};
use replay::reader::Reader;

use crate::Ending;
use crate::cli::ReplayArgs;
use crate::commands::events::existing;
use crate::house::House;
use crate::instant::read_instant;
use crate::paths::Paths;
use crate::settings::Settings;
use crate::{out, portfolio, why};

/// Debtors refolded at once.
const PAGE: u32 = 500;

/// Runs it.
pub(crate) async fn run(args: &ReplayArgs) -> Result<Ending> {
    let house = House::read(Paths::of(&args.house.dir), &Settings::read(&args.house.dir)?).await?;
    let filter = filter(args, &house)?;
    if args.check {
        return check(&house, &filter).await;
    }
    if args.claims {
        return claims(&house, filter.partition).await;
    }
    let mut to = std::io::BufWriter::new(std::io::stdout().lock());
    let mut reader = Reader::new(&why::reader(&house), filter);
    while let Some(batch) = reader.next_batch().await? {
        for entry in &batch {
            if !out::goes_on(to.write_all(replay::jsonl::line(entry).as_bytes())) {
                return Ok(Ending::Well);
            }
        }
    }
    out::goes_on(to.flush());
    Ok(Ending::Well)
}

fn filter(args: &ReplayArgs, house: &House) -> Result<Filter> {
    let tenant = args.tenant.as_deref().map(|name| house.tenant(Some(name))).transpose()?;
    let stream = match &args.debtor {
        Some(debtor) => Some(why::stream_of(house, &house.tenant(args.tenant.as_deref())?, debtor)),
        None => None,
    };
    Ok(Filter {
        partition: existing(&args.partition, &why::reader(house))?,
        tenant,
        stream,
        kinds: kinds_named(args.kinds.iter().map(String::as_str))?,
        from: instant(args.since.as_deref())?,
        to: instant(args.before.as_deref())?,
        first: args.from.map(Position),
        last: args.to.map(Position),
    })
}

fn instant(text: Option<&str>) -> Result<Option<Timestamp>> {
    let read = |text: &str| {
        read_instant(text)
            .with_context(|| format!("{text} is no instant; write 2014-01-01 or 2014-01-01T08:00:00Z"))
    };
    text.map(read).transpose()
}

async fn check(house: &House, filter: &Filter) -> Result<Ending> {
    let report = replay::check::check(&why::reader(house), &why::rulebooks(house), filter).await?;
    say!("{}", serde_json::to_string_pretty(&report)?);
    Ok(if report.different == 0 { Ending::Well } else { Ending::Findings })
}

/// One line for each claim, by its digests and, where the key is there, its references.
async fn claims(house: &House, only: Option<u16>) -> Result<Ending> {
    let mut to = std::io::BufWriter::new(std::io::stdout().lock());
    let all = 0..why::reader(house).partitions();
    for partition in all.filter(|partition| only.is_none_or(|only| only == *partition)) {
        if !claims_in(house, partition, &mut to).await? {
            return Ok(Ending::Well);
        }
    }
    out::goes_on(to.flush());
    Ok(Ending::Well)
}

/// Those of one partition; whether somebody still reads.
async fn claims_in(house: &House, partition: u16, to: &mut impl Write) -> Result<bool> {
    let mut after = StreamId::PARTITION;
    loop {
        let streams = why::reader(house).streams(partition, after, PAGE).await?;
        let Some(last) = streams.last() else { return Ok(true) };
        after = *last;
        for claim in portfolio::claims_of(house, partition, &streams).await? {
            if !out::goes_on(writeln!(to, "{}", serde_json::to_string(&claim)?)) {
                return Ok(false);
            }
        }
    }
}
