//! The mix: registrations with contact points and claims, payments and holds, in bulk and in order.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Result, bail};
use benches::house::House;
use benches::people::People;
use bus::Bus;
use contract::wire::{FactMessage, Receipt};
use domain::time::{Span, Timestamp};
use tokio::task::JoinSet;

/// How many debtors later the payments and holds of one follow.
const LATER: usize = 500;

/// How a round is mixed.
#[derive(Clone, Copy)]
pub(crate) struct Mix {
    /// Debtors.
    pub(crate) debtors: usize,
    /// Facts in one message.
    pub(crate) message: usize,
    /// Messages under way for each partition.
    pub(crate) window: usize,
    /// Of a hundred debtors, how many are due at once.
    pub(crate) due: usize,
}

/// What one sender sends, message by message.
type Letters = Vec<(u16, Vec<FactMessage>)>;

/// The facts about the debtors of these numbers, for each sender of each partition.
pub(crate) fn letters(
    people: &People,
    partitions: u16,
    first: usize,
    mix: Mix,
    now: Timestamp,
) -> Vec<Letters> {
    let window = mix.window.max(1);
    let mut facts: Vec<Vec<FactMessage>> = vec![Vec::new(); usize::from(partitions) * window];
    let (due, later) = (now.plus(Span::days(-1)), now.plus(Span::days(30)));
    let sender = |partition: u16, number: usize| usize::from(partition) * window + number % window;
    for number in first..first + mix.debtors + LATER {
        if number < first + mix.debtors {
            let person = people.person(number);
            let due_at = if number % 100 < mix.due { due } else { later };
            if let Some(facts) = facts.get_mut(sender(person.partition, number)) {
                facts.extend(people.described(&person));
                facts.push(people.registered(&person, due_at));
            }
        }
        let Some(earlier) = number.checked_sub(LATER).filter(|earlier| *earlier >= first) else { continue };
        let person = people.person(earlier);
        let Some(facts) = facts.get_mut(sender(person.partition, earlier)) else { continue };
        if earlier % 2 == 0 {
            facts.push(people.paid(&person));
        }
        if earlier % 10 == 9 {
            facts.push(people.held(&person));
        }
    }
    let partition = |place: usize| u16::try_from(place / window).unwrap_or_default();
    let cut = |(place, facts): (usize, Vec<FactMessage>)| {
        facts.chunks(mix.message.max(1)).map(|part| (partition(place), part.to_vec())).collect()
    };
    facts.into_iter().enumerate().map(cut).collect()
}

/// Sends all of it; gives how many facts are in the log.
pub(crate) async fn send(house: &House, senders: Vec<Letters>) -> Result<usize> {
    let mut tasks = JoinSet::new();
    let recorded = Arc::new(AtomicUsize::new(0));
    for letters in senders {
        let (bus, recorded): (Arc<dyn Bus>, _) = (Arc::clone(&house.bus), Arc::clone(&recorded));
        tasks.spawn(async move {
            for (partition, facts) in letters {
                let receipts = bus.send_facts(partition, facts).await?;
                if let Some(other) = receipts.iter().find(|receipt| **receipt != Receipt::Recorded) {
                    bail!("a fact was not recorded: {other:?}");
                }
                recorded.fetch_add(receipts.len(), Ordering::Relaxed);
            }
            Ok(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(recorded.load(Ordering::Relaxed))
}
