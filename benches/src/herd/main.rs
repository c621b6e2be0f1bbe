//! A herd: so many debtors due at the same instant, until the outcome of the last is in the log.
//!
//! Each size runs in a process and a database of its own, so that its peak of memory is its own. The debtors are
//! registered first, which is not measured; then a worker with credits waits for the instant, asks for each permit and
//! reports at once. What it costs for one debtor should hardly grow with the herd.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use benches::figures::{count, rate};
use benches::house::{House, Shell};
use benches::people::People;
use benches::timed::{Spent, Stage};
use benches::usage;
use benches::worker;
use clap::Parser;
use contract::wire::Receipt;
use domain::time::{Span, Timestamp};
use event_log::store::EventLog;
use tokio::task::JoinSet;

/// Debtors in one message, and messages under way for each partition.
const MESSAGE: usize = 250;
const WINDOW: usize = 2;

/// Debtors due at once, drained with credits on.
#[derive(Parser, Clone)]
struct Args {
    /// Sizes of the herd, each drained for itself; the first is what the others are compared with.
    #[arg(long, value_delimiter = ',', default_value = "10000,1000000")]
    debtors: Vec<usize>,
    /// Partitions, all owned by one process.
    #[arg(long, default_value_t = 4)]
    partitions: u16,
    /// Connections to the server.
    #[arg(long, default_value_t = 4)]
    connections: u16,
    /// Credits for each partition.
    #[arg(long, default_value_t = 2_000)]
    credits: u32,
    /// Debtors that are surely registered in a second: sets how far off the instant is.
    #[arg(long, default_value_t = 2_000)]
    pace: usize,
    /// Rounds of each size, in turn.
    #[arg(long, default_value_t = 1)]
    rounds: usize,
    /// Be the process of this one size.
    #[arg(long, hide = true)]
    one: Option<usize>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    if let Some(debtors) = args.one {
        return herd(debtors, &args).await;
    }
    println!("  debtors   drained in         rate  us/debtor  of the first   memory before     peak");
    let mut first = None;
    for _ in 0..args.rounds {
        for debtors in &args.debtors {
            let line = of_process(*debtors, &args)?;
            let (cost, text, stages) = read(&line)?;
            let first = *first.get_or_insert(cost);
            println!("{}", text.replace('@', &format!("{:12.2}x", cost / first)));
            println!("{stages}");
        }
    }
    Ok(())
}

/// Runs this program again for one size; gives what it printed.
fn of_process(debtors: usize, args: &Args) -> Result<String> {
    let mut command = Command::new(std::env::current_exe()?);
    let told = [
        ("--one", debtors.to_string()),
        ("--partitions", args.partitions.to_string()),
        ("--connections", args.connections.to_string()),
        ("--credits", args.credits.to_string()),
        ("--pace", args.pace.to_string()),
    ];
    for (name, value) in told {
        command.arg(name).arg(value);
    }
    let done = command.stderr(Stdio::inherit()).output()?;
    if !done.status.success() {
        bail!("the herd of {debtors} was not drained");
    }
    Ok(String::from_utf8(done.stdout)?)
}

/// The cost, the line and the stages, as the process of one size prints them.
fn read(printed: &str) -> Result<(f64, &str, &str)> {
    let mut parts = printed.splitn(3, '\n');
    let mut next = || parts.next().context("the process of one size said too little");
    Ok((next()?.parse()?, next()?, next()?.trim_end()))
}

async fn herd(debtors: usize, args: &Args) -> Result<()> {
    let house = Shell::make(args.partitions, args.connections).await?.start(1).await?;
    let clock = Arc::clone(&house.runtime.clock);
    let seconds = i64::try_from(debtors / args.pace.max(1))?.saturating_add(5);
    let due_at = clock.now().plus(Span::seconds(seconds));
    register(&house, debtors, due_at).await?;
    if clock.now() >= due_at {
        bail!("registering them took until after the instant; say a lower --pace");
    }
    let done = worker::start(&house.runtime, &house.bus, Arc::new(|_| {}));
    worker::grant(&*house.bus, args.partitions, args.credits).await?;
    clock.timer(due_at).await;
    usage::forget_peak();
    let before = usage::mebibytes("VmRSS");
    let (spent, own, server) = (house.log.spent(), usage::own_seconds(), house.database.seconds());
    let began = clock.monotonic();
    while done.filed.load(Ordering::Relaxed) < debtors {
        clock.sleep(Duration::from_millis(20)).await;
    }
    let took = clock.monotonic().saturating_sub(began);
    let spent = stages(&house, &spent, took, args);
    checkpointed(&house).await?;
    let (own, server) = (usage::own_seconds() - own, house.database.seconds() - server);
    let cost = took.as_secs_f64() * 1e6 / count(debtors);
    println!("{cost}");
    println!(
        "{debtors:9} {:10.1} s {:10.0}/s {cost:10.0} @ {before:11.0} MiB {:5.0} MiB",
        took.as_secs_f64(),
        rate(debtors, took),
        usage::mebibytes("VmHWM")
    );
    let each = |seconds: f64| seconds * 1e6 / count(debtors);
    println!(
        "          processor time for one, checkpoint included: {:.0} us here, {:.0} us server",
        each(own),
        each(server)
    );
    println!("          of the owners' time: {spent}");
    house.end().await
}

/// Waits until every checkpoint has caught up: a small herd is drained before its first one.
async fn checkpointed(house: &House) -> Result<()> {
    for partition in 0..house.partitions() {
        loop {
            let head = house.store.head(partition).await?;
            if head.checkpoint == head.position {
                break;
            }
            house.runtime.clock.sleep(Duration::from_millis(100)).await;
        }
    }
    Ok(())
}

/// What owners waited for, as parts of their time.
fn stages(house: &House, before: &[(Stage, Spent)], took: Duration, args: &Args) -> String {
    let owners = took.as_secs_f64() * f64::from(args.partitions);
    let share = |((stage, now), (_, then)): ((Stage, Spent), &(Stage, Spent))| {
        let share = now.time.saturating_sub(then.time).as_secs_f64() / owners * 100.0;
        (share >= 0.5).then(|| format!("{} {share:.0}%", stage.as_str()))
    };
    let shares: Vec<String> = house.log.spent().into_iter().zip(before).filter_map(share).collect();
    shares.join(", ")
}

async fn register(house: &House, debtors: usize, due_at: Timestamp) -> Result<()> {
    let people = People::new(&house.keys, house.partitions())?;
    let next = Arc::new(AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    for _ in 0..usize::from(house.partitions()) * WINDOW {
        let (people, next, bus) = (people.clone(), Arc::clone(&next), Arc::clone(&house.bus));
        let partitions = house.partitions();
        tasks.spawn(async move {
            loop {
                let first = next.fetch_add(MESSAGE, Ordering::Relaxed);
                if first >= debtors {
                    return Ok(());
                }
                let mut facts = vec![Vec::new(); usize::from(partitions)];
                for number in first..(first + MESSAGE).min(debtors) {
                    let person = people.person(number);
                    if let Some(facts) = facts.get_mut(usize::from(person.partition)) {
                        facts.extend(people.described(&person));
                        facts.push(people.registered(&person, due_at));
                    }
                }
                for (partition, facts) in (0..).zip(facts) {
                    let receipts = bus.send_facts(partition, facts).await?;
                    if receipts.iter().any(|receipt| *receipt != Receipt::Recorded) {
                        bail!("a fact was not recorded");
                    }
                }
            }
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(())
}
