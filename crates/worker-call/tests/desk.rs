//! The call desk against a partition's owner, on the simulated executor and on a virtual clock.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "desk/office.rs"]
mod office;

use std::time::Duration;

use contract::personal::Personal;
use contract::wire::PermitAnswer;
use domain::event::Refusal;
use domain::label::{Label, RuleName};
use domain::outcome::{Disposition, Outcome, Reach, Said};
use domain::time::{Span, Timestamp};
use runtime::clock::Clock;
use worker_call::{DeskError, Filter, Opening, TaskState};

use office::{Office, agent, config, id, nobody_there, notice};

const PATIENCE: Duration = Duration::from_secs(5);

#[test]
fn a_call_is_taken_opened_and_ended_and_only_the_opening_shows_the_number() {
    let office = Office::new(config());
    office.emit(&[(1, 5), (2, 9)]);
    let desk = office.desk();
    office.run(async move {
        let ann = agent("ann");
        let leases = desk.take(&ann, 1).await.unwrap();
        let task = leases.first().unwrap().id().unwrap();
        assert_eq!(task, id(2), "the most urgent");
        let listed = format!("{:?}", desk.list(&Filter::default()).await);
        assert!(!listed.contains("+4179"), "{listed}");
        let Opening::Call(call) = desk.open(&ann, task).await.unwrap() else {
            unreachable!("it was granted")
        };
        assert_eq!((call.number.as_str(), call.script.as_str()), ("+41792", "Good day, this is the town."));
        assert_eq!(call.dossier, ["Owes since May.", "Promised once."]);
        assert!(!format!("{call:?}").contains("+4179"), "not in debug output");
        assert_eq!(desk.done(&ann, task, nobody_there(), Some("rang out".into())).await, Ok(()));
        assert_eq!(desk.list(&Filter::default()).await.len(), 1);
    });
    let outcomes = office.outcomes();
    let ended = outcomes.first().unwrap();
    assert_eq!((ended.about.attempt(), ended.report.outcome), (Some(id(2)), Outcome::Called(nobody_there())));
    assert_eq!(ended.personal, Some(Personal::Text { text: "rang out".into() }));
    assert_eq!(office.asked(), [id(2)], "taking asks no permit");
}

#[test]
fn a_stop_strikes_the_task_with_its_reason() {
    let office = Office::new(config());
    office.emit(&[(1, 0)]);
    let rule = RuleName::new("quiet_hours").unwrap();
    office.answers(move |_| Some(PermitAnswer::Refused(Refusal::Rule(rule.clone()))));
    let desk = office.desk();
    office.run(async move {
        let ann = agent("ann");
        desk.take(&ann, 1).await.unwrap();
        let opened = desk.open(&ann, id(1)).await.unwrap();
        let Opening::Struck { reason, .. } = opened else { unreachable!("it was refused") };
        assert_eq!(reason, "the rule quiet_hours forbids it now");
        assert!(desk.list(&Filter::default()).await.is_empty());
        assert_eq!(desk.open(&ann, id(1)).await, Err(DeskError::UnknownTask { task: id(1) }));
    });
    assert!(office.outcomes().is_empty());
}

#[test]
fn a_question_without_an_answer_leaves_the_task_with_the_agent() {
    let office = Office::new(config());
    office.emit(&[(1, 0)]);
    office.answers(|asking| (asking >= 9).then(office::granted_first));
    let desk = office.desk();
    office.run(async move {
        let ann = agent("ann");
        desk.take(&ann, 1).await.unwrap();
        let opened = desk.open(&ann, id(1)).await;
        assert_eq!(opened, Err(DeskError::Unanswered { task: id(1) }));
        assert!(opened.unwrap_err().is_transient());
        assert!(matches!(desk.open(&ann, id(1)).await, Ok(Opening::Call(_))));
    });
}

#[test]
fn a_number_is_not_shown_after_its_time_and_is_given_back() {
    let office = Office::new(config());
    office.emit(&[(1, 0)]);
    office.answers(|_| Some(office::granted(Duration::ZERO)));
    let desk = office.desk();
    office.run(async move {
        let ann = agent("ann");
        desk.take(&ann, 1).await.unwrap();
        assert!(matches!(desk.open(&ann, id(1)).await, Ok(Opening::Struck { .. })));
    });
    office.run_for(PATIENCE);
    assert_eq!(office.reported(), [(id(1), Outcome::Unsent)]);
}

#[test]
fn an_agent_who_leaves_while_the_permit_is_asked_loses_no_permit() {
    let office = Office::new(config());
    office.emit(&[(1, 0)]);
    office.replies_after(Duration::from_secs(1));
    let (desk, runtime) = (office.desk(), office.runtime());
    office.run(async move {
        let ann = agent("ann");
        desk.take(&ann, 1).await.unwrap();
        tokio::select! {
            biased;
            _ = desk.open(&ann, id(1)) => unreachable!("the reply takes a second"),
            () = runtime.clock.sleep(Duration::from_millis(500)) => {}
        }
    });
    office.run_for(PATIENCE);
    assert_eq!(office.reported(), [(id(1), Outcome::Unsent)], "nobody has seen the number");
    assert_eq!(office.in_flight(), 0);
}

#[test]
fn a_disposition_must_make_sense() {
    let office = Office::new(config());
    office.emit(&[(1, 0)]);
    let desk = office.desk();
    office.run(async move {
        let ann = agent("ann");
        desk.take(&ann, 1).await.unwrap();
        let said = Disposition { reach: Reach::Voicemail, said: Said::Refuses };
        assert_eq!(desk.done(&ann, id(1), said, None).await, Err(DeskError::NotOpen { task: id(1) }));
        desk.open(&ann, id(1)).await.unwrap();
        let refused = desk.done(&ann, id(1), said, None).await.unwrap_err().to_string();
        assert!(refused.contains("only the right party"), "{refused}");
        assert_eq!(desk.done(&ann, id(1), nobody_there(), None).await, Ok(()), "the task stayed open");
    });
    assert_eq!(office.reported().len(), 1);
}

#[test]
fn a_call_left_open_is_overdue_and_a_late_disposition_is_still_taken() {
    let office = Office::new(config());
    office.emit(&[(1, 0)]);
    let desk = office.desk();
    let opening = office.desk();
    office.run(async move {
        opening.take(&agent("ann"), 1).await.unwrap();
        opening.open(&agent("ann"), id(1)).await.unwrap();
    });
    assert!(office.in_flight() > 0);
    office.run_for(config().call_time);
    assert_eq!(office.in_flight(), 0, "a virtual clock may reach the partition's deadline");
    office.run(async move {
        let overdue = Filter { state: Some(TaskState::Overdue), ..Filter::default() };
        assert_eq!(desk.list(&overdue).await.len(), 1);
        assert_eq!(desk.done(&agent("ann"), id(1), nobody_there(), None).await, Ok(()));
    });
    assert_eq!(office.reported().len(), 1);
}

#[test]
fn many_calls_go_through_together() {
    let office = Office::new(config());
    let escalations: Vec<(u32, i32)> = (1..=600).map(|number| (number, 0)).collect();
    office.emit(&escalations);
    let desk = office.desk();
    office.run(async move {
        let script = agent("script");
        assert_eq!(desk.wait_for_tasks(PATIENCE).await, 600);
        let leases = desk.take(&script, 600).await.unwrap();
        let mut ids: Vec<_> = leases.iter().filter_map(|lease| lease.id()).collect();
        ids.push(id(9_999));
        ids.push(id(1));
        let opened = desk.open_many(&script, &ids).await;
        assert_eq!(opened.iter().filter(|opened| matches!(opened, Ok(Opening::Call(_)))).count(), 601);
        assert_eq!(opened.get(600), Some(&Err(DeskError::UnknownTask { task: id(9_999) })));
        let calls = ids.iter().map(|id| (*id, nobody_there(), None)).collect();
        let done = desk.done_many(&script, calls).await;
        assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 600);
        assert_eq!(desk.wait_for_tasks(PATIENCE).await, 0);
    });
    assert_eq!(office.asked().len(), 600, "a task named twice is asked once");
    assert_eq!(office.reported().len(), 600);
    assert_eq!(office.in_flight(), 0);
}

#[test]
fn the_list_comes_back_by_re_emission_and_grants_its_whole_capacity() {
    let office = Office::new(config());
    office.run_for(Duration::from_secs(1));
    assert_eq!(office.credits(), [10_000]);
    office.emit(&[(1, 0)]);
    office.emit(&[(1, 0)]);
    let desk = office.desk();
    office.run(async move {
        assert_eq!(desk.list(&Filter::default()).await.len(), 1);
        assert_eq!(desk.take(&agent("ann"), 5).await.unwrap().len(), 1);
        let waiting = Filter { state: Some(TaskState::Waiting), ..Filter::default() };
        assert!(desk.list(&waiting).await.is_empty());
        let anns = Filter { agent: Some(agent("ann")), ..Filter::default() };
        let views = desk.list(&anns).await;
        assert_eq!(views.first().unwrap().agent.as_deref(), Some("ann"));
        desk.give_back(&agent("ann"), id(1)).await.unwrap();
        assert_eq!(desk.list(&waiting).await.len(), 1);
    });
}

#[test]
fn a_bad_setting_is_named() {
    let (bus, runtime) = Office::new(config()).parts();
    let wrong = worker_call::DeskConfig { capacity: 0, ..config() };
    let refused = worker_call::CallDesk::new(runtime, bus, wrong).err().unwrap();
    assert!(refused.to_string().starts_with("capacity of the call desk"), "{refused}");
}

/// On a played clock: the next day begins only when nobody is to be waited for.
#[tokio::test]
async fn a_virtual_clock_waits_for_agents_on_shift_only() {
    let start = Timestamp(1_700_000_000_000);
    let (clock, runtime) = runtime::virtual_clock::runtime(start, None);
    let bus = office::bus(&runtime);
    let desk = worker_call::CallDesk::new(runtime.clone(), bus.clone(), config()).unwrap();
    let owner = office::Owner::start(&runtime, &*bus);
    runtime.tasks.spawn("desk", Box::pin(std::sync::Arc::clone(&desk).run()));
    desk.ready().await;

    let day = |n: i64| start.plus(Span::days(n));
    let next_day = clock.timer(day(1));
    office::emit(&*bus, vec![notice(1, 0, day(9))]).await;
    clock.start();
    let busy = next_day.await;
    assert_eq!(clock.now(), day(1), "nobody is on shift: the task does not stop the clock");

    let ann: Label = agent("ann");
    desk.shift(&ann, Duration::from_secs(3_600)).await;
    let next_day = clock.timer(day(2));
    drop(busy);
    assert_eq!(clock.now(), day(1), "ann is to take it");
    desk.take(&ann, 1).await.unwrap();
    desk.open(&ann, id(1)).await.unwrap();
    assert_eq!(clock.now(), day(1), "ann is on the phone");
    desk.done(&ann, id(1), nobody_there(), None).await.unwrap();
    drop(next_day.await);
    assert_eq!(clock.now(), day(2), "there is nothing left to take");
    assert_eq!(owner.reported(), [(id(1), Outcome::Called(nobody_there()))]);
}
