//! A partition's owner that keeps what it is sent, recognises keys, and refuses what it is told to.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex};

use bus::in_process::{InProcessBus, Limits};
use bus::lane::Lane;
use bus::{Bus, OwnerLanes};
use contract::wire::{Command, CommandAnswer, FactMessage, Filed, Order, OutcomeMessage, Receipt};
use domain::ids::{InputId, StreamId};
use domain::label::Label;
use domain::time::Timestamp;
use event_log::keys::Keyring;
use ingest::gate::{Gate, Route};
use runtime::{Random, Runtime};
use tempfile::NamedTempFile;

/// What arrived, and when.
pub(crate) type Seen = Arc<Mutex<Vec<(Timestamp, FactMessage)>>>;

/// A bus with an owner behind it.
pub(crate) struct World {
    /// Sends facts there.
    pub(crate) gate: Gate,
    /// What arrived, duplicates left out.
    pub(crate) seen: Seen,
    /// The sizes of the messages.
    pub(crate) batches: Arc<Mutex<Vec<usize>>>,
    /// The commands that were given.
    pub(crate) commands: Arc<Mutex<Vec<Command>>>,
    /// The bus.
    pub(crate) bus: Arc<InProcessBus>,
}

/// What an owner makes of a new fact.
pub(crate) type Judge = fn(&FactMessage) -> Receipt;

/// Records everything.
pub(crate) fn record(_: &FactMessage) -> Receipt {
    Receipt::Recorded
}

/// Refuses payments.
pub(crate) fn refuse_payments(message: &FactMessage) -> Receipt {
    match message.fact.name() {
        "payment_received" => Receipt::Refused {
            reason: Label::new("bad_amount").unwrap(),
            detail: "too much; send less".into(),
        },
        _ => Receipt::Recorded,
    }
}

/// Starts an owner as a task of the runtime.
pub(crate) fn world(runtime: &Runtime, judge: Judge) -> World {
    let bus = Arc::new(InProcessBus::new(runtime.activity.clone(), Limits::default()));
    let (seen, batches) = (Seen::default(), Arc::default());
    let commands = own(runtime, &bus, Arc::clone(&seen), Arc::clone(&batches), judge);
    let gate = Gate::new(Arc::clone(&bus) as Arc<dyn Bus>, runtime.clone(), Route::by_digest(keyring(), 1));
    World { gate, seen, batches, commands, bus }
}

/// Becomes the owner of partition 0.
pub(crate) fn own(
    runtime: &Runtime,
    bus: &InProcessBus,
    seen: Seen,
    batches: Arc<Mutex<Vec<usize>>>,
    judge: Judge,
) -> Arc<Mutex<Vec<Command>>> {
    let OwnerLanes { mut facts, mut stops, outcomes, commands, .. } = bus.own(0, 1);
    let given = Arc::default();
    runtime.tasks.spawn("owner's commands", Box::pin(obey(commands, Arc::clone(&given))));
    runtime.tasks.spawn("owner's outcomes", Box::pin(acknowledge(outcomes, Arc::clone(&batches))));
    let clock = Arc::clone(&runtime.clock);
    let task = async move {
        let mut known: BTreeMap<InputId, [u8; 16]> = BTreeMap::new();
        loop {
            let next = tokio::select! {
                biased;
                stops = stops.recv() => stops,
                facts = facts.recv() => facts,
            };
            let Some(delivery) = next else { return };
            let (facts, answer) = delivery.split();
            batches.lock().unwrap().push(facts.len());
            let take = |message: FactMessage| {
                if known.insert(message.key, message.content) == Some(message.content) {
                    return Receipt::Duplicate;
                }
                let receipt = judge(&message);
                seen.lock().unwrap().push((clock.now(), message));
                receipt
            };
            let receipts = facts.into_iter().map(take).collect();
            drop(answer.give(receipts));
        }
    };
    runtime.tasks.spawn("owner", Box::pin(task));
    given
}

/// Takes commands: what was done before is done again to no effect, and no input waits.
async fn obey(mut lane: Lane<Command, CommandAnswer>, given: Arc<Mutex<Vec<Command>>>) {
    while let Some(delivery) = lane.recv().await {
        let (command, answer) = delivery.split();
        let mut given = given.lock().unwrap();
        let is_new = !given.contains(&command);
        drop(answer.give(match &command.order {
            Order::Retry(_) | Order::Drop { .. } => CommandAnswer::UnknownInput,
            Order::Pause { .. } | Order::Resume { .. } if is_new => CommandAnswer::Done,
            Order::Pause { .. } | Order::Resume { .. } => CommandAnswer::NothingToDo,
        }));
        given.push(command);
    }
}

/// Takes outcomes, but of a stream that is nobody's: their number stands among the sizes of the messages.
async fn acknowledge(mut lane: Lane<Vec<OutcomeMessage>, Vec<Filed>>, batches: Arc<Mutex<Vec<usize>>>) {
    while let Some(delivery) = lane.recv().await {
        let (outcomes, answer) = delivery.split();
        batches.lock().unwrap().push(outcomes.len());
        let file = |outcome: OutcomeMessage| match outcome.about.stream() {
            Some(NOBODY) => Filed::Unknown,
            Some(_) | None => Filed::Recorded,
        };
        drop(answer.give(outcomes.into_iter().map(file).collect()));
    }
}

/// Of this stream nothing was ever sent.
pub(crate) const NOBODY: StreamId = StreamId::new([0xee; 16]);

struct Counting;

impl Random for Counting {
    fn fill(&self, out: &mut [u8]) {
        out.iter_mut().zip(1..).for_each(|(byte, n)| *byte = n);
    }
}

/// The same keys in each test.
pub(crate) fn keyring() -> Keyring {
    Keyring::generate(&Counting)
}

/// A file with this text.
pub(crate) fn file(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

/// An instant.
pub(crate) fn at(text: &str) -> Timestamp {
    Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}
