//! A provider client beside a stand-in provider, or beside a bare socket.

use std::sync::Arc;
use std::time::Duration;

use channel::{Deadline, Provider, Submission};
use contract::personal::Message;
use domain::ids::{EscalationId, StreamId};
use loopback::{Behaviour, Behaviours, Config, Loopback, Rule, Verdict};
use provider_http::Secret;
use runtime::Runtime;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use worker_social::{WhatsAppProvider, WhatsAppSettings};

pub const NUMBER_ID: &str = "1234567890";
pub const TO: &str = "+393331234567";

pub struct Stand {
    pub folder: TempDir,
    pub loopback: Loopback,
    pub runtime: Runtime,
}

impl Stand {
    /// A stand-in whose every submission meets this verdict.
    pub async fn start(verdict: Verdict) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let rules = vec![Rule { ends_with: "7".to_owned(), verdict }];
        let behaviours =
            Behaviours { whatsapp: Behaviour { rules, ..Behaviour::default() }, ..Behaviours::default() };
        let token = Some("token".to_owned());
        let path = folder.path().to_owned();
        let config = Config { folder: path, behaviours, whatsapp_access_token: token, ..Config::default() };
        let runtime = runtime::system::runtime();
        let loopback = Loopback::start(&config, runtime.clone()).await.unwrap();
        Self { folder, loopback, runtime }
    }

    pub fn provider(&self, change: impl FnOnce(&mut WhatsAppSettings)) -> WhatsAppProvider {
        let mut settings = settings(&format!("http://{}", self.loopback.addresses().whatsapp));
        change(&mut settings);
        WhatsAppProvider::new(settings, Arc::clone(&self.runtime.clock)).unwrap()
    }

    pub fn record(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.folder.path().join("record.jsonl")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

pub fn settings(base_url: &str) -> WhatsAppSettings {
    let mut settings = WhatsAppSettings::new(base_url, NUMBER_ID, Secret::new("token"));
    settings.http.answer_timeout = Duration::from_secs(5);
    settings
}

pub fn message() -> Message {
    Message {
        body: "Gentile Rossi, ci chiami per favore: 06/00".to_owned(),
        language: "it".to_owned(),
        provider_template: "please_call".to_owned(),
        parameters: vec!["Rossi".to_owned(), "06/00".to_owned()],
        ..Message::default()
    }
}

pub fn attempt() -> EscalationId {
    EscalationId { stream: StreamId::new([0xab; 16]), number: 3 }
}

pub async fn submit(provider: &WhatsAppProvider, runtime: &Runtime, start_within: Duration) -> Submission {
    let clock = Arc::clone(&runtime.clock);
    let deadline = Deadline::new(Arc::clone(&clock), clock.monotonic(), start_within);
    provider.submit(TO, &message(), attempt(), &deadline).await
}

/// A socket that reads one request and answers with these bytes.
pub struct Bare {
    listener: TcpListener,
}

impl Bare {
    pub async fn bind() -> Self {
        Self { listener: TcpListener::bind("127.0.0.1:0").await.unwrap() }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.listener.local_addr().unwrap())
    }

    /// Serves one connection, closes it, and returns the request.
    pub async fn serve(&self, reply: &str) -> String {
        let (mut stream, _) = self.listener.accept().await.unwrap();
        let mut request = Vec::new();
        loop {
            let text = String::from_utf8_lossy(&request).to_ascii_lowercase();
            let length = text.split_once("content-length: ").and_then(|(_, rest)| rest.split_once("\r\n"));
            let length = length.map(|(length, _)| length.parse::<usize>().unwrap());
            if let (Some(length), Some((_, body))) = (length, text.split_once("\r\n\r\n"))
                && body.len() >= length
            {
                break;
            }
            assert_ne!(stream.read_buf(&mut request).await.unwrap(), 0, "cut");
        }
        stream.write_all(reply.as_bytes()).await.unwrap();
        String::from_utf8(request).unwrap()
    }
}
