//! Events a second through the partition processor, beside a bare batched insert of the very same rows.
//!
//! The figure has everything: inputs recognised, states loaded, decisions, sealing, the chain, the append with its keys and
//! lookups, answers, the checkpoint behind it, permits and outcomes of a worker. The ceiling inserts the rows that the
//! round has just written into a table with the same columns and the primary key, over as many connections, into the same
//! durable server. Both go on over several of the server's own checkpoints.

mod bare;
mod feed;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::Result;
use benches::figures::{count, count64, rate, spread};
use benches::house::{House, Shell};
use benches::people::People;
use benches::servers::Checkpoints;
use benches::timed::{Spent, Stage};
use benches::usage::own_seconds;
use benches::worker::{self, Done};
use clap::Parser;
use scheduler::SchedulerConfig;

use feed::Mix;

/// How often is looked whether something was written.
const TICK: Duration = Duration::from_millis(10);
/// How much longer than a checkpoint waits nothing is written before a round has ended.
const QUIET: Duration = Duration::from_secs(2);

/// Events a second through the partition processor, beside a bare insert of the same rows.
#[derive(Parser, Clone, Copy)]
struct Args {
    /// Rounds, behind one that is not counted.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Debtors in one round.
    #[arg(long, default_value_t = 100_000)]
    debtors: usize,
    /// Partitions, all owned by this process.
    #[arg(long, default_value_t = 64)]
    partitions: u16,
    /// Connections to the server.
    #[arg(long, default_value_t = 16)]
    connections: u16,
    /// Facts in one message.
    #[arg(long, default_value_t = 1_000)]
    message: usize,
    /// Messages under way for each partition.
    #[arg(long, default_value_t = 2)]
    window: usize,
    /// Of a hundred debtors, how many are due at once and are contacted.
    #[arg(long, default_value_t = 100)]
    due: usize,
    /// How many messages each of them gets, one behind the other.
    #[arg(long, default_value_t = 2)]
    messages: usize,
    /// Credits for each partition.
    #[arg(long, default_value_t = 2_000)]
    credits: u32,
    /// Rows in one transaction of the bare insert.
    #[arg(long, default_value_t = 2_000)]
    bare_rows: u64,
    /// Seconds between two checkpoints of the server.
    #[arg(long, default_value_t = 10)]
    checkpoint_s: u64,
}

/// One round's figures.
struct Round {
    facts: usize,
    events: usize,
    time: Duration,
    spent: Vec<(Stage, Spent)>,
    own_seconds: f64,
    server_seconds: f64,
    heads: (Vec<u64>, Vec<u64>),
}

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    let house = Shell::make(args.partitions, args.connections).await?.start(args.messages).await?;
    let people = People::new(&house.keys, args.partitions)?;
    let done = worker::start(&house.runtime, &house.bus, Arc::new(|_| {}));
    worker::grant(&*house.bus, args.partitions, args.credits).await?;
    bare::prepare(&house).await?;
    let checkpoints =
        Checkpoints::begin(&house.runtime, &house.database, Duration::from_secs(args.checkpoint_s)).await?;
    let mut seen: [Vec<f64>; 3] = Default::default();
    let mut rounds = Vec::new();
    println!("round     events  facts  rows/append      figure     ceiling  ratio");
    for number in 0..=args.rounds {
        let round = measured(&house, &people, number, args).await?;
        let heads = (round.heads.0.as_slice(), round.heads.1.as_slice());
        let bare = bare::insert(&house, heads, args.bare_rows, args.connections).await?;
        let (figure, ceiling) = (rate(round.events, round.time), rate(bare.rows, bare.time));
        let name = if number == 0 { "warm".to_owned() } else { number.to_string() };
        print_round(&name, &round, figure, ceiling);
        if number > 0 {
            for (all, one) in seen.iter_mut().zip([figure, ceiling, figure / ceiling]) {
                all.push(one);
            }
            rounds.push((round, bare));
        }
    }
    let [figure, ceiling, ratio] = &seen;
    println!(
        "\nmedian (least to most) of {} rounds, over {} checkpoints of the server",
        args.rounds,
        checkpoints.done()
    );
    println!("figure   {} events/s", spread(figure, 0));
    println!("ceiling  {} events/s", spread(ceiling, 0));
    println!("ratio    {}", spread(ratio, 2));
    print_stages(&rounds, args);
    print_worker(&done);
    house.end().await
}

/// Sends one round's facts, and waits until nothing follows from them any more.
async fn measured(house: &House, people: &People, number: usize, args: Args) -> Result<Round> {
    let Args { debtors, message, window, due, .. } = args;
    let mix = Mix { debtors, message, window, due };
    let now = house.runtime.clock.now();
    let letters = feed::letters(people, args.partitions, number * debtors, mix, now);
    let before = house.heads().await?;
    let (spent, own, server) = (house.log.spent(), own_seconds(), house.database.seconds());
    let began = house.runtime.clock.monotonic();
    let facts = feed::send(house, letters).await?;
    let time = last_appended(house).await.saturating_sub(began);
    let (own, server) = (own_seconds() - own, house.database.seconds() - server);
    let since = |((stage, now), (_, then)): ((Stage, Spent), (Stage, Spent))| {
        (stage, Spent { time: now.time.saturating_sub(then.time), calls: now.calls - then.calls })
    };
    let spent = house.log.spent().into_iter().zip(spent).map(since).collect();
    let after = house.heads().await?;
    let events: u64 = after.iter().zip(&before).map(|(after, before)| after - before).sum();
    Ok(Round {
        facts,
        events: usize::try_from(events)?,
        time,
        spent,
        own_seconds: own,
        server_seconds: server,
        heads: (before, after),
    })
}

/// Waits until nothing was written for a while, so that the ceiling has the machine to itself; gives when something was
/// last appended, monotonic. One checkpoint of a round lies behind that.
async fn last_appended(house: &House) -> Duration {
    let clock = &house.runtime.clock;
    let quiet = SchedulerConfig::default().checkpoint_after.saturating_add(QUIET);
    let calls =
        |stage| house.log.spent().into_iter().find(|(each, _)| *each == stage).map_or(0, |(_, s)| s.calls);
    let written = || (calls(Stage::Append), calls(Stage::Checkpoint));
    let (mut before, mut appended, mut last) = (written(), clock.monotonic(), clock.monotonic());
    while clock.monotonic().saturating_sub(last) < quiet {
        clock.sleep(TICK).await;
        let now = written();
        if now.0 != before.0 {
            appended = clock.monotonic();
        }
        if now != before {
            (before, last) = (now, clock.monotonic());
        }
    }
    appended
}

fn appends(round: &Round) -> u64 {
    round.spent.iter().find(|(stage, _)| *stage == Stage::Append).map_or(1, |(_, spent)| spent.calls.max(1))
}

fn print_round(name: &str, round: &Round, figure: f64, ceiling: f64) {
    let share = count(round.facts) / count(round.events) * 100.0;
    let rows = count(round.events) / count64(appends(round));
    let ratio = figure / ceiling;
    println!(
        "{name:5} {:10} {share:5.0}% {rows:12.0} {figure:9.0}/s {ceiling:9.0}/s {ratio:6.2}",
        round.events
    );
}

/// What owners waited for, of all the time that they had; the rest is deciding, sealing and waiting for inputs.
fn print_stages(rounds: &[(Round, bare::Took)], args: Args) {
    let wall: f64 = rounds.iter().map(|(round, _)| round.time.as_secs_f64()).sum();
    let events: f64 = rounds.iter().map(|(round, _)| count(round.events)).sum();
    let owners = wall * f64::from(args.partitions);
    println!("\nstage             of the owners' time     calls   ms/call");
    let mut rest = owners;
    for stage in Stage::ALL {
        let of_stage =
            || rounds.iter().flat_map(|(round, _)| &round.spent).filter(|(each, _)| *each == stage);
        let time: f64 = of_stage().map(|(_, spent)| spent.time.as_secs_f64()).sum();
        let calls: u64 = of_stage().map(|(_, spent)| spent.calls).sum();
        rest -= time;
        let each = time * 1_000.0 / count64(calls.max(1));
        println!("{:17} {:18.1}% {calls:11} {each:9.2}", stage.as_str(), time / owners * 100.0);
    }
    println!("{:17} {:18.1}%", "rest", rest / owners * 100.0);
    let each = |seconds: f64, events: f64| seconds * 1e6 / events;
    let (own, server) = rounds.iter().fold((0.0, 0.0), |(own, server), (round, _)| {
        (own + round.own_seconds, server + round.server_seconds)
    });
    let bare: f64 = rounds.iter().map(|(_, bare)| count(bare.rows)).sum();
    let (bare_own, bare_server) = rounds
        .iter()
        .fold((0.0, 0.0), |(own, server), (_, bare)| (own + bare.own_seconds, server + bare.server_seconds));
    println!("\nprocessor time for one event       here    server");
    println!("through the processor       {:8.1} us {:6.1} us", each(own, events), each(server, events));
    println!(
        "bare insert                 {:8.1} us {:6.1} us",
        each(bare_own, bare),
        each(bare_server, bare)
    );
}

fn print_worker(done: &Done) {
    let [heard, granted, refused, filed] =
        [&done.heard, &done.granted, &done.refused, &done.filed].map(|figure| figure.load(Ordering::Relaxed));
    println!(
        "\nworker: {heard} notices, {granted} permits, {refused} refused or undecided, {filed} outcomes in the log"
    );
}
