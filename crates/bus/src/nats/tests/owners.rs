//! Owners and whoever asks them.

use async_nats::jetstream;
use contract::personal::{Message, Personal};
use contract::wire::{FactMessage, Filed, PermitAnswer, Receipt};
use domain::event::Refusal;
use domain::label::Label;
use futures_util::{FutureExt, StreamExt};
use std::time::Duration;

use super::world::{BOTH, MOST, World};
use crate::conformance::{fact, outcome, questions};
use crate::nats::NatsBus;
use crate::{Bus, BusError, OwnerLanes};

const SECRET: &str = "Ottilie Geheim, +41 79 555 01 23";

fn personal(text: &str) -> Option<Personal> {
    Some(Personal::Text { text: text.to_owned() })
}

/// An owner's subscriptions stand once its own process gets an answer.
async fn settled(owner: &NatsBus) {
    assert!(matches!(owner.ask(questions(9, 1)).await, Err(BusError::NobodyListens { .. })));
}

fn granted() -> PermitAnswer {
    let message = Message { body: SECRET.to_owned(), ..Message::default() };
    PermitAnswer::Granted { address: SECRET.to_owned(), message, start_within: Duration::from_secs(10) }
}

async fn answer_one_of_each(mut lanes: OwnerLanes) -> Option<()> {
    let (facts, answer) = lanes.facts.recv().await?.split();
    drop(answer.give(vec![Receipt::Recorded; facts.len()]));
    let (asked, answer) = lanes.permits.recv().await?.split();
    drop(answer.give(vec![granted(); asked.questions.len()]));
    let (outcomes, answer) = lanes.outcomes.recv().await?.split();
    drop(answer.give(vec![Filed::Recorded; outcomes.len()]));
    Some(())
}

#[tokio::test]
async fn nothing_personal_is_readable_on_the_wire() {
    for version in BOTH {
        let world = World::new(version, "sealed").await;
        let (owner, asker) = (world.bus().await, world.bus().await);
        let client = world.client().await;
        // Not `>`: the server says that nobody listens only where nobody does, and other tests rely on that.
        let mut taps = Vec::new();
        for tap in [
            &format!("{}.*.v1.1", world.prefix),
            &format!("{}.*.v1.1.*", world.prefix),
            "_INBOX.>",
            "the.end",
        ] {
            taps.push(client.subscribe(tap.to_owned()).await.unwrap());
        }
        let mut wire = futures_util::stream::select_all(taps);
        client.flush().await.unwrap();
        let lanes = owner.own(1, 1);
        settled(&owner).await;
        let ask = async {
            let facts = vec![FactMessage { personal: personal(SECRET), ..fact(1) }];
            let receipts = asker.send_facts(1, facts).await.unwrap();
            let answers = asker.ask(questions(1, 1)).await.unwrap();
            let mut outcome = outcome(1);
            outcome.personal = personal(SECRET);
            (receipts, answers, asker.report(1, vec![outcome]).await.unwrap())
        };
        let (heard, _) = world.soon(async { tokio::join!(ask, answer_one_of_each(lanes)) }).await;
        assert_eq!(heard, (vec![Receipt::Recorded], vec![granted()], vec![Filed::Recorded]));
        client.publish("the.end", "".into()).await.unwrap();
        let mut messages = Vec::new();
        while messages
            .last()
            .is_none_or(|message: &async_nats::Message| message.subject.as_str() != "the.end")
        {
            messages.push(world.soon(wire.next()).await.unwrap());
        }
        // What came before the end on other taps is there by now.
        while let Some(Some(message)) = wire.next().now_or_never() {
            messages.push(message);
        }
        let mut seen = 0;
        for message in messages {
            let bytes = [message.subject.as_bytes(), &message.payload].concat();
            let readable = String::from_utf8_lossy(&bytes).into_owned();
            assert!(["Ottilie", "555 01"].iter().all(|word| !readable.contains(word)), "{}", message.subject);
            seen += usize::from(message.subject.starts_with(&world.prefix));
        }
        assert!(seen >= 3, "facts, permit questions and outcomes were there to be seen: {seen}");
    }
}

#[tokio::test]
async fn what_another_key_sealed_is_refused_and_counted() {
    for version in BOTH {
        let world = World::new(version, "keys").await;
        let (owner, stranger) = (world.bus().await, world.bus_with(8).await);
        let mut lanes = owner.own(1, 1);
        settled(&owner).await;
        let refused = world.soon(stranger.send_facts(1, vec![fact(1)])).await.unwrap_err();
        assert!(matches!(&refused, BusError::Carrier { transient: false, .. }), "{refused}");
        assert_eq!((owner.figures().unopened, lanes.facts.try_recv().is_err()), (1, true));
        let client = world.client().await;
        let subject = format!("{}.facts.v1.1", world.prefix);
        let answer = world.soon(client.request(subject, "no seal and no number".into())).await.unwrap();
        assert_eq!((answer.payload.len(), owner.figures().unreadable), (0, 1));
    }
}

#[tokio::test]
async fn a_partition_moves_with_its_epoch() {
    for version in BOTH {
        let world = World::new(version, "epochs").await;
        let (first, second, worker) = (world.bus().await, world.bus().await, world.bus().await);
        let mut old = first.own(1, 4);
        let refusals = |count| vec![PermitAnswer::Refused(Refusal::Taken); count];
        let by_first = async {
            let (asked, answer) = old.permits.recv().await.unwrap().split();
            drop(answer.give(refusals(asked.questions.len())));
        };
        settled(&first).await;
        let (answers, ()) = world.soon(async { tokio::join!(worker.ask(questions(1, 2)), by_first) }).await;
        assert_eq!(answers, Ok(refusals(2)));

        let mut new = second.own(1, 5);
        settled(&second).await;
        assert!(world.soon(old.facts.recv()).await.is_none(), "the older owner hears of the newer one");
        assert!(world.soon(old.permits.recv()).await.is_none());
        let by_second = async {
            let (_, answer) = new.permits.recv().await.unwrap().split();
            drop(answer.give(refusals(1)));
        };
        let (answers, ()) = world.soon(async { tokio::join!(worker.ask(questions(1, 1)), by_second) }).await;
        assert_eq!(answers, Ok(refusals(1)));

        // A log that was set back has lower epochs: they are found once nobody listens under the one remembered.
        drop(new);
        let mut lower = first.own(1, 2);
        let by_lower = async {
            let (_, answer) = lower.permits.recv().await.unwrap().split();
            drop(answer.give(refusals(1)));
        };
        settled(&first).await;
        let (answers, ()) = world.soon(async { tokio::join!(worker.ask(questions(1, 1)), by_lower) }).await;
        assert_eq!(answers, Ok(refusals(1)));
    }
}

#[tokio::test]
async fn a_question_that_was_lost_with_an_owner_is_given_up_once_there_is_a_newer_one() {
    for version in BOTH {
        let mut world = World::new(version, "succeeded").await;
        // Longer than this test has patience.
        world.timeouts.owner = Duration::from_secs(120);
        let (first, second, asker) = (world.bus().await, world.bus().await, world.bus().await);
        let mut lanes = first.own(1, 1);
        settled(&first).await;
        let take_over = async {
            let lost = lanes.facts.recv().await.unwrap();
            let newer = second.own(1, 2);
            settled(&second).await;
            (lost, newer)
        };
        let (receipts, _kept) =
            world.soon(async { tokio::join!(asker.send_facts(1, vec![fact(1)]), take_over) }).await;
        assert_eq!(receipts, Err(BusError::Unanswered { what: "facts" }));
    }
}

/// Whoever still says that nobody listens would be believed, though the next owner has heard the question as well.
#[tokio::test]
async fn a_partition_that_was_closed_is_answered_for_by_its_next_owner_alone() {
    for version in BOTH {
        let world = World::new(version, "closed").await;
        let (first, second, asker) = (world.bus().await, world.bus().await, world.bus().await);
        let mut before = first.own(1, 1);
        for epoch in (2..12).step_by(2) {
            settled(&first).await;
            world.soon(before.close()).await;
            let mut lanes = second.own(1, epoch);
            settled(&second).await;
            let hear = async {
                drop(lanes.facts.recv().await.unwrap().split().1.give(vec![Receipt::Recorded]));
                lanes.close().await;
            };
            let (receipts, ()) =
                world.soon(async { tokio::join!(asker.send_facts(1, vec![fact(1)]), hear) }).await;
            assert_eq!(receipts, Ok(vec![Receipt::Recorded]));
            before = first.own(1, epoch + 1);
        }
    }
}

#[tokio::test]
async fn a_long_message_goes_in_parts_and_its_answers_come_back_in_order() {
    for version in BOTH {
        let world = World::new(version, "parts").await;
        let bus = world.bus().await;
        let mut lanes = bus.own(1, 1);
        let long = "x".repeat(200 << 10);
        let facts: Vec<_> = (1..=5).map(|n| FactMessage { personal: personal(&long), ..fact(n) }).collect();
        let refused =
            |number: u8| Receipt::Refused { reason: Label::new("test").unwrap(), detail: number.to_string() };
        let hear = async {
            let mut parts = Vec::new();
            while parts.iter().sum::<usize>() < 5 {
                let (facts, answer) = lanes.facts.recv().await.unwrap().split();
                parts.push(facts.len());
                drop(answer.give(facts.iter().map(|fact| refused(fact.key.bytes()[0])).collect()));
            }
            parts
        };
        let (receipts, parts) = world.soon(async { tokio::join!(bus.send_facts(1, facts), hear) }).await;
        assert_eq!(receipts, Ok((1..=5).map(refused).collect()));
        assert_eq!(parts, [2, 2, 1]);
        let too_long = FactMessage { personal: personal(&"x".repeat(600 << 10)), ..fact(1) };
        let error = bus.send_facts(1, vec![too_long]).await.unwrap_err();
        assert!(matches!(error, BusError::TooLarge { what: "bytes", limit: 524_288, .. }), "{error}");
        let many = bus.send_facts(1, vec![fact(1); MOST + 1]).await;
        assert_eq!(many, Err(BusError::TooLarge { what: "facts", size: MOST + 1, limit: MOST }));
    }
}

#[tokio::test]
async fn an_answer_that_fits_into_no_message_leaves_open_what_was_done() {
    for version in BOTH {
        let world = World::new(version, "answers").await;
        let bus = world.bus().await;
        let mut lanes = bus.own(1, 1);
        let refused = Receipt::Refused { reason: Label::new("test").unwrap(), detail: "x".repeat(600 << 10) };
        let hear = async {
            let (_, answer) = lanes.facts.recv().await.unwrap().split();
            drop(answer.give(vec![refused.clone(), refused.clone()]));
        };
        let (receipts, ()) =
            world.soon(async { tokio::join!(bus.send_facts(1, vec![fact(1), fact(2)]), hear) }).await;
        assert_eq!(receipts, Err(BusError::Unanswered { what: "facts" }));
    }
}

#[tokio::test]
async fn an_internal_fact_is_stored_nowhere() {
    for version in BOTH {
        let world = World::new(version, "core").await;
        let bus = world.bus().await;
        let mut lanes = bus.own(1, 1);
        let hear = async {
            drop(lanes.stops.recv().await.unwrap().split().1.give(vec![Receipt::Recorded]));
        };
        let (receipts, ()) = world.soon(async { tokio::join!(bus.send_stops(1, vec![fact(1)]), hear) }).await;
        assert_eq!(receipts, Ok(vec![Receipt::Recorded]));
        let mut streams = jetstream::new(world.client().await).streams();
        while let Some(stream) = streams.next().await {
            let info = stream.unwrap();
            if info.config.name.starts_with(&world.stream("")) {
                assert_eq!(info.state.messages, 0, "{}", info.config.name);
            }
        }
    }
}

#[tokio::test]
async fn whoever_asks_while_an_owner_begins_to_listen_gets_an_answer_of_some_kind() {
    for version in BOTH {
        let world = World::new(version, "begins").await;
        let (owner, stranger) = (world.bus().await, world.bus_with(8).await);
        let mut lanes = Vec::new();
        for partition in 0..100 {
            lanes.push(owner.own(partition, 1));
            let refused = world.soon(stranger.send_facts(partition, vec![fact(1)])).await.unwrap_err();
            let known = matches!(&refused, BusError::Carrier { .. } | BusError::NobodyListens { .. });
            assert!(known, "{partition}: {refused}");
        }
    }
}

#[tokio::test]
async fn an_owner_that_does_not_answer_is_waited_for_no_longer_than_told_and_looked_for_anew() {
    for version in BOTH {
        let mut world = World::new(version, "silent").await;
        world.timeouts.permits = Duration::from_millis(300);
        let (owner, worker) = (world.bus().await, world.bus().await);
        let mut lanes = owner.own(1, 7);
        settled(&owner).await;
        let unanswered = Err(BusError::Unanswered { what: "permit questions" });
        assert_eq!(world.soon(worker.ask(questions(1, 1))).await, unanswered);
        assert_eq!(worker.partitions.epoch(1), None, "who asks again looks for the owner");
        assert_eq!(lanes.permits.recv().await.unwrap().message, questions(1, 1), "it was sent once");
        assert!(lanes.permits.try_recv().is_err());
    }
}
