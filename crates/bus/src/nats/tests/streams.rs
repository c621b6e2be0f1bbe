//! Streams: made, verified, published into.

use std::sync::Arc;

use async_nats::jetstream::consumer::pull;
use async_nats::jetstream::stream::Config;
use domain::channel::Channel;
use domain::ids::{Position, StreamId};
use futures_util::StreamExt;

use super::world::{BOTH, Server, TestKeys, World};
use crate::BusError;
use crate::conformance::tenant;
use crate::feed::{Feed, PublicEvent, PublishedHead};
use crate::nats::{Login, NatsBus, Options, Role};

#[tokio::test]
async fn what_is_there_already_is_verified_and_left_as_it_is() {
    for version in BOTH {
        let world = World::new(version, "twice").await;
        let bus = world.bus().await;
        assert_eq!(bus.ensure_topology().await, Ok(()));
        assert_eq!(world.bus_with(7).await.ensure_topology().await, Ok(()));
    }
}

#[tokio::test]
async fn a_stream_that_keeps_less_than_is_relied_on_is_refused_by_name() {
    for version in BOTH {
        let world = World::new(version, "differs").await;
        let bus = world.bus().await;
        let name = world.stream("EVENTS");
        let jetstream = world.jetstream().await;
        let config = jetstream.get_stream(&name).await.unwrap().cached_info().config.clone();
        jetstream.update_stream(&Config { max_bytes: 4_096, ..config }).await.unwrap();
        let error = bus.ensure_topology().await.unwrap_err();
        let expected = format!(
            "the stream {name} has max_bytes 4096 instead of 262144; change it, or delete it and let it be made anew"
        );
        assert_eq!((error.to_string(), error.is_transient()), (expected, false));
    }
}

#[tokio::test]
async fn a_consumer_that_gives_up_too_early_is_refused_by_name() {
    for version in BOTH {
        let world = World::new(version, "gives-up").await;
        let bus = world.bus().await;
        let stream = world.jetstream().await.get_stream(world.stream("CLAIMS")).await.unwrap();
        let consumer: async_nats::jetstream::consumer::Consumer<pull::Config> =
            stream.get_consumer("ingest").await.unwrap();
        let found = consumer.cached_info().config.clone();
        let config = pull::Config {
            durable_name: found.durable_name,
            filter_subject: found.filter_subject,
            ack_wait: found.ack_wait,
            max_deliver: 3,
            max_ack_pending: found.max_ack_pending,
            max_waiting: found.max_waiting,
            ..pull::Config::default()
        };
        stream.create_consumer(config).await.unwrap();
        let error = bus.ensure_topology().await.unwrap_err();
        assert!(matches!(&error, BusError::Topology { field: "max_deliver", .. }), "{error}");
    }
}

/// What this role has made, and which consumers of it.
async fn made_by(world: &World, role: Role) -> Vec<(String, usize)> {
    let options = Options { role, ..world.options() };
    let bus = NatsBus::connect(&options, world.runtime.clone(), Arc::new(TestKeys(7))).await.unwrap();
    bus.ensure_topology().await.unwrap();
    let mut streams = world.jetstream().await.streams();
    let mut made = Vec::new();
    while let Some(stream) = streams.next().await {
        let info = stream.unwrap();
        if let Some(name) = info.config.name.strip_prefix(&world.stream("")) {
            made.push((name.to_owned(), info.state.consumer_count));
        }
    }
    made.sort();
    made
}

#[tokio::test]
async fn a_role_makes_what_it_touches_and_no_more() {
    for version in BOTH {
        for (role, made) in [
            (Role::Worker(Channel::Sms), vec![("ESCALATIONS", 1)]),
            (Role::Ingest, vec![("ADVISORIES", 0), ("CLAIMS", 1), ("REFUSED", 0)]),
            (
                Role::Scheduler,
                vec![("ADVISORIES", 0), ("CLAIMS", 0), ("ESCALATIONS", 0), ("EVENTS", 0), ("HEADS", 0)],
            ),
        ] {
            let world = World::new(version, "roles").await;
            let found = made_by(&world, role).await;
            let found: Vec<_> = found.iter().map(|(name, count)| (name.as_str(), *count)).collect();
            assert_eq!(found, made, "{role:?}");
        }
    }
}

#[tokio::test]
async fn a_password_lets_in_and_is_not_repeated_when_it_is_wrong() {
    for version in BOTH {
        let server = Server::start_with(version, &["--user", "scheduler", "--pass", "open-sesame"]);
        let world = World::at(server.url(), "login");
        let connect = async |password: &str| {
            let login = Login::Password { user: "scheduler".to_owned(), password: password.to_owned() };
            let options = Options { login, ..world.options() };
            assert!(!format!("{options:?}").contains(password));
            NatsBus::connect(&options, world.runtime.clone(), Arc::new(TestKeys(7))).await
        };
        let bus = connect("open-sesame").await.unwrap();
        assert_eq!((bus.ensure_topology().await, bus.flush().await), (Ok(()), Ok(())));
        let error = connect("open-barley").await.err().unwrap();
        assert!(matches!(&error, BusError::Carrier { doing: "connected", .. }), "{error}");
        assert!(!error.to_string().contains("barley"), "{error}");
    }
}

fn event(position: u64) -> PublicEvent {
    PublicEvent {
        history: [1; 16],
        partition: 3,
        position: Position(position),
        tenant: tenant(),
        stream: StreamId::new([7; 16]),
        name: "payment_received",
        payload: position.to_string().into_bytes(),
        trace: Some(([4; 16], [5; 8], 1)),
    }
}

#[tokio::test]
async fn the_feed_is_in_order_and_an_event_that_comes_twice_is_there_once() {
    for version in BOTH {
        let world = World::new(version, "feed").await;
        let bus = world.bus().await;
        bus.publish(vec![event(1), event(2)]).await.unwrap();
        bus.publish(vec![event(2), event(3)]).await.unwrap();
        let stream = world.jetstream().await.get_stream(world.stream("EVENTS")).await.unwrap();
        assert_eq!(stream.cached_info().state.messages, 3);
        for sequence in 1..=3 {
            let message = stream.get_raw_message(sequence).await.unwrap();
            assert_eq!(message.payload.as_ref(), sequence.to_string().as_bytes());
            assert_eq!(message.subject.as_str(), format!("{}.events.v1.town.payment_received", world.prefix));
            assert!(message.headers.get("traceparent").is_some());
        }
    }
}

#[tokio::test]
async fn of_heads_the_last_is_kept_for_each_partition() {
    for version in BOTH {
        let world = World::new(version, "heads").await;
        let bus = world.bus().await;
        let head = |partition, position| PublishedHead {
            partition,
            history: [1; 16],
            position: Position(position),
            chain: [9; 32],
        };
        assert_eq!(bus.kept_head(1).await, Ok(None));
        for kept in [head(1, 5), head(2, 8), head(1, 6)] {
            bus.keep_head(kept).await.unwrap();
        }
        assert_eq!(bus.kept_head(1).await, Ok(Some(head(1, 6))));
        assert_eq!(bus.kept_head(2).await, Ok(Some(head(2, 8))));
        assert_eq!((bus.kept_head(3).await, world.messages_in("HEADS").await), (Ok(None), 2));
    }
}
