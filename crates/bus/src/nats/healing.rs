//! The carrier's own tasks: what is done once the connection was made anew, and hearing of owners.
//!
//! A server that has lost its store comes back empty: the streams are made anew at once, and not only when somebody wants
//! to publish, since upstream publishes too.

use std::sync::Arc;

use tokio::sync::watch;

use super::finding::hear_of_owners;
use super::link::{Link, failed};
use super::partitions::Partitions;
use crate::BusError;

/// Starts them; they end when the carrier is dropped.
pub(super) async fn start(
    link: &Arc<Link>,
    partitions: &Arc<Partitions>,
    closing: &watch::Receiver<()>,
) -> Result<(), BusError> {
    let announcements = link.client.subscribe(link.topology.all_epochs()).await;
    let announcements = announcements.map_err(|error| failed("listened for owners", error, true))?;
    let hearing = hear_of_owners(Arc::clone(link), Arc::clone(partitions), announcements, closing.clone());
    link.runtime.tasks.spawn("bus.owners", Box::pin(hearing));
    link.runtime.tasks.spawn("bus.heal", Box::pin(heal(Arc::clone(link), closing.clone())));
    Ok(())
}

async fn heal(link: Arc<Link>, mut closing: watch::Receiver<()>) {
    let mut reconnects = link.reconnects();
    loop {
        tokio::select! {
            biased;
            _ended = closing.changed() => return,
            changed = reconnects.changed() => if changed.is_err() { return },
        }
        if let Err(error) = link.ensure().await {
            tracing::error!(%error, "the broker's streams are not what they have to be");
        }
    }
}
