//! The clock stands still under work and loses no timer.

use super::*;
use domain::time::Span;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

const START: Timestamp = Timestamp(1_000);

fn at(ms: i64) -> Timestamp {
    START.plus(Span(ms))
}

#[tokio::test]
async fn it_stands_still_until_it_is_started_and_while_anybody_works() {
    let (clock, runtime) = runtime(START, None);
    let timer = clock.timer(at(5));
    assert_eq!(clock.now(), START);
    let work = runtime.activity.begin();
    clock.start();
    assert_eq!(clock.now(), START, "somebody is at work");
    drop(work);
    assert_eq!(clock.now(), at(5));
    let busy = timer.await;
    assert_eq!(runtime.activity.in_flight(), 1);
    drop(busy);
    clock.finished().await;
}

#[tokio::test]
async fn it_fires_all_timers_of_an_instant_and_none_of_the_next() {
    let (clock, runtime) = runtime(START, None);
    let timers = [clock.timer(at(5)), clock.timer(at(5)), clock.timer(at(6))];
    clock.start();
    assert_eq!((clock.now(), runtime.activity.in_flight()), (at(5), 2));
    let [first, second, third] = timers;
    drop(first.await);
    assert_eq!(clock.now(), at(5), "the other timer of this instant still has work to do");
    drop(second.await);
    assert_eq!(clock.now(), at(6));
    drop(third.await);
}

#[tokio::test]
async fn an_instant_that_has_come_fires_at_once() {
    let (clock, runtime) = runtime(START, None);
    for past in [START, at(-1), Timestamp(i64::MIN)] {
        drop(clock.timer(past).await);
    }
    assert_eq!((clock.now(), runtime.activity.in_flight()), (START, 1), "only its own hold is left");
}

#[tokio::test]
async fn a_dropped_timer_is_taken_back_whether_it_fired_or_not() {
    let (clock, _runtime) = runtime(START, None);
    let never_fires = clock.timer(at(1));
    let fires = clock.timer(at(2));
    let last = clock.timer(at(3));
    drop(never_fires);
    clock.start();
    assert_eq!(clock.now(), at(2));
    drop(fires);
    assert_eq!(clock.now(), at(3), "the guard of a fired timer that nobody awaited is given back");
    drop(last.await);
}

#[tokio::test]
async fn a_timer_registered_while_all_is_idle_moves_the_clock() {
    let (clock, _runtime) = runtime(START, None);
    clock.start();
    drop(clock.timer(at(9)).await);
    assert_eq!(clock.now(), at(9));
}

#[tokio::test]
async fn it_stops_at_until() {
    let (clock, _runtime) = runtime(START, Some(at(10)));
    let inside = clock.timer(at(10));
    let mut outside = clock.timer(at(11));
    clock.start();
    let finished = clock.finished();
    let busy = inside.await;
    drop(busy);
    finished.await;
    assert_eq!(clock.now(), at(10));
    let still_waits = tokio::select! { biased; _ = &mut outside => false, () = async {} => true };
    assert!(still_waits);
}

#[tokio::test]
async fn it_goes_to_until_when_nothing_is_left_to_wait_for() {
    let (clock, _runtime) = runtime(START, Some(at(10)));
    clock.start();
    clock.finished().await;
    assert_eq!(clock.now(), at(10));
}

#[test]
fn many_threads_see_time_go_forward_and_lose_no_timer() {
    const TASKS: i64 = 64;
    const ROUNDS: i64 = 200;
    let tokio = tokio::runtime::Builder::new_multi_thread().worker_threads(8).build().unwrap();
    let (clock, runtime) = runtime(START, None);
    let latest = Arc::new(AtomicI64::new(START.0));
    let fired = Arc::new(AtomicUsize::new(0));
    tokio.block_on(async {
        for task in 0..TASKS {
            let (clock, latest, fired) = (clock.clone(), Arc::clone(&latest), Arc::clone(&fired));
            let mut next = clock.timer(at(task % 7 + 1));
            runtime.tasks.spawn(
                "walker",
                Box::pin(async move {
                    for round in 0..ROUNDS {
                        let busy = next.await;
                        let now = clock.now();
                        assert!(latest.fetch_max(now.0, Ordering::SeqCst) <= now.0, "time went back");
                        fired.fetch_add(1, Ordering::SeqCst);
                        tokio::task::yield_now().await;
                        assert_eq!(clock.now(), now, "the clock moved while work was in flight");
                        drop(clock.timer(now.plus(Span(1))));
                        next = clock.timer(now.plus(Span((task + round) % 5)));
                        drop(busy);
                    }
                }),
            );
        }
        clock.start();
        clock.finished().await;
    });
    assert_eq!(fired.load(Ordering::SeqCst), usize::try_from(TASKS * ROUNDS).unwrap());
    assert_eq!(runtime.activity.in_flight(), 0);
}

#[tokio::test]
async fn the_end_of_work_that_is_noticed_late_does_not_move_the_clock_under_newer_work() {
    let (clock, _runtime) = runtime(START, None);
    let _timer = clock.timer(at(5));
    clock.shared.advance();
    assert_eq!(clock.now(), START, "it holds itself until it is started");
    let newer_work = clock.hold();
    clock.start();
    clock.shared.advance();
    assert_eq!(clock.now(), START);
    drop(newer_work);
    assert_eq!(clock.now(), at(5));
}

#[test]
fn a_guard_from_outside_stops_the_clock_at_any_moment() {
    let tokio = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let (clock, runtime) = runtime(START, Some(at(20_000)));
    let walker = clock.clone();
    let first = clock.timer(at(1));
    tokio.block_on(async {
        let walk = async move {
            let mut next = first;
            loop {
                let busy = next.await;
                next = walker.timer(walker.now().plus(Span(1)));
                drop(busy);
            }
        };
        runtime.tasks.spawn("walker", Box::pin(walk));
        let holders = [(); 3].map(|()| {
            let clock = clock.clone();
            std::thread::spawn(move || {
                while clock.now() < at(20_000) {
                    let hold = clock.hold();
                    let seen = clock.now();
                    std::thread::yield_now();
                    assert_eq!(clock.now(), seen, "the clock moved under a guard");
                    drop(hold);
                    std::thread::yield_now();
                }
            })
        });
        clock.start();
        clock.finished().await;
        for holder in holders {
            holder.join().unwrap();
        }
    });
    assert_eq!(clock.now(), at(20_000));
}
