//! The HTTP stand-ins: requests as the published specifications have them, and bad ones.

use crate::support::Stand;
use loopback::{Behaviour, Behaviours, Config, Loopback, LoopbackError, Rule, Verdict};
use reqwest::{Client, Response};
use serde_json::{Value, json};

const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";

fn client() -> Client {
    // An error means that another test of this process has installed it.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    Client::new()
}

async fn sms(client: &Client, stand: &Stand, fields: &[(&str, &str)]) -> Response {
    let url =
        format!("http://{}/2010-04-01/Accounts/{ACCOUNT}/Messages.json", stand.loopback.addresses().sms);
    let request = client.post(url).basic_auth(ACCOUNT, Some("token")).form(fields);
    request.header("X-Mahnwerk-Attempt", "00-2").send().await.unwrap()
}

fn to(number: &str) -> [(&'static str, &str); 3] {
    [("To", number), ("From", "+390600000000"), ("Body", "Bitte rufen Sie zurück")]
}

fn template(number: &str) -> Value {
    json!({
        "messaging_product": "whatsapp", "recipient_type": "individual", "to": number, "type": "template",
        "template": {
            "name": "please_call", "language": { "policy": "deterministic", "code": "it" },
            "components": [{ "type": "body", "parameters": [{ "type": "text", "text": "Rossi" }] }],
        },
    })
}

async fn whatsapp(client: &Client, stand: &Stand, body: &Value) -> Response {
    let url = format!("http://{}/v23.0/1234567890/messages", stand.loopback.addresses().whatsapp);
    client.post(url).bearer_auth("token").json(body).send().await.unwrap()
}

fn by_rule(verdict: Verdict) -> Behaviours {
    let rules = vec![Rule { ends_with: "9".to_owned(), verdict }];
    let behaviour = Behaviour { rules, ..Behaviour::default() };
    Behaviours { sms: behaviour.clone(), whatsapp: behaviour, ..Behaviours::default() }
}

#[tokio::test]
async fn a_text_message_is_taken_recorded_and_answered_as_twilio_does() {
    let stand = Stand::start(|config| config.write_messages = true).await;
    let response = sms(&client(), &stand, &to("+393331234567")).await;
    assert_eq!(response.status(), 201);
    let body: Value = response.json().await.unwrap();
    let sid = body["sid"].as_str().unwrap();
    assert!(sid.len() == 34 && sid.starts_with("SM"), "{sid}");
    assert_eq!(body["status"], "queued");
    assert_eq!(body["account_sid"], ACCOUNT);
    let line = &stand.record()[0];
    assert_eq!(line["provider_message"], sid);
    assert_eq!(line["body"], "Bitte rufen Sie zurück");
    assert_eq!(line["escalation"], "00-2");
    assert_eq!(line["received_at"], line["wall_at"], "no clock was announced");
    let file = std::fs::read(stand.folder.path().join("outbox/00000001-sms.json")).unwrap();
    assert_eq!(&serde_json::from_slice::<Value>(&file).unwrap(), line);
}

#[tokio::test]
async fn a_bad_text_message_is_refused_with_twilios_code_and_not_recorded() {
    let stand = Stand::start(|config| config.sms_auth_token = Some("token".to_owned())).await;
    let client = client();
    let long = "x".repeat(1601);
    for (fields, code) in [
        (vec![("From", "+390600000000"), ("Body", "x")], 21604),
        (vec![("To", "0333"), ("From", "+390600000000"), ("Body", "x")], 21211),
        (vec![("To", "+393331234567"), ("Body", "x")], 21603),
        (vec![("To", "+393331234567"), ("From", "+390600000000")], 21602),
        (vec![("To", "+393331234567"), ("From", "+390600000000"), ("Body", &long)], 21617),
    ] {
        let response = sms(&client, &stand, &fields).await;
        assert_eq!(response.status(), 400);
        let body: Value = response.json().await.unwrap();
        assert_eq!((&body["code"], &body["status"]), (&json!(code), &json!(400)));
    }
    let address = stand.loopback.addresses().sms;
    let url = format!("http://{address}/2010-04-01/Accounts/{ACCOUNT}/Messages.json");
    let request = client.post(&url).form(&to("+393331234567"));
    assert_eq!(request.send().await.unwrap().status(), 401);
    let request = client.post(&url).basic_auth(ACCOUNT, Some("wrong")).form(&to("+393331234567"));
    assert_eq!(request.send().await.unwrap().status(), 401);
    let request = client.post(format!("http://{address}/2010-04-01/Accounts/AC1/Messages.json"));
    assert_eq!(request.send().await.unwrap().status(), 404);
    assert!(stand.record().is_empty());
    assert_eq!(stand.loopback.state().1["sms"]["malformed"], 8);
}

#[tokio::test]
async fn each_verdict_has_its_answer() {
    for (verdict, sms_status, sms_code, whatsapp_status, whatsapp_code) in [
        (Verdict::BadAddress, 400, 21211, 400, 131_026),
        (Verdict::RecipientRefuses, 400, 21610, 400, 131_050),
        (Verdict::NotAllowed, 400, 21408, 404, 132_001),
        (Verdict::Throttle, 429, 20429, 400, 131_056),
        (Verdict::ServerError, 500, 20500, 500, 131_000),
    ] {
        let stand = Stand::start(|config| config.behaviours = by_rule(verdict)).await;
        let client = client();
        let response = sms(&client, &stand, &to("+393331234569")).await;
        assert_eq!(response.status(), sms_status);
        assert_eq!(response.headers().contains_key("retry-after"), verdict == Verdict::Throttle);
        assert_eq!(response.json::<Value>().await.unwrap()["code"], sms_code);
        let response = whatsapp(&client, &stand, &template("+393331234569")).await;
        assert_eq!(response.status(), whatsapp_status);
        assert_eq!(response.json::<Value>().await.unwrap()["error"]["code"], whatsapp_code);
        assert_eq!(stand.verdicts(), [verdict.as_str(), verdict.as_str()]);
        assert!(stand.record().iter().all(|line| line["taken"] == false));
    }
}

#[tokio::test]
async fn what_is_taken_and_then_dropped_is_in_the_record() {
    let stand = Stand::start(|config| config.behaviours = by_rule(Verdict::AcceptThenDrop)).await;
    let url = format!("http://{}/v23.0/1/messages", stand.loopback.addresses().whatsapp);
    let request = client().post(url).bearer_auth("token").json(&template("+393331234569"));
    assert!(request.send().await.is_err());
    assert_eq!(stand.verdicts(), ["accept_then_drop"]);
    assert_eq!(stand.record()[0]["taken"], true);
}

#[tokio::test]
async fn a_template_message_is_taken_recorded_and_answered_as_meta_does() {
    let stand = Stand::start(|_| ()).await;
    let response = whatsapp(&client(), &stand, &template("+393331234567")).await;
    assert_eq!(response.status(), 200);
    let body: Value = response.json().await.unwrap();
    assert!(body["messages"][0]["id"].as_str().unwrap().starts_with("wamid."));
    assert_eq!(body["contacts"][0], json!({ "input": "+393331234567", "wa_id": "393331234567" }));
    let line = &stand.record()[0];
    assert_eq!(line["channel"], "social");
    assert_eq!(line["template"], json!(["please_call", "it"]));
    assert_eq!(line["parameters"], json!(["Rossi"]));
    assert_eq!(line["from"], "1234567890");
}

#[tokio::test]
async fn a_bad_template_message_is_refused_and_not_recorded() {
    let stand = Stand::start(|_| ()).await;
    let client = client();
    let with = |pointer: &str, value: Value| {
        let mut body = template("+393331234567");
        *body.pointer_mut(pointer).unwrap() = value;
        body
    };
    for (body, code) in [
        (json!({}), 100),
        (with("/messaging_product", json!("sms")), 100),
        (with("/recipient_type", json!("group")), 100),
        (with("/to", json!("Rossi")), 131_009),
        (with("/template/name", json!("")), 132_001),
        (with("/template/language/policy", json!("fallback")), 100),
        (with("/template/components/0/type", json!("header")), 100),
        (with("/template/components/0/parameters/0/text", json!("")), 131_008),
    ] {
        let response = whatsapp(&client, &stand, &body).await;
        assert_eq!(response.status(), 400);
        assert_eq!(response.json::<Value>().await.unwrap()["error"]["code"], code, "{body}");
    }
    let url = format!("http://{}/v23.0/1/messages", stand.loopback.addresses().whatsapp);
    assert_eq!(client.post(url).json(&template("+393331234567")).send().await.unwrap().status(), 401);
    let large = whatsapp(&client, &stand, &json!("x".repeat(300_000))).await;
    assert_eq!(large.status(), 413);
    assert!(stand.record().is_empty());
}

#[tokio::test]
async fn behaviour_changes_at_run_time_and_a_contradiction_is_refused() {
    let stand = Stand::start(|_| ()).await;
    let client = client();
    let url = format!("http://{}/control", stand.loopback.addresses().control);
    let told =
        client.post(&url).json(&json!({ "sms": { "throttle_per_mille": 1000 } })).send().await.unwrap();
    assert_eq!(told.status(), 200);
    assert_eq!(sms(&client, &stand, &to("+393331234567")).await.status(), 429);
    for wrong in [json!({ "sms": { "throttle_per_mille": 1001 } }), json!({ "smtp": {} })] {
        assert_eq!(client.post(&url).json(&wrong).send().await.unwrap().status(), 400, "{wrong}");
    }
    let shown: Value = client.get(&url).send().await.unwrap().json().await.unwrap();
    assert_eq!(shown["counts"], json!({ "sms": { "throttle": 1 } }));
    assert_eq!(shown["behaviours"]["sms"]["throttle_per_mille"], 1000, "a refused change changes nothing");
}

#[tokio::test]
async fn hundreds_of_requests_at_once_are_all_recorded_once() {
    let stand = Stand::start(|_| ()).await;
    let client = client();
    let numbers: Vec<_> = (0..400).map(|n| format!("+39333{n:07}")).collect();
    let mut tasks = tokio::task::JoinSet::new();
    for number in numbers.clone() {
        let url = format!("http://{}/v23.0/1/messages", stand.loopback.addresses().whatsapp);
        let request = client.post(url).bearer_auth("token").json(&template(&number));
        tasks.spawn(async move { request.send().await.unwrap().status().as_u16() });
    }
    assert!(tasks.join_all().await.iter().all(|status| *status == 200));
    let record = stand.record();
    let mut seen: Vec<_> = record.iter().map(|line| line["to"].as_str().unwrap()).collect();
    seen.sort_unstable();
    assert_eq!(seen, numbers);
    let sequence: Vec<_> = record.iter().map(|line| line["sequence"].as_u64().unwrap()).collect();
    assert_eq!(sequence, (1..=400).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_listener_hears_each_submission_before_it_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config { folder: folder.path().to_owned(), ..Config::default() };
    let (heard, hear) = std::sync::mpsc::channel();
    let listen = move |received: &loopback::Received| heard.send(received.to.clone()).unwrap();
    let loopback = Loopback::start_with(&config, runtime::system::runtime(), listen).await.unwrap();
    let stand = Stand { folder, loopback };
    assert_eq!(sms(&client(), &stand, &to("+393331234567")).await.status(), 201);
    assert_eq!(hear.try_recv().unwrap(), "+393331234567");
}

#[tokio::test]
async fn they_listen_on_loopback_only_and_stop_when_told() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config { folder: folder.path().to_owned(), ip: [0, 0, 0, 0].into(), ..Config::default() };
    let refused = Loopback::start(&config, runtime::system::runtime()).await;
    assert!(matches!(refused, Err(LoopbackError::NotLoopback(_))));
    let stand = Stand::start(|_| ()).await;
    let port = stand.loopback.addresses().sms.port();
    let taken = Config { folder: folder.path().to_owned(), sms_port: port, ..Config::default() };
    let refused = Loopback::start(&taken, runtime::system::runtime()).await;
    assert!(matches!(refused, Err(LoopbackError::Listen { provider: "sms", .. })));
    let mut client = crate::support::Smtp::connect(&stand).await;
    stand.loopback.stop();
    assert_eq!(client.rest().await, "");
}
