//! What comes back: stand-ins that tell what became of messages and what people write, through a proxy that stands for
//! the one with TLS, to the webhooks of a running Mahnwerk.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::folder::{Folder, bytes};
use crate::process::{Running, soon};
use crate::request::{Answered, send_as, send_to};
use crate::stage::{Stage, on_both_stages};

on_both_stages! {
    what_became_of_a_text_message_is_in_the_log_and_nothing_of_it_in_a_log_line: Oldest,
    what_somebody_writes_is_acknowledged_once_and_again: Newest,
    a_stop_from_a_number_that_three_debtors_share_stops_all_three: Oldest,
}

const JSON: &str = "application/json";
const TENANT: &str = "gemeinde-musterwil";
/// Goes by text message at once: no calls are wanted.
const ROW: &str = "1,claim,D1,C1,Egon Planted,de,+41791112205,,werke,20.00,CHF,2026-01-01T00:00:00Z,call";

/// Passes connections on to whatever address stands in the file by then.
fn proxy(address_file: PathBuf) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for outside in listener.incoming() {
            let (outside, file) = (outside.unwrap(), address_file.clone());
            // Nobody there is told by a closed connection, and comes again.
            std::thread::spawn(move || pass_on(&outside, &file));
        }
    });
    address
}

fn pass_on(outside: &TcpStream, address_file: &Path) -> Option<()> {
    let address = std::fs::read_to_string(address_file).ok()?;
    let inside = TcpStream::connect(address.trim()).ok()?;
    let (asking, asked) = (outside.try_clone().ok()?, inside.try_clone().ok()?);
    std::thread::spawn(move || copy(asking, asked));
    copy(inside, outside.try_clone().ok()?);
    Some(())
}

fn copy(mut from: TcpStream, mut to: TcpStream) {
    let mut piece = [0; 4096];
    while let Ok(read @ 1..) = from.read(&mut piece) {
        if to.write_all(&piece[..read]).is_err() {
            return;
        }
    }
    // Gone already is as good.
    let _gone = to.shutdown(Shutdown::Write);
}

struct Town {
    folder: Folder,
    control: String,
    _providers: Running,
    running: Running,
}

impl Town {
    fn new(stage: Stage) -> Self {
        let folder = stage.folder();
        folder.open_all_hours();
        folder.spoil("scenarios.toml", "then_wait = \"2d\"", "then_wait = \"0d\"");
        let via = proxy(folder.door("/hooks")).to_string();
        let told = ["--webhooks", "https://dunning.example/", "--tenant", TENANT, "--via", &via];
        let (providers, control) = Running::providers_told(&folder, &told);
        let running = Running::mahnwerk(&folder);
        Self { folder, control, _providers: providers, running }
    }

    fn say(&self, channel: &str, id: &str, text: &str) -> Answered {
        let spoken = json!({ "channel": channel, "from": "+41791112205", "to": "41445550100", "text": text, "id": id });
        send_to(&self.control, None, "POST", "/control/inbound", JSON, spoken.to_string().as_bytes())
    }

    fn outcomes(&self) -> Vec<Value> {
        self.folder.run(&["replay", "--type", "outcome_recorded"]).ends(0).json_lines()
    }

    fn callbacks(&self) -> Vec<Value> {
        let text =
            String::from_utf8(bytes(self.folder.beside("providers/callbacks.jsonl").as_ref())).unwrap();
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

fn what_became_of_a_text_message_is_in_the_log_and_nothing_of_it_in_a_log_line(stage: Stage) {
    let town = Town::new(stage);
    town.folder.import(&[ROW]).ends(0).says(&["1 rows"]);
    let last =
        soon("a delivery", || town.outcomes().pop().filter(|line| line.to_string().contains("delivered")));
    assert!(!last.to_string().contains("41791112205"));
    let answered = soon("three callbacks", || Some(town.callbacks()).filter(|lines| lines.len() == 3));
    assert!(answered.iter().all(|line| line["answered"] == 204 && line["tried"] == 1), "{answered:?}");
    let figures = crate::request::text(&town.folder, "/metrics");
    let counted = "mahnwerk_webhooks_total{provider=\"twilio\",result=\"accepted\"} 3";
    assert!(figures.contains(counted) && !figures.contains("41791112205"), "{figures}");
    assert_eq!(town.running.terminate(), Some(0));
    town.folder.must_be_whole();
    let log = std::fs::read_to_string(town.folder.beside("run.log")).unwrap();
    assert!(!log.contains("41791112205") && !log.contains("stand-in"), "{log}");
}

fn what_somebody_writes_is_acknowledged_once_and_again(stage: Stage) {
    let town = Town::new(stage);
    for (channel, id) in [("sms", "SM1"), ("sms", "SM1"), ("social", "wamid.A"), ("social", "wamid.A")] {
        let (status, told) = town.say(channel, id, "STOP");
        assert_eq!((status, &told["answered"], &told["tries"]), (200, &json!(200), &json!(1)), "{told}");
    }
    let handshake = |token: &str| {
        let query = format!("hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={token}");
        send_as(&town.folder, None, "GET", &format!("/hooks/whatsapp/{TENANT}?{query}"), JSON, b"")
    };
    assert_eq!(handshake("stand-in"), (200, json!(1_158_201_444)));
    assert_eq!(handshake("secret-word").0, 403);
    let form = "application/x-www-form-urlencoded";
    for (path, status) in [
        ("twilio/gemeinde-musterwil/inbound", 403),
        ("twilio/nowhere/inbound", 404),
        ("token/secret-word", 403),
    ] {
        let (found, problem) =
            send_as(&town.folder, None, "POST", &format!("/hooks/{path}"), form, b"MessageSid=SM1");
        assert_eq!(found, status, "{path}");
        assert!(!problem.to_string().contains("secret-word"));
    }
    assert_eq!(town.running.terminate(), Some(0));
    town.folder.must_be_whole();
    let log = std::fs::read_to_string(town.folder.beside("run.log")).unwrap();
    assert!(!log.contains("secret-word") && !log.contains("41791112205"), "{log}");
}

fn a_stop_from_a_number_that_three_debtors_share_stops_all_three(stage: Stage) {
    let town = Town::new(stage);
    let row = |n: u32, phone: &str| {
        ROW.replace("1,claim,D1,C1", &format!("{n},claim,D{n},C{n}")).replace("+41791112205", phone)
    };
    let shared = "+41791112205";
    let rows = [row(1, shared), row(2, shared), row(3, shared), row(4, "+41791112206")];
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    town.folder.import(&rows).ends(0).says(&["4 rows"]);
    let (status, told) = town.say("sms", "SM7", "Stopp!! ich will keine sms mehr");
    assert_eq!((status, &told["answered"]), (200, &json!(200)), "{told}");
    let opted_out = town.folder.run(&["replay", "--type", "opted_out"]).ends(0).json_lines();
    let whose: std::collections::BTreeSet<_> =
        opted_out.iter().map(|event| event["stream"].as_str().unwrap()).collect();
    let of_the_channel = |event: &&Value| event.to_string().contains("\"channel\"");
    assert_eq!(
        (whose.len(), opted_out.iter().filter(|event| !of_the_channel(event)).count()),
        (4, 3),
        "{opted_out:?}"
    );
    for (debtor, stopped) in [("D1", true), ("D2", true), ("D3", true), ("D4", false)] {
        let why = town.folder.run(&["debtor", "why", debtor]).ends(0);
        assert_eq!(why.out.contains("does not want to be contacted at phone number"), stopped, "{debtor}");
    }
    assert_eq!(town.running.terminate(), Some(0));
    town.folder.must_be_whole();
}

#[test]
fn settings_that_no_webhook_could_work_with_are_refused_at_the_start() {
    for (settings, said) in [
        ("[webhooks]\npublic_url = \"http://dunning.example\"\n", "write https://"),
        ("[webhooks.twilio]\n", "public_url is missing"),
        ("[webhooks.whatsapp]\nverify_token_file = \"/nowhere\"\n", "can't be read"),
        ("[[webhooks.token]]\ntenant = \"nowhere\"\nsha256 = \"00\"\n", "no such tenant"),
        ("[webhooks]\npublic = true\n", "public"),
    ] {
        let folder = Folder::new();
        std::fs::write(folder.path().join("mahnwerk.toml"), format!("[listener]\nport = 0\n{settings}"))
            .unwrap();
        folder.run(&["run"]).ends(3).says(&[said]);
    }
}
