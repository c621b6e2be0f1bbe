//! A look at a broker tells what is there, and makes nothing.

use async_nats::jetstream::consumer::{FromConsumer, pull};
use async_nats::jetstream::stream::Config;

use super::world::{BOTH, World};
use crate::nats::StreamBytes;
use crate::nats::inspect::{Comparison, inspect};

#[tokio::test]
async fn a_look_tells_what_is_missing_as_declared_or_different_and_changes_nothing() {
    for version in BOTH {
        let world = World::new(version, "looked-at").await;
        let look = async || inspect(&world.options(), world.runtime.clone()).await.unwrap();
        let empty = look().await;
        assert!(empty.keeps_streams && empty.version.starts_with("2."), "{empty:?}");
        assert_eq!(empty.streams.len(), 6);
        for _ in 0..2 {
            let missing = look().await;
            assert!(missing.streams.iter().all(|(_, state)| *state == Comparison::Missing), "{missing:?}");
            assert_eq!(missing.consumers, [], "there is nothing that they could be of");
        }
        world.bus().await;
        let made = look().await;
        assert!(made.streams.iter().all(|(_, state)| *state == Comparison::AsDeclared), "{made:?}");
        assert!(made.consumers.iter().all(|(.., state)| *state == Comparison::AsDeclared), "{made:?}");
        assert_eq!(made.consumers.len(), 6, "one of ingest, one of each channel");
        let jetstream = world.jetstream().await;
        let name = world.stream("EVENTS");
        let config = jetstream.get_stream(&name).await.unwrap().cached_info().config.clone();
        jetstream.update_stream(&Config { max_bytes: 4_096, ..config }).await.unwrap();
        let changed = look().await.streams.into_iter().find(|(found, _)| *found == name).unwrap().1;
        let (wanted, found) = (StreamBytes::small().events.to_string(), "4096".to_owned());
        assert_eq!(changed, Comparison::Differs { field: "max_bytes", wanted, found });
        let stream = jetstream.get_stream(world.stream("ESCALATIONS")).await.unwrap();
        let sms =
            stream.get_consumer::<pull::Config>("worker-sms").await.unwrap().cached_info().config.clone();
        let sms = pull::Config { max_deliver: 9, ..pull::Config::try_from_consumer_config(sms).unwrap() };
        stream.create_consumer(sms).await.unwrap();
        stream.delete_consumer("worker-email").await.unwrap();
        let consumers = look().await.consumers;
        let of = |name: &str| &consumers.iter().find(|(_, found, _)| found == name).unwrap().2;
        let (wanted, found) = ("5".to_owned(), "9".to_owned());
        assert_eq!(*of("worker-sms"), Comparison::Differs { field: "max_deliver", wanted, found });
        assert_eq!((of("worker-email"), of("ingest")), (&Comparison::Missing, &Comparison::AsDeclared));
    }
}
