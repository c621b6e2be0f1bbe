//! The list's rules, one by one.

use domain::channel::Channel;
use domain::ids::StreamId;

use super::*;
use crate::view::TaskState;

const LIMIT: u32 = 5;

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn agent(name: &str) -> Label {
    Label::new(name).unwrap()
}

fn id(number: u32) -> EscalationId {
    EscalationId { stream: StreamId::new([3; 16]), number }
}

fn notice(number: u32, priority: i32) -> EscalationNotice {
    EscalationNotice {
        id: id(number),
        tenant: TenantId::new("town").unwrap(),
        channel: Channel::Call,
        partition: 0,
        emission: 1,
        priority,
        expires_at: Timestamp(1_000),
        trace: None,
    }
}

fn list(tasks: &[(u32, i32)]) -> List {
    let mut list = List::new(10);
    tasks.iter().for_each(|(number, priority)| list.push(notice(*number, *priority)));
    list
}

fn take(list: &mut List, name: &str, count: u32) -> Vec<u32> {
    list.take(&agent(name), None, count, LIMIT, at(10)).unwrap().iter().map(|id| id.number).collect()
}

#[test]
fn the_most_urgent_are_taken_first_and_by_one_agent_only() {
    let mut list = list(&[(1, 0), (2, 9), (3, 5), (4, 9)]);
    assert_eq!(take(&mut list, "ann", 2), [2, 4]);
    assert_eq!(take(&mut list, "bob", 9), [3, 1]);
    assert!(take(&mut list, "ann", 1).is_empty());
    let wrong = DeskError::NotHeld { task: id(2), agent: agent("bob") };
    assert_eq!(list.give_back(&agent("bob"), id(2)), Err(wrong.clone()));
    assert_eq!(list.begin_opening(&agent("bob"), id(2)), Err(wrong));
}

#[test]
fn an_agent_holds_a_limited_number() {
    let mut list = list(&[(1, 0), (2, 0), (3, 0), (4, 0), (5, 0), (6, 0)]);
    assert_eq!(take(&mut list, "ann", 9).len(), 5);
    assert_eq!(
        list.take(&agent("ann"), None, 1, LIMIT, at(10)),
        Err(DeskError::TooManyHeld { limit: LIMIT })
    );
    list.give_back(&agent("ann"), id(1)).unwrap();
    assert_eq!(take(&mut list, "ann", 9), [1]);
}

#[test]
fn who_may_see_some_tenants_takes_only_theirs() {
    let town = BTreeSet::from([TenantId::new("town").unwrap()]);
    let village = BTreeSet::from([TenantId::new("village").unwrap()]);
    let mut list = list(&[(1, 5), (2, 0)]);
    let mut other = notice(3, 9);
    other.tenant = TenantId::new("village").unwrap();
    list.push(other);
    assert_eq!(
        (list.waiting_of(None), list.waiting_of(Some(&town)), list.waiting_of(Some(&village))),
        (3, 2, 1)
    );
    let taken = list.take(&agent("ann"), Some(&town), 3, LIMIT, at(10)).unwrap();
    assert_eq!(taken, [id(1), id(2)], "the most urgent is another tenant's");
    assert_eq!((list.waiting_of(Some(&town)), list.waiting_of(Some(&village))), (0, 1));
    assert_eq!(list.take(&agent("ann"), Some(&BTreeSet::new()), 3, LIMIT, at(10)).unwrap(), []);
}

#[test]
fn a_lease_that_is_over_returns_the_task_to_its_place() {
    let mut list = list(&[(1, 9), (2, 5)]);
    assert_eq!(take(&mut list, "ann", 1), [1]);
    assert_eq!(list.next_end(), Some(at(10)));
    list.expire(at(9));
    assert_eq!(list.waiting(), 1);
    list.expire(at(10));
    assert_eq!((list.waiting(), list.next_end()), (2, None));
    assert_eq!(
        list.begin_opening(&agent("ann"), id(1)),
        Err(DeskError::NotHeld { task: id(1), agent: agent("ann") })
    );
    assert_eq!(take(&mut list, "bob", 1), [1]);
}

#[test]
fn a_call_goes_from_taken_to_open_to_its_end() {
    let mut list = list(&[(1, 0)]);
    let ann = agent("ann");
    take(&mut list, "ann", 1);
    assert_eq!(list.check_open(&ann, id(1)), Err(DeskError::NotOpen { task: id(1) }));
    assert_eq!(list.begin_opening(&ann, id(1)), Ok(0));
    assert_eq!(list.begin_opening(&ann, id(1)), Err(DeskError::AlreadyOpen { task: id(1) }));
    list.expire(at(10));
    assert_eq!(
        list.get(&id(1)).unwrap().hold.state(),
        TaskState::Taken,
        "a lease does not end while the permit is asked"
    );
    list.opened(id(1), at(60));
    assert_eq!(list.give_back(&ann, id(1)), Err(DeskError::AlreadyOpen { task: id(1) }));
    assert_eq!(list.check_open(&ann, id(1)), Ok(()));
    assert_eq!(
        list.check_open(&agent("bob"), id(1)),
        Err(DeskError::NotHeld { task: id(1), agent: agent("bob") })
    );
    assert!(list.strike(&id(1)).is_some());
    assert_eq!(list.check_open(&ann, id(1)), Err(DeskError::UnknownTask { task: id(1) }));
}

#[test]
fn an_unanswered_question_leaves_the_lease_as_it_was() {
    let mut list = list(&[(1, 0)]);
    take(&mut list, "ann", 1);
    list.begin_opening(&agent("ann"), id(1)).unwrap();
    list.not_opened(id(1));
    assert_eq!(list.get(&id(1)).unwrap().hold, Hold::Taken { agent: agent("ann"), until: at(10) });
}

#[test]
fn a_call_that_takes_too_long_is_overdue_and_can_still_be_ended() {
    let mut list = list(&[(1, 0)]);
    take(&mut list, "ann", 1);
    list.begin_opening(&agent("ann"), id(1)).unwrap();
    list.opened(id(1), at(60));
    assert!(list.is_waited_for());
    list.expire(at(60));
    assert_eq!(list.get(&id(1)).unwrap().hold.state(), TaskState::Overdue);
    assert!(!list.is_waited_for() && list.waiting() == 0, "it is never taken again");
    assert_eq!(list.check_open(&agent("ann"), id(1)), Ok(()));
}

#[test]
fn what_lapses_is_dropped_unless_somebody_holds_it() {
    let mut list = list(&[(1, 9), (2, 0)]);
    take(&mut list, "ann", 1);
    list.drop_lapsed(Timestamp(999));
    assert_eq!(list.tasks().count(), 2);
    list.drop_lapsed(Timestamp(1_000));
    assert_eq!(list.tasks().map(|task| task.notice.id.number).collect::<Vec<_>>(), [1]);
}

#[test]
fn a_recall_strikes_what_waits_and_what_comes_later_and_leaves_what_is_in_a_hand_permits_10() {
    let mut list = list(&[(1, 9), (2, 8), (3, 0)]);
    take(&mut list, "ann", 2);
    list.begin_opening(&agent("ann"), id(2)).unwrap();
    list.opened(id(2), at(60));
    (1..=4).for_each(|number| list.recall(id(number)));
    let listed = |list: &List| list.tasks().map(|task| task.notice.id.number).collect::<Vec<_>>();
    assert_eq!((listed(&list), list.waiting()), (vec![1, 2], 0), "the third waited");
    // The call itself, or one more emission, was on its way.
    (1..=4).for_each(|number| list.push(notice(number, 9)));
    assert_eq!(listed(&list), [1, 2]);
    list.give_back(&agent("ann"), id(1)).unwrap();
    list.drop_lapsed(Timestamp(1));
    assert_eq!(listed(&list), [2], "given back, it is gone");
    assert_eq!(list.check_open(&agent("ann"), id(2)), Ok(()), "it was opened before");
}

#[test]
fn a_recall_of_what_another_list_holds_takes_nobodys_room() {
    let mut list = List::new(1);
    list.push(notice(1, 0));
    list.recall(id(2));
    assert_eq!(take(&mut list, "ann", 9), [1]);
}

#[test]
fn news_of_a_known_task_changes_its_place_and_not_its_holder() {
    let mut list = list(&[(1, 0), (2, 5), (3, 1)]);
    take(&mut list, "ann", 1);
    list.push(notice(2, 1));
    list.push(notice(1, 7));
    assert_eq!(list.waiting(), 2);
    assert_eq!(take(&mut list, "bob", 9), [1, 3]);
}

#[test]
fn a_full_list_lets_the_least_urgent_go() {
    let mut list = List::new(2);
    [(1, 5), (2, 1), (3, 3)].iter().for_each(|(number, priority)| list.push(notice(*number, *priority)));
    assert_eq!(take(&mut list, "ann", 9), [1, 3]);
    list.push(notice(4, 9));
    assert_eq!((list.waiting(), list.tasks().count()), (0, 2), "what is held stays");
}

#[test]
fn a_virtual_clock_waits_for_agents_on_shift_and_for_tasks_in_hands() {
    let mut list = list(&[(1, 0)]);
    assert!(!list.is_waited_for(), "nobody took it");
    assert!(list.shift(&agent("ann"), at(5)));
    assert!(list.is_waited_for());
    list.expire(at(5));
    assert!(!list.is_waited_for(), "the shift is over");
    take(&mut list, "bob", 1);
    assert!(list.is_waited_for(), "it is in a hand");
    list.give_back(&agent("bob"), id(1)).unwrap();
    assert!(!list.is_waited_for());
    list.strike(&id(1));
    assert!(list.shift(&agent("ann"), at(50)));
    assert!(!list.is_waited_for(), "there is nothing to take");
}
