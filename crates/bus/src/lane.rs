//! One end of a queue whose messages want an answer.

use runtime::activity::Busy;
use tokio::sync::{mpsc, oneshot};

/// The receiving end.
pub type Lane<T, R> = mpsc::Receiver<Delivery<T, R>>;

/// A message, with the right to answer it once.
#[derive(Debug)]
pub struct Delivery<T, R> {
    /// The message.
    pub message: T,
    answer: oneshot::Sender<R>,
    busy: Busy,
}

/// The end of a carrier's part in an owner's lanes, behind the end of the lanes.
#[derive(Debug)]
pub struct Ending(Option<oneshot::Receiver<()>>);

impl Ending {
    /// Of a carrier that keeps nothing beside its lanes.
    pub const fn at_once() -> Self {
        Self(None)
    }

    /// Over once the other half is dropped, whatever drops it.
    pub fn pending() -> (oneshot::Sender<()>, Self) {
        let (under_way, over) = oneshot::channel();
        (under_way, Self(Some(over)))
    }

    /// Resolves when it is over.
    pub(crate) async fn over(self) {
        if let Some(over) = self.0 {
            let _over_or_gone = over.await;
        }
    }
}

/// The right to answer a message, parted from it.
#[derive(Debug)]
pub struct Answer<R> {
    answer: oneshot::Sender<R>,
    busy: Busy,
}

impl<T, R> Delivery<T, R> {
    /// A message, and where its answer arrives. The guard counts it as work in flight until it is answered or dropped.
    pub fn new(message: T, busy: Busy) -> (Self, oneshot::Receiver<R>) {
        let (answer, answered) = oneshot::channel();
        (Self { message, answer, busy }, answered)
    }

    /// Parts the message from the right to answer it.
    pub fn split(self) -> (T, Answer<R>) {
        (self.message, Answer { answer: self.answer, busy: self.busy })
    }
}

impl<R> Answer<R> {
    /// Answers; whoever asked may be gone, which changes nothing here. The guard of the message is handed on.
    pub fn give(self, answer: R) -> Busy {
        let _asker_may_be_gone = self.answer.send(answer);
        self.busy
    }
}
