//! Which contacts rest because an operator said so: folded from the partition's own events.

use std::collections::BTreeMap;

use domain::channel::Channel;
use domain::event::Event;
use domain::ids::StreamId;
use domain::label::{Label, TenantId};
use domain::time::Timestamp;

use crate::error::ReplayError;
use crate::log::LogReader;
use crate::reader::Entry;

/// A pause in force.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Pause {
    /// The tenant whose contacts rest; all where there is none.
    pub tenant: Option<TenantId>,
    /// The channel over which they rest; all where there is none.
    pub channel: Option<Channel>,
    /// Since when.
    pub since: Timestamp,
    /// Why.
    pub reason: Label,
    /// Who said so.
    pub actor: Label,
}

impl Pause {
    /// Whether contacts of this tenant over this channel rest.
    pub fn covers(&self, tenant: &TenantId, channel: Channel) -> bool {
        self.tenant.as_ref().is_none_or(|ours| ours == tenant)
            && self.channel.is_none_or(|ours| ours == channel)
    }

    /// Whether contacts of this tenant rest, over some channel at least.
    pub fn concerns(&self, tenant: &TenantId) -> bool {
        self.tenant.as_ref().is_none_or(|ours| ours == tenant)
    }
}

/// The pauses that are in force in a partition at an instant, or now.
pub async fn in_force(
    log: &LogReader,
    partition: u16,
    at: Option<Timestamp>,
) -> Result<Vec<Pause>, ReplayError> {
    let mut pauses = BTreeMap::new();
    for row in log.read_stream(partition, StreamId::PARTITION).await? {
        let since = row.event.at;
        if at.is_some_and(|at| since > at) {
            break;
        }
        let event = Entry::read(row)?.event;
        if let Event::ContactsPaused { tenant, channel, actor, reason } = event {
            let pause = Pause { tenant: tenant.clone(), channel, since, reason, actor };
            pauses.entry((tenant, channel)).or_insert(pause);
        } else if let Event::ContactsResumed { tenant, channel, .. } = event {
            pauses.remove(&(tenant, channel));
        }
    }
    Ok(pauses.into_values().collect())
}
