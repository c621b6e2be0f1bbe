//! What upstream publishes, and what becomes of it.

use std::time::Duration;

use async_nats::HeaderMap;
use contract::codec;
use futures_util::StreamExt;

use super::world::{BOTH, World};
use crate::upstream::{Settled, Taken, Upstream};

async fn publish(world: &World, kind: &str, body: &str, headers: &[(&'static str, &str)]) {
    let mut map = HeaderMap::new();
    headers.iter().for_each(|(name, value)| map.insert(*name, *value));
    let subject = format!("{}.claims.v1.muni.{kind}", world.prefix);
    let jetstream = world.jetstream().await;
    let stored = jetstream.publish_with_headers(subject, map, body.to_owned().into()).await;
    world.soon(stored.unwrap().into_future()).await.unwrap();
}

async fn take_one(world: &World, upstream: &impl Upstream) -> Box<dyn Taken> {
    world.soon(upstream.take(10)).await.unwrap().pop().unwrap()
}

fn done() -> Settled {
    Settled::Done { receipt: b"receipt".to_vec() }
}

#[tokio::test]
async fn a_claim_goes_from_the_stream_once_it_is_done_and_its_receipt_goes_where_it_was_asked_for() {
    for version in BOTH {
        let world = World::new(version, "claims").await;
        let bus = world.bus().await;
        let client = world.client().await;
        let receipts_at = format!("{}.receipts.v1.erp", world.prefix);
        let mut receipts = client.subscribe(receipts_at.clone()).await.unwrap();
        client.flush().await.unwrap();
        assert_eq!(bus.oldest().await, Ok(Duration::ZERO));
        let parent = format!("00-{}-{}-01", "ab".repeat(16), "0c".repeat(8));
        publish(
            &world,
            "payment_received",
            "{}",
            &[
                ("Mahnwerk-Receipt-To", &receipts_at),
                ("Content-Type", "application/json"),
                ("Nats-Msg-Id", "erp-77"),
                ("traceparent", &parent),
            ],
        )
        .await;
        let taken = take_one(&world, &bus).await;
        let message = taken.message();
        assert_eq!((message.tenant.as_str(), message.kind.as_str()), ("muni", "payment_received"));
        assert_eq!(message.content_type.as_deref(), Some("application/json"));
        assert_eq!(message.message_id.as_deref(), Some("erp-77"));
        assert_eq!(message.trace, Some(([0xab; 16], [0x0c; 8], 1)));
        assert_eq!((message.body.as_slice(), message.deliveries), (&b"{}"[..], 1));
        assert!(world.soon(bus.oldest()).await.unwrap() < Duration::from_secs(60));
        assert_eq!(world.messages_in("CLAIMS").await, 1, "taken is not settled");
        world.soon(taken.settle(done())).await.unwrap();
        assert_eq!(world.soon(receipts.next()).await.unwrap().payload.as_ref(), b"receipt");
        assert_eq!((world.messages_in("CLAIMS").await, bus.oldest().await), (0, Ok(Duration::ZERO)));
    }
}

#[tokio::test]
async fn a_refused_claim_is_filed_by_reason_and_reference_without_its_body() {
    for version in BOTH {
        let world = World::new(version, "refused").await;
        let bus = world.bus().await;
        publish(&world, "payment_received", "Leopold Verborgen paid", &[]).await;
        let refused = Settled::Refused {
            reason: "malformed".to_owned(),
            detail: "this is no JSON; it has to be an object".to_owned(),
            reference: [5; 16],
            receipt: Vec::new(),
        };
        world.soon(take_one(&world, &bus).await.settle(refused)).await.unwrap();
        assert_eq!((world.messages_in("CLAIMS").await, world.messages_in("REFUSED").await), (0, 1));
        let stream = world.jetstream().await.get_stream(world.stream("REFUSED")).await.unwrap();
        let kept = stream.get_raw_message(1).await.unwrap();
        let refused = codec::decode_refused(&kept.payload).unwrap();
        assert_eq!((refused.reason.as_str(), refused.reference), ("malformed", [5; 16]));
        assert_eq!(refused.tenant.as_ref().map(domain::label::TenantId::as_str), Some("muni"));
        assert!(!String::from_utf8_lossy(&kept.payload).contains("Leopold"));
        assert_eq!(kept.subject.as_str(), format!("{}.refused.v1.muni", world.prefix));
    }
}

#[tokio::test]
async fn a_claim_that_is_put_off_comes_again_and_says_how_often_it_has_come() {
    for version in BOTH {
        let world = World::new(version, "later").await;
        let bus = world.bus().await;
        publish(&world, "claim_registered", "{}", &[("Mahnwerk-Receipt-To", "facts.v1.1")]).await;
        let pause = Duration::from_millis(50);
        let first = take_one(&world, &bus).await;
        assert_eq!(first.message().receipt_to, None, "a receipt goes to an inbox and nowhere else");
        world.soon(first.settle(Settled::Later { pause })).await.unwrap();
        let second = take_one(&world, &bus).await;
        assert_eq!(second.message().deliveries, 2);
        world.soon(second.settle(done())).await.unwrap();
        assert_eq!(world.messages_in("CLAIMS").await, 0);
    }
}

#[tokio::test]
async fn claims_are_taken_many_at_once_and_never_more_than_asked_for() {
    for version in BOTH {
        let world = World::new(version, "many").await;
        let bus = world.bus().await;
        for number in 0..7 {
            publish(&world, "claim_registered", &number.to_string(), &[]).await;
        }
        let (mut bodies, mut sizes) = (Vec::new(), Vec::new());
        while bodies.len() < 7 {
            let taken = world.soon(bus.take(4)).await.unwrap();
            sizes.push(taken.len());
            for claim in taken {
                bodies.push(String::from_utf8(claim.message().body.clone()).unwrap());
                world.soon(claim.settle(done())).await.unwrap();
            }
        }
        assert_eq!((bodies.concat().as_str(), sizes), ("0123456", vec![4, 3]));
    }
}
