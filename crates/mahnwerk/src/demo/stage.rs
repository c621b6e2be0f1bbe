//! The made-up town on its stage: facts in, messages and calls out, and people's reactions back in.
//!
//! Each reaction is queued with a guard that keeps the virtual clock where it is until the reaction's own timer stands.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use contract::wire::FactMessage;
use domain::outcome::Disposition;
use domain::time::Timestamp;
use ingest::feed::Source;
use runtime::activity::{Activity, Busy};
use tokio::sync::mpsc;

use crate::demo::facts::FactMaker;
use crate::demo::life::{Act, Deed, Life};
use crate::demo::people::Person;

/// The people, and what they are yet to do.
#[derive(Clone)]
pub(super) struct Stage {
    people: Arc<Vec<Person>>,
    by_address: Arc<BTreeMap<String, usize>>,
    facts: Arc<FactMaker>,
    state: Arc<Mutex<State>>,
    activity: Activity,
    wake: mpsc::Sender<Busy>,
}

struct State {
    lives: Vec<Life>,
    agenda: BTreeMap<Timestamp, Vec<FactMessage>>,
    acts: u64,
}

impl Stage {
    /// Puts the people on it; what arrives at the receiver wakes whoever plays the facts.
    pub(super) fn new(
        people: Vec<Person>,
        facts: FactMaker,
        seed: u64,
        activity: Activity,
    ) -> (Self, mpsc::Receiver<Busy>) {
        let (wake, woken) = mpsc::channel(4096);
        let mut lives: Vec<Life> = (0..people.len() as u64).map(|number| Life::new(seed, number)).collect();
        let mut agenda: BTreeMap<Timestamp, Vec<FactMessage>> = BTreeMap::new();
        for person in &people {
            for (at, fact) in facts.introduction(person) {
                agenda.entry(at).or_default().push(fact);
            }
        }
        let mut acts = 0;
        for (person, life) in people.iter().zip(&mut lives) {
            for act in life.unasked(person) {
                acts += 1;
                agenda.entry(act.at).or_default().extend(deed(&facts, person, act, acts, None));
            }
        }
        let stage = Self {
            by_address: Arc::new(addresses(&people)),
            people: Arc::new(people),
            facts: Arc::new(facts),
            state: Arc::new(Mutex::new(State { lives, agenda, acts })),
            activity,
            wake,
        };
        (stage, woken)
    }

    /// The people.
    pub(super) fn people(&self) -> &[Person] {
        &self.people
    }

    /// A message arrived at an address.
    pub(super) fn message(&self, address: &str, channel: &'static str, now: Timestamp) {
        let react = |life: &mut Life, person: &Person| ((), life.message(person, now));
        self.react(address, Some(channel), react);
    }

    /// The phone rings: what the agent notes.
    pub(super) fn call(&self, number: &str, now: Timestamp) -> Option<Disposition> {
        self.react(number, None, |life, person| life.call(person, now))
    }

    fn react<T>(
        &self,
        address: &str,
        channel: Option<&'static str>,
        react: impl FnOnce(&mut Life, &Person) -> (T, Vec<Act>),
    ) -> Option<T> {
        let index = *self.by_address.get(address)?;
        let person = self.people.get(index)?;
        let busy = self.activity.begin();
        let mut state = self.lock();
        let (answer, acts) = react(state.lives.get_mut(index)?, person);
        let changed = !acts.is_empty();
        for act in acts {
            state.acts += 1;
            let number = state.acts;
            let told = deed(&self.facts, person, act, number, channel);
            state.agenda.entry(act.at).or_default().extend(told);
        }
        drop(state);
        if changed {
            // A full queue means that the player is about to look anyway; its guard is then held by another message.
            let _full = self.wake.try_send(busy);
        }
        Some(answer)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Source for Stage {
    fn next_at(&self) -> Option<Timestamp> {
        self.lock().agenda.keys().next().copied()
    }

    fn take(&mut self, at: Timestamp) -> Vec<FactMessage> {
        let mut state = self.lock();
        let later = state.agenda.split_off(&Timestamp(at.0.saturating_add(1)));
        let now = std::mem::replace(&mut state.agenda, later);
        now.into_values().flatten().collect()
    }
}

/// Every address of everybody, to its owner.
fn addresses(people: &[Person]) -> BTreeMap<String, usize> {
    let of_person = |(index, person): (usize, &Person)| {
        let all = [&person.phone, &person.email, &person.messenger];
        all.into_iter().flatten().map(|address| (address.clone(), index)).collect::<Vec<_>>()
    };
    people.iter().enumerate().flat_map(of_person).collect()
}

fn deed(
    facts: &FactMaker,
    person: &Person,
    act: Act,
    number: u64,
    channel: Option<&'static str>,
) -> Option<FactMessage> {
    match act.deed {
        Deed::Pay(index, amount) => {
            Some(facts.payment(person, person.debts.get(index)?, amount, act.at, number))
        }
        Deed::Dispute(index) => Some(facts.dispute(person, person.debts.get(index)?, act.at, number)),
        Deed::OptOut => Some(facts.opt_out(person, channel?, act.at, number)),
    }
}
