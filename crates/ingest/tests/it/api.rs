//! The control API: what it does, in whose name, for whom, and what it refuses.

use std::path::Path;

use contract::wire::{Command, Order, Reach};
use domain::channel::Channel;
use domain::fact::Fact;
use domain::label::{Label, TenantId};
use ingest::listener::Role;
use serde_json::{Value, json};

use crate::doors::{token, with_tokens};
use crate::server::{Reply, Server, server};
use crate::shelf::{HOLD, WAITING};

const JSON: &str = "application/json";

async fn post(server: &Server, path: &str, body: Value, token: &str) -> Reply {
    server.send("POST", path, JSON, body.to_string().as_bytes(), token).await
}

fn last(server: &Server) -> Fact {
    server.seen.lock().unwrap().last().unwrap().1.fact.clone()
}

#[tokio::test]
async fn what_is_done_by_hand_is_a_fact_in_the_tokens_name() {
    let folder = tempfile::tempdir().unwrap();
    let (server, file) = with_tokens(folder.path()).await;
    let agent = token(&file, Role::Agent, &["stadt"]);
    let of = json!({ "tenant": "stadt", "debtor": "K-17" });
    let with = |more: Value| {
        let mut all = of.clone();
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };

    let held = post(&server, "/v1/holds", with(json!({ "reason": "illness" })), &agent).await;
    assert!(held.json()["hold"].as_str().unwrap().starts_with("hold-"), "{}", held.json());
    let Fact::HoldPlaced { actor, claim: None, until: None, .. } = last(&server) else { panic!() };
    assert_eq!(actor.as_str(), "agent-1");
    for named in [json!({}), json!({ "hold": HOLD.to_string() }), json!({ "hold": "3f3f3f3f" })] {
        let reply = post(&server, "/v1/holds/release", with(named), &agent).await;
        assert_eq!(reply.status, 200, "{}", reply.json());
        let Fact::HoldReleased { hold, .. } = last(&server) else { panic!() };
        assert_eq!(hold, HOLD);
    }
    let promise = json!({ "claim": "R-9", "amount": "12.50", "due_at": "2030-01-01T00:00:00Z" });
    assert_eq!(post(&server, "/v1/promises", with(promise), &agent).await.status, 200);
    let Fact::PromiseMade { amount, source, .. } = last(&server) else { panic!() };
    assert_eq!((amount.0, source.as_str()), (1_250, "agent-1"));
    let done = with(json!({ "task": "answer", "id": "t-1" }));
    assert_eq!(post(&server, "/v1/tasks/done", done.clone(), &agent).await.json()["receipt"], "recorded");
    assert_eq!(post(&server, "/v1/tasks/done", done, &agent).await.json()["receipt"], "duplicate");

    let named = with(json!({ "reason": "illness", "actor": "anna" }));
    assert_eq!(post(&server, "/v1/holds", named.clone(), &agent).await.status, 403);
    assert_eq!(post(&server, "/v1/holds", named, &server.token).await.status, 200);
    let Fact::HoldPlaced { actor, .. } = last(&server) else { panic!() };
    assert_eq!(actor.as_str(), "anna", "who holds the token beside the log may be several people");
}

#[tokio::test]
async fn a_request_with_an_id_of_its_own_counts_once() {
    let server = server(true).await;
    let of = |more: Value| {
        let mut all = json!({ "tenant": "stadt", "debtor": "K-17", "id": "r-1" });
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    for (path, body, name) in [
        ("/v1/holds", of(json!({ "reason": "illness", "until_after": "14d" })), "hold"),
        ("/v1/holds/release", of(json!({ "hold": "gone" })), "hold"),
        (
            "/v1/promises",
            of(json!({ "claim": "R-9", "amount": "1", "due_at": "2030-01-01T00:00:00Z" })),
            "promise",
        ),
    ] {
        let (first, again) = (server.post(path, &body).await.json(), server.post(path, &body).await.json());
        assert_eq!(
            (&first["receipt"], &again["receipt"]),
            (&json!("recorded"), &json!("duplicate")),
            "{path}"
        );
        assert_eq!(first[name], again[name], "{path}");
    }
    let gone = json!({ "tenant": "stadt", "debtor": "K-17", "hold": "gone" });
    assert_eq!(server.post("/v1/holds/release", &gone).await.status, 409, "without an id it is looked up");
}

fn promised(claim: &str, amount: &str, due_at: &str, currency: &str) -> Value {
    let (tenant, debtor) = ("stadt", "K-17");
    json!({
        "tenant": tenant, "debtor": debtor, "claim": claim, "amount": amount, "due_at": due_at, "currency": currency
    })
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_placed_and_changes_nothing() {
    let server = server(true).await;
    for (path, body, status, place) in [
        ("/v1/holds", json!({ "tenant": "stadt", "debtor": "K-17" }), 400, "body, line 1, column 34"),
        ("/v1/holds", json!({ "tenant": "S", "debtor": "K-17", "reason": "x" }), 400, "tenant"),
        ("/v1/holds", json!({ "tenant": "stadt", "debtor": "K-17", "reason": "No name" }), 400, "reason"),
        (
            "/v1/holds",
            json!({ "tenant": "stadt", "debtor": "K-17", "reason": "x", "until": "2030-01-01T00:00:00Z", "until_after": "1d" }),
            400,
            "until",
        ),
        (
            "/v1/holds",
            json!({ "tenant": "stadt", "debtor": "K-17", "reason": "x", "until": "1950-01-01T00:00:00Z" }),
            400,
            "until",
        ),
        (
            "/v1/holds",
            json!({ "tenant": "stadt", "debtor": "K-17", "reason": "x", "until": "2200-01-02T00:00:00Z" }),
            400,
            "until",
        ),
        (
            "/v1/holds",
            json!({ "tenant": "stadt", "debtor": "K-17", "reason": "x", "until_after": "0d" }),
            400,
            "until_after",
        ),
        ("/v1/promises", promised("R-1", "1", "2030-01-01T00:00:00Z", "CHF"), 400, "claim"),
        ("/v1/promises", promised("R-9", "0", "2030-01-01T00:00:00Z", "CHF"), 400, "amount"),
        ("/v1/promises", promised("R-9", "1.001", "2030-01-01T00:00:00Z", "CHF"), 400, "amount"),
        ("/v1/promises", promised("R-9", "1", "1950-01-01T00:00:00Z", "CHF"), 400, "due_at"),
        ("/v1/promises", promised("R-9", "1", "2030-01-01T00:00:00Z", "EUR"), 400, "currency"),
        ("/v1/tasks/done", json!({ "tenant": "stadt", "debtor": "K-17", "task": "dishes" }), 400, "task"),
        ("/v1/pauses", json!({ "channel": "pigeon", "reason": "x" }), 400, "channel"),
    ] {
        let reply = server.post(path, &body).await;
        assert_eq!((reply.status, reply.json()["where"].as_str()), (status, Some(place)), "{}", reply.json());
        assert!(!reply.problem().is_empty() && !reply.problem().contains("mapping"), "{}", reply.problem());
    }
    let in_force = HOLD.to_string();
    for (path, debtor, more, status) in [
        ("/v1/holds", "K-17", json!({ "reason": "x", "hold": in_force.as_str() }), 409),
        ("/v1/holds/release", "K-17", json!({ "hold": "H" }), 409),
        ("/v1/promises", "K-17", promised("R-8", "1", "2030-01-01T00:00:00Z", "CHF"), 409),
        ("/v1/holds", "nobody", json!({ "reason": "x" }), 404),
        ("/v1/holds/release", "nobody", json!({}), 404),
        ("/v1/promises", "nobody", promised("R-9", "1", "2030-01-01T00:00:00Z", "CHF"), 404),
        ("/v1/tasks/done", "nobody", json!({ "task": "answer" }), 404),
    ] {
        let mut body = more;
        body["tenant"] = json!("stadt");
        body["debtor"] = json!(debtor);
        let reply = server.post(path, &body).await;
        assert_eq!(reply.status, status, "{path}: {}", reply.json());
        assert!(!reply.problem().contains("mapping"), "{}", reply.problem());
    }
    assert!(server.seen.lock().unwrap().is_empty() && server.commands.lock().unwrap().is_empty());
}

#[tokio::test]
async fn commands_reach_every_partition_and_say_what_they_came_to() {
    let server = server(true).await;
    let pause = json!({ "tenant": "stadt", "channel": "sms", "reason": "outage" });
    for result in ["done", "nothing_to_do"] {
        let reply = server.post("/v1/pauses", &pause).await;
        assert_eq!(reply.json(), json!({ "result": result, "partitions": 1 }));
    }
    let (tenant, channel) = (TenantId::new("stadt").ok(), Some(Channel::Sms));
    let order = Order::Pause { reach: Reach { tenant, channel }, reason: Label::new("outage").unwrap() };
    let actor = Label::new("local-operator").unwrap();
    assert_eq!(server.commands.lock().unwrap()[0], Command { actor: actor.clone(), order });
    let resumed = server.send("DELETE", "/v1/pauses?actor=olga", JSON, b"", &server.token).await;
    assert_eq!(resumed.json()["result"], "done");
    let all =
        Command { actor: Label::new("olga").unwrap(), order: Order::Resume { reach: Reach::default() } };
    assert_eq!(server.commands.lock().unwrap().last(), Some(&all));

    let path = format!("/v1/quarantine/{WAITING}");
    assert_eq!(server.get(&path).await.json()["content"]["kind"], "payment_received");
    let retried = server.send("POST", &format!("{path}/retry"), JSON, b"", &server.token).await;
    assert!(retried.status == 404 && retried.problem().contains("no input with this key"));
    let dropped = server.send("DELETE", &path, JSON, b"", &server.token).await;
    assert_eq!((dropped.status, dropped.json()["where"].as_str()), (400, Some("query")));
    let dropped = server.send("DELETE", &format!("{path}?reason=test"), JSON, b"", &server.token).await;
    assert_eq!(dropped.status, 404);
    let order = Order::Drop { input: WAITING, reason: Label::new("test").unwrap() };
    assert_eq!(server.commands.lock().unwrap().last(), Some(&Command { actor, order }));
    assert_eq!(server.get("/v1/quarantine/secret").await.status, 400);
}

async fn of_some(folder: &Path) -> (Server, String) {
    let (server, file) = with_tokens(folder).await;
    let some = token(&file, Role::Operator, &["dorf"]);
    (server, some)
}

#[tokio::test]
async fn nobody_sees_or_touches_what_is_of_another_tenant() {
    let folder = tempfile::tempdir().unwrap();
    let (server, dorf) = of_some(folder.path()).await;
    let get = async |path: &str| server.send("GET", path, JSON, b"", &dorf).await;
    assert_eq!(get("/v1/why/K-17?tenant=stadt").await.status, 403);
    assert_eq!(get("/v1/why/K-17?tenant=dorf").await.status, 200);
    assert_eq!(get("/v1/events?tenant=stadt").await.status, 403);
    assert_eq!(get("/v1/events").await.json()["events"][0]["tenants"], json!(["dorf"]));
    assert_eq!(server.get("/v1/events").await.json()["events"][0]["tenants"], Value::Null);
    assert_eq!((get("/v1/events/1").await.status, get("/v1/events/2").await.status), (403, 200));
    assert_eq!(get("/v1/pauses").await.json().as_array().map(Vec::len), Some(2));
    assert_eq!(get("/v1/quarantine").await.json(), json!([]));
    assert_eq!(get("/v1/rulebook").await.json()["tenants"], json!([{ "tenant": "dorf" }]));
    let path = format!("/v1/quarantine/{WAITING}");
    assert_eq!(get(&path).await.status, 404);
    let retried = server.send("POST", &format!("{path}/retry"), JSON, b"", &dorf).await;
    assert_eq!(retried.status, 404);
    for (path, body) in [
        ("/v1/holds", json!({ "tenant": "stadt", "debtor": "K-17", "reason": "x" })),
        ("/v1/pauses", json!({ "reason": "x" })),
        ("/v1/pauses", json!({ "tenant": "stadt", "reason": "x" })),
        ("/v1/verify", json!({})),
    ] {
        assert_eq!(post(&server, path, body, &dorf).await.status, 403, "{path}");
    }
    let fact = json!({ "kind": "cease_requested", "id": "1", "debtor": "D", "source": "erp" });
    let sent = post(&server, "/v1/facts?tenant=stadt", json!([fact]), &dorf).await;
    assert_eq!(sent.json()[0]["problem"]["where"], "tenant", "{}", sent.json());
    assert!(server.seen.lock().unwrap().is_empty() && server.commands.lock().unwrap().is_empty());
    assert_eq!(post(&server, "/v1/facts?tenant=dorf", fact, &dorf).await.json()[0]["receipt"], "recorded");
}

#[tokio::test]
async fn a_page_has_limits_and_a_check_may_be_under_way() {
    let server = server(true).await;
    let page = server.get("/v1/events?after=7&type=escalated,paid").await.json();
    assert_eq!((&page["next"], &page["events"][0]["kinds"]), (&json!(8), &json!(["escalated", "paid"])));
    assert_eq!(page["events"][0]["limit"], 100);
    for query in ["limit=0", "limit=1001", "limit=x", "since=now", "debtor=K-17", "colour=red"] {
        assert_eq!(server.get(&format!("/v1/events?{query}")).await.status, 400, "{query}");
    }
    assert_eq!(server.post("/v1/verify", &json!({})).await.status, 503);
    let none = crate::server::server(false).await;
    assert!(none.get("/v1/events").await.problem().contains("does not read the log"));
}

#[tokio::test]
async fn facts_come_as_an_object_a_list_or_lines() {
    let server = server(true).await;
    let fact = |id: u32| json!({ "kind": "cease_requested", "id": id.to_string(), "debtor": "D" });
    let path = "/v1/facts?tenant=stadt&source=erp";
    assert_eq!(
        server.post(path, &fact(1)).await.json(),
        json!([{ "index": 0, "id": "1", "receipt": "recorded" }])
    );
    let list = server.post(path, &json!([fact(1), 7, fact(2)])).await.json();
    let words: Vec<&Value> = list.as_array().unwrap().iter().map(|one| &one["receipt"]).collect();
    assert_eq!(words, ["duplicate", "refused", "recorded"]);
    let lines = format!("{}\n\nnothing\n{}\n", fact(3), fact(4));
    for kind in ["application/jsonl", "application/x-ndjson; charset=utf-8"] {
        let answered = server.send("POST", path, kind, lines.as_bytes(), &server.token).await.json();
        let places: Vec<&Value> = answered.as_array().unwrap().iter().map(|one| &one["line"]).collect();
        assert_eq!(places, [1, 3, 4]);
    }
    let many = vec![fact(5); 10_001];
    assert_eq!(server.post(path, &json!(many)).await.status, 413);
    let many = format!("{}\n", fact(5)).repeat(10_001);
    let reply = server.send("POST", path, "application/jsonl", many.as_bytes(), &server.token).await;
    assert_eq!(reply.status, 413);
    assert_eq!(server.seen.lock().unwrap().len(), 4);
}
