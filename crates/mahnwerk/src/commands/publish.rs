//! `publish`: facts as JSON, now, with a receipt for each.

use std::fs::File;
use std::io::{BufReader, stdin};

use anyhow::{Context, Result, anyhow};
use ingest::gate::MAX_BATCH;
use ingest::publish::{self, Answered, Defaults, Entry, Line, Place, Reading};

use crate::Ending;
use crate::cli::{Format, PublishArgs};
use crate::way::{self, Way};

/// Sends what is given, and answers each.
pub(crate) async fn run(args: &PublishArgs) -> Result<Ending> {
    let source = way::label("source", &args.source)?;
    let way = Way::open(&args.house).await?;
    let tenant = match &args.tenant {
        Some(name) => way.tenant(Some(name)).map(Some),
        // Of several tenants each fact names its own.
        None => Ok(way.tenant(None).ok()),
    };
    let published = match tenant {
        Ok(tenant) => {
            let defaults = Defaults { tenant, source: Some(source), actor: Some(way::actor(None)?) };
            all(args, &way, &defaults).await
        }
        Err(error) => Err(error),
    };
    way.close().await?;
    let refused = published?;
    Ok(if refused == 0 { Ending::Well } else { Ending::Findings })
}

/// How many were refused.
async fn all(args: &PublishArgs, way: &Way, defaults: &Defaults) -> Result<usize> {
    let digests = way.house.keyring.as_ref();
    if let Some(fact) = &args.fact {
        let reading = Reading { defaults, digests, now: way.runtime.clock.now() };
        return send(args, way, vec![reading.line(Place::Line(1), fact.as_bytes())]).await;
    }
    let Some(file) = args.file.as_ref().filter(|file| file.as_os_str() != "-") else {
        return stream(args, way, defaults, BufReader::new(stdin())).await;
    };
    let opened = File::open(file).with_context(|| format!("{} can't be opened", file.display()))?;
    stream(args, way, defaults, BufReader::new(opened)).await
}

/// Sends lines as they come: what is at hand goes together, and nothing waits for what is not.
async fn stream<R: std::io::Read>(
    args: &PublishArgs,
    way: &Way,
    defaults: &Defaults,
    from: BufReader<R>,
) -> Result<usize> {
    let mut lines = publish::lines_of(from);
    let (mut entries, mut refused) = (Vec::new(), 0_usize);
    loop {
        let line = lines.next_line().context("the facts can't be read to their end")?;
        let at_end = line.is_none();
        if let Some((number, line)) = line {
            let now = way.runtime.clock.now();
            let reading = Reading { defaults, digests: way.house.keyring.as_ref(), now };
            entries.push(entry(&reading, Place::Line(number), line));
        }
        if at_end || entries.len() >= MAX_BATCH || lines.stream().buffer().is_empty() {
            refused = refused.saturating_add(send(args, way, std::mem::take(&mut entries)).await?);
        }
        if at_end {
            return Ok(refused);
        }
    }
}

fn entry(reading: &Reading<'_>, place: Place, line: Line) -> Entry {
    match line {
        Line::Text(text) => reading.line(place, &text),
        Line::TooLong => publish::too_long(place),
    }
}

async fn send(args: &PublishArgs, way: &Way, entries: Vec<Entry>) -> Result<usize> {
    if entries.is_empty() {
        return Ok(0);
    }
    let sent = publish::send(way.sink(), entries).await;
    let answered = sent.map_err(|error| {
        anyhow!("{error}\nWhat has no receipt is to be sent again, which is safe: what is in the log is recognised.")
    })?;
    for one in &answered {
        match args.format {
            Format::Json => say!("{}", serde_json::to_string(one)?),
            Format::Text => say!("{one}"),
        }
    }
    Ok(answered.iter().filter(|one| Answered::is_refused(one)).count())
}
