//! A look at a broker tells what is there, and makes nothing.

use async_nats::jetstream::stream::Config;

use super::world::{BOTH, World};
use crate::nats::StreamBytes;
use crate::nats::inspect::{StreamState, inspect};

#[tokio::test]
async fn a_look_tells_what_is_missing_as_declared_or_different_and_changes_nothing() {
    for version in BOTH {
        let world = World::new(version, "looked-at").await;
        let look = async || inspect(&world.options(), world.runtime.clone()).await.unwrap();
        let empty = look().await;
        assert!(empty.keeps_streams && empty.version.starts_with("2."), "{empty:?}");
        assert_eq!(empty.streams.len(), 6);
        for _ in 0..2 {
            let missing = look().await.streams;
            assert!(missing.iter().all(|(_, state)| *state == StreamState::Missing), "{missing:?}");
        }
        world.bus().await;
        let made = look().await.streams;
        assert!(made.iter().all(|(_, state)| *state == StreamState::AsDeclared), "{made:?}");
        let jetstream = world.jetstream().await;
        let name = world.stream("EVENTS");
        let config = jetstream.get_stream(&name).await.unwrap().cached_info().config.clone();
        jetstream.update_stream(&Config { max_bytes: 4_096, ..config }).await.unwrap();
        let changed = look().await.streams.into_iter().find(|(found, _)| *found == name).unwrap().1;
        let (wanted, found) = (StreamBytes::small().events.to_string(), "4096".to_owned());
        assert_eq!(changed, StreamState::Differs { field: "max_bytes", wanted, found });
    }
}
