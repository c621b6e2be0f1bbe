//! `pause`, `resume` and `pauses`: contacts that rest because an operator says so.

use anyhow::{Result, bail};
use contract::wire::{Command, CommandAnswer, Order, Reach};
use domain::channel::Channel;
use ingest::archive::{Archive, PauseView};
use reqwest::Method;
use serde_json::{Value, json};

use crate::Ending;
use crate::archive::HouseArchive;
use crate::cli::{Format, ListArgs, PauseArgs, ReachArgs};
use crate::client::{Client, encoded};
use crate::house::House;
use crate::paths::Paths;
use crate::settings::Settings;
use crate::way::{self, Way};

/// `pause`
pub(crate) async fn pause(args: &PauseArgs) -> Result<Ending> {
    let reason = way::label("reason", &args.reason)?;
    let body = json!({
        "tenant": args.reach.tenant, "channel": args.reach.channel, "reason": args.reason,
        "actor": args.reach.actor.actor,
    });
    let order = |reach| Order::Pause { reach, reason };
    let answer = tell(&args.reach, order, (Method::POST, "/v1/pauses".to_owned(), Some(body))).await?;
    let said =
        if answer == "done" { "Paused: no permit is given from now on." } else { "It was paused already." };
    print(&args.reach, &answer, said);
    Ok(Ending::Well)
}

/// `resume`
pub(crate) async fn resume(args: &ReachArgs) -> Result<Ending> {
    let parts = [("tenant", &args.tenant), ("channel", &args.channel), ("actor", &args.actor.actor)];
    let query: Vec<String> = parts
        .into_iter()
        .filter_map(|(name, text)| text.as_ref().map(|text| format!("{name}={}", encoded(text))))
        .collect();
    let path = format!("/v1/pauses?{}", query.join("&"));
    let answer = tell(args, |reach| Order::Resume { reach }, (Method::DELETE, path, None)).await?;
    if answer == "done" {
        print(args, &answer, "Resumed: contacts go on.");
        return Ok(Ending::Well);
    }
    print(args, &answer, "Nothing was paused like this: `mahnwerk pauses` lists what rests.");
    Ok(Ending::Findings)
}

/// `pauses`
pub(crate) async fn list(args: &ListArgs) -> Result<()> {
    let (paths, settings) = (Paths::of(&args.house.dir), Settings::read(&args.house.dir)?);
    let archive = HouseArchive::new(House::read(paths, &settings).await?.into());
    let pauses = archive.pauses().await?;
    match args.format {
        Format::Json => say!("{}", serde_json::to_string(&pauses)?),
        Format::Text if pauses.is_empty() => say!("Nothing is paused."),
        Format::Text => pauses.iter().for_each(|pause| say!("{}", line(pause))),
    }
    Ok(())
}

/// Tells every partition's owner: `done`, or `nothing_to_do`.
async fn tell(
    args: &ReachArgs,
    order: impl FnOnce(Reach) -> Order,
    request: (Method, String, Option<Value>),
) -> Result<String> {
    let way = Way::open(&args.house).await?;
    let answer = told(args, &way, order, request).await;
    way.close().await?;
    answer
}

async fn told(
    args: &ReachArgs,
    way: &Way,
    order: impl FnOnce(Reach) -> Order,
    (method, path, body): (Method, String, Option<Value>),
) -> Result<String> {
    let tenant = args.tenant.as_deref().map(|name| way.tenant(Some(name))).transpose()?;
    match way.either() {
        Ok(client) => result_of(client, method, &path, body.as_ref()).await,
        Err(gate) => {
            let named = |channel: &Channel| args.channel.as_deref() == Some(channel.as_str());
            let channel = Channel::ALL.into_iter().find(named);
            let actor = way::actor(args.actor.actor.as_deref())?;
            let command = Command { actor, order: order(Reach { tenant, channel }) };
            let answers = gate.command(&command).await?;
            let nothing = answers.iter().all(|answer| *answer == CommandAnswer::NothingToDo);
            Ok(if nothing { "nothing_to_do" } else { "done" }.to_owned())
        }
    }
}

async fn result_of(client: &Client, method: Method, path: &str, body: Option<&Value>) -> Result<String> {
    let answer = client.json(method, path, body).await?;
    match answer.get("result").and_then(Value::as_str) {
        Some(result) => Ok(result.to_owned()),
        None => bail!("the running process is of another release"),
    }
}

fn print(args: &ReachArgs, answer: &str, said: &str) {
    match args.format {
        Format::Json => say!("{}", json!({ "result": answer })),
        Format::Text => say!("{said}"),
    }
}

fn line(pause: &PauseView) -> String {
    let tenant = pause.tenant.as_ref().map_or("all tenants".to_owned(), |tenant| format!("tenant {tenant}"));
    let channel = pause.channel.as_deref().unwrap_or("all channels");
    format!("{tenant}, {channel}: since {} ({}, by {})", pause.since, pause.reason, pause.actor)
}
