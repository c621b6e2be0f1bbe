//! The servers under measurement: a Mahnwerk with people who write to it, and the echo.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use tempfile::TempDir;

use crate::load::Request;

const TENANT: &str = "gemeinde-musterwil";
const PUBLIC_URL: &str = "https://dunning.example";
const SECRET: &str = "measured";
const TEXTS: [&str; 4] = [
    "Wie viel ist es denn noch?",
    "Ich habe schon bezahlt!",
    "ich kann das nicht zahlen",
    "Rufen Sie mich an",
];
const MAPPING: &str = r#"tenant = "gemeinde-musterwil"
source = "bench"
id = ["reference"]
instant = "now"
debtor = { column = "reference" }

[[fact]]
kind = "debtor_described"
name = { column = "reference" }
zones = "Europe/Zurich"

[[fact]]
kind = "contact_point_added"
point_kind = "phone"
value = { column = "phone" }
confidence = 90
"#;

/// A process that ends with its owner.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // Gone already is as good.
        let _gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

/// The echo.
pub(crate) struct Echo {
    pub(crate) address: String,
    _process: Process,
}

impl Echo {
    /// Starts this program again as the echo.
    pub(crate) fn start() -> Result<Self> {
        let own = std::env::current_exe()?;
        let (process, address) = started(Command::new(own).arg("--echo"), |line| Some(line.to_owned()))?;
        Ok(Self { address, _process: process })
    }
}

/// A Mahnwerk that takes webhooks.
pub(crate) struct House {
    pub(crate) address: String,
    _process: Process,
    _folder: TempDir,
}

impl House {
    /// Makes a folder with so many debtors, who have a phone each, and starts it.
    pub(crate) fn start(bin: &Path, people: usize) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let house = folder.path().join("house");
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text);
        run(Command::new(bin).args(["init", "--rulebook", "municipality", "--dir"]).arg(&house))?;
        let rows: String = (0..people).map(|n| format!("D{n},{}\n", phone(n))).collect();
        write("people.csv", &format!("reference,phone\n{rows}"))?;
        write("people.toml", MAPPING)?;
        write("secret", SECRET)?;
        let secret = folder.path().join("secret");
        write(
            "house/mahnwerk.toml",
            &format!(
                "[listener]\nport = 0\n\n[webhooks]\npublic_url = {PUBLIC_URL:?}\n\n\
                 [webhooks.twilio]\nauth_token_file = {secret:?}\n"
            ),
        )?;
        let mapping = folder.path().join("people.toml");
        let table = folder.path().join("people.csv");
        run(Command::new(bin)
            .arg("import")
            .arg(table)
            .arg("--mapping")
            .arg(mapping)
            .arg("--dir")
            .arg(&house))?;
        let mut command = Command::new(bin);
        let (process, address) = started(command.arg("run").arg("--dir").arg(&house), |line| {
            let (_, address) = line.split_once("commands reach it at ")?;
            Some(address.trim_end_matches('.').to_owned())
        })?;
        Ok(Self { address, _process: process, _folder: folder })
    }

    /// One signed webhook: the `n`th message, from one of the people.
    pub(crate) fn message(&self, n: usize, people: usize) -> Request {
        let path = format!("/hooks/twilio/{TENANT}/inbound");
        let text = TEXTS.get(n % TEXTS.len()).copied().unwrap_or_default();
        let (from, sid) = (phone(n % people.max(1)), format!("SM{n:032}"));
        let fields = [("Body", text), ("From", from.as_str()), ("MessageSid", sid.as_str())];
        let signed =
            fields.iter().fold(format!("{PUBLIC_URL}{path}"), |all, (name, value)| all + name + value);
        let body = fields.map(|(name, value)| format!("{name}={}", encoded(value))).join("&");
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nX-Twilio-Signature: {}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
            self.address,
            signature(&signed),
            body.len()
        );
        (head + &body).into_bytes()
    }
}

fn signature(signed: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(SECRET.as_bytes()) else { return String::new() };
    mac.update(signed.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

fn phone(n: usize) -> String {
    format!("+41790{n:06}")
}

/// Percent-encoded, as a form is.
fn encoded(text: &str) -> String {
    let byte = |byte: u8| {
        if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    text.bytes().map(byte).collect()
}

fn run(command: &mut Command) -> Result<()> {
    let done = command.output().context("the program can't be started")?;
    if !done.status.success() {
        bail!("{command:?} failed: {}", String::from_utf8_lossy(&done.stderr));
    }
    Ok(())
}

/// Starts a process and waits for the line that says where it listens.
fn started(command: &mut Command, address_in: impl Fn(&str) -> Option<String>) -> Result<(Process, String)> {
    let mut process = Process(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?);
    let lines = BufReader::new(process.0.stdout.take().context("the process has no output")?).lines();
    for line in lines {
        if let Some(address) = address_in(&line?) {
            return Ok((process, address));
        }
    }
    bail!("{command:?} ended before it listened")
}
