//! Every subject, stream and consumer, in one place: who publishes, who reads, and how long it is kept.
//!
//! | subject | publishes | reads | kept |
//! |---|---|---|---|
//! | `claims.v1.<tenant>.<kind>` | upstream | ingest, by the consumer `ingest` | until it is acknowledged, at most 72 h |
//! | `escalations.v1.<channel>.<tenant>` | schedulers | workers of the channel, by the consumer `worker-<channel>` | until it is acknowledged, at most 10 min |
//! | `events.v1.<tenant>.<name>` | schedulers | anybody | 30 days |
//! | `refused.v1.<tenant>` | ingest | operators | 30 days |
//! | `heads.v1.<partition>` | schedulers | schedulers | the last one |
//! | `$JS.EVENT.ADVISORY.CONSUMER.…` of claims and escalations | the server | operators | 30 days |
//! | `facts.v1.<partition>`, `stops.v1.…`, `outcomes.v1.…`, `commands.v1.…`, `credits.v1.…` | whoever sends | the partition's owner, who answers | not at all |
//! | `permits.v1.<partition>.<epoch>` | workers | the owner of that epoch, who answers | not at all |
//! | `owners.v1.<partition>` | workers | the partition's owner, who answers with its epoch | not at all |
//! | `recalls.v1.<channel>` | schedulers | every call list | not at all |
//! | `epochs.v1.<partition>` | a new owner | every process | not at all |
//! | `receipts.v1.>` | ingest | upstream, where its message asked for a receipt | not at all |
//!
//! Between our own processes facts are asked and answered, not stored: acknowledged means "in the log", and a store in
//! between would be one more place where they could lie without being in it.
//! Nothing personal stands in a subject: partitions are numbers, tenants and kinds are names.

use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, ReplayPolicy, pull};
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType};
use domain::channel::Channel;

use super::options::{Options, Role, StreamBytes};

/// How often a claim is handed out before it stays where it is, unsettled and in the way of every permit (inputs, 2), and
/// the server says so. Who takes it in refuses it long before: it is told how often it has come.
pub const MAX_CLAIM_DELIVERIES: i64 = 10_000;

/// How often escalations are handed out; the log emits again what nobody asked a permit for.
pub const MAX_ESCALATION_DELIVERIES: i64 = 5;

/// Largest message that upstream may publish, in bytes.
pub const MAX_CLAIM_BYTES: i32 = 256 << 10;

/// Largest message of the other streams, in bytes.
const MAX_MESSAGE_BYTES: i32 = 1 << 20;

/// Most messages that are handed out and not settled, of each consumer.
const MAX_UNSETTLED: i64 = 1_000;

/// Most pulls that wait at once, of each consumer.
const MAX_WAITING: i64 = 512;

/// Within which time a message with an id that was seen is swallowed.
const DUPLICATE_WINDOW: Duration = Duration::from_secs(120);

const CLAIMS_KEPT: Duration = Duration::from_secs(72 * 3_600);
const ESCALATIONS_KEPT: Duration = Duration::from_secs(600);
const MONTH: Duration = Duration::from_secs(30 * 24 * 3_600);
const FOR_EVER: Duration = Duration::ZERO;

/// What is asked of a partition's owner under a subject without an epoch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Topic {
    Facts,
    Stops,
    Commands,
    Outcomes,
    Credits,
}

impl Topic {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Facts => "facts",
            Self::Stops => "stops",
            Self::Commands => "commands",
            Self::Outcomes => "outcomes",
            Self::Credits => "credits",
        }
    }
}

/// The streams.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kept {
    Claims,
    Escalations,
    Events,
    Refused,
    Heads,
    Advisories,
}

impl Kept {
    const ALL: [Self; 6] =
        [Self::Claims, Self::Escalations, Self::Events, Self::Refused, Self::Heads, Self::Advisories];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Claims => "CLAIMS",
            Self::Escalations => "ESCALATIONS",
            Self::Events => "EVENTS",
            Self::Refused => "REFUSED",
            Self::Heads => "HEADS",
            Self::Advisories => "ADVISORIES",
        }
    }
}

/// All of it, for one prefix.
#[derive(Clone, Debug)]
pub(super) struct Topology {
    subjects: String,
    streams: String,
    replicas: usize,
    bytes: StreamBytes,
    redeliver_after: Duration,
}

impl Topology {
    pub(super) fn new(options: &Options) -> Self {
        let (subjects, streams) = match options.prefix.as_str() {
            "" => (String::new(), String::new()),
            prefix => (format!("{prefix}."), format!("{}-", prefix.to_ascii_uppercase())),
        };
        Self {
            subjects,
            streams,
            replicas: options.replicas,
            bytes: options.bytes,
            redeliver_after: options.timeouts.redeliver_after,
        }
    }

    pub(super) fn asked(&self, topic: Topic, partition: u16) -> String {
        format!("{}{}.v1.{partition}", self.subjects, topic.as_str())
    }

    pub(super) fn permits(&self, partition: u16, epoch: u64) -> String {
        format!("{}permits.v1.{partition}.{epoch}", self.subjects)
    }

    pub(super) fn owners(&self, partition: u16) -> String {
        format!("{}owners.v1.{partition}", self.subjects)
    }

    pub(super) fn epochs(&self, partition: u16) -> String {
        format!("{}epochs.v1.{partition}", self.subjects)
    }

    pub(super) fn all_epochs(&self) -> String {
        format!("{}epochs.v1.*", self.subjects)
    }

    pub(super) fn escalations(&self, channel: Channel, tenant: &str) -> String {
        format!("{}escalations.v1.{}.{tenant}", self.subjects, channel.as_str())
    }

    pub(super) fn recalls(&self, channel: Channel) -> String {
        format!("{}recalls.v1.{}", self.subjects, channel.as_str())
    }

    pub(super) fn event(&self, tenant: &str, name: &str) -> String {
        format!("{}events.v1.{tenant}.{name}", self.subjects)
    }

    pub(super) fn refused(&self, tenant: &str) -> String {
        format!("{}refused.v1.{tenant}", self.subjects)
    }

    pub(super) fn head(&self, partition: u16) -> String {
        format!("{}heads.v1.{partition}", self.subjects)
    }

    /// Tenant and kind of a claim's subject.
    pub(super) fn claim<'a>(&self, subject: &'a str) -> Option<(&'a str, &'a str)> {
        subject.strip_prefix(self.subjects.as_str())?.strip_prefix("claims.v1.")?.split_once('.')
    }

    /// Whether a receipt may go there: a requester's inbox, or where receipts are gathered.
    pub(super) fn takes_receipts(&self, subject: &str) -> bool {
        let plain = |token: &str| {
            !token.is_empty()
                && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
        };
        let receipts = format!("{}receipts.v1.", self.subjects);
        let rest = subject.strip_prefix("_INBOX.").or_else(|| subject.strip_prefix(receipts.as_str()));
        rest.is_some_and(|rest| rest.split('.').all(plain))
    }

    pub(super) fn name(&self, stream: Kept) -> String {
        format!("{}{}", self.streams, stream.as_str())
    }

    /// The consumer of a channel's escalations.
    pub(super) fn worker(channel: Channel) -> String {
        format!("worker-{}", channel.as_str())
    }

    /// The consumer of claims.
    pub(super) const INGEST: &str = "ingest";

    /// The streams that a role touches.
    pub(super) fn streams(role: Role) -> &'static [Kept] {
        match role {
            Role::All => &Kept::ALL,
            // Whoever grants permits asks how old the intake is.
            Role::Scheduler => {
                &[Kept::Claims, Kept::Escalations, Kept::Events, Kept::Heads, Kept::Advisories]
            }
            Role::Ingest => &[Kept::Claims, Kept::Refused, Kept::Advisories],
            Role::Worker(_) => &[Kept::Escalations],
        }
    }

    /// The consumers that a role touches.
    pub(super) fn consumers(&self, role: Role) -> Vec<(Kept, pull::Config)> {
        let workers = |channels: &[Channel]| -> Vec<(Kept, pull::Config)> {
            channels.iter().map(|channel| (Kept::Escalations, self.worker_consumer(*channel))).collect()
        };
        match role {
            Role::All => [vec![(Kept::Claims, self.ingest_consumer())], workers(&Channel::ALL)].concat(),
            Role::Scheduler => Vec::new(),
            Role::Ingest => vec![(Kept::Claims, self.ingest_consumer())],
            Role::Worker(channel) => workers(&[channel]),
        }
    }

    /// What a stream has to be.
    pub(super) fn stream(&self, stream: Kept) -> Config {
        match stream {
            Kept::Claims => Config {
                subjects: vec![format!("{}claims.v1.*.*", self.subjects)],
                max_message_size: MAX_CLAIM_BYTES,
                ..self.queue(stream, CLAIMS_KEPT, DiscardPolicy::New, self.bytes.claims)
            },
            // The oldest are the stalest, and what is lost is emitted again.
            Kept::Escalations => Config {
                subjects: vec![format!("{}escalations.v1.*.*", self.subjects)],
                ..self.queue(stream, ESCALATIONS_KEPT, DiscardPolicy::Old, self.bytes.escalations)
            },
            Kept::Events => Config {
                subjects: vec![format!("{}events.v1.*.*", self.subjects)],
                ..self.kept(stream, MONTH, self.bytes.events)
            },
            Kept::Refused => Config {
                subjects: vec![format!("{}refused.v1.*", self.subjects)],
                ..self.kept(stream, MONTH, self.bytes.refused)
            },
            Kept::Heads => Config {
                subjects: vec![format!("{}heads.v1.*", self.subjects)],
                max_messages_per_subject: 1,
                ..self.kept(stream, FOR_EVER, self.bytes.heads)
            },
            Kept::Advisories => {
                Config { subjects: self.advisories(), ..self.kept(stream, MONTH, self.bytes.advisories) }
            }
        }
    }

    fn advisories(&self) -> Vec<String> {
        let of = |kind: &str, stream| format!("$JS.EVENT.ADVISORY.CONSUMER.{kind}.{}.*", self.name(stream));
        ["MAX_DELIVERIES", "MSG_TERMINATED"]
            .into_iter()
            .flat_map(|kind| [of(kind, Kept::Claims), of(kind, Kept::Escalations)])
            .collect()
    }

    /// Each message goes when somebody has acknowledged it.
    fn queue(&self, stream: Kept, max_age: Duration, discard: DiscardPolicy, max_bytes: i64) -> Config {
        Config { retention: RetentionPolicy::WorkQueue, discard, ..self.kept(stream, max_age, max_bytes) }
    }

    fn kept(&self, stream: Kept, max_age: Duration, max_bytes: i64) -> Config {
        Config {
            name: self.name(stream),
            retention: RetentionPolicy::Limits,
            storage: StorageType::File,
            discard: DiscardPolicy::Old,
            max_age,
            max_bytes,
            max_messages: -1,
            max_messages_per_subject: -1,
            max_consumers: -1,
            max_message_size: MAX_MESSAGE_BYTES,
            num_replicas: self.replicas,
            duplicate_window: DUPLICATE_WINDOW,
            ..Config::default()
        }
    }

    fn ingest_consumer(&self) -> pull::Config {
        self.consumer(
            Self::INGEST.to_owned(),
            format!("{}claims.v1.*.*", self.subjects),
            MAX_CLAIM_DELIVERIES,
        )
    }

    fn worker_consumer(&self, channel: Channel) -> pull::Config {
        self.consumer(Self::worker(channel), self.escalations(channel, "*"), MAX_ESCALATION_DELIVERIES)
    }

    fn consumer(&self, name: String, filter_subject: String, max_deliver: i64) -> pull::Config {
        pull::Config {
            name: Some(name.clone()),
            durable_name: Some(name),
            filter_subject,
            deliver_policy: DeliverPolicy::All,
            ack_policy: AckPolicy::Explicit,
            replay_policy: ReplayPolicy::Instant,
            ack_wait: self.redeliver_after,
            max_deliver,
            max_ack_pending: MAX_UNSETTLED,
            max_waiting: MAX_WAITING,
            ..pull::Config::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topology(prefix: &str) -> Topology {
        let options = Options::new(Vec::new(), "test", Role::All);
        Topology::new(&Options { prefix: prefix.to_owned(), ..options })
    }

    #[test]
    fn a_prefix_parts_one_log_from_another() {
        let (plain, town) = (topology(""), topology("town-2"));
        assert_eq!(plain.permits(3, 9), "permits.v1.3.9");
        assert_eq!(town.permits(3, 9), "town-2.permits.v1.3.9");
        assert_eq!(
            (plain.name(Kept::Heads), town.name(Kept::Heads)),
            ("HEADS".into(), "TOWN-2-HEADS".into())
        );
        assert_eq!(town.claim("town-2.claims.v1.muni.paid"), Some(("muni", "paid")));
        assert_eq!(town.claim("claims.v1.muni.paid"), None);
    }

    #[test]
    fn receipts_go_to_inboxes_and_where_receipts_go_and_nowhere_else() {
        let town = topology("town");
        for (subject, taken) in [
            ("_INBOX.abc.1", true),
            ("town.receipts.v1.erp", true),
            ("receipts.v1.erp", false),
            ("_INBOX.", false),
            ("_INBOX.>", false),
            ("_INBOX.a b", false),
            ("town.facts.v1.1", false),
            ("$JS.API.STREAM.DELETE.EVENTS", false),
        ] {
            assert_eq!(town.takes_receipts(subject), taken, "{subject}");
        }
    }
}
