//! A log's owner that keeps what it is told, behind a listener with webhooks; and signers of our own.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bus::in_process::{InProcessBus, Limits};
use bus::{Bus, OwnerLanes};
use contract::wire::{About, FactMessage, Filed, OutcomeMessage, Receipt};
use domain::ids::{EscalationId, InputId, StreamId};
use domain::inbound::InboundClass;
use domain::label::{Label, TenantId};
use domain::time::Timestamp;
use event_log::keys::Keyring;
use hmac::{Hmac, KeyInit, Mac};
use ingest::figures::Figures;
use ingest::gate::{Gate, Route};
use ingest::hooks::{
    HookMeter, HookProvider, HookResult, HookSecret, HookSettings, HookToken, Hooks, PublicUrl, TwilioHooks,
    WhatsAppHooks, routes,
};
use ingest::listener::{Access, Exposure, Listener, Services, Token};
use runtime::Runtime;
use serde_json::Value;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use telemetry::metrics::Registry;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use crate::server::Ready;
use crate::support::keyring;

/// Counts by `provider result` and by class.
#[derive(Default)]
struct Counts(Mutex<BTreeMap<String, u32>>);

impl HookMeter for Counts {
    fn webhook(&self, provider: HookProvider, result: HookResult) {
        let label = format!("{} {}", provider.as_str(), result.as_str());
        *self.0.lock().unwrap().entry(label).or_default() += 1;
    }

    fn inbound(&self, class: InboundClass) {
        *self.0.lock().unwrap().entry(class.as_str().to_owned()).or_default() += 1;
    }
}

pub(crate) struct Town {
    address: SocketAddr,
    pub(crate) runtime: Runtime,
    pub(crate) keyring: Keyring,
    facts: Arc<Mutex<Vec<FactMessage>>>,
    reports: Arc<Mutex<Vec<OutcomeMessage>>>,
    counts: Arc<Counts>,
    _serving_until_dropped: oneshot::Sender<()>,
}

/// A listener with webhooks; without an owner behind it nobody can be asked.
pub(crate) async fn town(owned: bool) -> Town {
    let runtime = runtime::system::runtime();
    let bus = Arc::new(InProcessBus::new(runtime.activity.clone(), Limits::default()));
    let (facts, reports, counts) = (Arc::default(), Arc::default(), Arc::<Counts>::default());
    if owned {
        own(&runtime, &bus, Arc::clone(&facts), Arc::clone(&reports));
    }
    let gate = Gate::new(bus as Arc<dyn Bus>, runtime.clone(), Route::by_digest(keyring(), 1));
    let hooks = Hooks {
        runtime: runtime.clone(),
        gate: gate.clone(),
        keyring: Arc::new(keyring()),
        classify: Arc::new(|_, text| class(text)),
        meter: Arc::clone(&counts) as Arc<dyn HookMeter>,
        settings: Arc::new(settings()),
    };
    let folder = tempfile::tempdir().unwrap();
    let token = Token::load_or_create(&folder.path().join("token"), runtime.random.as_ref()).unwrap();
    let listener =
        Listener::bind("127.0.0.1:0".parse().unwrap(), Exposure::Loopback).await.unwrap().also(routes(hooks));
    let address = listener.address();
    let (stop, stopped) = oneshot::channel::<()>();
    let services = Services {
        runtime: runtime.clone(),
        figures: Figures::new(&Registry::default()),
        gate,
        calls: None,
        readiness: Arc::new(Ready(true)),
        debtors: None,
        digests: Arc::new(keyring()),
        archive: None,
    };
    let serving = listener.serve(services, Access::local(token), async move { drop(stopped.await) });
    runtime.tasks.spawn("listener", Box::pin(serving));
    Town { address, runtime, keyring: keyring(), facts, reports, counts, _serving_until_dropped: stop }
}

fn class(text: &str) -> InboundClass {
    match text.trim().to_lowercase().as_str() {
        "stop" | "stopp" => InboundClass::Stop,
        "falsche nummer" => InboundClass::WrongPerson,
        "wie viel?" => InboundClass::Question,
        _ => InboundClass::Unclear,
    }
}

fn settings() -> HookSettings {
    let secret = |text: &str| HookSecret::new(text).unwrap();
    let tenant = || TenantId::new("town").unwrap();
    let tokens = vec![secret(Town::AUTH_TOKEN), secret(Town::NEW_AUTH_TOKEN)];
    let whatsapp = WhatsAppHooks {
        verify_token: secret("verify me"),
        app_secrets: vec![secret(Town::APP_SECRET), secret("new app secret")],
    };
    HookSettings {
        twilio: Some(TwilioHooks {
            public_url: PublicUrl::parse(Town::PUBLIC_URL).unwrap(),
            auth_tokens: BTreeMap::from([(tenant(), tokens)]),
        }),
        whatsapp: BTreeMap::from([(tenant(), whatsapp)]),
        tokens: vec![HookToken {
            tenant: tenant(),
            source: Label::new("smsc").unwrap(),
            sha256: Sha256::digest(Town::TOKEN).into(),
        }],
        ..HookSettings::default()
    }
}

fn own(
    runtime: &Runtime,
    bus: &InProcessBus,
    seen: Arc<Mutex<Vec<FactMessage>>>,
    heard: Arc<Mutex<Vec<OutcomeMessage>>>,
) {
    let OwnerLanes { mut stops, mut outcomes, .. } = bus.own(0, 1);
    let facts = async move {
        let mut known: BTreeMap<InputId, [u8; 16]> = BTreeMap::new();
        while let Some(delivery) = stops.recv().await {
            let (facts, answer) = delivery.split();
            let receipts = facts.into_iter().map(|fact| judge(fact, &mut known, &seen));
            drop(answer.give(receipts.collect()));
        }
    };
    let reports = async move {
        while let Some(delivery) = outcomes.recv().await {
            let (reports, answer) = delivery.split();
            drop(answer.give(reports.into_iter().map(|report| file(report, &heard)).collect()));
        }
    };
    runtime.tasks.spawn("owner's facts", Box::pin(facts));
    runtime.tasks.spawn("owner's outcomes", Box::pin(reports));
}

fn judge(
    fact: FactMessage,
    known: &mut BTreeMap<InputId, [u8; 16]>,
    seen: &Mutex<Vec<FactMessage>>,
) -> Receipt {
    match known.insert(fact.key, fact.content) {
        None => {
            seen.lock().unwrap().push(fact);
            Receipt::Recorded
        }
        Some(content) if content == fact.content => Receipt::Duplicate,
        Some(content) => {
            known.insert(fact.key, content);
            let reason = Label::new("contradiction").unwrap();
            Receipt::Refused { reason, detail: "the same id came with other content".into() }
        }
    }
}

/// One stream is nobody's; what comes again tells nothing new.
fn file(report: OutcomeMessage, heard: &Mutex<Vec<OutcomeMessage>>) -> Filed {
    let mut heard = heard.lock().unwrap();
    let same =
        |known: &OutcomeMessage| known.about == report.about && known.report.outcome == report.report.outcome;
    if report.about.stream() == Some(StreamId::new(Town::NOBODY)) {
        return Filed::Unknown;
    }
    if heard.iter().any(same) {
        return Filed::NothingNew;
    }
    let filed = if matches!(report.about, About::Message(_)) { Filed::Waits } else { Filed::Recorded };
    heard.push(report);
    filed
}

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn problem(&self) -> String {
        assert!(self.head.contains("application/problem+json"), "{} {}", self.head, self.text());
        let problem = self.json();
        assert!(problem["remedy"].as_str().is_some_and(|remedy| !remedy.is_empty()), "{problem}");
        format!("{} {}", problem["detail"].as_str().unwrap(), problem["where"].as_str().unwrap_or_default())
    }
}

impl Town {
    pub(crate) const PUBLIC_URL: &str = "https://dunning.example/in";
    pub(crate) const AUTH_TOKEN: &str = "12345";
    pub(crate) const NEW_AUTH_TOKEN: &str = "67890";
    pub(crate) const APP_SECRET: &str = "app secret";
    pub(crate) const TOKEN: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    pub(crate) const NOBODY: [u8; 16] = [0xee; 16];

    pub(crate) fn tenant() -> TenantId {
        TenantId::new("town").unwrap()
    }

    pub(crate) fn attempt(number: u32) -> EscalationId {
        EscalationId { stream: StreamId::new([0xab; 16]), number }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.runtime.clock.now()
    }

    pub(crate) fn facts(&self) -> Vec<FactMessage> {
        self.facts.lock().unwrap().clone()
    }

    pub(crate) fn reports(&self) -> Vec<OutcomeMessage> {
        self.reports.lock().unwrap().clone()
    }

    pub(crate) fn count(&self, label: &str) -> u32 {
        self.counts.0.lock().unwrap().get(label).copied().unwrap_or(0)
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Reply {
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n",
            body.len()
        );
        self.raw(&[head.as_bytes(), body].concat()).await
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    pub(crate) async fn raw(&self, request: &[u8]) -> Reply {
        let mut stream = self.connect().await;
        // The listener may answer and close before it has read all of a body that is too large.
        let _closed_early = stream.write_all(request).await;
        let mut reply = Vec::new();
        let _reset_behind_the_answer = stream.read_to_end(&mut reply).await;
        let end = reply.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(reply[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Reply { status, head: head.to_lowercase(), body: reply[end + 4..].to_vec() }
    }

    /// Sends what is no whole request, and closes; what came back before that.
    pub(crate) async fn half(&self, request: &[u8]) -> String {
        let mut stream = self.connect().await;
        stream.write_all(request).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut reply = String::new();
        let _reset = stream.read_to_string(&mut reply).await;
        reply
    }
}

/// Twilio's signature, of fields that each stand once.
pub(crate) fn twilio_signature(secret: &str, address: &str, fields: &[(&str, &str)]) -> String {
    let mut fields = fields.to_vec();
    fields.sort_unstable();
    let signed: String = fields.iter().flat_map(|(name, value)| [*name, *value]).collect();
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(address.as_bytes());
    mac.update(signed.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// Meta's signature.
pub(crate) fn meta_signature(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body);
    format!("sha256={}", hex(&mac.finalize().into_bytes()))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
