//! How made-up people act: pure functions of the person, of what reached them and of their own draws.

use domain::money::Minor;
use domain::outcome::{Disposition, Reach, Said};
use domain::time::{Span, Timestamp};

use crate::demo::draw::Draw;
use crate::demo::people::{Debt, Person, Temper};

/// What a person does, and when.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Act {
    pub(super) at: Timestamp,
    pub(super) deed: Deed,
}

/// What a person does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Deed {
    /// Pays so much of the claim of this index.
    Pay(usize, i64),
    /// Says that the claim of this index is not owed.
    Dispute(usize),
    /// Wants no messages on this way any more.
    OptOut,
}

/// What a person has done so far.
pub(super) struct Life {
    draw: Draw,
    contacts: u32,
    /// What was paid so far on the first claim, in minor units.
    paid_minor: i64,
    settled: bool,
}

impl Life {
    pub(super) const fn new(seed: u64, number: u64) -> Self {
        Self { draw: Draw::new(seed ^ 0x6c69_6665, number), contacts: 0, paid_minor: 0, settled: false }
    }

    /// What somebody does of their own accord.
    pub(super) fn unasked(&mut self, person: &Person) -> Vec<Act> {
        if person.temper != Temper::Prompt {
            return Vec::new();
        }
        self.settled = true;
        let paid = person.debts.iter().enumerate().map(|(index, debt)| {
            let at = debt.due_at.plus(Span::hours(self.draw.between(-40, 60)));
            Act { at: at.max(debt.registered_at), deed: Deed::Pay(index, debt.amount_minor) }
        });
        paid.collect()
    }

    /// A message arrived.
    pub(super) fn message(&mut self, person: &Person, now: Timestamp) -> Vec<Act> {
        self.contacts += 1;
        let soon = now.plus(Span::minutes(self.draw.between(20, 3_000)));
        match person.temper {
            Temper::Forgetful => self.pay_all(person, soon),
            Temper::Promiser if self.draw.percent(40) => self.pay_all(person, soon),
            Temper::Stretched => self.pay_part(person, soon),
            Temper::Disputer => self.dispute(person, soon),
            Temper::Private => {
                vec![Act { at: now.plus(Span::minutes(self.draw.between(1, 90))), deed: Deed::OptOut }]
            }
            Temper::Promiser | Temper::Prompt | Temper::Struck | Temper::Silent => Vec::new(),
        }
    }

    /// The phone rang: what the agent notes, and what the person does later.
    pub(super) fn call(&mut self, person: &Person, now: Timestamp) -> (Disposition, Vec<Act>) {
        self.contacts += 1;
        let nobody = |reach| (Disposition { reach, said: Said::Nothing }, Vec::new());
        match self.draw.between(1, 100) {
            1..=46 => nobody(Reach::NoAnswer),
            47..=54 => nobody(Reach::Busy),
            55..=66 => nobody(Reach::Voicemail),
            67..=70 => nobody(Reach::ThirdParty),
            71..=72 => nobody(Reach::WrongNumber),
            _ => self.conversation(person, now),
        }
    }

    fn conversation(&mut self, person: &Person, now: Timestamp) -> (Disposition, Vec<Act>) {
        let soon = now.plus(Span::hours(self.draw.between(2, 90)));
        let (said, acts) = match person.temper {
            Temper::Forgetful | Temper::Prompt => (Said::Nothing, self.pay_all(person, soon)),
            Temper::Promiser | Temper::Stretched => self.promise(person, now),
            Temper::Disputer => (Said::Disputes, Vec::new()),
            Temper::Private => (Said::OptsOut, Vec::new()),
            Temper::Struck => (Said::Hardship, Vec::new()),
            Temper::Silent => (Said::Refuses, Vec::new()),
        };
        (Disposition { reach: Reach::RightParty, said }, acts)
    }

    fn promise(&mut self, person: &Person, now: Timestamp) -> (Said, Vec<Act>) {
        let due_at = now.plus(Span::days(self.draw.between(5, 15)));
        let amount = person.debts.first().map_or(0, |debt| debt.amount_minor);
        let keeps = self.draw.percent(65);
        let acts = if keeps { self.pay_all(person, due_at.minus(Span::hours(20))) } else { Vec::new() };
        (Said::Promise { amount: Minor(amount), due_at }, acts)
    }

    fn pay_all(&mut self, person: &Person, at: Timestamp) -> Vec<Act> {
        if std::mem::replace(&mut self.settled, true) {
            return Vec::new();
        }
        let paid = std::mem::take(&mut self.paid_minor);
        let left = |index: usize, debt: &Debt| debt.amount_minor - if index == 0 { paid } else { 0 };
        let debts = person.debts.iter().enumerate();
        let pay = debts.map(|(index, debt)| Act {
            at: at.max(debt.registered_at),
            deed: Deed::Pay(index, left(index, debt)),
        });
        pay.collect()
    }

    /// Half of the first claim at the first contact, nothing more until the third, and then all that is left of it.
    fn pay_part(&mut self, person: &Person, at: Timestamp) -> Vec<Act> {
        let Some(debt) = person.debts.first() else { return Vec::new() };
        let amount = match self.contacts {
            1 => debt.amount_minor / 2,
            3 => debt.amount_minor - self.paid_minor,
            _ => 0,
        };
        if amount == 0 || self.settled {
            return Vec::new();
        }
        self.paid_minor += amount;
        vec![Act { at, deed: Deed::Pay(0, amount) }]
    }

    fn dispute(&mut self, person: &Person, at: Timestamp) -> Vec<Act> {
        if std::mem::replace(&mut self.settled, true) || person.debts.is_empty() {
            return Vec::new();
        }
        vec![Act { at, deed: Deed::Dispute(0) }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::people::people;

    const START: Timestamp = Timestamp(1_772_409_600_000);

    #[test]
    fn the_same_seed_makes_the_same_people_and_the_same_lives() {
        let lives = || {
            let people = people(7, 200, START);
            let acts = people.iter().enumerate().map(|(number, person)| {
                let mut life = Life::new(7, number as u64);
                (life.unasked(person), life.message(person, START), life.call(person, START))
            });
            acts.collect::<Vec<_>>()
        };
        assert_eq!(lives(), lives());
        let claims: usize = people(7, 1000, START).iter().map(|person| person.debts.len()).sum();
        assert!((1_400..1_600).contains(&claims), "{claims}");
    }

    #[test]
    fn nobody_pays_a_claim_before_it_is_registered_or_twice() {
        for (number, person) in people(3, 500, START).iter().enumerate() {
            let mut life = Life::new(3, number as u64);
            let mut acts = life.unasked(person);
            for day in 0..10 {
                acts.extend(life.message(person, START.plus(Span::days(day))));
                acts.extend(life.call(person, START.plus(Span::days(day))).1);
            }
            let mut paid = vec![0; person.debts.len()];
            for act in acts {
                if let Deed::Pay(index, amount) = act.deed {
                    assert!(
                        act.at >= person.debts[index].registered_at || person.temper == Temper::Stretched
                    );
                    paid[index] += amount;
                }
            }
            for (paid, debt) in paid.iter().zip(&person.debts) {
                assert!(*paid <= debt.amount_minor, "{:?}", person.temper);
            }
        }
    }
}
