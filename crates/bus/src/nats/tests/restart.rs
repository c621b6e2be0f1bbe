//! A server that is killed, loses its store, and comes back on the same port (takeover, 6; bus, 1).

use async_nats::jetstream;
use contract::wire::{PermitAnswer, Receipt};
use domain::channel::Channel;
use domain::event::Refusal;

use super::world::{BOTH, Server, World};
use crate::conformance::{fact, notice, questions};
use crate::feed::Feed;
use crate::lane::Lane;
use crate::upstream::{Settled, Upstream};
use crate::{Bus, BusError, OwnerLanes};

async fn answer_a_question(lanes: &mut OwnerLanes) {
    let (asked, answer) = lanes.permits.recv().await.unwrap().split();
    drop(answer.give(vec![PermitAnswer::Refused(Refusal::Taken); asked.questions.len()]));
}

async fn next(lane: &mut Lane<Vec<contract::wire::EscalationNotice>, ()>) -> u32 {
    let (notices, answer) = lane.recv().await.unwrap().split();
    drop(answer.give(()));
    notices.first().map_or(0, |notice| notice.id.number)
}

/// Tries until it goes through, as every sender does.
async fn until_it_goes<T>(world: &World, mut attempt: impl AsyncFnMut() -> Result<T, BusError>) -> T {
    let tries = async {
        loop {
            match attempt().await {
                Ok(value) => return value,
                Err(error) => assert!(error.is_transient(), "{error}"),
            }
            tokio::task::yield_now().await;
        }
    };
    world.soon(tries).await
}

#[tokio::test]
async fn a_server_that_lost_its_store_is_furnished_anew_and_everything_goes_on() {
    for version in BOTH {
        let mut server = Server::start(version);
        let world = World::at(server.url(), "restart");
        let (scheduler, worker) = (world.bus().await, world.bus().await);
        let (mut lanes, mut lane) = (scheduler.own(1, 1), worker.work(Channel::Sms));
        until_it_goes(&world, async || scheduler.emit(Channel::Sms, vec![notice(1)]).await).await;
        assert_eq!(world.soon(next(&mut lane)).await, 1);

        server.kill();
        let down = world.soon(scheduler.emit(Channel::Sms, vec![notice(2)])).await.unwrap_err();
        assert!(down.is_transient(), "{down}");
        let down = world.soon(worker.ask(questions(1, 1))).await.unwrap_err();
        assert!(down.is_transient(), "{down}");
        assert!(
            world.soon(scheduler.oldest()).await.is_err(),
            "an age that is unknown is an error (inputs, 2)"
        );
        server.lose_the_store();
        server.start_again();

        until_it_goes(&world, async || scheduler.emit(Channel::Sms, vec![notice(2)]).await).await;
        assert_eq!(world.soon(next(&mut lane)).await, 2);
        let ask = until_it_goes(&world, async || worker.ask(questions(1, 1)).await);
        let (answers, ()) = world.soon(async { tokio::join!(ask, answer_a_question(&mut lanes)) }).await;
        assert_eq!(answers, [PermitAnswer::Refused(Refusal::Taken)]);
        let hear = async {
            drop(lanes.facts.recv().await.unwrap().split().1.give(vec![Receipt::Recorded]));
        };
        let send = until_it_goes(&world, async || worker.send_facts(1, vec![fact(1)]).await);
        let (receipts, ()) = world.soon(async { tokio::join!(send, hear) }).await;
        assert_eq!(receipts, [Receipt::Recorded]);
        assert_eq!(until_it_goes(&world, async || scheduler.kept_head(1).await).await, None);
        assert!(scheduler.figures().reconnects >= 1);
    }
}

#[tokio::test]
async fn whoever_waits_for_claims_gets_them_from_a_stream_that_was_made_anew() {
    for version in BOTH {
        let mut server = Server::start(version);
        let world = World::at(server.url(), "waiting");
        let bus = world.bus().await;
        let take = until_it_goes(&world, async || bus.take(5).await);
        let lose_and_publish = async {
            tokio::task::yield_now().await;
            server.kill();
            server.lose_the_store();
            server.start_again();
            let subject = format!("{}.claims.v1.muni.claim_registered", world.prefix);
            loop {
                // As a publisher does that wants its claim stored.
                let Ok(client) = async_nats::connect(&world.url).await else { continue };
                let jetstream = jetstream::new(client);
                let sent = jetstream.publish(subject.clone(), "{}".into()).await;
                if let Ok(stored) = sent
                    && stored.await.is_ok()
                {
                    return;
                }
            }
        };
        let (mut taken, ()) = world.soon(async { tokio::join!(take, lose_and_publish) }).await;
        let claim = taken.pop().unwrap();
        assert_eq!(claim.message().body, b"{}");
        world.soon(claim.settle(Settled::Done { receipt: Vec::new() })).await.unwrap();
        assert_eq!(world.messages_in("CLAIMS").await, 0);
    }
}

#[tokio::test]
async fn a_server_that_can_not_be_reached_is_said_so_at_the_start() {
    for version in BOTH {
        let mut server = Server::start(version);
        let world = World::at(server.url(), "nobody");
        server.kill();
        let keys = std::sync::Arc::new(super::world::TestKeys(7));
        let connected = crate::nats::NatsBus::connect(&world.options(), world.runtime.clone(), keys).await;
        assert!(matches!(
            connected.err(),
            Some(BusError::Carrier { doing: "connected", transient: true, .. })
        ));
    }
}
