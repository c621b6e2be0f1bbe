//! `parked ls` and `quarantine ls`, `retry`, `drop`: inputs that wait for a claim or for an operator.

use anyhow::{Context, Error, Result, anyhow, bail};
use contract::wire::{Command, CommandAnswer, Order, Receipt};
use domain::ids::InputId;
use ingest::archive::{Archive, WaitingView};
use reqwest::Method;
use serde_json::{Value, json};

use crate::Ending;
use crate::archive::HouseArchive;
use crate::cli::{Format, ListArgs, ParkedCommand, QuarantineCommand, TreatArgs};
use crate::client::{Client, encoded};
use crate::house::House;
use crate::paths::Paths;
use crate::settings::Settings;
use crate::way::{self, Way};

/// Most inputs that a list shows.
const MAX_SHOWN: u32 = 1_000;
/// Where keys are found.
const KEYS: &str = "take its key from `mahnwerk quarantine ls` or `mahnwerk parked ls`";

/// `parked …`
pub(crate) async fn parked(command: &ParkedCommand) -> Result<()> {
    match command {
        ParkedCommand::Ls(args) => {
            let waiting = match Client::of_running(&Paths::of(&args.house.dir)).await? {
                Some(client) => asked(&client, "/v1/parked").await?,
                None => archive(args).await?.parked(MAX_SHOWN).await?,
            };
            print(args, &waiting, "Nothing waits to be addressed.")
        }
    }
}

/// `quarantine …`
pub(crate) async fn quarantine(command: &QuarantineCommand) -> Result<Ending> {
    match command {
        QuarantineCommand::Ls { list, show: Some(key) } => show(list, key).await.map(|()| Ending::Well),
        QuarantineCommand::Ls { list, show: None } => {
            let waiting = match Client::of_running(&Paths::of(&list.house.dir)).await? {
                Some(client) => asked(&client, "/v1/quarantine").await?,
                None => archive(list).await?.quarantined(MAX_SHOWN).await?,
            };
            print(list, &waiting, "Nothing is quarantined.").map(|()| Ending::Well)
        }
        QuarantineCommand::Retry(args) => {
            let key = key(&args.key)?;
            treat(args, Order::Retry(key), (Method::POST, format!("/v1/quarantine/{key}/retry?"))).await
        }
        QuarantineCommand::Drop { treat: args, reason } => {
            let key = key(&args.key)?;
            let order = Order::Drop { input: key, reason: way::label("reason", reason)? };
            let path = format!("/v1/quarantine/{key}?reason={}&", encoded(reason));
            treat(args, order, (Method::DELETE, path)).await
        }
    }
}

async fn archive(args: &ListArgs) -> Result<HouseArchive> {
    let (paths, settings) = (Paths::of(&args.house.dir), Settings::read(&args.house.dir)?);
    Ok(HouseArchive::new(House::read(paths, &settings).await?.into()))
}

async fn asked(client: &Client, path: &str) -> Result<Vec<WaitingView>> {
    Ok(serde_json::from_value(client.json(Method::GET, path, None).await?)?)
}

fn print(args: &ListArgs, waiting: &[WaitingView], nothing: &str) -> Result<()> {
    match args.format {
        Format::Json => say!("{}", serde_json::to_string(waiting)?),
        Format::Text if waiting.is_empty() => say!("{nothing}"),
        Format::Text => waiting.iter().for_each(|one| say!("{}", line(one))),
    }
    Ok(())
}

fn line(one: &WaitingView) -> String {
    let kind = one.kind.as_deref().unwrap_or("an input");
    let tenant = one.tenant.as_ref().map(|tenant| format!(" of {tenant}")).unwrap_or_default();
    let (days, hours) = (one.age_s / 86_400, one.age_s % 86_400 / 3_600);
    format!(
        "{}  {kind}{tenant}, since {} ({days} d {hours} h)\n  waits for {}\n  {}",
        one.key, one.since, one.waits_for, one.remedy
    )
}

/// What it says, in clear: whoever asks has the keys, or the token of the process that has them.
async fn show(args: &ListArgs, text: &str) -> Result<()> {
    let key = key(text)?;
    let content = match Client::of_running(&Paths::of(&args.house.dir)).await? {
        Some(client) => {
            let answer = client.json(Method::GET, &format!("/v1/quarantine/{key}"), None).await;
            let answer = answer.map_err(|error| named_here(&error))?;
            answer.get("content").cloned().unwrap_or_default()
        }
        None => archive(args).await?.content(key).await?,
    };
    say!("{}", serde_json::to_string_pretty(&content)?);
    Ok(())
}

async fn treat(args: &TreatArgs, order: Order, request: (Method, String)) -> Result<Ending> {
    let way = Way::open(&args.house).await?;
    let treated = treated(args, &way, order, request).await;
    way.close().await?;
    let treated = treated?;
    let part = |key: &str| treated.get(key).and_then(Value::as_str).unwrap_or_default();
    match args.format {
        Format::Json => say!("{treated}"),
        Format::Text => {
            let parts = [part("result"), part("reason"), part("detail")].into_iter();
            say!("{}", parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": "));
        }
    }
    Ok(if part("result") == "refused" { Ending::Findings } else { Ending::Well })
}

async fn treated(
    args: &TreatArgs,
    way: &Way,
    order: Order,
    (method, path): (Method, String),
) -> Result<Value> {
    match way.either() {
        Ok(client) => {
            let actor = args.actor.actor.as_ref().map(|actor| format!("actor={}", encoded(actor)));
            let answer = client.json(method, &format!("{path}{}", actor.unwrap_or_default()), None).await;
            answer.map_err(|error| named_here(&error))
        }
        Err(gate) => {
            let actor = way::actor(args.actor.actor.as_deref())?;
            let answers = gate.command(&Command { actor, order }).await?;
            let known = answers.into_iter().find(|answer| *answer != CommandAnswer::UnknownInput);
            known.map(value).with_context(|| format!("no input with this key waits; {KEYS}"))
        }
    }
}

/// What went wrong, with the command that has the keys in place of the request that has them.
fn named_here(error: &Error) -> Error {
    let said = format!("{error:#}");
    anyhow!(said.replace("take its key from GET /v1/quarantine or /v1/parked", KEYS))
}

fn value(answer: CommandAnswer) -> Value {
    match answer {
        CommandAnswer::Done => json!({ "result": "done" }),
        CommandAnswer::NothingToDo | CommandAnswer::UnknownInput => json!({ "result": "nothing_to_do" }),
        CommandAnswer::Tried(Receipt::Recorded) => json!({ "result": "recorded" }),
        CommandAnswer::Tried(Receipt::Duplicate) => json!({ "result": "duplicate" }),
        CommandAnswer::Tried(Receipt::Parked) => json!({ "result": "parked" }),
        CommandAnswer::Tried(Receipt::Refused { reason, detail }) => {
            json!({ "result": "refused", "reason": reason.as_str(), "detail": detail })
        }
    }
}

fn key(text: &str) -> Result<InputId> {
    match InputId::from_hex(text) {
        Some(key) => Ok(key),
        None => bail!("this is no input's key: it has 32 hexadecimal digits, as `ls` shows them"),
    }
}
