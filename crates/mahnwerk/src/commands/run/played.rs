//! `run --clock virtual`: files' facts happen at their own instants, as fast as the work allows.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use domain::ids::Position;
use domain::time::Timestamp;
use ingest::IngestError;
use ingest::digests::Digests;
use ingest::feed::{FeedReport, FileFeed, Player, Source};
use ingest::mapping::Mapping;
use runtime::clock::Clock;
use runtime::virtual_clock::{self, VirtualClock};
use tokio::sync::oneshot;

use super::open_door;
use crate::Ending;
use crate::cli::{ClockKind, RunArgs};
use crate::commands::import::print_problems;
use crate::house::House;
use crate::instant::read_instant;
use crate::paths::Paths;
use crate::roles::{self, Roles};
use crate::settings::Settings;
use crate::signals;

/// Plays the feeds to their end, or to `--until`.
pub(super) async fn run(args: &RunArgs, settings: &Settings) -> Result<Ending> {
    let until = until(args)?;
    let house = Arc::new(House::own(Paths::of(&args.house.dir), settings, ClockKind::Virtual).await?);
    let feeds = feeds(args, &house)?;
    let head = house.log.head(0).await?;
    // After a restart the clock goes on where the log ends (time, 2).
    let resume_at = (head.position > Position(0)).then_some(head.at);
    let first = feeds.iter().filter_map(Source::next_at).min();
    let start = resume_at.or(first).context("the feeds have no row that could be played")?;
    let (clock, runtime) = virtual_clock::runtime(start, until);
    let begun = clock.monotonic();
    let mut roles = roles::start(&house, settings, &runtime, true).await?;
    let door = open_door(&house, settings, &runtime, &roles).await?;
    say!("Playing from {start}; commands reach it at {}.", door.address);
    if args.wait_for_agent {
        roles.desk.wait_for_shift().await;
    }
    let sources: Vec<Box<dyn Source>> =
        feeds.into_iter().map(|feed| Box::new(feed) as Box<dyn Source>).collect();
    let player = Player::new(runtime.clone(), roles.gate.clone(), sources, resume_at, until);
    let (reported, mut report) = oneshot::channel();
    let playing = async move {
        let _told_to_end = reported.send(player.run().await);
    };
    runtime.tasks.spawn("feeds", Box::pin(playing));
    clock.start();
    let ended = until_over(&clock, &mut roles, &mut report).await;
    door.close().await;
    roles.scheduler.stop().await?;
    if let Some(report) = ended? {
        print_feed(&report);
    }
    let events = house.log.head(0).await?.position.0.saturating_sub(head.position.0);
    print_pace(events, clock.monotonic().saturating_sub(begun), clock.now());
    Ok(Ending::Well)
}

/// Waits for the clock's end; what was played by then, unless somebody told us to end before.
///
/// A feed that fails ends the run: without its guard the clock would go on without its facts.
async fn until_over(
    clock: &VirtualClock,
    roles: &mut Roles,
    report: &mut oneshot::Receiver<Result<FeedReport, IngestError>>,
) -> Result<Option<FeedReport>> {
    let told = signals::until_told_to_end();
    let finished = clock.finished();
    tokio::pin!(told, finished);
    let (mut played, mut over) = (None, false);
    // The clock may be at its end a moment before the feeds' last word comes, which may be that they failed.
    while !over || played.is_none() {
        tokio::select! {
            biased;
            () = &mut told => return Ok(None),
            ended = roles.scheduler.ended() => {
                ended.context("the scheduler stopped by itself")?;
                return Ok(None);
            }
            reported = &mut *report, if played.is_none() => {
                played = Some(reported.context("the feeds stopped by themselves")?.context("a feed can't be played on")?);
            }
            () = &mut finished, if !over => over = true,
        }
    }
    Ok(played)
}

fn until(args: &RunArgs) -> Result<Option<Timestamp>> {
    if args.feed.len() != args.mapping.len() {
        bail!(
            "--feed is given {} and --mapping {} times: give one --mapping for each --feed",
            args.feed.len(),
            args.mapping.len()
        );
    }
    let read = |text: &String| {
        read_instant(text).with_context(|| format!("{text} is no day and no instant; write 2014-01-01"))
    };
    args.until.as_ref().map(read).transpose()
}

fn feeds(args: &RunArgs, house: &House) -> Result<Vec<FileFeed>> {
    let mut feeds = Vec::with_capacity(args.feed.len());
    for (file, mapping) in args.feed.iter().zip(&args.mapping) {
        let mapping = Mapping::load(mapping)?;
        let digests = Arc::clone(&house.keyring) as Arc<dyn Digests>;
        let feed = FileFeed::open(file, mapping, digests)?;
        print_problems(&file.display().to_string(), feed.problems());
        feeds.push(feed);
    }
    Ok(feeds)
}

fn print_feed(report: &FeedReport) {
    let facts = &report.facts;
    say!(
        "{} facts recorded at {} instants, {} known before, {} parked, {} refused",
        facts.recorded,
        report.instants,
        facts.duplicates,
        facts.parked,
        facts.refused()
    );
    for (reason, refused) in &facts.refused {
        say!("  {reason}: {}", refused.count);
        for (which, detail) in refused.first.iter().take(3) {
            say!("    {which}: {detail}");
        }
    }
}

/// How fast it went, and how much memory it took at its highest (Linux only).
fn print_pace(events: u64, took: std::time::Duration, now: Timestamp) {
    let per_second = events.saturating_mul(1000) / u64::try_from(took.as_millis()).unwrap_or(u64::MAX).max(1);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or(" unknown").trim();
    say!(
        "{events} events in {:.1} s: {per_second} events/s; peak memory {peak}; the clock stands at {now}",
        took.as_secs_f64()
    );
}
