//! What the stand-ins tell of their own accord: to whom, signed how, in which manner, and how often.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use loopback::{Behaviour, Behaviours, Callbacks, LoopbackError, Telling};
use reqwest::Client;
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::Sha256;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::support::Stand;

const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
const PUBLIC: &str = "https://dunning.example";

/// A callback as it arrived.
struct Came {
    head: String,
    body: String,
}

impl Came {
    fn header(&self, name: &str) -> &str {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.clone().find(|(known, _)| known.eq_ignore_ascii_case(name)).unwrap().1
    }

    fn path(&self) -> &str {
        self.head.split(' ').nth(1).unwrap()
    }

    /// The fields of a form, which hold nothing that is escaped but `+`.
    fn field(&self, name: &str) -> Option<String> {
        let fields = self.body.split('&').filter_map(|field| field.split_once('='));
        let found = fields.clone().find(|(known, _)| *known == name);
        found.map(|(_, value)| {
            value.replace("%2B", "+").replace("%3F", "?").replace('+', if name == "Body" { " " } else { "+" })
        })
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// Somebody who is told: answers with these statuses, the last one from then on.
async fn receiver(answers: &'static [u16]) -> (std::net::SocketAddr, mpsc::Receiver<Came>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (came, coming) = mpsc::channel(64);
    let work = async move {
        for answer in answers.iter().chain(std::iter::repeat(answers.last().unwrap())) {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut bytes = Vec::new();
            let (head, body) = loop {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                if let Some((head, body)) = text.split_once("\r\n\r\n") {
                    let length = head.to_lowercase();
                    let length = length
                        .split_once("content-length: ")
                        .unwrap()
                        .1
                        .lines()
                        .next()
                        .unwrap()
                        .parse::<usize>();
                    if body.len() >= length.unwrap() {
                        break (head.to_owned(), body.to_owned());
                    }
                }
                assert_ne!(stream.read_buf(&mut bytes).await.unwrap(), 0, "cut");
            };
            let answer = format!("HTTP/1.1 {answer} Told\r\nContent-Length: 0\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.unwrap();
            if came.send(Came { head, body }).await.is_err() {
                return;
            }
        }
    };
    runtime::system::runtime().tasks.spawn("receiver", Box::pin(work));
    (address, coming)
}

fn callbacks(via: std::net::SocketAddr) -> Callbacks {
    Callbacks {
        via: Some(via),
        sms_auth_token: "12345".to_owned(),
        sms_inbound_url: Some(format!("{PUBLIC}/hooks/twilio/town/inbound")),
        whatsapp_app_secret: "app secret".to_owned(),
        whatsapp_url: Some(format!("{PUBLIC}/hooks/whatsapp/town")),
    }
}

async fn stand(via: std::net::SocketAddr, telling: Telling) -> Stand {
    let behaviour = Behaviour { callbacks: telling, ..Behaviour::default() };
    Stand::start(|config| {
        config.callbacks = Some(callbacks(via));
        config.behaviours =
            Behaviours { sms: behaviour.clone(), whatsapp: behaviour, ..Behaviours::default() };
    })
    .await
}

fn client() -> Client {
    // An error means that another test of this process has installed it.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    Client::new()
}

/// Sends a text message, and returns its name.
async fn sms(stand: &Stand, callback: Option<&str>) -> String {
    let address = stand.loopback.addresses().sms;
    let url = format!("http://{address}/2010-04-01/Accounts/{ACCOUNT}/Messages.json");
    let mut fields = vec![("To", "+393331234567"), ("From", "+390600000000"), ("Body", "x")];
    fields.extend(callback.map(|url| ("StatusCallback", url)));
    let response = client().post(url).basic_auth(ACCOUNT, Some("12345")).form(&fields).send().await.unwrap();
    response.json::<Value>().await.unwrap()["sid"].as_str().unwrap().to_owned()
}

async fn whatsapp(stand: &Stand) -> String {
    let url = format!("http://{}/v23.0/1234567890/messages", stand.loopback.addresses().whatsapp);
    let body = json!({
        "messaging_product": "whatsapp", "recipient_type": "individual", "to": "+393331234567", "type": "template",
        "template": { "name": "please_call", "language": { "policy": "deterministic", "code": "it" } },
        "biz_opaque_callback_data": "ab-7",
    });
    let request = client().post(url).bearer_auth("token").header("x-mahnwerk-clock", "2014-01-01T10:00:00Z");
    let response: Value = request.json(&body).send().await.unwrap().json().await.unwrap();
    response["messages"][0]["id"].as_str().unwrap().to_owned()
}

async fn say(stand: &Stand, body: Value) -> (u16, Value) {
    let url = format!("http://{}/control/inbound", stand.loopback.addresses().control);
    let response = client().post(url).json(&body).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

async fn words(coming: &mut mpsc::Receiver<Came>, count: usize) -> Vec<String> {
    let mut words = Vec::new();
    for _ in 0..count {
        words.push(coming.recv().await.unwrap().field("MessageStatus").unwrap());
    }
    words
}

fn lines(stand: &Stand) -> Vec<Value> {
    let text = std::fs::read_to_string(stand.folder.path().join("callbacks.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn mac<M: Mac + KeyInit>(key: &str, signed: &str) -> Vec<u8> {
    let mut mac = <M as KeyInit>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(signed.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

#[tokio::test]
async fn a_text_messages_statuses_go_where_it_said_with_a_genuine_signature() {
    let (via, mut coming) = receiver(&[204]).await;
    let stand = stand(via, Telling::default()).await;
    let url = format!("{PUBLIC}/status?escalation=ab-7");
    let sid = sms(&stand, Some(&format!("{url}#rc=5"))).await;
    for word in ["queued", "sent", "delivered"] {
        let came = coming.recv().await.unwrap();
        assert_eq!((came.path(), came.header("host")), ("/status?escalation=ab-7", "dunning.example"));
        assert_eq!(
            (came.field("MessageSid").as_ref(), came.field("MessageStatus").as_deref()),
            (Some(&sid), Some(word))
        );
        let names =
            ["AccountSid", "ApiVersion", "From", "MessageSid", "MessageStatus", "SmsSid", "SmsStatus", "To"];
        let signed: String =
            names.iter().map(|name| format!("{name}{}", came.field(name).unwrap())).collect();
        let signature = STANDARD.encode(mac::<Hmac<Sha1>>("12345", &format!("{url}{signed}")));
        assert_eq!(came.header("x-twilio-signature"), signature, "{}", came.body);
    }
}

#[tokio::test]
async fn a_whatsapp_messages_statuses_have_what_was_given_along_and_the_senders_time() {
    let (via, mut coming) = receiver(&[200]).await;
    let stand = stand(via, Telling::default()).await;
    let id = whatsapp(&stand).await;
    for word in ["sent", "delivered", "read"] {
        let came = coming.recv().await.unwrap();
        assert_eq!(came.path(), "/hooks/whatsapp/town");
        let hex: String =
            mac::<Hmac<Sha256>>("app secret", &came.body).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(came.header("x-hub-signature-256"), format!("sha256={hex}"));
        let status = &came.json()["entry"][0]["changes"][0]["value"]["statuses"][0];
        let expected = json!({
            "id": id, "status": word, "timestamp": "1388570400", "recipient_id": "393331234567",
            "biz_opaque_callback_data": "ab-7",
        });
        assert_eq!(*status, expected);
    }
}

#[tokio::test]
async fn each_manner_is_told_in_its_own_order() {
    let plain = ["queued", "sent", "delivered"];
    for (telling, expected) in [
        (Telling::default(), plain.to_vec()),
        (Telling { late_per_mille: 1000, late_ms: 30, ..Telling::default() }, plain.to_vec()),
        (
            Telling { twice_per_mille: 1000, ..Telling::default() },
            vec!["queued", "queued", "sent", "sent", "delivered", "delivered"],
        ),
        (Telling { out_of_order_per_mille: 1000, ..Telling::default() }, vec!["delivered", "sent", "queued"]),
        (Telling { failed_per_mille: 1000, ..Telling::default() }, vec!["queued", "sent", "undelivered"]),
    ] {
        let (via, mut coming) = receiver(&[204]).await;
        let stand = stand(via, telling.clone()).await;
        sms(&stand, Some(PUBLIC)).await;
        assert_eq!(words(&mut coming, expected.len()).await, expected, "{telling:?}");
    }
}

#[tokio::test]
async fn an_early_one_comes_before_the_answer_and_never_is_never() {
    let (via, mut coming) = receiver(&[204]).await;
    let stand = stand(via, Telling { early_per_mille: 1000, ..Telling::default() }).await;
    let sid = sms(&stand, Some(PUBLIC)).await;
    let told = [coming.try_recv().unwrap(), coming.try_recv().unwrap()];
    assert!(
        told.iter().all(|came| came.field("MessageSid").as_ref() == Some(&sid)),
        "both were there before the answer"
    );
    let never = Behaviour {
        callbacks: Telling { never_per_mille: 1000, ..Telling::default() },
        ..Behaviour::default()
    };
    stand.loopback.behave(Behaviours { sms: never, ..Behaviours::default() }).unwrap();
    sms(&stand, Some(PUBLIC)).await;
    stand.loopback.behave(Behaviours::default()).unwrap();
    sms(&stand, None).await;
    let last =
        say(&stand, json!({ "channel": "sms", "from": "+393331234567", "to": "+39060", "text": "x" })).await;
    assert_eq!(last.1["answered"], 204);
    let told: Vec<_> = lines(&stand).iter().map(|line| line["message"].clone()).collect();
    assert_eq!(
        told,
        [json!(sid), json!(sid), json!(sid), last.1["id"].clone()],
        "nothing of those in between"
    );
}

#[tokio::test]
async fn what_somebody_writes_is_posted_until_it_is_taken_and_each_try_is_recorded() {
    let (via, mut coming) = receiver(&[503, 404, 200]).await;
    let stand = stand(via, Telling::default()).await;
    let spoken = json!({ "channel": "sms", "from": "+393331234567", "to": "+39060", "text": "STOP bitte", "id": "SM7" });
    assert_eq!(say(&stand, spoken).await, (200, json!({ "id": "SM7", "tries": 3, "answered": 200 })));
    for _ in 0..3 {
        let came = coming.recv().await.unwrap();
        assert_eq!(came.path(), "/hooks/twilio/town/inbound");
        let seen = ["MessageSid", "From", "Body"].map(|name| came.field(name).unwrap());
        assert_eq!(seen, ["SM7", "+393331234567", "STOP bitte"]);
    }
    let tries: Vec<_> = lines(&stand)
        .iter()
        .map(|line| (line["tried"].as_u64().unwrap(), line["answered"].as_u64()))
        .collect();
    assert_eq!(tries, [(1, Some(503)), (2, Some(404)), (3, Some(200))]);
    assert!(!lines(&stand).iter().any(|line| line.to_string().contains("STOP")), "the record has no words");
}

#[tokio::test]
async fn a_whatsapp_reply_names_what_it_was_written_under() {
    let (via, mut coming) = receiver(&[200]).await;
    let stand = stand(via, Telling::default()).await;
    let spoken = json!({ "channel": "social", "from": "+393331234567", "to": "1234567890", "text": "ja", "reply_to": "wamid.A" });
    let (status, told) = say(&stand, spoken).await;
    assert_eq!((status, &told["answered"]), (200, &json!(200)));
    let came = coming.recv().await.unwrap().json();
    let message = &came["entry"][0]["changes"][0]["value"]["messages"][0];
    assert_eq!((&message["from"], &message["text"]["body"]), (&json!("393331234567"), &json!("ja")));
    assert_eq!((&message["context"]["id"], &message["id"]), (&json!("wamid.A"), &told["id"]));
}

#[tokio::test]
async fn nobody_who_does_not_listen_holds_anything_up_for_ever() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let stand = stand(gone, Telling::default()).await;
    let spoken = json!({ "channel": "sms", "from": "+393331234567", "to": "+39060", "text": "x" });
    let (_, told) = say(&stand, spoken).await;
    assert_eq!((&told["tries"], &told["answered"]), (&json!(5), &Value::Null));
    assert!(lines(&stand).iter().all(|line| line["failed"] == "no connection"));
}

#[tokio::test]
async fn what_can_not_be_told_is_refused() {
    let silent = Stand::start(|_| ()).await;
    for (body, status) in [
        (json!({ "channel": "sms", "from": "+39", "to": "+39", "text": "x" }), 409),
        (json!({ "channel": "fax", "from": "+39", "to": "+39", "text": "x" }), 400),
        (json!({ "channel": "sms", "from": "+39" }), 400),
        (json!({ "channel": "sms", "from": "+39", "to": "+39", "text": "x", "mood": 1 }), 400),
    ] {
        assert_eq!(say(&silent, body.clone()).await.0, status, "{body}");
    }
    let via: std::net::SocketAddr = "127.0.0.1:9".parse().unwrap();
    let wrong: [fn(&mut Callbacks); 4] = [
        |callbacks| callbacks.via = Some("192.0.2.1:80".parse().unwrap()),
        |callbacks| callbacks.sms_auth_token.clear(),
        |callbacks| callbacks.whatsapp_url = Some("nowhere".to_owned()),
        |callbacks| callbacks.via = None,
    ];
    for change in wrong {
        let folder = tempfile::tempdir().unwrap();
        let mut told = callbacks(via);
        change(&mut told);
        let config = loopback::Config {
            folder: folder.path().to_owned(),
            callbacks: Some(told),
            ..loopback::Config::default()
        };
        let refused = loopback::Loopback::start(&config, runtime::system::runtime()).await;
        assert!(matches!(refused, Err(LoopbackError::Callbacks(_))));
    }
}
