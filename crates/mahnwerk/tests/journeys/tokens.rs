//! Tokens from the command line to a request: made, listed, used for what they are for, revoked while the process runs.

use serde_json::json;

use crate::folder::Folder;
use crate::process::{Running, soon};
use crate::request::{send, send_as};
use crate::stage::{Stage, on_both_stages};

on_both_stages! {
    a_token_is_made_once_used_for_its_role_and_revoked_without_a_restart: Newest,
}

const JSON: &str = "application/json";
const TENANT: &str = "gemeinde-musterwil";

fn a_token_is_made_once_used_for_its_role_and_revoked_without_a_restart(stage: Stage) {
    let folder = stage.folder();
    folder.run(&["token", "ls"]).ends(0).says(&["No named tokens"]);
    let made = folder.run(&["token", "add", "erp", "--role", "upstream", "--tenant", TENANT]).ends(0);
    let erp = made.out.trim().to_owned();
    assert_eq!(erp.len(), 64, "the digits alone: {}", made.out);
    let anna = ["token", "add", "anna", "--role", "agent", "--all-tenants", "--expires", "2100-01-01"];
    let anna = folder.run(&anna).ends(0).out.trim().to_owned();
    let file = std::fs::read_to_string(folder.path().join("tokens.toml")).unwrap();
    assert!(!file.contains(&erp) && !file.contains(&anna), "{file}");
    let listed = folder.run(&["token", "ls", "--format", "json"]).ends(0).json();
    assert_eq!((&listed[0]["name"], &listed[0]["tenants"]), (&json!("erp"), &json!([TENANT])));
    assert_eq!(
        (&listed[1]["tenants"], &listed[1]["expires_at"]),
        (&json!("all"), &json!("2100-01-01T00:00:00Z"))
    );
    folder.run(&["token", "ls"]).ends(0).says(&["anna (agent for all tenants)", "until 2100-01-01"]);

    let _providers = Running::providers(&folder);
    let running = Running::mahnwerk(&folder);
    let calls = |token: &str| send_as(&folder, Some(token), "GET", "/v1/calls", JSON, b"").0;
    let publish =
        |token: &str| send_as(&folder, Some(token), "POST", "/v1/facts", "application/x-protobuf", b"").0;
    assert_eq!((calls(&erp), publish(&erp)), (403, 200));
    assert_eq!((calls(&anna), publish(&anna)), (200, 403));
    assert_eq!(
        send(&folder, "GET", "/v1/calls", JSON, b"").0,
        200,
        "the operator's own token may everything"
    );
    folder.run(&["token", "revoke", "anna"]).ends(0).says(&["Revoked anna"]);
    soon("a refusal", || (calls(&anna) == 401).then_some(()));
    let bert = folder.run(&["token", "add", "bert", "--role", "agent", "--all-tenants"]).ends(0);
    soon("a welcome", || (calls(bert.out.trim()) == 200).then_some(()));
    assert_eq!(running.terminate(), Some(0));
}

#[test]
fn a_wrong_token_command_says_what_would_be_right() {
    let folder = Folder::new();
    folder.run(&["token", "add", "erp", "--role", "upstream", "--tenant", TENANT]).ends(0);
    for (words, code, said) in [
        (vec!["add", "erp", "--role", "agent", "--all-tenants"], 3, "choose another, or revoke"),
        (vec!["add", "local-operator", "--role", "agent", "--all-tenants"], 3, "local-operator is reserved"),
        (vec!["add", "-", "--role", "agent", "--all-tenants"], 3, "begins with no letter"),
        (vec!["add", "Erp", "--role", "agent", "--all-tenants"], 3, "a-z, 0-9"),
        (vec!["add", "b", "--role", "agent", "--tenant", "nowhere"], 3, TENANT),
        (vec!["add", "b", "--role", "agent"], 2, "--tenant <TENANT>"),
        (vec!["add", "b", "--role", "agent", "--all-tenants", "--tenant", TENANT], 2, "cannot be used with"),
        (vec!["add", "b", "--role", "root", "--all-tenants"], 2, "operator"),
        (vec!["add", "b", "--role", "agent", "--all-tenants", "--expires", "soon"], 3, "write 2027-01-01"),
        (vec!["add", "b", "--role", "agent", "--all-tenants", "--expires", "2001-01-01"], 3, "a day to come"),
        (vec!["revoke", "nobody"], 3, "token ls"),
    ] {
        folder.run(&[&["token"], words.as_slice()].concat()).ends(code).says(&[said]);
    }
    assert_eq!(folder.run(&["token", "ls", "--format", "json"]).json().as_array().unwrap().len(), 1);
    std::fs::write(folder.path().join("tokens.toml"), "[[token").unwrap();
    folder.run(&["token", "ls"]).ends(3).says(&["tokens.toml", "broken at line 1"]);
    folder.run(&["run"]).ends(3).says(&["tokens.toml", "broken at line 1"]);
}

#[test]
fn a_running_process_is_ready_and_counts() {
    let folder = Folder::new();
    let _providers = Running::providers(&folder);
    let running = Running::mahnwerk(&folder);
    let ready = soon("readiness", || {
        let (status, conditions) = send_as(&folder, None, "GET", "/readyz", JSON, b"");
        (status == 200).then_some(conditions)
    });
    let names: Vec<&str> =
        ready.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["owns its partitions", "log writable", "backlog read"]);
    folder
        .import(&[
            "1,claim,D-1,C-1,Anna Muster,de,,anna@example.org,steueramt,10000,CHF,2026-01-01T00:00:00Z,",
        ])
        .ends(0);
    let figures = crate::request::text(&folder, "/metrics");
    for line in [
        r#"mahnwerk_facts_total{fact_kind="claim_registered",receipt="recorded",refusal="none"} 1"#,
        r#"mahnwerk_http_requests_total{route="/v1/facts",method="POST",status="2xx"} 1"#,
    ] {
        assert!(figures.contains(line), "{line} is not in\n{figures}");
    }
    for personal in ["Anna", "anna@", "D-1", "C-1", TENANT] {
        assert!(!figures.contains(personal), "{personal} is in the figures");
    }
    assert_eq!(running.terminate(), Some(0));
}

#[test]
fn an_address_that_others_reach_is_refused_without_a_proxy() {
    let folder = Folder::new();
    let settings = |text: &str| std::fs::write(folder.path().join("mahnwerk.toml"), text).unwrap();
    settings("[listener]\naddress = \"0.0.0.0:0\"\n");
    folder.run(&["run"]).ends(3).says(&["no TLS", "behind_tls_proxy = true"]);
    settings("[listener]\naddress = \"0.0.0.0:0\"\nbehind_tls_proxy = true\n");
    let _providers = Running::providers(&folder);
    let running = Running::mahnwerk(&folder);
    let address = std::fs::read_to_string(folder.path().join("listener.address")).unwrap();
    assert!(address.starts_with("127.0.0.1:"), "{address}");
    assert_eq!(send(&folder, "GET", "/v1/calls", JSON, b"").0, 200);
    assert_eq!(running.terminate(), Some(0));
}
