//! Talking to the process that owns a folder, over its listener on the loopback interface.

use core::fmt;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use async_trait::async_trait;
use contract::wire::{FactMessage, Receipt};
use ingest::IngestError;
use ingest::sink::FactSink;
use reqwest::{Method, Response, StatusCode};
use serde_json::Value;

use crate::paths::{CALL_LIST, Paths};

/// How often facts are sent before they are given up.
const MAX_TRIES: u32 = 6;
/// How long to wait before the second try; it doubles with each.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// A way to a running process.
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    token: String,
}

impl Client {
    /// The process that owns this folder, if one runs.
    pub(crate) async fn of_running(paths: &Paths) -> Result<Option<Self>> {
        Self::at(&paths.address(), paths).await
    }

    /// Whoever listens at the address that this file holds.
    async fn at(noted_in: &Path, paths: &Paths) -> Result<Option<Self>> {
        let Ok(address) = std::fs::read_to_string(noted_in) else { return Ok(None) };
        let token = std::fs::read_to_string(paths.token())
            .with_context(|| format!("{} can't be read", paths.token().display()))?;
        let http = reqwest::Client::builder().no_proxy().build()?;
        let client =
            Self { http, base: format!("http://{}", address.trim()), token: token.trim().to_owned() };
        // The file outlives a killed process: whoever does not answer does not run.
        match client.http.get(format!("{}/livez", client.base)).send().await {
            Ok(answer) if answer.status().is_success() => Ok(Some(client)),
            Ok(_) | Err(_) => Ok(None),
        }
    }

    /// The process that has the call list: all roles in one, or the worker for calls on its own.
    pub(crate) async fn of_call_list(paths: &Paths) -> Result<Self> {
        if let Some(running) = Self::of_running(paths).await? {
            return Ok(running);
        }
        Self::at(&paths.address_of(CALL_LIST), paths).await?.with_context(|| {
            format!(
                "nobody runs in {0}; start it with `mahnwerk run --dir {0}`, or `mahnwerk worker call` on a log that \
                 processes share",
                paths.dir().display()
            )
        })
    }

    /// A debtor, decrypted.
    pub(crate) async fn debtor(&self, tenant: &str, reference: &str) -> Result<Value> {
        let path = encoded(reference);
        self.json(Method::GET, &format!("/v1/debtors/{path}?tenant={tenant}"), None).await
    }

    /// One request with a JSON answer.
    pub(crate) async fn json(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
        let mut request = self.http.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = checked(request.send().await.context("the running process does not answer")?).await?;
        Ok(answer.json().await?)
    }

    /// Facts, encoded; answers with the encoded receipts.
    pub(crate) async fn facts(&self, batch: Vec<u8>) -> Result<Vec<u8>> {
        let request = self.http.post(format!("{}/v1/facts", self.base)).bearer_auth(&self.token);
        let request = request.header("content-type", "application/x-protobuf").body(batch);
        let answer = checked(request.send().await.context("the running process does not answer")?).await?;
        Ok(answer.bytes().await?.to_vec())
    }
}

#[async_trait]
impl FactSink for Client {
    /// A process that is busy or away for a moment is asked again, a bounded number of times: each fact counts once.
    async fn take(&self, facts: Vec<FactMessage>) -> Result<Vec<Receipt>, IngestError> {
        let batch = contract::codec::encode_facts(&facts);
        let clock = runtime::system::runtime().clock;
        let mut pause = FIRST_PAUSE;
        for _ in 1..MAX_TRIES {
            match self.pass(batch.clone()).await {
                Err(error) if error.is_transient() => clock.sleep(pause).await,
                answer => return answer,
            }
            pause = pause.saturating_mul(2);
        }
        self.pass(batch).await
    }
}

impl Client {
    async fn pass(&self, batch: Vec<u8>) -> Result<Vec<Receipt>, IngestError> {
        let receipts = self.facts(batch).await.map_err(|error| {
            let refused = error.downcast_ref::<Refused>();
            let transient = refused.is_none_or(|refused| refused.status.is_server_error());
            IngestError::Sink { detail: format!("{error:#}"), transient }
        })?;
        contract::codec::decode_receipts(&receipts)
            .map_err(|error| IngestError::Sink { detail: error.to_string(), transient: false })
    }
}

/// A request that was refused: what, where, and what would be right.
#[derive(Debug)]
pub(crate) struct Refused {
    status: StatusCode,
    detail: String,
    remedy: String,
}

impl Refused {
    /// Whether it was right in itself, and things stand otherwise.
    pub(crate) fn is_conflict(&self) -> bool {
        self.status == StatusCode::CONFLICT
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}); {}", self.detail, self.status, self.remedy)
    }
}

impl std::error::Error for Refused {}

async fn checked(answer: Response) -> Result<Response> {
    if answer.status().is_success() {
        return Ok(answer);
    }
    let status = answer.status();
    let problem: Value = answer.json().await.unwrap_or_default();
    let part = |key: &str| problem.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    Err(Refused { status, detail: part("detail"), remedy: part("remedy") }.into())
}

/// A text as part of a path or a query.
pub(crate) fn encoded(text: &str) -> String {
    text.bytes().map(percent).collect()
}

fn percent(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}
