//! Feeds: merged by instant, each fact at its own, and taken up again after a restart.

use std::sync::{Arc, Mutex};

use contract::wire::FactMessage;
use domain::fact::Fact;
use domain::time::{Span, Timestamp};
use ingest::feed::{FeedReport, FileFeed, Player, Source};
use ingest::mapping::Mapping;
use runtime::activity::Activity;
use runtime::simulated::{Halt, Simulation};
use runtime::virtual_clock;
use tempfile::NamedTempFile;
use tokio::sync::mpsc;

use crate::support::{World, at, file, keyring, own, record, world};

fn mapping(source: &str) -> Mapping {
    let text = format!(
        "tenant = 'stadt'\nsource = '{source}'\ninstant = {{column = 'on', format = 'rfc3339'}}\ncurrency = 'EUR'\n\
         debtor = {{column = 'd'}}\nclaim = {{column = 'd'}}\n\
         [[fact]]\nkind = 'payment_received'\nwhen = {{column = 'amount', not_empty = true}}\n\
         amount = {{column = 'amount'}}"
    );
    Mapping::parse("m.toml", &text).unwrap()
}

fn table(rows: &[(&str, u32)]) -> NamedTempFile {
    let rows: String = rows.iter().map(|(day, amount)| format!("{day}T00:00:00Z,D,{amount}\n")).collect();
    file(&format!("on,d,amount\n{rows}"))
}

fn feed(source: &str, rows: &[(&str, u32)]) -> Box<dyn Source> {
    let table = table(rows);
    let feed = FileFeed::open(table.path(), mapping(source), Arc::new(keyring())).unwrap();
    assert_eq!(feed.problems().count, 0);
    Box::new(feed)
}

/// Which amounts arrived, and at which day.
fn arrived(world: &World) -> Vec<(String, i64)> {
    let amount = |message: &FactMessage| {
        let Fact::PaymentReceived { amount, .. } = message.fact else { panic!("only payments") };
        amount.0 / 100
    };
    let seen = world.seen.lock().unwrap();
    seen.iter().map(|(at, message)| (at.to_string()[..10].to_owned(), amount(message))).collect()
}

const FIRST: [(&str, u32); 4] = [("2024-01-03", 1), ("2024-01-01", 2), ("2024-01-03", 3), ("2024-01-05", 4)];
const SECOND: [(&str, u32); 3] = [("2024-01-03", 5), ("2024-01-02", 6), ("2024-01-05", 7)];

fn start() -> Timestamp {
    at("2023-12-31T00:00:00Z")
}

/// Plays both tables; what arrived and when, and the report.
fn play(resume_at: Option<&str>, until: Option<&str>) -> (Vec<(String, i64)>, Option<FeedReport>) {
    let (simulation, runtime) = Simulation::new(7, start());
    let world = world(&runtime, record);
    let sources = vec![feed("one", &FIRST), feed("two", &SECOND)];
    let (resume_at, until) = (resume_at.map(at), until.map(at));
    let player = Player::new(runtime, world.gate.clone(), sources, resume_at, until);
    let report = simulation.block_on(player.run()).map(Result::unwrap);
    (arrived(&world), report)
}

fn days(list: &[(&str, i64)]) -> Vec<(String, i64)> {
    list.iter().map(|(day, amount)| ((*day).to_owned(), *amount)).collect()
}

#[test]
fn each_fact_arrives_at_its_own_instant_in_the_order_of_feeds_and_rows() {
    let (arrived, report) = play(None, None);
    let expected = [
        ("2024-01-01", 2),
        ("2024-01-02", 6),
        ("2024-01-03", 1),
        ("2024-01-03", 3),
        ("2024-01-03", 5),
        ("2024-01-05", 4),
        ("2024-01-05", 7),
    ];
    assert_eq!(arrived, days(&expected));
    let report = report.unwrap();
    assert_eq!((report.instants, report.facts.recorded), (4, 7));
}

#[test]
fn after_a_restart_what_lies_before_it_is_skipped_and_the_instant_itself_is_sent_again() {
    let (arrived, _) = play(Some("2024-01-03T00:00:00Z"), None);
    assert_eq!(arrived.len(), 5);
    assert_eq!(arrived[0], ("2024-01-03".to_owned(), 1));
    let (arrived, _) = play(Some("2024-01-03T00:00:00.001Z"), None);
    assert_eq!(arrived, days(&[("2024-01-05", 4), ("2024-01-05", 7)]));
    let (arrived, report) = play(Some("2025-01-01T00:00:00Z"), None);
    assert_eq!((arrived.len(), report), (0, Some(FeedReport::default())));
}

#[test]
fn what_was_acknowledged_before_a_kill_is_a_duplicate_after_it() {
    let (simulation, runtime) = Simulation::new(7, start());
    let world = world(&runtime, record);
    let again = |resume_at| {
        let sources = vec![feed("one", &FIRST), feed("two", &SECOND)];
        Player::new(runtime.clone(), world.gate.clone(), sources, resume_at, None)
    };
    let first = again(None).run();
    runtime.tasks.spawn("player", Box::pin(async move { drop(first.await) }));
    assert_eq!(simulation.run_until(at("2024-01-03T12:00:00Z")), Halt::Reached);
    assert_eq!(simulation.kill("player"), 1);
    assert_eq!(arrived(&world).len(), 5);
    let report = simulation.block_on(again(Some(at("2024-01-03T00:00:00Z"))).run()).unwrap().unwrap();
    assert_eq!((report.facts.duplicates, report.facts.recorded), (3, 2));
    let mut amounts: Vec<_> = arrived(&world).into_iter().map(|(_, amount)| amount).collect();
    amounts.sort_unstable();
    assert_eq!(amounts, [1, 2, 3, 4, 5, 6, 7], "none is missing, none twice");
}

#[test]
fn what_lies_after_the_end_is_not_played() {
    let (arrived, _) = play(None, Some("2024-01-03T00:00:00Z"));
    assert_eq!(arrived.len(), 5);
    let (arrived, _) = play(None, Some("2024-01-02T23:59:59Z"));
    assert_eq!(arrived.len(), 2);
}

#[test]
fn two_runs_are_the_same_step_by_step() {
    let traced = || {
        let (simulation, runtime) = Simulation::new(3, start());
        let world = world(&runtime, record);
        let sources = vec![feed("one", &FIRST), feed("two", &SECOND)];
        let player = Player::new(runtime, world.gate.clone(), sources, None, None);
        simulation.block_on(player.run()).unwrap().unwrap();
        (simulation.trace(), arrived(&world))
    };
    assert_eq!(traced(), traced());
}

#[test]
fn a_virtual_clock_waits_for_each_receipt_and_passes_no_instant() {
    let tokio = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    let (clock, runtime) = virtual_clock::runtime(start(), Some(at("2024-02-01T00:00:00Z")));
    tokio.block_on(async {
        let world = world(&runtime, record);
        let sources = vec![feed("one", &FIRST), feed("two", &SECOND)];
        let player = Player::new(runtime.clone(), world.gate.clone(), sources, None, None);
        let progress = player.progress();
        clock.start();
        let report = player.run().await.unwrap();
        assert_eq!(report.facts.recorded, 7);
        assert_eq!((progress.facts(), progress.at()), (7, at("2024-01-05T00:00:00Z")));
        let seen = world.seen.lock().unwrap();
        assert!(seen.iter().all(|(now, message)| *now == message.occurred_at), "each at its own instant");
    });
}

#[test]
fn bad_rows_are_known_before_anything_is_played() {
    let table = file("on,d,amount\n2024-01-01T00:00:00Z,D,1\nyesterday,D,1\n2024-01-01T00:00:00Z,D,-1\n");
    let feed = FileFeed::open(table.path(), mapping("one"), Arc::new(keyring())).unwrap();
    let named: Vec<_> = feed.problems().first.iter().map(|p| (p.row, p.column.as_deref())).collect();
    assert_eq!(named, [(3, Some("on")), (4, Some("amount"))]);
    assert_eq!((feed.left(), feed.last_at()), (1, Some(at("2024-01-01T00:00:00Z"))));
    let now = Mapping::parse(
        "m",
        "tenant = 't'\nsource = 's'\ninstant = 'now'\ndebtor = {column = 'd'}\n[[fact]]\nkind = 'cease_requested'",
    );
    let refused = FileFeed::open(table.path(), now.unwrap(), Arc::new(keyring())).err().unwrap().to_string();
    assert!(refused.contains("instant = { column"), "{refused}");
}

/// Hands out what it is given while it plays.
#[derive(Clone, Default)]
struct Generator(Arc<Mutex<Vec<(Timestamp, FactMessage)>>>);

impl Source for Generator {
    fn next_at(&self) -> Option<Timestamp> {
        self.0.lock().unwrap().iter().map(|(at, _)| *at).min()
    }

    fn take(&mut self, at: Timestamp) -> Vec<FactMessage> {
        let mut waiting = self.0.lock().unwrap();
        let (due, later): (Vec<_>, Vec<_>) = waiting.drain(..).partition(|(due, _)| *due <= at);
        *waiting = later;
        due.into_iter().map(|(_, message)| message).collect()
    }
}

#[test]
fn a_generator_that_learns_of_an_earlier_instant_wakes_the_player() {
    let (simulation, runtime) = Simulation::new(7, start());
    let world = world(&runtime, record);
    let mut made: Vec<FactMessage> = Vec::new();
    let mut feed = feed("one", &FIRST);
    while let Some(at) = feed.next_at() {
        made.extend(feed.take(at));
    }
    let generator = Generator::default();
    generator.0.lock().unwrap().push((at("2024-01-10T00:00:00Z"), made[0].clone()));
    let (wake, woken) = mpsc::channel(1);
    let player =
        Player::new(runtime.clone(), world.gate.clone(), vec![Box::new(generator.clone())], None, None);
    let task = {
        let (runtime, late) = (runtime.clone(), made[1].clone());
        async move {
            let busy = runtime.clock.timer(at("2024-01-04T00:00:00Z")).await;
            generator.0.lock().unwrap().push((at("2024-01-04T00:00:00Z").plus(Span::hours(1)), late));
            wake.send(busy).await.unwrap();
        }
    };
    runtime.tasks.spawn("learns", Box::pin(task));
    let report = simulation.block_on(player.woken_by(woken).run()).unwrap().unwrap();
    assert_eq!(report.instants, 2);
    let instants: Vec<_> = world.seen.lock().unwrap().iter().map(|(at, _)| at.to_string()).collect();
    assert_eq!(instants, ["2024-01-04T01:00:00Z", "2024-01-10T00:00:00Z"]);
}

#[test]
fn a_source_that_stands_still_does_not_keep_skipping_for_ever() {
    struct Stuck;
    impl Source for Stuck {
        fn next_at(&self) -> Option<Timestamp> {
            Some(Timestamp(0))
        }

        fn take(&mut self, _: Timestamp) -> Vec<FactMessage> {
            Vec::new()
        }
    }
    let mut stuck = Stuck;
    stuck.skip_before(Timestamp(1));
    assert_eq!(stuck.next_at(), Some(Timestamp(0)));
}

#[test]
fn an_owner_that_changes_in_the_middle_loses_no_fact() {
    let (simulation, runtime) = Simulation::new(7, start());
    let world = world(&runtime, record);
    let player = Player::new(runtime.clone(), world.gate.clone(), vec![feed("one", &FIRST)], None, None);
    let first = player.run();
    runtime.tasks.spawn("player", Box::pin(async move { drop(first.await.unwrap()) }));
    assert_eq!(simulation.run_until(at("2024-01-02T00:00:00Z")), Halt::Reached);
    assert_eq!(simulation.kill("owner"), 1);
    own(&runtime, &world.bus, Arc::clone(&world.seen), Arc::default(), record);
    simulation.run_until_idle();
    assert_eq!(arrived(&world).len(), 4);
    assert_eq!(Activity::in_flight(&runtime.activity), 0, "no guard is left behind");
}
