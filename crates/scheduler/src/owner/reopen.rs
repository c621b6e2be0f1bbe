//! Opening a partition again whose log was set back: contacts rest, and facts about what is known to be lost are recorded.
//!
//! What is lost can't be brought back from here; upstream sends it again. Until an operator lets contacts go on, nobody is
//! contacted, since a payment or an opt-out may be among what is lost (takeover, 6).

use bus::lane::Delivery;
use contract::wire::{FactMessage, Reach, Receipt};
use domain::event::Event;
use domain::label::Label;
use event_log::record::Lease;

use crate::batch::Batch;
use crate::equipment::Equipment;
use crate::error::SchedulerError;
use crate::health::PartitionHealth;
use crate::owner::Owner;

/// What opening a partition again came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reopened {
    /// The lease under which it was opened, to be given back, with where the log ends now.
    pub lease: Lease,
    /// What became of each fact.
    pub receipts: Vec<Receipt>,
}

/// Takes a partition over, lets all contacts rest, and records these facts. No owner may run elsewhere.
///
/// Done again, after a crash half-way, it changes nothing that it did before: facts are recognised by their keys.
///
/// # Errors
/// When the store fails, or gives no lease.
pub async fn reopen(
    equipment: &Equipment,
    partition: u16,
    facts: Vec<FactMessage>,
    actor: &Label,
    reason: &Label,
) -> Result<Reopened, SchedulerError> {
    let (health, _told) = tokio::sync::watch::channel(PartitionHealth::unowned(partition, true));
    let mut owner = Owner::take(equipment, partition, health).await?;
    owner.recover().await?;
    owner.let_rest(actor, reason).await?;
    let (delivery, answered) = Delivery::new(facts, equipment.runtime.activity.begin());
    let mut batch = Batch::default();
    batch.add_facts(delivery);
    owner.process(batch).await?;
    owner.checkpoint().await?;
    let receipts = answered.await.map_err(|_gone| SchedulerError::Ended { partition })?;
    Ok(Reopened { lease: owner.lease, receipts })
}

impl Owner {
    async fn let_rest(&mut self, actor: &Label, reason: &Label) -> Result<(), SchedulerError> {
        if self.own.pauses.contains(&Reach::default()) {
            return Ok(());
        }
        let (actor, reason) = (actor.clone(), reason.clone());
        let event = Event::ContactsPaused { tenant: None, channel: None, actor, reason };
        self.record_own(&event, self.nothing()).await
    }
}
