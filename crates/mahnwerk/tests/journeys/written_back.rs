//! Somebody writes back: the words are shown to a person, and the hold that Mahnwerk placed itself is released by its id.

use contract::codec::encode_facts;
use contract::personal::Personal;
use contract::wire::{Addressee, FactMessage};
use domain::channel::{Channel, PointKind};
use domain::fact::Fact;
use domain::ids::InputId;
use domain::inbound::InboundClass;
use domain::label::TenantId;
use domain::time::Timestamp;
use event_log::keys::Keyring;

use crate::folder::Folder;
use crate::process::Running;
use crate::request::send;
use crate::stage::{Stage, on_both_stages};

on_both_stages! {
    what_was_written_is_shown_newest_first_and_the_hold_it_led_to_is_released: Newest,
}

const ADDRESS: &str = "dora.planted@town.example";
const ROW: &str =
    "1,claim,D4,C4,Dora Planted,de,,dora.planted@town.example,werke,20.00,CHF,2096-01-01T00:00:00Z,";

/// What a webhook would hand in.
fn message(folder: &Folder, number: u8, text: &str) -> FactMessage {
    let keyring = Keyring::read(&folder.path().join("keys")).unwrap();
    let tenant = TenantId::new("gemeinde-musterwil").unwrap();
    let point = keyring.point_id(&tenant, PointKind::Email, ADDRESS);
    FactMessage {
        tenant,
        addressee: Addressee::UsersOf(point),
        key: InputId::new([number; 16]),
        content: [number; 16],
        occurred_at: Timestamp(1_772_359_200_000 + i64::from(number)),
        fact: Fact::MessageReceived { channel: Channel::Email, point, class: InboundClass::Question },
        personal: Some(Personal::Text { text: text.to_owned() }),
        trace: None,
    }
}

fn what_was_written_is_shown_newest_first_and_the_hold_it_led_to_is_released(stage: Stage) {
    let folder = stage.folder();
    let _providers = Running::providers(&folder);
    let running = Running::mahnwerk(&folder);
    folder.import(&[ROW]).ends(0);
    for (number, text) in [(1, "Wofür ist das?"), (2, "Bitte rufen Sie an.")] {
        let batch = encode_facts(&[message(&folder, number, text)]);
        assert_eq!(send(&folder, "POST", "/v1/facts", "application/x-protobuf", &batch).0, 200);
    }
    let shown = folder.run(&["debtor", "show", "D4", "--format", "json"]).ends(0).json();
    let texts: Vec<&str> =
        shown["messages"].as_array().unwrap().iter().map(|one| one["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["Bitte rufen Sie an.", "Wofür ist das?"]);
    assert_eq!(shown["messages"][0]["class"], "question");
    folder.run(&["debtor", "show", "D4"]).ends(0).says(&[
        "Messages received",
        "email question",
        "rufen Sie an",
    ]);

    let holds: Vec<&str> =
        shown["holds"].as_array().unwrap().iter().map(|hold| hold["hold"].as_str().unwrap()).collect();
    assert!(!holds.is_empty(), "{shown}");
    for hold in holds {
        folder.run(&["debtor", "why", "D4"]).ends(0).says(&[&format!("(hold {})", &hold[24..])]);
        folder.run(&["debtor", "release", "D4", "--hold", &hold[24..]]).ends(0).says(&["Released: hold"]);
    }
    folder.run(&["debtor", "release", "D4"]).ends(1).says(&["no hold in force"]);
    folder
        .run(&["debtor", "done", "D4", "--task", "answer", "--actor", "anna"])
        .ends(0)
        .says(&["Done: answer."]);
    assert_eq!(running.terminate(), Some(0));
    folder.must_be_whole();
    let log = std::fs::read_to_string(folder.beside("run.log")).unwrap();
    assert!(!log.contains("rufen Sie an"), "words in a log line");
}
