//! Rows of several versions of one event: known ones are the same event, one of a newer release stops the partition whole.

use bus::BusError;
use contract::wire::Receipt;
use domain::channel::Channel;
use domain::ids::{Position, StreamId};
use domain::input::{Cause, CauseKind};
use event_log::record::{Append, Head, NewEvent, Recorded};
use event_log::store::EventLog;
use scheduler::SchedulerError;

use crate::worker::Script;
use crate::world::World;

/// stream_quarantined with the text "not_sealed", as version 1 has it, and with the number 6, as version 2 has it.
const FIRST: &[u8] = b"\xca\x07\x0c\x0a\x0anot_sealed";
const SECOND: &[u8] = b"\xca\x07\x02\x10\x06";
/// The same with a field that no release has yet.
const THIRD: &[u8] = b"\xca\x07\x04\x10\x06\x18\x01";

/// A world whose last row is this, of the stream that `own` asks for; nobody owns its partition.
fn left_with(own: bool, kind: u16, schema: u16, payload: &[u8]) -> World {
    let mut world = World::started(1);
    world.tell(world.person("Ida").owing("calm"));
    world.stop();
    let recorded = world.recorded();
    let is_own = |row: &&Recorded| (row.event.stream == StreamId::PARTITION) == own;
    let last = recorded.iter().rev().find(is_own).unwrap();
    let event = NewEvent {
        version: last.event.version + 1,
        previous: Some(last.position),
        event_id: [9; 16],
        cause: Cause { kind: CauseKind::Operator, id: last.event.cause.id },
        kind,
        schema,
        payload: payload.to_vec(),
        personal: None,
        at: recorded.last().unwrap().event.at,
        ..last.event.clone()
    };
    let log = world.memory.clone();
    let append = async move {
        let lease = log.lease(0).await.unwrap();
        let row = Append { events: vec![event], ..Append::nothing(0, lease.epoch, lease.head) };
        log.append(&row).await.unwrap()
    };
    world.sim.block_on(append).unwrap();
    world
}

fn head(world: &World) -> Head {
    let log = world.memory.clone();
    world.sim.block_on(async move { log.head(0).await }).unwrap().unwrap()
}

/// (takeover, 5): a takeover reads the tail before it decides, answers or scans.
#[test]
fn a_row_of_a_newer_release_stops_the_owner_with_a_sentence_and_changes_nothing() {
    for (own, kind, schema, payload, said) in [
        (
            false,
            121,
            3,
            THIRD,
            "stream_quarantined is of version 3, and this release knows it up to version 2",
        ),
        (false, 7, 2, THIRD, "payment_received is of version 2, and this release knows it up to version 1"),
        (false, 99, 1, THIRD, "event kind 99 is none that this release knows"),
        (true, 123, 2, THIRD, "contacts_paused is of version 2, and this release knows it up to version 1"),
    ] {
        let mut world = left_with(own, kind, schema, payload);
        let (rows, before) = (world.recorded(), head(&world));
        world.start();
        let told = world.try_tell(world.person("Bert").owing("calm"));
        assert!(
            matches!(told, Err(BusError::NobodyListens { .. } | BusError::Unanswered { .. })),
            "nobody is answered: {told:?}"
        );
        let error = world.ended().unwrap_err();
        let at = Position(u64::try_from(rows.len()).unwrap());
        assert!(matches!(&error, SchedulerError::Unreadable { position, .. } if *position == at), "{error}");
        assert!(!error.is_transient(), "starting again is of no use");
        let sentence = format!(
            "position {} of partition 0 can't be read: {said}; use the newer release that wrote it; run `mahnwerk verify`",
            at.0
        );
        assert_eq!(error.to_string(), sentence);
        assert_eq!((world.recorded(), head(&world)), (rows, before), "{said}");
    }
}

#[test]
fn rows_of_every_known_version_are_the_same_event_and_the_owner_goes_on() {
    for (schema, payload) in [(1, FIRST), (2, SECOND)] {
        let mut world = left_with(false, 121, schema, payload);
        let (ida, bert) = (world.person("Ida"), world.person("Bert"));
        let before = world.recorded();
        world.start();
        assert_eq!(world.tell(bert.owing("calm")), vec![Receipt::Recorded; 4], "version {schema}");
        assert_eq!(world.story(&ida).last(), Some(&"stream_quarantined"));
        world.works(Script::new(Channel::Sms));
        world.run_for_days(1);
        assert!(!world.story(&ida).contains(&"escalated"), "held, as the event says in either version");
        assert!(world.story(&bert).contains(&"escalated"));
        assert!(world.recorded().starts_with(&before), "what was written stays as it was");
    }
}
