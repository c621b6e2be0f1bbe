//! The public feed, the end of the log that is kept outside, and how old what waits before the lanes is.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bus::BusError;
use bus::feed::{Feed, PublicEvent, PublishedHead};
use contract::wire::PermitAnswer;
use domain::channel::Channel;
use domain::ids::{Position, RequestId};
use domain::time::Span;
use event_log::feed_cursor::FeedCursor;
use event_log::memory::MemoryLog;
use event_log::store::{EventLog, StoreError};
use scheduler::{IntakeAge, Outside, Publishing, SchedulerError};
use tokio::sync::watch;

use crate::worker::Script;
use crate::world::World;

/// Remembers what it was given; its next publishings fail, if told so.
#[derive(Default)]
struct Press {
    events: Mutex<Vec<PublicEvent>>,
    head: Mutex<Option<PublishedHead>>,
    cursor: Mutex<u64>,
    failures: Mutex<u32>,
    /// Whose log the next one who asks for the head loses to another owner in the same moment.
    taken_over: Mutex<Option<Arc<MemoryLog>>>,
}

#[async_trait]
impl Feed for Press {
    async fn publish(&self, events: Vec<PublicEvent>) -> Result<(), BusError> {
        let mut failures = self.failures.lock().unwrap();
        if *failures > 0 {
            *failures -= 1;
            // Half of it arrived all the same.
            self.events.lock().unwrap().extend(events.into_iter().take(1));
            return Err(BusError::Unanswered { what: "events" });
        }
        self.events.lock().unwrap().extend(events);
        Ok(())
    }

    async fn keep_head(&self, head: PublishedHead) -> Result<(), BusError> {
        *self.head.lock().unwrap() = Some(head);
        Ok(())
    }

    async fn kept_head(&self, partition: u16) -> Result<Option<PublishedHead>, BusError> {
        let taken_over = self.taken_over.lock().unwrap().take();
        if let Some(log) = taken_over {
            log.lease(partition).await.unwrap();
        }
        Ok(*self.head.lock().unwrap())
    }
}

#[async_trait]
impl FeedCursor for Press {
    async fn cursor(&self, _partition: u16) -> Result<Position, StoreError> {
        Ok(Position(*self.cursor.lock().unwrap()))
    }

    async fn move_cursor(&self, _partition: u16, _epoch: u64, to: Position) -> Result<(), StoreError> {
        *self.cursor.lock().unwrap() = to.0;
        Ok(())
    }
}

fn published(seed: u64) -> (World, Arc<Press>) {
    let mut world = World::new(seed);
    let press = Arc::new(Press::default());
    let publishing = Publishing { feed: Arc::clone(&press) as _, cursor: Arc::clone(&press) as _ };
    world.outside = Outside { publishing: Some(publishing), ..Outside::default() };
    (world, press)
}

#[test]
fn the_feed_has_every_event_once_in_order_and_nothing_personal() {
    let (mut world, press) = published(1);
    world.start();
    let _record = world.works(Script::new(Channel::Sms));
    world.tell(world.person("Ida").owing("calm"));
    world.run_for_days(2);
    let log: Vec<u64> = world.recorded().iter().map(|row| row.position.0).collect();
    let feed: Vec<u64> = press.events.lock().unwrap().iter().map(|event| event.position.0).collect();
    assert!(log.len() > 6 && feed == log, "{feed:?} of {log:?}");
    for event in press.events.lock().unwrap().iter() {
        let text = String::from_utf8_lossy(&event.payload).into_owned();
        assert!(!text.contains("Ida") && !text.contains("+39"), "{} shows who it is about", event.name);
        let envelope = contract::envelope::decode(&event.payload).unwrap();
        assert!(envelope.personal.is_none() && envelope.event().is_ok());
    }
    let head = press.head.lock().unwrap().unwrap();
    assert_eq!(Some(head.position.0), log.last().copied());
}

#[test]
fn what_was_published_in_part_is_published_again() {
    let (mut world, press) = published(2);
    *press.failures.lock().unwrap() = 1;
    world.start();
    world.tell(world.person("Ida").owing("calm"));
    world.run_for_days(2);
    let positions: Vec<u64> = press.events.lock().unwrap().iter().map(|event| event.position.0).collect();
    assert_eq!(positions[..2], [1, 1], "at least once");
    let mut all = positions;
    all.dedup();
    assert_eq!(all.len(), world.recorded().len());
}

#[test]
fn a_log_that_was_set_back_is_not_owned_until_somebody_recovers_it() {
    let (mut world, press) = published(3);
    world.start();
    world.tell(world.person("Ida").owing("calm"));
    world.run_for(Span::seconds(5));
    world.stop();
    let kept = press.head.lock().unwrap().unwrap();
    let refused = |world: &mut World, head: PublishedHead| {
        *press.head.lock().unwrap() = Some(head);
        world.try_start().unwrap_err()
    };
    let ahead = PublishedHead { position: Position(kept.position.0 + 3), ..kept };
    assert!(matches!(refused(&mut world, ahead), SchedulerError::SetBack { .. }));
    let forked = PublishedHead { chain: [1; 32], ..kept };
    assert!(matches!(refused(&mut world, forked), SchedulerError::SetBack { .. }));
    let other = PublishedHead { history: [1; 16], ..kept };
    assert!(matches!(refused(&mut world, other), SchedulerError::OtherHistory { .. }));
    // Who was frozen behind its lease sees the end that the next owner has published.
    *press.taken_over.lock().unwrap() = Some(Arc::clone(&world.memory));
    assert!(refused(&mut world, ahead).is_lost_ownership());
    *press.head.lock().unwrap() = Some(kept);
    world.try_start().unwrap();
}

#[test]
fn no_permit_while_what_waits_before_the_lanes_is_old_or_its_age_is_unknown() {
    let mut world = World::new(4);
    let (tell, intake) = watch::channel(None);
    world.outside = Outside { intake: Some(intake), ..Outside::default() };
    world.start();
    let record = world.works(Script::new(Channel::Sms));
    world.tell(world.person("Ida").owing("calm"));
    world.run_for(Span::hours(3));
    let id = record.lock().unwrap().notices[0].id;
    let asks_again = |world: &World| {
        let answer = world.ask(vec![(id, RequestId::new([3; 16]))]).remove(0);
        matches!(answer, PermitAnswer::AskAgain { reason } if reason.as_str() == "facts_behind")
    };
    assert!(asks_again(&world), "its age is unknown");
    let seen_at = world.runtime.clock.monotonic();
    tell.send_replace(Some(IntakeAge { seen_at, oldest: Duration::from_secs(25) }));
    world.run_for(Span::seconds(6));
    assert!(asks_again(&world), "it is older than 30 s by now");
    let seen_at = world.runtime.clock.monotonic();
    tell.send_replace(Some(IntakeAge { seen_at, oldest: Duration::ZERO }));
    assert!(matches!(world.ask(vec![(id, RequestId::new([3; 16]))])[0], PermitAnswer::Granted { .. }));
}
