//! What live workers can take: absolute figures per worker, tenant and channel, each with an expiry (flow control).

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use contract::wire::{Credit, Reach};
use domain::channel::Channel;
use domain::label::TenantId;

use crate::ready_set::Queue;

/// Most figures kept; further workers are not heard until one lapses.
const MAX_FIGURES: usize = 10_000;

#[derive(Debug)]
struct Figure {
    amount: u32,
    expires_at: Duration,
}

/// The figures, by tenant and channel, then worker.
#[derive(Debug, Default)]
pub(crate) struct Credits {
    figures: BTreeMap<Queue, BTreeMap<[u8; 16], Figure>>,
    pauses: BTreeSet<Reach>,
    /// Where a worker has fallen silent, until whoever is left was told what it may have held.
    silent: BTreeSet<Queue>,
}

impl Credits {
    /// Takes a figure in; it replaces the worker's last one. `now` is monotonic.
    ///
    /// A worker that reports an outage can take nothing, whatever its figure says.
    pub(crate) fn grant(&mut self, credit: &Credit, now: Duration) {
        self.lapse(now);
        let known: usize = self.figures.values().map(BTreeMap::len).sum();
        if known >= MAX_FIGURES {
            tracing::warn!(limit = MAX_FIGURES, "too many workers grant credit; one is not heard");
            return;
        }
        let amount = if credit.outage { 0 } else { credit.amount };
        let figure = Figure { amount, expires_at: now.saturating_add(credit.expires_in) };
        let queue = (credit.tenant.clone(), credit.channel);
        self.figures.entry(queue).or_default().insert(credit.worker, figure);
    }

    /// Forgets figures that have expired.
    pub(crate) fn lapse(&mut self, now: Duration) {
        let silent = &mut self.silent;
        self.figures.retain(|queue, workers| {
            let before = workers.len();
            workers.retain(|_, figure| figure.expires_at > now);
            if workers.len() < before {
                silent.insert(queue.clone());
            }
            !workers.is_empty()
        });
    }

    /// Where a worker has fallen silent and another is there to take what it held; each once.
    pub(crate) fn take_silent(&mut self) -> Vec<Queue> {
        let silent = core::mem::take(&mut self.silent);
        let (heard, nobody): (BTreeSet<Queue>, _) =
            silent.into_iter().partition(|queue| self.amount(&queue.0, queue.1) > 0);
        self.silent = nobody;
        heard.into_iter().collect()
    }

    /// While an operator's pause is in force workers can take nothing that it covers, whatever they say.
    pub(crate) fn pause(&mut self, pauses: &BTreeSet<Reach>) {
        self.pauses.clone_from(pauses);
    }

    /// Whether an operator has paused these contacts.
    pub(crate) fn is_paused(&self, tenant: &TenantId, channel: Channel) -> bool {
        self.pauses.iter().any(|reach| reach.covers(tenant, channel))
    }

    /// What live workers can hold at once for this tenant and channel.
    pub(crate) fn amount(&self, tenant: &TenantId, channel: Channel) -> u32 {
        if self.is_paused(tenant, channel) {
            return 0;
        }
        let workers = self.figures.get(&(tenant.clone(), channel));
        workers.map_or(0, |workers| workers.values().fold(0, |sum, f| sum.saturating_add(f.amount)))
    }

    /// When the next figure expires.
    pub(crate) fn next_expiry(&self) -> Option<Duration> {
        self.figures.values().flat_map(BTreeMap::values).map(|figure| figure.expires_at).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credit(worker: u8, amount: u32, seconds: u64) -> Credit {
        Credit {
            worker: [worker; 16],
            tenant: TenantId::new("t").unwrap(),
            channel: Channel::Sms,
            amount,
            expires_in: Duration::from_secs(seconds),
            outage: false,
        }
    }

    #[test]
    fn figures_are_absolute_and_lapse() {
        let tenant = TenantId::new("t").unwrap();
        let mut credits = Credits::default();
        let at = Duration::from_secs;
        credits.grant(&credit(1, 5, 10), at(0));
        credits.grant(&credit(1, 3, 10), at(1));
        credits.grant(&credit(2, 4, 30), at(1));
        assert_eq!(credits.amount(&tenant, Channel::Sms), 7);
        assert_eq!(credits.amount(&tenant, Channel::Email), 0);
        assert_eq!(credits.next_expiry(), Some(at(11)));
        credits.lapse(at(11));
        assert_eq!(credits.amount(&tenant, Channel::Sms), 4);
        credits.grant(&Credit { outage: true, ..credit(2, 4, 30) }, at(12));
        assert_eq!(credits.amount(&tenant, Channel::Sms), 0);
        credits.lapse(at(99));
        assert_eq!(credits.next_expiry(), None);
    }

    #[test]
    fn what_a_silent_worker_held_is_told_once_there_is_another() {
        let queue = (TenantId::new("t").unwrap(), Channel::Sms);
        let mut credits = Credits::default();
        let at = Duration::from_secs;
        credits.grant(&credit(1, 5, 10), at(0));
        credits.grant(&credit(2, 5, 20), at(0));
        assert_eq!(credits.take_silent(), []);
        credits.lapse(at(10));
        assert_eq!(credits.take_silent(), vec![queue.clone()]);
        assert_eq!(credits.take_silent(), []);
        credits.lapse(at(20));
        assert_eq!(credits.take_silent(), [], "nobody is there to take it");
        credits.grant(&credit(3, 5, 10), at(25));
        assert_eq!(credits.take_silent(), [queue]);
    }

    #[test]
    fn nothing_can_be_taken_of_what_is_paused() {
        let (tenant, other) = (TenantId::new("t").unwrap(), TenantId::new("u").unwrap());
        let mut credits = Credits::default();
        credits.grant(&credit(1, 5, 10), Duration::ZERO);
        let reach = |tenant: Option<&TenantId>, channel| Reach { tenant: tenant.cloned(), channel };
        for (paused, left) in [
            (reach(None, None), 0),
            (reach(Some(&tenant), None), 0),
            (reach(None, Some(Channel::Sms)), 0),
            (reach(Some(&tenant), Some(Channel::Sms)), 0),
            (reach(Some(&other), None), 5),
            (reach(None, Some(Channel::Email)), 5),
        ] {
            credits.pause(&BTreeSet::from([paused.clone()]));
            assert_eq!(credits.amount(&tenant, Channel::Sms), left, "{paused:?}");
        }
        credits.pause(&BTreeSet::new());
        assert_eq!(credits.amount(&tenant, Channel::Sms), 5);
    }
}
