//! What every carrier must do, as a suite to run against each.
//!
//! Each rule gets a fresh carrier. Only what the trait promises is checked; what a broker does beyond it is its own.

use std::sync::Arc;
use std::time::Duration;

use contract::wire::{
    About, Addressee, Command, CommandAnswer, Credit, EscalationNotice, FactMessage, Filed, Order,
    OutcomeMessage, PermitAnswer, PermitQuestions, Reach, Receipt,
};
use domain::channel::Channel;
use domain::event::Refusal;
use domain::fact::Fact;
use domain::ids::{EscalationId, InputId, RequestId, StreamId};
use domain::label::{Label, TenantId};
use domain::outcome::{Outcome, OutcomeReport};
use domain::time::Timestamp;

use crate::{Bus, BusError};

/// A carrier under test.
pub struct Carrier {
    /// The carrier; nobody listens on it yet.
    pub bus: Arc<dyn Bus>,
    /// The most facts, notices, questions or outcomes that it takes in one message.
    pub most_per_message: usize,
    /// Whether it keeps escalations until a worker comes: then emitting them succeeds while nobody listens. Both are
    /// right, since an emission is a hint: what nobody asks a permit for is emitted again.
    pub stores_escalations: bool,
}

/// Runs every rule; the error names the rule and what was seen.
pub async fn run(make: impl AsyncFn() -> Carrier) -> Result<(), String> {
    answers_come_back_in_order(&*make().await.bus).await.map_err(|e| format!("answers in order: {e}"))?;
    messages_arrive_whole(&*make().await.bus).await.map_err(|e| format!("whole messages: {e}"))?;
    partitions_and_channels_are_apart(&*make().await.bus).await.map_err(|e| format!("kept apart: {e}"))?;
    nobody_listens(&make().await).await.map_err(|e| format!("nobody listens: {e}"))?;
    a_listener_that_goes_away(&*make().await.bus).await.map_err(|e| format!("listener gone: {e}"))?;
    a_listener_that_closes(&*make().await.bus).await.map_err(|e| format!("listener closed: {e}"))?;
    the_newest_listener_hears(&*make().await.bus).await.map_err(|e| format!("newest listener: {e}"))?;
    every_listener_hears_a_recall(&*make().await.bus).await.map_err(|e| format!("recalls: {e}"))?;
    too_large(&make().await).await.map_err(|e| format!("too large: {e}"))
}

/// A notice whose number tells it apart.
pub fn notice(number: u32) -> EscalationNotice {
    EscalationNotice {
        id: escalation(number),
        tenant: tenant(),
        channel: Channel::Sms,
        partition: 1,
        emission: 1,
        priority: 0,
        expires_at: Timestamp(1_000),
        trace: None,
    }
}

async fn answers_come_back_in_order(bus: &dyn Bus) -> Result<(), String> {
    let mut lanes = bus.own(1, 1);
    let receipts = vec![Receipt::Recorded, Receipt::Duplicate, Receipt::Parked];
    let answers = vec![PermitAnswer::Refused(Refusal::Taken), PermitAnswer::Refused(Refusal::NotOpen)];
    let filed = vec![Filed::Waits, Filed::NothingNew];
    let listen = async {
        if let Some(delivery) = lanes.facts.recv().await {
            drop(delivery.split().1.give(receipts.clone()));
        }
        if let Some(delivery) = lanes.permits.recv().await {
            drop(delivery.split().1.give(answers.clone()));
        }
        if let Some(delivery) = lanes.outcomes.recv().await {
            drop(delivery.split().1.give(filed.clone()));
        }
    };
    let ask = async {
        let receipts = bus.send_facts(1, vec![fact(1), fact(2), fact(3)]).await;
        let answers = bus.ask(questions(1, 2)).await;
        (receipts, answers, bus.report(1, vec![outcome(1), outcome(2)]).await)
    };
    let ((heard_receipts, heard_answers, heard_filed), ()) = tokio::join!(biased; ask, listen);
    same(&heard_receipts, &Ok(receipts))?;
    same(&heard_answers, &Ok(answers))?;
    same(&heard_filed, &Ok(filed))
}

async fn messages_arrive_whole(bus: &dyn Bus) -> Result<(), String> {
    let mut lanes = bus.own(1, 1);
    let mut lane = bus.work(Channel::Sms);
    let listen = async {
        let command = lanes.commands.recv().await?.split();
        drop(command.1.give(CommandAnswer::NothingToDo));
        let stops = lanes.stops.recv().await?.split();
        drop(stops.1.give(vec![Receipt::Recorded]));
        let outcomes = lanes.outcomes.recv().await?.split();
        drop(outcomes.1.give(vec![Filed::Recorded, Filed::Recorded]));
        let credit = lanes.credits.recv().await?.split();
        drop(credit.1.give(()));
        let notices = lane.recv().await?.split();
        drop(notices.1.give(()));
        Some((command.0, stops.0, outcomes.0, credit.0, notices.0))
    };
    let send = async {
        bus.command(1, command()).await?;
        bus.send_stops(1, vec![fact(9)]).await?;
        bus.report(1, vec![outcome(1), outcome(2)]).await?;
        bus.grant(1, credit(5)).await?;
        bus.emit(Channel::Sms, vec![notice(1), notice(2)]).await
    };
    let (sent, heard) = tokio::join!(biased; send, listen);
    same(&sent, &Ok(()))?;
    same(
        &heard,
        &Some((
            command(),
            vec![fact(9)],
            vec![outcome(1), outcome(2)],
            credit(5),
            vec![notice(1), notice(2)],
        )),
    )
}

async fn partitions_and_channels_are_apart(bus: &dyn Bus) -> Result<(), String> {
    let (mut first, mut second) = (bus.own(1, 1), bus.own(2, 1));
    let (mut sms, mut email) = (bus.work(Channel::Sms), bus.work(Channel::Email));
    let send = async {
        bus.grant(2, credit(2)).await?;
        bus.emit(Channel::Email, vec![notice(7)]).await
    };
    let listen = async {
        let credit = second.credits.recv().await?.split();
        drop(credit.1.give(()));
        let notices = email.recv().await?.split();
        drop(notices.1.give(()));
        Some((credit.0, notices.0))
    };
    let (sent, heard) = tokio::join!(biased; send, listen);
    same(&sent, &Ok(()))?;
    same(&heard, &Some((credit(2), vec![notice(7)])))?;
    same(&(first.credits.try_recv().is_err(), sms.try_recv().is_err()), &(true, true))
}

async fn nobody_listens(carrier: &Carrier) -> Result<(), String> {
    let bus = &*carrier.bus;
    drop((bus.own(1, 1), bus.work(Channel::Sms)));
    let mut failures = vec![
        bus.send_facts(1, vec![fact(1)]).await.err(),
        bus.send_stops(1, vec![fact(1)]).await.err(),
        bus.command(1, command()).await.err(),
        bus.ask(questions(1, 1)).await.err(),
        bus.ask(questions(2, 1)).await.err(),
        bus.report(1, vec![outcome(1)]).await.err(),
        bus.grant(2, credit(1)).await.err(),
    ];
    let emitted = [
        bus.emit(Channel::Sms, vec![notice(1)]).await.err(),
        bus.emit(Channel::Letter, vec![notice(1)]).await.err(),
    ];
    if carrier.stores_escalations {
        same(&emitted, &[None, None])?;
    } else {
        failures.extend(emitted);
    }
    let as_promised = |error: &Option<BusError>| matches!(error, Some(e @ BusError::NobodyListens { .. }) if e.is_transient());
    same(&failures.iter().all(as_promised), &true).map_err(|_| format!("{failures:?}"))
}

async fn a_listener_that_goes_away(bus: &dyn Bus) -> Result<(), String> {
    let mut lanes = bus.own(1, 1);
    let (asked, ()) = tokio::join!(biased; bus.ask(questions(1, 1)), async {
        drop(lanes.permits.recv().await);
    });
    match asked {
        Err(e @ BusError::Unanswered { .. }) if e.is_transient() => Ok(()),
        other => Err(format!("{other:?}")),
    }
}

async fn a_listener_that_closes(bus: &dyn Bus) -> Result<(), String> {
    let mut lanes = bus.own(1, 1);
    let (receipts, heard) = tokio::join!(biased; bus.send_facts(1, vec![fact(1)]), async {
        let (facts, answer) = lanes.facts.recv().await?.split();
        drop(answer.give(vec![Receipt::Recorded]));
        lanes.close().await;
        Some(facts.len())
    });
    same(&(receipts, heard), &(Ok(vec![Receipt::Recorded]), Some(1)))?;
    let nobody = Err(BusError::NobodyListens { what: "facts" });
    same(&bus.send_facts(1, vec![fact(1)]).await, &nobody)
}

async fn the_newest_listener_hears(bus: &dyn Bus) -> Result<(), String> {
    let mut old = bus.own(1, 1);
    let mut new = bus.own(1, 2);
    let (granted, heard) = tokio::join!(biased; bus.grant(1, credit(3)), async {
        let (credit, answer) = new.credits.recv().await?.split();
        drop(answer.give(()));
        Some(credit)
    });
    same(&granted, &Ok(()))?;
    same(&heard, &Some(credit(3)))?;
    same(&old.credits.recv().await.is_none(), &true)
        .map_err(|_| "the old listener heard something".to_owned())
}

async fn every_listener_hears_a_recall(bus: &dyn Bus) -> Result<(), String> {
    let recalled = vec![escalation(4), escalation(5)];
    same(&bus.recall(Channel::Call, recalled.clone()).await, &Ok(()))
        .map_err(|e| format!("nobody listens: {e}"))?;
    let (mut first, mut second, gone) =
        (bus.recalls(Channel::Call), bus.recalls(Channel::Call), bus.recalls(Channel::Call));
    let (mut work, mut other) = (bus.work(Channel::Call), bus.recalls(Channel::Sms));
    drop(gone);
    let listen = async {
        let heard = [first.recv().await?.split(), second.recv().await?.split()];
        Some(heard.map(|(escalations, answer)| {
            drop(answer.give(()));
            escalations
        }))
    };
    let (told, heard) = tokio::join!(biased; bus.recall(Channel::Call, recalled.clone()), listen);
    same(&told, &Ok(()))?;
    same(&heard, &Some([recalled.clone(), recalled]))?;
    same(&(work.try_recv().is_err(), other.try_recv().is_err()), &(true, true))
        .map_err(|_| "workers, or another channel's lists, heard it".to_owned())
}

async fn too_large(carrier: &Carrier) -> Result<(), String> {
    let (bus, too_many) = (&*carrier.bus, carrier.most_per_message + 1);
    let (_lanes, _lane) = (bus.own(1, 1), bus.work(Channel::Sms));
    let failures = [
        bus.send_facts(1, vec![fact(1); too_many]).await.err(),
        bus.send_stops(1, vec![fact(1); too_many]).await.err(),
        bus.ask(questions(1, too_many)).await.err(),
        bus.report(1, vec![outcome(1); too_many]).await.err(),
        bus.emit(Channel::Sms, vec![notice(1); too_many]).await.err(),
        bus.recall(Channel::Sms, vec![escalation(1); too_many]).await.err(),
    ];
    let as_promised =
        |error: &Option<BusError>| matches!(error, Some(e @ BusError::TooLarge { .. }) if !e.is_transient());
    same(&failures.iter().all(as_promised), &true).map_err(|_| format!("{failures:?}"))
}

fn same<T: PartialEq + std::fmt::Debug>(seen: &T, promised: &T) -> Result<(), String> {
    if seen == promised { Ok(()) } else { Err(format!("saw {seen:?} instead of {promised:?}")) }
}

#[expect(clippy::expect_used, reason = "a constant that is a name")]
pub(crate) fn tenant() -> TenantId {
    TenantId::new("town").expect("a name")
}

#[expect(clippy::expect_used, reason = "a constant that is a name")]
fn label() -> Label {
    Label::new("letter").expect("a name")
}

const fn escalation(number: u32) -> EscalationId {
    EscalationId { stream: StreamId::new([7; 16]), number }
}

pub(crate) fn fact(number: u8) -> FactMessage {
    FactMessage {
        tenant: tenant(),
        addressee: Addressee::Debtor(StreamId::new([7; 16])),
        key: InputId::new([number; 16]),
        content: [number; 16],
        occurred_at: Timestamp(1),
        fact: Fact::CeaseRequested { source: label() },
        personal: None,
        trace: None,
    }
}

pub(crate) fn questions(partition: u16, count: usize) -> PermitQuestions {
    let question = (escalation(1), RequestId::new([1; 16]));
    PermitQuestions { partition, questions: vec![question; count] }
}

pub(crate) const fn outcome(number: u32) -> OutcomeMessage {
    let report = OutcomeReport {
        number,
        outcome: Outcome::Accepted,
        at: Timestamp(5),
        provider_message: None,
        late: false,
    };
    OutcomeMessage {
        about: About::Attempt(escalation(number)),
        tenant: None,
        report,
        personal: None,
        trace: None,
    }
}

pub(crate) fn command() -> Command {
    let order = Order::Pause { reach: Reach::default(), reason: label() };
    Command { actor: label(), order }
}

pub(crate) fn credit(amount: u32) -> Credit {
    Credit {
        worker: [1; 16],
        tenant: tenant(),
        channel: Channel::Sms,
        amount,
        expires_in: Duration::from_secs(30),
        outage: false,
    }
}
