//! The owner is dropped at each call to the store, before and after the call has done its work, and another takes over.
//!
//! A failure: an escalation submitted twice, an acknowledged fact that is missing or counted twice, a debtor who does not
//! go on, a submission after the last payment was acknowledged and `start_within` passed.

use contract::wire::Receipt;
use domain::channel::Channel;
use domain::time::{Span, Timestamp};

use crate::faulty::Fault;
use crate::rules::START_WITHIN_S;
use crate::worker::{self, Script, Shared, credit};
use crate::world::{Person, World};

/// Nothing in the scripted life takes longer.
const END: Span = Span::hours(72);

struct Life {
    world: World,
    workers: Vec<Shared>,
    people: Vec<Person>,
    crashes: u32,
}

impl Life {
    fn begin(fault: Option<Fault>) -> Self {
        let world = World::started(11);
        let channels = [Channel::Sms, Channel::Email];
        let workers = channels.map(|channel| worker::start(&world.runtime, &world.bus, Script::new(channel)));
        let people = ["Ida", "Bert"].map(|name| world.person(name)).to_vec();
        world.log.set(fault);
        let mut life = Self { world, workers: workers.to_vec(), people, crashes: 0 };
        life.grant();
        life
    }

    fn grant(&mut self) {
        for channel in [Channel::Sms, Channel::Email] {
            let (bus, runtime) = (self.world.bus.clone(), self.world.runtime.clone());
            let task = async move {
                while bus.grant(0, credit("town", channel, 4)).await.is_err() {
                    runtime.clock.sleep(core::time::Duration::from_secs(1)).await;
                }
            };
            self.world.runtime.tasks.spawn("granter", Box::pin(task));
        }
    }

    /// Moves on by small steps; a hung owner is dropped where it stands, and another one starts.
    fn run_until(&mut self, until: Timestamp) {
        while self.world.now() < until {
            self.world.run_for(Span::seconds(2));
            if self.world.log.hung() {
                self.world.crash();
                self.world.log.set(None);
                self.world.start();
                self.grant();
                self.crashes += 1;
            }
        }
    }

    /// Sends until it is acknowledged, as every source does.
    fn tell(&mut self, facts: Vec<contract::wire::FactMessage>) -> Vec<Receipt> {
        let (bus, runtime) = (self.world.bus.clone(), self.world.runtime.clone());
        let told = std::sync::Arc::new(std::sync::Mutex::new(None));
        let slot = std::sync::Arc::clone(&told);
        let task = async move {
            loop {
                if let Ok(receipts) = bus.send_facts(0, facts.clone()).await {
                    *slot.lock().unwrap() = Some(receipts);
                    return;
                }
                runtime.clock.sleep(core::time::Duration::from_secs(1)).await;
            }
        };
        self.world.runtime.tasks.spawn("source", Box::pin(task));
        for _ in 0..1_000 {
            if let Some(receipts) = told.lock().unwrap().take() {
                return receipts;
            }
            self.run_until(self.world.now().plus(Span(1)));
        }
        panic!("never acknowledged");
    }

    fn live(&mut self) {
        let begin = self.world.now();
        let (ida, bert) = (self.people[0].clone(), self.people[1].clone());
        self.tell(vec![bert.paid_by_claim("early", 10)]);
        self.tell([ida.owing("calm"), bert.owing("urgent")].concat());
        self.run_until(begin.plus(Span::hours(3)));
        self.tell(vec![bert.paid("rest", 9_990)]);
        let acknowledged = self.world.now();
        self.run_until(begin.plus(END));
        self.check(&ida, &bert, acknowledged);
    }

    fn check(&self, ida: &Person, bert: &Person, paid_at: Timestamp) {
        for worker in &self.workers {
            assert!(worker::counts(worker).values().all(|count| *count == 1), "once");
            for (id, at, ..) in &worker.lock().unwrap().submissions {
                let in_time = *at <= paid_at.plus(Span::seconds(START_WITHIN_S));
                assert!(id.stream != bert.stream || in_time, "after the payment");
            }
        }
        let count = |person: &Person, name: &str| {
            self.world.story(person).into_iter().filter(|event| *event == name).count()
        };
        assert_eq!((count(bert, "payment_received"), count(bert, "claim_settled")), (2, 1));
        assert_eq!((count(ida, "claim_registered"), count(ida, "ladder_ended")), (1, 1));
    }
}

fn calls_of_an_undisturbed_life() -> u32 {
    let mut life = Life::begin(None);
    life.live();
    assert_eq!(life.crashes, 0);
    life.world.log.calls()
}

#[test]
fn it_may_die_anywhere() {
    let calls = calls_of_an_undisturbed_life();
    assert!(calls > 30, "{calls}");
    let mut crashes = 0;
    for call in 1..=calls {
        for after in [false, true] {
            let mut life = Life::begin(Some(Fault::Hang { call, after }));
            life.live();
            crashes += life.crashes;
        }
    }
    assert!(crashes >= 2 * calls - 4, "{crashes} crashes at {calls} calls");
}
