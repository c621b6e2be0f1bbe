//! Who is let in through which door: tokens, roles and tenants, and what needs no token.

use std::collections::BTreeSet;
use std::path::Path;

use contract::codec::encode_facts;
use domain::ids::{EscalationId, StreamId};
use domain::label::{Label, TenantId};
use domain::time::Timestamp;
use ingest::listener::named::{NamedToken, NamedTokens};
use ingest::listener::{Right, Role, Tenants, rights};
use runtime::system::SystemRandom;
use serde_json::json;

use crate::server::{Server, Setup, payment, serve};

const PROTOBUF: &str = "application/x-protobuf";

/// Makes a token and gives its digits.
pub(crate) fn token(file: &Path, role: Role, tenants: &[&str]) -> String {
    let name = Label::new(&format!("{}-{}", role.as_str(), tenants.len())).unwrap();
    let named = tenants.iter().map(|tenant| TenantId::new(tenant).unwrap()).collect::<BTreeSet<_>>();
    let tenants = if named.is_empty() { Tenants::All } else { Tenants::These(named) };
    let times = (Timestamp(1_790_000_000_000), None);
    let (token, digits) = NamedToken::draw(name, role, tenants, times, &SystemRandom);
    NamedTokens::change(file, |tokens| Ok(tokens.add(token))).unwrap().unwrap();
    digits
}

pub(crate) async fn with_tokens(folder: &Path) -> (Server, std::path::PathBuf) {
    let file = folder.join("tokens.toml");
    let server = serve(Setup { tokens: Some(file.clone()), ..Setup::default() }).await;
    (server, file)
}

/// Which roles each route is open to, as the manual says it.
const OPEN_TO: [(&str, &str, Right, &[Role]); 26] = [
    ("POST", "/v1/facts", Right::PublishFacts, &[Role::Upstream, Role::Operator]),
    ("POST", "/v1/outcomes", Right::ReportOutcomes, &[Role::Operator]),
    ("GET", "/v1/calls", Right::WorkCalls, &[Role::Agent, Role::Operator]),
    ("POST", "/v1/calls/take", Right::WorkCalls, &[Role::Agent, Role::Operator]),
    ("POST", "/v1/calls/open", Right::WorkCalls, &[Role::Agent, Role::Operator]),
    ("POST", "/v1/calls/done", Right::WorkCalls, &[Role::Agent, Role::Operator]),
    ("POST", "/v1/calls/return", Right::WorkCalls, &[Role::Agent, Role::Operator]),
    ("POST", "/v1/calls/shift", Right::WorkCalls, &[Role::Agent, Role::Operator]),
    ("GET", "/v1/debtors/{*reference}", Right::ShowDebtors, &[Role::Agent, Role::Operator]),
    ("POST", "/v1/holds", Right::HoldAndPromise, &[Role::Agent, Role::Operator]),
    ("POST", "/v1/holds/release", Right::HoldAndPromise, &[Role::Agent, Role::Operator]),
    ("POST", "/v1/promises", Right::HoldAndPromise, &[Role::Agent, Role::Operator]),
    ("POST", "/v1/tasks/done", Right::HoldAndPromise, &[Role::Agent, Role::Operator]),
    ("GET", "/v1/why/{*reference}", Right::ReadEvents, &[Role::Analyst, Role::Operator]),
    ("GET", "/v1/events", Right::ReadEvents, &[Role::Analyst, Role::Operator]),
    ("GET", "/v1/events/{position}", Right::ReadEvents, &[Role::Analyst, Role::Operator]),
    ("POST", "/v1/verify", Right::ReadEvents, &[Role::Analyst, Role::Operator]),
    ("GET", "/v1/rulebook", Right::ReadEvents, &[Role::Analyst, Role::Operator]),
    ("GET", "/v1/pauses", Right::ReadEvents, &[Role::Analyst, Role::Operator]),
    ("POST", "/v1/pauses", Right::Command, &[Role::Operator]),
    ("DELETE", "/v1/pauses", Right::Command, &[Role::Operator]),
    ("GET", "/v1/parked", Right::Command, &[Role::Operator]),
    ("GET", "/v1/quarantine", Right::Command, &[Role::Operator]),
    ("GET", "/v1/quarantine/{key}", Right::Command, &[Role::Operator]),
    ("POST", "/v1/quarantine/{key}/retry", Right::Command, &[Role::Operator]),
    ("DELETE", "/v1/quarantine/{key}", Right::Command, &[Role::Operator]),
];

#[tokio::test]
async fn each_route_is_open_to_its_roles_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let (server, file) = with_tokens(folder.path()).await;
    let tokens = Role::ALL.map(|role| (role, token(&file, role, &[])));
    let routes = rights();
    let known = OPEN_TO.map(|(method, path, right, _)| (method, path, right));
    let found: Vec<_> = routes.iter().map(|(method, path, right)| (method.as_str(), *path, *right)).collect();
    assert_eq!(found, known, "each route stands in this table");
    for (method, path, _, open_to) in OPEN_TO {
        let path = path.replace("{*reference}", "x?tenant=stadt");
        for (role, token) in &tokens {
            let reply = server.send(method, &path, "application/json", b"", token).await;
            assert_eq!(
                reply.status == 403,
                !open_to.contains(role),
                "{method} {path} as {role:?}: {}",
                reply.status
            );
            assert_ne!(reply.status, 401);
        }
        let nobody = server.send(method, &path, "application/json", b"", &"0".repeat(64)).await;
        assert_eq!(nobody.status, 401, "{method} {path}");
    }
    let refused = server.send("GET", "/v1/calls", "text/plain", b"", &tokens[0].1).await;
    assert!(refused.json()["remedy"].as_str().unwrap().contains("agent or operator"));
}

#[tokio::test]
async fn a_token_for_some_tenants_is_refused_for_others() {
    let folder = tempfile::tempdir().unwrap();
    let (server, file) = with_tokens(folder.path()).await;
    let (town, village) =
        (token(&file, Role::Operator, &["stadt"]), token(&file, Role::Operator, &["dorf", "weiler"]));
    let facts = encode_facts(&[payment(1), payment(2)]);
    let reply = server.send("POST", "/v1/facts", PROTOBUF, &facts, &village).await;
    assert_eq!((reply.status, reply.json()["where"].as_str()), (403, Some("fact 0, tenant")));
    assert!(reply.problem().contains("not for this tenant"));
    let fact = json!({ "id": "4711", "kind": "cease_requested", "debtor": "K-1", "tenant": "stadt", "source": "erp" });
    let body = fact.to_string();
    let reply = server.send("POST", "/v1/facts", "application/json", body.as_bytes(), &village).await.json();
    assert_eq!((&reply[0]["receipt"], &reply[0]["id"]), (&json!("refused"), &json!("4711")), "{reply}");
    assert!(server.seen.lock().unwrap().is_empty());
    assert_eq!(server.send("POST", "/v1/facts", PROTOBUF, &facts, &town).await.status, 200);
    for (path, status) in [
        ("/v1/calls?tenant=dorf", 403),
        ("/v1/calls?tenant=stadt", 200),
        ("/v1/calls", 200),
        ("/v1/debtors/x?tenant=dorf", 403),
        ("/v1/debtors/x?tenant=stadt", 404),
    ] {
        assert_eq!(server.send("GET", path, "text/plain", b"", &town).await.status, status, "{path}");
    }
    let id = EscalationId { stream: StreamId::new([7; 16]), number: 3 }.to_string();
    for (token, tenant, status) in [
        (&town, None, 200),
        (&town, Some("stadt"), 200),
        (&town, Some("dorf"), 403),
        (&village, None, 400),
        (&village, Some("dorf"), 200),
        (&village, Some("Dorf X"), 400),
        (&server.token, None, 200),
    ] {
        let body = json!([{ "escalation": id, "outcome": "delivered", "tenant": tenant }]).to_string();
        let reply = server.send("POST", "/v1/outcomes", "application/json", body.as_bytes(), token).await;
        assert_eq!(reply.status, status, "{tenant:?}");
        assert!(status == 200 || reply.json()["where"] == "outcome 0, tenant");
    }
}

#[tokio::test]
async fn a_revoked_token_is_let_in_no_more_and_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let (server, file) = with_tokens(folder.path()).await;
    let digits = token(&file, Role::Agent, &["stadt"]);
    assert_eq!(server.send("GET", "/v1/calls", "text/plain", b"", &digits).await.status, 200);
    assert!(NamedTokens::change(&file, |tokens| Ok(tokens.revoke("agent-1"))).unwrap());
    assert_eq!(server.send("GET", "/v1/calls", "text/plain", b"", &digits).await.status, 401);
    assert_eq!(server.get("/v1/calls").await.status, 200, "the operator's own is another");
    let figures = String::from_utf8(server.get("/metrics").await.body).unwrap();
    assert!(figures.contains("mahnwerk_tokens_refused_total{reason=\"wrong\"} 1\n"), "{figures}");
    let route = r#"mahnwerk_http_requests_total{route="/v1/calls",method="GET",status="2xx"} 2"#;
    assert!(figures.contains(route), "{figures}");
    assert!(!figures.contains(&digits));
}

#[tokio::test]
async fn probes_need_no_token_and_say_what_holds() {
    for (ready, status) in [(true, 200), (false, 503)] {
        let server = serve(Setup { ready, ..Setup::default() }).await;
        let bare =
            |path: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").into_bytes();
        let reply = server.raw(bare("/readyz")).await;
        assert_eq!(reply.status, status);
        let log = &reply.json()[1];
        assert_eq!((&log["name"], &log["ok"]), (&"log writable".into(), &ready.into()));
        assert_eq!(log["detail"], "at position 0");
        assert_eq!(server.raw(bare("/livez")).await.body, b"alive\n");
        let figures = server.raw(bare("/metrics")).await;
        assert!(figures.head.contains("content-type: application/openmetrics-text; version=1.0.0"));
        assert!(figures.body.ends_with(b"# EOF\n"));
        assert_eq!(server.raw(bare("/v1/livez")).await.status, 401, "its old place is gone");
    }
}
