//! From a claim that upstream publishes to the escalation that a worker takes, both over JetStream.
//!
//! Debtors are known already; what is published registers a claim that is due at once, so that each message leads to one
//! escalation. Ingest takes it from its stream, the owner commits and emits, the worker takes the escalation from its
//! stream, asks for the permit and reports at once. The rate is that of a backlog; latencies are those at half of it. The
//! ceiling passes the same messages through the same broker from one stream to another, and does nothing with them.

mod plant;
mod relay;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Result, bail};
use benches::figures::{count, quantile, rate, spread};
use benches::people::{Person, claim_of};
use benches::rules::TENANT;
use benches::timed::{Spent, Stage};
use benches::worker;
use clap::Parser;
use contract::upstream::{ClaimEvent, encode};
use domain::ids::StreamId;
use runtime::clock::Clock;

use plant::Plant;
use relay::{Publisher, Relay};

/// How often messages are published at half of the rate.
const TICK: Duration = Duration::from_millis(5);
/// How long the last escalation may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// From a published claim to an escalation that is taken.
#[derive(Parser, Clone, Copy)]
struct Args {
    /// Rounds, behind one that is not counted.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Claims of a backlog, and as many at half of its rate.
    #[arg(long, default_value_t = 10_000)]
    claims: usize,
    /// Partitions, all owned by this process.
    #[arg(long, default_value_t = 4)]
    partitions: u16,
    /// Connections to the database.
    #[arg(long, default_value_t = 4)]
    connections: u16,
    /// Credits for each partition.
    #[arg(long, default_value_t = 2_000)]
    credits: u32,
}

/// When each was published and when its escalation was heard first, in nanoseconds; 0 if not yet.
struct Times {
    clock: Arc<dyn Clock>,
    places: HashMap<StreamId, usize>,
    sent: Vec<AtomicU64>,
    heard: Vec<AtomicU64>,
    all_heard: AtomicUsize,
}

impl Times {
    fn of(people: &[Person], clock: Arc<dyn Clock>) -> Self {
        let none = || people.iter().map(|_| AtomicU64::new(0)).collect();
        let places = people.iter().enumerate().map(|(place, person)| (person.stream, place)).collect();
        Self { clock, places, sent: none(), heard: none(), all_heard: AtomicUsize::new(0) }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.clock.monotonic().as_nanos()).unwrap_or(u64::MAX)
    }

    fn publish(&self, place: usize) {
        if let Some(sent) = self.sent.get(place) {
            sent.store(self.now(), Ordering::Relaxed);
        }
    }

    fn hear(&self, stream: StreamId) {
        let heard = self.places.get(&stream).and_then(|place| self.heard.get(*place));
        let first = |heard: &AtomicU64| {
            heard.compare_exchange(0, self.now(), Ordering::Relaxed, Ordering::Relaxed).is_ok()
        };
        if heard.is_some_and(first) {
            self.all_heard.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until so many were heard in all.
    async fn until(&self, all: usize) -> Result<()> {
        let began = self.clock.monotonic();
        while self.all_heard.load(Ordering::Relaxed) < all {
            if self.clock.monotonic().saturating_sub(began) > PATIENCE {
                bail!("only {} of {all} escalations came", self.all_heard.load(Ordering::Relaxed));
            }
            self.clock.sleep(TICK).await;
        }
        Ok(())
    }

    /// From the first publication to the last escalation.
    fn span(&self, places: Range<usize>) -> Duration {
        let read = |times: &[AtomicU64]| -> Vec<u64> {
            times
                .get(places.clone())
                .unwrap_or_default()
                .iter()
                .map(|at| at.load(Ordering::Relaxed))
                .collect()
        };
        let (first, last) = (read(&self.sent).into_iter().min(), read(&self.heard).into_iter().max());
        Duration::from_nanos(last.unwrap_or(0).saturating_sub(first.unwrap_or(0)))
    }

    /// How long each took, in milliseconds.
    fn latencies(&self, places: Range<usize>) -> Vec<f64> {
        let pairs = self.sent.iter().zip(&self.heard).skip(places.start).take(places.len());
        let took = |(sent, heard): (&AtomicU64, &AtomicU64)| {
            heard.load(Ordering::Relaxed).saturating_sub(sent.load(Ordering::Relaxed))
        };
        pairs.map(took).map(|nanos| Duration::from_nanos(nanos).as_secs_f64() * 1_000.0).collect()
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    let plant = Plant::start(args.partitions, args.connections).await?;
    let all = (args.rounds + 1) * args.claims * 2;
    let people: Vec<Person> = (0..all).map(|number| plant.people.person(number)).collect();
    plant.describe(&people).await?;
    let times = Arc::new(Times::of(&people, Arc::clone(&plant.house.runtime.clock)));
    let heard = Arc::clone(&times);
    let hear = Arc::new(move |notice: &contract::wire::EscalationNotice| heard.hear(notice.id.stream));
    let done = worker::start(&plant.house.runtime, &plant.worker, hear);
    worker::grant(&*plant.worker, args.partitions, args.credits).await?;
    let relay = Relay::make(&plant.jetstream).await?;
    let mut seen: [Vec<f64>; 5] = Default::default();
    println!("round     claims/s  relayed/s  ratio   at half: claims/s    p50 ms    p99 ms");
    for number in 0..=args.rounds {
        let first = number * args.claims * 2;
        let (backlog, half) = (first..first + args.claims, first + args.claims..first + args.claims * 2);
        let spent = plant.house.log.spent();
        publish(&plant, &people, &times, backlog.clone(), f64::INFINITY).await?;
        times.until(backlog.end).await?;
        let figure = rate(backlog.len(), times.span(backlog.clone()));
        if number == args.rounds {
            print_stages(&plant, &spent, times.span(backlog.clone()), args);
        }
        let bodies = people.get(backlog.clone()).unwrap_or_default().iter().map(claim).collect();
        let relayed = rate(backlog.len(), relay.pass(&plant.house.runtime, bodies).await?);
        publish(&plant, &people, &times, half.clone(), figure / 2.0).await?;
        times.until(half.end).await?;
        let (at_half, latencies) = (rate(half.len(), times.span(half.clone())), times.latencies(half));
        let (p50, p99) = (quantile(&latencies, 0.5), quantile(&latencies, 0.99));
        let name = if number == 0 { "warm".to_owned() } else { number.to_string() };
        let ratio = figure / relayed;
        println!("{name:5} {figure:12.0} {relayed:10.0} {ratio:6.2} {at_half:19.0} {p50:9.1} {p99:9.1}");
        if number > 0 {
            for (all, one) in seen.iter_mut().zip([figure, relayed, ratio, p50, p99]) {
                all.push(one);
            }
        }
    }
    let [figure, relayed, ratio, p50, p99] = &seen;
    println!("\nmedian (least to most) of {} rounds", args.rounds);
    println!("claims to escalations   {} /s", spread(figure, 0));
    println!("bare relay              {} /s", spread(relayed, 0));
    println!("ratio                   {}", spread(ratio, 2));
    println!("at half of it, p50      {} ms", spread(p50, 1));
    println!("at half of it, p99      {} ms", spread(p99, 1));
    println!(
        "permits {}, outcomes in the log {}",
        done.granted.load(Ordering::Relaxed),
        done.filed.load(Ordering::Relaxed)
    );
    plant.house.end().await
}

/// Publishes at no more than this rate.
async fn publish(
    plant: &Plant,
    people: &[Person],
    times: &Times,
    places: Range<usize>,
    most: f64,
) -> Result<()> {
    let mut publisher = Publisher::new(&plant.jetstream, &format!("claims.v1.{TENANT}.claim_registered"));
    let clock = &plant.house.runtime.clock;
    let (began, first) = (clock.monotonic(), places.start);
    for (place, person) in places.clone().zip(people.get(places).unwrap_or_default()) {
        while count(place - first) > clock.monotonic().saturating_sub(began).as_secs_f64() * most {
            clock.sleep(TICK).await;
        }
        times.publish(place);
        publisher.send(Some(&person.name), claim(person)).await?;
    }
    publisher.finish().await
}

/// What upstream publishes: a claim that is due.
fn claim(person: &Person) -> Vec<u8> {
    let claim = claim_of(&person.name);
    let fields = [
        ("debtor", person.name.as_str()),
        ("claim", claim.as_str()),
        ("creditor", "town"),
        ("currency", "EUR"),
        ("principal", "100.00"),
        ("due_at", "2026-01-02T10:00:00Z"),
        ("description", "parking"),
    ];
    let fields = fields.map(|(name, text)| (name.to_owned(), vec![text.to_owned()])).into();
    let at = "2026-01-01T10:00:00Z".to_owned();
    encode(&ClaimEvent { source: "erp".to_owned(), id: person.name.clone(), at, fields })
}

/// What the owners waited for while the last backlog went through.
fn print_stages(plant: &Plant, before: &[(Stage, Spent)], took: Duration, args: Args) {
    let owners = took.as_secs_f64() * f64::from(args.partitions);
    let shares = plant.house.log.spent().into_iter().zip(before).filter_map(|((stage, now), (_, then))| {
        let share = now.time.saturating_sub(then.time).as_secs_f64() / owners * 100.0;
        let calls = now.calls - then.calls;
        (calls > 0).then(|| format!("{} {share:.1}% in {calls} calls", stage.as_str()))
    });
    println!("of the owners' time: {}", shares.collect::<Vec<_>>().join(", "));
}
