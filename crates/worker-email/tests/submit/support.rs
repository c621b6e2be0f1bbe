//! A mail client beside a stand-in server, or beside one that plays a script.

use std::sync::Arc;
use std::time::Duration;

use channel::{Deadline, Provider, Submission};
use contract::personal::Message;
use domain::ids::{EscalationId, StreamId};
use loopback::{Behaviour, Behaviours, Config, Loopback, Rule, Verdict};
use runtime::Runtime;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use worker_email::{Security, SmtpProvider, SmtpSettings};

pub const TO: &str = "jane@debtor.example";

pub struct Stand {
    pub folder: TempDir,
    pub loopback: Loopback,
    pub runtime: Runtime,
}

impl Stand {
    /// A stand-in whose every mail meets this verdict.
    pub async fn start(verdict: Verdict) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let rules = vec![Rule { ends_with: "@debtor.example".to_owned(), verdict }];
        let behaviours =
            Behaviours { email: Behaviour { rules, ..Behaviour::default() }, ..Behaviours::default() };
        let config = Config { folder: folder.path().to_owned(), behaviours, ..Config::default() };
        let runtime = runtime::system::runtime();
        let loopback = Loopback::start(&config, runtime.clone()).await.unwrap();
        Self { folder, loopback, runtime }
    }

    pub fn provider(&self, change: impl FnOnce(&mut SmtpSettings)) -> SmtpProvider {
        provider(self.loopback.addresses().smtp.port(), &self.runtime, change)
    }

    pub fn record(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.folder.path().join("record.jsonl")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

pub fn provider(port: u16, runtime: &Runtime, change: impl FnOnce(&mut SmtpSettings)) -> SmtpProvider {
    let mut settings = SmtpSettings::new("127.0.0.1", port, Security::Plain);
    settings.answer_timeout = Duration::from_secs(5);
    change(&mut settings);
    SmtpProvider::new(settings, Arc::clone(&runtime.clock)).unwrap()
}

pub fn message() -> Message {
    Message {
        sender: "kasse@stadt.example".to_owned(),
        sender_name: "Stadt Köln".to_owned(),
        subject: "Bitte um Rückruf".to_owned(),
        body: "Guten Tag,\n.\nbitte rufen Sie zurück.\n..\n".to_owned(),
        ..Message::default()
    }
}

pub fn attempt(number: u32) -> EscalationId {
    EscalationId { stream: StreamId::new([0xab; 16]), number }
}

pub fn deadline(runtime: &Runtime, start_within: Duration) -> Deadline {
    Deadline::new(Arc::clone(&runtime.clock), runtime.clock.monotonic(), start_within)
}

pub async fn submit(provider: &SmtpProvider, runtime: &Runtime, start_within: Duration) -> Submission {
    provider.submit(TO, &message(), attempt(3), &deadline(runtime, start_within)).await
}

/// One turn of a scripted server: what the client must say, and the answer. The mail is one turn, from its first line
/// to its dot. A turn with no answer closes the connection.
pub type Turn = (&'static str, &'static str);

/// A server that plays a script, once for each connection.
pub struct Scripted {
    listener: TcpListener,
}

impl Scripted {
    pub async fn bind() -> Self {
        Self { listener: TcpListener::bind("127.0.0.1:0").await.unwrap() }
    }

    pub fn port(&self) -> u16 {
        self.listener.local_addr().unwrap().port()
    }

    /// Plays the script to one client and returns whatever that says afterwards.
    pub async fn play(&self, script: &[Turn]) -> String {
        let (stream, _) = self.listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        answer(&mut stream, "220 scripted").await;
        for (said, reply) in script {
            let heard = if *said == "the mail" { mail(&mut stream).await } else { line(&mut stream).await };
            assert!(heard.starts_with(said) || *said == "the mail", "{said}: {heard}");
            if reply.is_empty() {
                return String::new();
            }
            answer(&mut stream, reply).await;
        }
        let mut rest = String::new();
        // A client that closes hard leaves an error, which is as good an end.
        let _end = stream.read_to_string(&mut rest).await;
        rest
    }
}

async fn answer(stream: &mut BufReader<TcpStream>, reply: &str) {
    stream.get_mut().write_all(format!("{reply}\r\n").as_bytes()).await.unwrap();
}

async fn line(stream: &mut BufReader<TcpStream>) -> String {
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    line
}

async fn mail(stream: &mut BufReader<TcpStream>) -> String {
    let mut mail = String::new();
    while !mail.ends_with("\r\n.\r\n") {
        assert_ne!(stream.read_line(&mut mail).await.unwrap(), 0, "cut");
    }
    mail
}
