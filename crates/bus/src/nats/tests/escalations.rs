//! Escalations: shared, redelivered, recognised.

use std::time::Duration;

use contract::wire::EscalationNotice;
use domain::channel::Channel;

use super::world::{BOTH, World};
use crate::Bus;
use crate::conformance::notice;
use crate::feed::Feed;
use crate::lane::Lane;
use crate::nats::NatsBus;

async fn take(lane: &mut Lane<Vec<EscalationNotice>, ()>) -> Vec<u32> {
    let (notices, answer) = lane.recv().await.unwrap().split();
    drop(answer.give(()));
    notices.iter().map(|notice| notice.id.number).collect()
}

#[tokio::test]
async fn two_workers_share_a_channel_and_a_full_lane_pulls_nothing() {
    for version in BOTH {
        let mut world = World::new(version, "shared").await;
        world.limits.lane = 1;
        let (first, second, scheduler) = (world.bus().await, world.bus().await, world.bus().await);
        let (mut idle, mut busy) = (first.work(Channel::Sms), second.work(Channel::Sms));
        // Three bulk messages: at most a hundred escalations each.
        let notices = (1..=250).map(notice).collect();
        scheduler.emit(Channel::Sms, notices).await.unwrap();
        let mut taken = Vec::new();
        let mut messages = 0;
        while taken.len() < 150 {
            taken.extend(world.soon(take(&mut busy)).await);
            messages += 1;
        }
        let left = world.soon(take(&mut idle)).await;
        assert!(messages == 2 && (50..=100).contains(&left.len()), "the idle lane has held one message");
        taken.extend(left);
        taken.sort_unstable();
        assert_eq!(taken, (1..=250).collect::<Vec<u32>>());
    }
}

#[tokio::test]
async fn what_a_worker_gives_back_or_dies_with_goes_to_another() {
    for version in BOTH {
        let mut world = World::new(version, "again").await;
        world.timeouts.redeliver_after = Duration::from_secs(1);
        let (first, second) = (world.bus().await, world.bus().await);
        let mut dying = first.work(Channel::Sms);
        first.emit(Channel::Sms, vec![notice(1)]).await.unwrap();
        let given_back = world.soon(dying.recv()).await.unwrap();
        drop((dying, given_back));
        let mut other = second.work(Channel::Sms);
        assert_eq!(world.soon(take(&mut other)).await, [1], "given back");
        drop(other);

        let mut dying = first.work(Channel::Sms);
        first.emit(Channel::Sms, vec![notice(2)]).await.unwrap();
        let never_answered = world.soon(dying.recv()).await.unwrap();
        drop(dying);
        let mut other = second.work(Channel::Sms);
        assert_eq!(world.soon(take(&mut other)).await, [2], "not acknowledged in time");
        drop(never_answered);
    }
}

#[tokio::test]
async fn the_same_emission_is_swallowed_and_the_next_one_is_not() {
    for version in BOTH {
        let world = World::new(version, "emission").await;
        let bus = world.bus().await;
        let again = |number, emission| EscalationNotice { emission, ..notice(number) };
        for (notices, messages) in [
            (vec![again(1, 1)], 1),
            (vec![again(1, 1)], 1),
            (vec![again(1, 2)], 2),
            (vec![again(1, 1), again(2, 1)], 3),
            (vec![again(1, 1), again(2, 1)], 3),
            (vec![again(1, 1), again(2, 2)], 4),
        ] {
            bus.emit(Channel::Sms, notices.clone()).await.unwrap();
            assert_eq!(world.messages_in("ESCALATIONS").await, messages, "{notices:?}");
        }
    }
}

/// Recalls one, and comes back once the server has heard that, and all that was sent before it.
async fn told(bus: &NatsBus, channel: Channel, number: u32) {
    bus.recall(channel, vec![notice(number).id]).await.unwrap();
    assert_eq!(bus.kept_head(1).await, Ok(None));
}

#[tokio::test]
async fn a_recall_reaches_the_lists_of_all_processes_and_only_by_whoever_has_the_keys() {
    for version in BOTH {
        let world = World::new(version, "recall").await;
        let (first, second, scheduler) = (world.bus().await, world.bus().await, world.bus().await);
        let mut lists = [first.recalls(Channel::Call), second.recalls(Channel::Call)];
        for bus in [&first, &second] {
            told(bus, Channel::Sms, 9).await;
        }
        told(&world.bus_with(8).await, Channel::Call, 7).await;
        scheduler.recall(Channel::Call, vec![notice(1).id, notice(2).id]).await.unwrap();
        for list in &mut lists {
            let (recalled, answer) = world.soon(list.recv()).await.unwrap().split();
            drop(answer.give(()));
            assert_eq!(recalled, [notice(1).id, notice(2).id]);
        }
        assert_eq!((first.figures().unopened, second.figures().unopened), (1, 1));
        assert_eq!(world.messages_in("ESCALATIONS").await, 0, "nothing is kept");
    }
}

#[tokio::test]
async fn tenants_and_channels_have_subjects_of_their_own() {
    for version in BOTH {
        let world = World::new(version, "tenants").await;
        let bus = world.bus().await;
        let other = domain::label::TenantId::new("county").unwrap();
        let notices = vec![notice(1), EscalationNotice { tenant: other, ..notice(2) }];
        bus.emit(Channel::Sms, notices).await.unwrap();
        assert_eq!(world.messages_in("ESCALATIONS").await, 2);
        let mut lane = bus.work(Channel::Sms);
        let mut taken = [world.soon(take(&mut lane)).await, world.soon(take(&mut lane)).await].concat();
        taken.sort_unstable();
        assert_eq!(taken, [1, 2]);
    }
}

#[tokio::test]
async fn escalations_that_nobody_can_read_are_ended_and_reported() {
    for version in BOTH {
        let world = World::new(version, "unread").await;
        let bus = world.bus().await;
        let mut lane = bus.work(Channel::Sms);
        let subject = format!("{}.escalations.v1.sms.town", world.prefix);
        let jetstream = world.jetstream().await;
        let stored = jetstream.publish(subject, "no protobuf".into()).await.unwrap();
        world.soon(stored.into_future()).await.unwrap();
        bus.emit(Channel::Sms, vec![notice(3)]).await.unwrap();
        assert_eq!(world.soon(take(&mut lane)).await, [3]);
        assert_eq!(bus.figures().unreadable, 1);
        world.soon(async { while world.messages_in("ADVISORIES").await == 0 {} }).await;
    }
}
