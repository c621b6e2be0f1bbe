//! The simulated world does the same thing twice.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::time::{Span, Timestamp};

use super::*;
use crate::random_id;

const START: Timestamp = Timestamp(1_000_000);

#[test]
fn time_moves_to_the_earliest_timer_or_sleep_when_nothing_can_run() {
    let (simulation, runtime) = Simulation::new(1, START);
    let log = Arc::new(Mutex::new(Vec::new()));
    for (name, wait_ms) in [("slow", 30), ("fast", 10)] {
        let (clock, log) = (Arc::clone(&runtime.clock), Arc::clone(&log));
        runtime.tasks.spawn(
            name,
            Box::pin(async move {
                clock.sleep(Duration::from_millis(wait_ms)).await;
                log.lock().unwrap().push((name, clock.now().since(START).0, clock.monotonic().as_millis()));
            }),
        );
    }
    assert_eq!(simulation.run_until_idle(), Halt::Idle);
    assert_eq!(*log.lock().unwrap(), [("fast", 10, 10), ("slow", 30, 30)]);
    assert_eq!(simulation.tasks(), 0);
}

#[test]
fn running_what_is_ready_does_not_move_the_time() {
    let (simulation, runtime) = Simulation::new(1, START);
    let timer = runtime.clock.timer(START.plus(Span(5)));
    runtime.tasks.spawn("waits", Box::pin(async move { drop(timer.await) }));
    assert_eq!(simulation.run_ready(), Halt::Reached);
    assert_eq!((runtime.clock.now(), simulation.tasks()), (START, 1));
    assert_eq!(simulation.run_until(START.plus(Span(4))), Halt::Reached);
    assert_eq!((runtime.clock.now(), simulation.tasks()), (START.plus(Span(4)), 1));
    assert_eq!(simulation.run_until(START.plus(Span(9))), Halt::Reached);
    assert_eq!((runtime.clock.now(), simulation.tasks()), (START.plus(Span(9)), 0));
}

#[test]
fn a_dropped_timer_and_an_unawaited_sleep_do_not_move_the_time() {
    let (simulation, runtime) = Simulation::new(1, START);
    drop(runtime.clock.timer(START.plus(Span(5))));
    let _never_awaited = runtime.clock.sleep(Duration::from_secs(1));
    assert_eq!(simulation.run_until_idle(), Halt::Idle);
    assert_eq!(runtime.clock.now(), START);
}

#[test]
fn a_future_that_can_never_end_is_noticed() {
    let (simulation, runtime) = Simulation::new(1, START);
    let clock = Arc::clone(&runtime.clock);
    let late = async move {
        clock.timer(START.plus(Span::days(90))).await;
        clock.now()
    };
    assert_eq!(simulation.block_on(late), Some(START.plus(Span::days(90))));
    assert_eq!(simulation.block_on(pending::<()>()), None);
}

#[test]
fn a_killed_task_is_dropped_where_it_stands() {
    let (simulation, runtime) = Simulation::new(1, START);
    let (kept, mut watch) = tokio::sync::oneshot::channel::<()>();
    runtime.tasks.spawn(
        "victim",
        Box::pin(async move {
            pending::<()>().await;
            drop(kept)
        }),
    );
    simulation.run_ready();
    assert_eq!((simulation.kill("nobody"), simulation.kill("victim")), (0, 1));
    assert!(watch.try_recv().is_err(), "what it held is gone");
}

#[test]
fn the_same_seed_gives_the_same_run_and_another_seed_another() {
    let (first, second, third) = (chatter(7), chatter(7), chatter(8));
    assert_eq!(first, second);
    assert_ne!(first.1, third.1);
}

/// Tasks that talk over bounded channels and sleep for random times.
fn chatter(seed: u64) -> (Trace, Vec<(usize, u128)>) {
    let (simulation, runtime) = Simulation::new(seed, START);
    let (say, mut hear) = tokio::sync::mpsc::channel(2);
    for speaker in 0..5 {
        let (world, say) = (runtime.clone(), say.clone());
        let task = async move {
            for _ in 0..20 {
                let [first, ..] = random_id(&*world.random);
                world.clock.sleep(Duration::from_millis(u64::from(first))).await;
                let heard = say.send((speaker, world.clock.monotonic().as_millis())).await;
                assert!(heard.is_ok());
            }
        };
        runtime.tasks.spawn("speaker", Box::pin(task));
    }
    drop(say);
    let heard = simulation.block_on(async move {
        let mut all = Vec::new();
        while let Some(word) = hear.recv().await {
            all.push(word);
        }
        all
    });
    (simulation.trace(), heard.unwrap())
}
