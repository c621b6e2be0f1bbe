//! Reading the public feed back: for whoever recovers a log that was set back.

use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, pull};
use futures_util::StreamExt;

use super::NatsBus;
use super::link::failed;
use super::topology::Kept;
use crate::BusError;

/// Messages that are asked for at once.
const PAGE: usize = 500;
const DOING: &str = "read the public feed";

impl NatsBus {
    /// The envelopes of all events of this name that the feed still holds, oldest first, whatever their tenant.
    ///
    /// Each is handed to `take`, encoded, as it comes; nothing is acknowledged, since nothing of it is consumed.
    pub async fn read_feed(&self, name: &str, mut take: impl FnMut(&[u8]) + Send) -> Result<(), BusError> {
        self.link.check_up(DOING)?;
        let stream = self.link.topology.name(Kept::Events);
        let feed = self.link.jetstream.get_stream_no_info(stream).await;
        let feed = feed.map_err(|error| failed(DOING, error, true))?;
        let config = pull::Config {
            deliver_policy: DeliverPolicy::All,
            ack_policy: AckPolicy::None,
            filter_subject: self.link.topology.event("*", name),
            inactive_threshold: self.link.timeouts.redeliver_after,
            ..pull::Config::default()
        };
        let consumer = self.link.timely(DOING, feed.create_consumer(config)).await?;
        let consumer = consumer.map_err(|error| failed(DOING, error, true))?;
        loop {
            let page = self.link.timely(DOING, consumer.fetch().max_messages(PAGE).messages()).await?;
            let mut page = page.map_err(|error| failed(DOING, error, true))?;
            let mut found = 0_usize;
            while let Some(message) = self.link.timely(DOING, page.next()).await? {
                take(&message.map_err(|error| failed(DOING, error, true))?.payload);
                found += 1;
            }
            if found == 0 {
                return Ok(());
            }
        }
    }
}
