//! Talking to the process that owns a folder, over its listener on the loopback interface.

pub(crate) mod remote;

use anyhow::{Context, Result, bail};
use reqwest::{Method, Response};
use serde_json::Value;

use crate::paths::Paths;

/// A way to a running process.
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    token: String,
}

impl Client {
    /// The process that owns this folder, if one runs.
    pub(crate) async fn of_running(paths: &Paths) -> Result<Option<Self>> {
        let Ok(address) = std::fs::read_to_string(paths.address()) else { return Ok(None) };
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

    /// The same, for commands that need one.
    pub(crate) async fn needed(paths: &Paths) -> Result<Self> {
        Self::of_running(paths).await?.with_context(|| {
            format!("nobody runs in {0}; start it with `mahnwerk run --dir {0}`", paths.dir().display())
        })
    }

    /// A debtor, decrypted.
    pub(crate) async fn debtor(&self, tenant: &str, reference: &str) -> Result<Value> {
        let path: String = reference.bytes().map(percent).collect();
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

/// A refusal as one sentence: what, where, and what would be right.
async fn checked(answer: Response) -> Result<Response> {
    if answer.status().is_success() {
        return Ok(answer);
    }
    let status = answer.status();
    let problem: Value = answer.json().await.unwrap_or_default();
    let part = |key: &str| problem.get(key).and_then(Value::as_str).unwrap_or_default();
    bail!("{} ({status}); {}", part("detail"), part("remedy"))
}

fn percent(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}
