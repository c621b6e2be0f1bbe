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
