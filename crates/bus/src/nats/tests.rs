//! The carrier against real servers, the oldest and the newest that are supported.
//!
//! Run through `tests/with-servers`, which starts them. Each test has a prefix of its own, and those that kill a server
//! start one of their own.

mod escalations;
mod inspect;
mod intake;
mod owners;
mod restart;
mod streams;
mod world;

use std::sync::Arc;

use crate::conformance::{self, Carrier};

use self::world::{Version, World};

async fn it_is_a_bus(version: Version) {
    let run = conformance::run(async || {
        let world = World::new(version, "suite").await;
        let bus = Arc::new(world.bus().await);
        Carrier { bus, most_per_message: world::MOST, stores_escalations: true }
    });
    assert_eq!(run.await, Ok(()));
}

#[tokio::test]
async fn on_the_oldest_server_it_is_a_bus() {
    it_is_a_bus(Version::Old).await;
}

#[tokio::test]
async fn on_the_newest_server_it_is_a_bus() {
    it_is_a_bus(Version::New).await;
}
