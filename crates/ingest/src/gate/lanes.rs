//! Which facts of a call go ahead, and how the rest is cut into messages.

use std::collections::BTreeSet;

use contract::wire::{Addressee, FactMessage, Receipt};
use domain::fact::{Fact, MadeKnown};

use super::MAX_BATCH;

/// Which lane.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Lane {
    /// Ahead of all that is sent in bulk.
    Stops,
    /// In bulk.
    Bulk,
}

/// One message for one partition's owner.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) partition: u16,
    pub(super) lane: Lane,
    /// Which place each of the facts had in the call.
    pub(super) places: Vec<usize>,
    pub(super) facts: Vec<FactMessage>,
}

/// Cuts the facts of one call into messages.
pub(super) fn batches(facts: Vec<FactMessage>, route: impl Fn(&FactMessage) -> Vec<u16>) -> Vec<Batch> {
    let mut batches: Vec<Batch> = Vec::new();
    let mut held_back = BTreeSet::new();
    for (place, fact) in facts.into_iter().enumerate() {
        let lane = lane(&fact, &mut held_back);
        for partition in route(&fact) {
            // The newest message for the partition, so that order holds within it.
            let newest = batches.iter_mut().rev().find(|b| (b.partition, b.lane) == (partition, lane));
            match newest {
                Some(batch) if batch.facts.len() < MAX_BATCH => {
                    batch.places.push(place);
                    batch.facts.push(fact.clone());
                }
                Some(_) | None => {
                    batches.push(Batch { partition, lane, places: vec![place], facts: vec![fact.clone()] });
                }
            }
        }
    }
    batches
}

/// A stop goes ahead, unless something that stays behind is about the same debtor or claim: a payment would wait for the
/// registration that comes right before it, and be told so.
fn lane(message: &FactMessage, held_back: &mut BTreeSet<[u8; 16]>) -> Lane {
    let about = about(&message.addressee, &message.fact);
    if message.fact.is_stop() && !about.iter().any(|id| held_back.contains(id)) {
        return Lane::Stops;
    }
    held_back.extend(about);
    Lane::Bulk
}

fn about(addressee: &Addressee, fact: &Fact) -> Vec<[u8; 16]> {
    let whom = match addressee {
        Addressee::Debtor(stream) => stream.bytes(),
        Addressee::OwnerOf(claim) => claim.bytes(),
        Addressee::UsersOf(point) => point.bytes(),
    };
    let known = fact.makes_known().map(MadeKnown::digest);
    [Some(whom), fact.claim().map(|claim| claim.bytes()), known].into_iter().flatten().collect()
}

/// One receipt for each place; of those from several partitions the one that says most.
pub(super) fn join(sent: usize, answered: impl Iterator<Item = (usize, Receipt)>) -> Vec<Receipt> {
    let mut receipts: Vec<Option<Receipt>> = vec![None; sent];
    for (place, receipt) in answered {
        let Some(slot) = receipts.get_mut(place) else { continue };
        if slot.as_ref().is_none_or(|known| weight(&receipt) > weight(known)) {
            *slot = Some(receipt);
        }
    }
    // Every fact goes to one partition at least, so that each place has a receipt.
    receipts.into_iter().flatten().collect()
}

const fn weight(receipt: &Receipt) -> u8 {
    match receipt {
        Receipt::Parked => 0,
        Receipt::Duplicate => 1,
        Receipt::Recorded => 2,
        Receipt::Refused { .. } => 3,
    }
}

#[cfg(test)]
mod tests {
    use domain::ids::{ClaimId, InputId, PointId, StreamId};
    use domain::label::{Label, TenantId};
    use domain::money::{Currency, Minor};
    use domain::time::Timestamp;

    use super::*;

    fn message(stream: u8, fact: Fact) -> FactMessage {
        FactMessage {
            tenant: TenantId::new("town").unwrap(),
            addressee: Addressee::Debtor(StreamId::new([stream; 16])),
            key: InputId::new([1; 16]),
            content: [1; 16],
            occurred_at: Timestamp(1),
            fact,
            personal: None,
            trace: None,
        }
    }

    fn paid(claim: u8) -> Fact {
        Fact::PaymentReceived { claim: ClaimId::new([claim; 16]), amount: Minor(1), currency: Currency::EUR }
    }

    fn charged(claim: u8) -> Fact {
        Fact::ChargeAdded {
            claim: ClaimId::new([claim; 16]),
            component: domain::fact::Component::Costs,
            amount: Minor(1),
            currency: Currency::EUR,
        }
    }

    fn lanes(facts: Vec<FactMessage>) -> Vec<(Lane, Vec<usize>)> {
        batches(facts, |_| vec![0]).into_iter().map(|batch| (batch.lane, batch.places)).collect()
    }

    #[test]
    fn stops_go_ahead_unless_they_follow_something_of_the_same_debtor_or_claim() {
        let facts =
            vec![message(1, charged(1)), message(2, paid(2)), message(1, paid(3)), message(3, paid(1))];
        assert_eq!(lanes(facts), [(Lane::Bulk, vec![0, 2, 3]), (Lane::Stops, vec![1])]);
    }

    #[test]
    fn what_came_from_a_point_goes_to_every_partition_and_gets_one_receipt() {
        let cease = Fact::CeaseRequested { source: Label::new("reply").unwrap() };
        let fact = FactMessage { addressee: Addressee::UsersOf(PointId::new([9; 16])), ..message(1, cease) };
        let cut = batches(vec![fact], |_| vec![0, 1, 2]);
        assert_eq!(cut.iter().map(|batch| batch.partition).collect::<Vec<_>>(), [0, 1, 2]);
        let answers = vec![(0, Receipt::Parked), (0, Receipt::Recorded), (0, Receipt::Duplicate)];
        assert_eq!(join(1, answers.into_iter()), [Receipt::Recorded]);
    }

    #[test]
    fn a_message_is_cut_at_its_limit() {
        let cut = batches(vec![message(1, charged(1)); MAX_BATCH + 1], |_| vec![0]);
        assert_eq!(cut.iter().map(|batch| batch.facts.len()).collect::<Vec<_>>(), [MAX_BATCH, 1]);
    }
}
