//! A working day: claims come in, messages leave, agents work the call list, and the process is killed in between.

use serde_json::Value;

use crate::folder::{Answer, Folder, bytes};
use crate::process::{Running, soon};
use crate::stage::{Stage, on_both_stages};

on_both_stages! {
    messages_leave_to_those_who_are_not_called: Oldest,
    two_agents_work_the_list_and_each_wrong_word_is_refused: Newest,
    a_payment_between_take_and_open_strikes_the_call: Oldest,
    after_a_kill_the_day_goes_on_where_it_was: Oldest,
    a_payment_takes_a_call_that_waits_off_the_list: Newest,
}

const ROWS: [&str; 6] = [
    "1,claim,D1,C1,Anna Planted,de,+41791112201,,steueramt,100.00,CHF,2026-01-01T00:00:00Z,",
    "2,claim,D2,C2,Bruno Planted,fr,+41791112202,,werke,50.00,CHF,2026-01-01T00:00:00Z,",
    "3,claim,D3,C3,Carla Planted,it,+41791112203,,schule,70.00,CHF,2026-01-01T00:00:00Z,",
    // No phone: straight to the e-mail.
    "4,claim,D4,C4,Dora Planted,en,,dora.planted@town.example,werke,20.00,CHF,2026-01-01T00:00:00Z,",
    // No calls wanted: the text message is next.
    "5,claim,D5,C5,Egon Planted,de,+41791112205,,werke,20.00,CHF,2026-01-01T00:00:00Z,call",
    // Not due.
    "6,claim,D6,C6,Fritz Planted,de,+41791112206,,werke,20.00,CHF,2096-01-01T00:00:00Z,",
];

fn calls(folder: &Folder, words: &[&str]) -> Answer {
    folder.run(&[&["calls"], words].concat())
}

fn listed(folder: &Folder) -> Vec<Value> {
    calls(folder, &["list", "--format", "json"]).ends(0).json().as_array().unwrap().clone()
}

/// Takes one call; its id.
fn take(folder: &Folder, agent: &str) -> String {
    let taken = calls(folder, &["take", "--agent", agent, "--format", "json"]).ends(0).json();
    taken[0]["task"].as_str().unwrap().to_owned()
}

/// The number of a call that was opened: which debtor it is, since the list does not say.
fn open(folder: &Folder, agent: &str, task: &str) -> String {
    let opened = calls(folder, &["open", "--agent", agent, task, "--format", "json"]).ends(0).json();
    opened[0]["result"]["call"]["number"].as_str().unwrap().to_owned()
}

fn record(folder: &Folder) -> Vec<Value> {
    let text = String::from_utf8(bytes(folder.beside("providers/record.jsonl").as_ref())).unwrap();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn a_working_day(stage: Stage) -> (Folder, Running, Running) {
    let folder = stage.folder();
    folder.open_all_hours();
    folder.spoil("scenarios.toml", "then_wait = \"2d\"", "then_wait = \"0d\"");
    let providers = Running::providers(&folder);
    let running = Running::mahnwerk(&folder);
    folder.import(&ROWS).ends(0).says(&["6 rows"]);
    soon("three calls", || (listed(&folder).len() == 3).then_some(()));
    (folder, providers, running)
}

fn messages_leave_to_those_who_are_not_called(stage: Stage) {
    let (folder, _providers, _running) = a_working_day(stage);
    let messages = soon("two messages", || Some(record(&folder)).filter(|messages| messages.len() == 2));
    let to: Vec<&Value> = messages.iter().map(|message| &message["to"]).collect();
    assert!(
        to.contains(&&"dora.planted@town.example".into()) && to.contains(&&"+41791112205".into()),
        "{to:?}"
    );
    for message in &messages {
        let body = message["body"].as_str().unwrap();
        assert!(body.contains("Planted") && body.contains("+41 44 555 01 00"), "{body}");
        assert!(!body.contains("20.00"), "an amount: {body}");
    }
    soon("the outcomes", || {
        (folder.run(&["replay", "--type", "outcome_recorded"]).out.lines().count() == 2).then_some(())
    });
    folder.run(&["debtor", "why", "D5"]).ends(0).says(&["the debtor opted out", "step sms"]);
    folder
        .run(&["debtor", "show", "D4"])
        .ends(0)
        .says(&["Dora Planted", "email to dora.planted@town.example"]);
    folder.run(&["debtor", "why", "D6"]).ends(0).says(&["no step yet", "2096-01-06"]);
}

fn two_agents_work_the_list_and_each_wrong_word_is_refused(stage: Stage) {
    let (folder, _providers, running) = a_working_day(stage);
    let (first, second) = (take(&folder, "anna"), take(&folder, "bert"));
    assert_ne!(first, second);
    let list = calls(&folder, &["list"]).ends(0).says(&["taken by anna", "taken by bert", "waiting"]);
    assert!(!list.out.contains("+4179"), "no number before the permit");
    let done = |words: &[&str]| calls(&folder, &[&["done", "--agent", "anna", &first][..], words].concat());

    done(&["--reach", "no_answer"]).ends(1).says(&["was not opened", "open it, or give it back"]);
    calls(&folder, &["open", "--agent", "bert", &first]).ends(1).says(&["not held by bert; take it first\n"]);
    calls(&folder, &["open", "--agent", "Bert", &first]).ends(3).says(&["no short name"]);
    calls(&folder, &["open", "--agent", "anna", "nothing"]).ends(3).says(&["no task's id"]);
    let opened = calls(&folder, &["open", "--agent", "anna", &first]).ends(0);
    opened.says(&[
        "Call +4179",
        "Planted",
        "What to know",
        "What to say",
        "C",
        "mahnwerk calls done",
        "--agent anna",
    ]);
    calls(&folder, &["open", "--agent", "anna", &first]).ends(1).says(&["is open already"]);

    done(&["--reach", "the_dog"]).ends(2).says(&["no_answer, busy"]);
    done(&["--reach", "right_party", "--said", "woof"]).ends(2).says(&["nothing, promise"]);
    done(&["--reach", "no_answer", "--said", "refuses"]).ends(1).says(&["only the right party"]);
    done(&["--reach", "right_party", "--said", "promise"]).ends(3).says(&["--amount-minor and --by"]);
    let promise = ["--reach", "right_party", "--said", "promise", "--amount-minor", "2000"];
    done(&[&promise[..], &["--by", "2026-13-01"]].concat()).ends(3).says(&["is no day"]);
    done(&[&promise[..], &["--by", "2096-01-31"]].concat()).ends(0).says(&["is in the log"]);
    done(&["--reach", "no_answer"]).ends(1).says(&["not on the list"]);
    assert_eq!(listed(&folder).len(), 2);

    assert_eq!(running.terminate(), Some(0));
    folder.must_be_whole();
    assert_eq!(folder.run(&["replay", "--type", "promise_made"]).ends(0).out.lines().count(), 1);
}

fn a_payment_between_take_and_open_strikes_the_call(stage: Stage) {
    let (folder, _providers, _running) = a_working_day(stage);
    let tasks: Vec<String> = (0..3).map(|_| take(&folder, "anna")).collect();
    calls(&folder, &["take", "--agent", "bert"]).ends(0).says(&["No calls."]);
    let payments: [&str; 3] = [
        "91,payment,D1,C1,,,,,,100.00,CHF,,",
        "92,payment,D2,C2,,,,,,50.00,CHF,,",
        "93,payment,D3,C3,,,,,,70.00,CHF,,",
    ];
    folder.import(&payments).ends(0).says(&["3 facts recorded"]);
    for task in tasks {
        let answer =
            calls(&folder, &["open", "--agent", "anna", &task]).ends(1).says(&["Do not call: ", "paid"]);
        assert!(!answer.out.contains("+4179") && !answer.out.contains("Planted"), "{}", answer.out);
    }
    assert!(listed(&folder).is_empty());
    let started = folder.run(&["replay", "--type", "delivery_started"]).ends(0).json_lines();
    assert!(started.len() <= 2, "none but the two messages: {started:?}");
}

/// Nobody has it in hand, so nobody needs the reason: `debtor why` tells it (permits, 10).
fn a_payment_takes_a_call_that_waits_off_the_list(stage: Stage) {
    let (folder, _providers, _running) = a_working_day(stage);
    let held = take(&folder, "anna");
    folder
        .import(&[
            "91,payment,D1,C1,,,,,,100.00,CHF,,",
            "92,payment,D2,C2,,,,,,50.00,CHF,,",
            "93,payment,D3,C3,,,,,,70.00,CHF,,",
        ])
        .ends(0);
    let left = soon("one call", || Some(listed(&folder)).filter(|list| list.len() == 1));
    assert_eq!(left[0]["task"], held.as_str(), "what an agent holds says why when it is opened: {left:?}");
    calls(&folder, &["open", "--agent", "anna", &held]).ends(1).says(&["Do not call: ", "paid"]);
    assert!(listed(&folder).is_empty());
}

fn after_a_kill_the_day_goes_on_where_it_was(stage: Stage) {
    let (folder, _providers, running) = a_working_day(stage);
    soon("two messages", || (record(&folder).len() == 2).then_some(()));
    let task = take(&folder, "anna");
    let dialled = open(&folder, "anna", &task);
    running.kill();
    calls(&folder, &["list"]).ends(3).says(&["nobody runs in"]);
    folder.must_be_whole();

    let running = Running::mahnwerk(&folder);
    // The call that was opened under a permit is nobody's any more: nobody is called twice for a crash.
    let left = soon("two calls", || Some(listed(&folder)).filter(|list| list.len() == 2));
    assert!(left.iter().all(|call| call["task"] != task.as_str() && call["state"] == "waiting"), "{left:?}");
    for agent in ["bert", "carl"] {
        let task = take(&folder, agent);
        assert_ne!(open(&folder, agent, &task), dialled);
        calls(&folder, &["done", "--agent", agent, &task, "--reach", "voicemail"]).ends(0);
    }
    assert!(listed(&folder).is_empty());
    assert_eq!(running.terminate(), Some(0));
    folder.must_be_whole();
    assert_eq!(folder.run(&["replay", "--check"]).ends(0).json()["different"], 0);
    assert_eq!(record(&folder).len(), 2, "no message went again");
    nothing_personal_in_clear(&folder);
}

/// The log, and all that the processes wrote about their work at the level of debug.
fn nothing_personal_in_clear(folder: &Folder) {
    let log = bytes(folder.beside("run.log").as_ref());
    assert!(!log.is_empty());
    let all = [folder.kept(), log].concat();
    for value in ["Planted", "4179111220", "791112201", "dora.planted"] {
        // A dump writes bytes in hexadecimal digits.
        let digits: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
        for value in [value, &digits] {
            let found = all.windows(value.len()).any(|window| window == value.as_bytes());
            assert!(!found, "{value} in clear");
        }
    }
}
