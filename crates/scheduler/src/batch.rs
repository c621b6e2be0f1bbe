//! What one batch holds: a flat list of work in the order of the protocol, and where each answer goes.
//!
//! Facts in order of arrival, outcomes, permits, then what is due (inputs, 1).
//! Answers are given once all of the batch is committed: facts first, then outcomes, then permits.

use bus::lane::{Answer, Delivery};
use contract::wire::{FactMessage, Filed, OutcomeMessage, PermitAnswer, PermitQuestions, Receipt};
use domain::ids::{EscalationId, RequestId, StreamId};
use runtime::activity::Busy;

/// One input.
pub(crate) enum Work {
    /// A fact.
    Fact(Box<FactMessage>),
    /// An outcome.
    Outcome(Box<OutcomeMessage>),
    /// A worker's question. `asker` numbers the message that it came in, whose answers share one limit of bytes.
    Permit { id: EscalationId, request: RequestId, asker: usize },
    /// A debtor who is due, or whose turn has come.
    Due(StreamId),
}

/// The answer to one input.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    /// To a fact.
    Receipt(Receipt),
    /// To a question.
    Permit(PermitAnswer),
    /// To an outcome.
    Filed(Filed),
    /// To nobody.
    Done,
}

#[derive(Clone, Copy)]
enum Slot {
    Fact(usize, usize),
    Outcome(usize, usize),
    Permit(usize, usize),
    Nobody,
}

/// How many inputs of a kind a batch holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Counts {
    /// Facts.
    pub(crate) facts: usize,
    /// Outcomes.
    pub(crate) outcomes: usize,
    /// Permit questions.
    pub(crate) permits: usize,
}

/// A batch.
#[derive(Default)]
pub(crate) struct Batch {
    work: Vec<Work>,
    slots: Vec<Slot>,
    facts: Vec<Reply<Receipt>>,
    outcomes: Vec<Reply<Filed>>,
    permits: Vec<Reply<PermitAnswer>>,
    reply_bytes: Vec<usize>,
    counts: Counts,
}

impl Batch {
    /// The inputs, in order.
    pub(crate) fn work(&self) -> &[Work] {
        &self.work
    }

    /// How much it holds of what has a limit.
    pub(crate) const fn counts(&self) -> Counts {
        self.counts
    }

    /// Adds facts. Only before any outcome is added.
    pub(crate) fn add_facts(&mut self, delivery: Delivery<Vec<FactMessage>, Vec<Receipt>>) {
        let (messages, answer) = delivery.split();
        let place = self.facts.len();
        self.facts.push(Reply::new(answer, messages.len()));
        self.counts.facts += messages.len();
        for (n, message) in messages.into_iter().enumerate() {
            self.push(Work::Fact(Box::new(message)), Slot::Fact(place, n));
        }
    }

    /// Adds outcomes. Only before any question is added.
    pub(crate) fn add_outcomes(&mut self, delivery: Delivery<Vec<OutcomeMessage>, Vec<Filed>>) {
        let (messages, answer) = delivery.split();
        let place = self.outcomes.len();
        self.outcomes.push(Reply::new(answer, messages.len()));
        self.counts.outcomes += messages.len();
        for (n, message) in messages.into_iter().enumerate() {
            self.push(Work::Outcome(Box::new(message)), Slot::Outcome(place, n));
        }
    }

    /// Adds questions. Only before anybody due is added.
    pub(crate) fn add_permits(&mut self, delivery: Delivery<PermitQuestions, Vec<PermitAnswer>>) {
        let (questions, answer) = delivery.split();
        let asker = self.permits.len();
        self.permits.push(Reply::new(answer, questions.questions.len()));
        self.reply_bytes.push(0);
        self.counts.permits += questions.questions.len();
        for (n, (id, request)) in questions.questions.into_iter().enumerate() {
            self.push(Work::Permit { id, request, asker }, Slot::Permit(asker, n));
        }
    }

    /// Adds an input that nobody waits for an answer to. Facts before outcomes.
    pub(crate) fn add_unasked(&mut self, work: Work) {
        self.push(work, Slot::Nobody);
    }

    /// Adds somebody due.
    pub(crate) fn add_due(&mut self, stream: StreamId) {
        self.push(Work::Due(stream), Slot::Nobody);
    }

    fn push(&mut self, work: Work, slot: Slot) {
        self.work.push(work);
        self.slots.push(slot);
    }

    /// How many bytes the granted messages of each asker have so far, by the asker's number.
    pub(crate) fn reply_bytes(&self) -> &[usize] {
        &self.reply_bytes
    }

    /// Counts more of them.
    pub(crate) fn add_reply_bytes(&mut self, asker: usize, bytes: usize) {
        if let Some(sum) = self.reply_bytes.get_mut(asker) {
            *sum = sum.saturating_add(bytes);
        }
    }

    /// Keeps the answer to an input, by its place in [`Self::work`]. Only once its commit is known.
    pub(crate) fn answer(&mut self, place: usize, verdict: Verdict) {
        match (self.slots.get(place).copied(), verdict) {
            (Some(Slot::Fact(message, n)), Verdict::Receipt(receipt)) => {
                put(self.facts.get_mut(message), n, receipt);
            }
            (Some(Slot::Permit(message, n)), Verdict::Permit(answer)) => {
                put(self.permits.get_mut(message), n, answer);
            }
            (Some(Slot::Outcome(message, n)), Verdict::Filed(filed)) => {
                put(self.outcomes.get_mut(message), n, filed);
            }
            // Nobody waits for a value.
            (Some(Slot::Fact(..) | Slot::Permit(..) | Slot::Outcome(..) | Slot::Nobody) | None, _) => {}
        }
    }

    /// Gives every answer, and hands back the guards of the messages, to be dropped once the next timer stands.
    ///
    /// A message with an input that has no answer gets none at all: its sender asks again.
    pub(crate) fn give_answers(self) -> Vec<Busy> {
        let mut guards = Vec::new();
        guards.extend(self.facts.into_iter().filter_map(Reply::give));
        guards.extend(self.outcomes.into_iter().filter_map(Reply::give));
        guards.extend(self.permits.into_iter().filter_map(Reply::give));
        guards
    }
}

/// The answers to one message, gathered.
struct Reply<R> {
    answer: Answer<Vec<R>>,
    values: Vec<Option<R>>,
}

impl<R> Reply<R> {
    fn new(answer: Answer<Vec<R>>, expected: usize) -> Self {
        Self { answer, values: std::iter::repeat_with(|| None).take(expected).collect() }
    }

    fn give(self) -> Option<Busy> {
        let all: Option<Vec<R>> = self.values.into_iter().collect();
        all.map(|all| self.answer.give(all))
    }
}

fn put<R>(reply: Option<&mut Reply<R>>, n: usize, value: R) {
    if let Some(slot) = reply.and_then(|reply| reply.values.get_mut(n)) {
        *slot = Some(value);
    }
}
