//! `debtor show` and `debtor why`, and the way to what is done to a debtor.

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::Ending;
use crate::cli::{DebtorCommand, Format, WhichDebtor};
use crate::client::Client;
use crate::commands::act;
use crate::house::House;
use crate::instant::read_instant;
use crate::paths::Paths;
use crate::settings::Settings;
use crate::{show, why};

/// Runs one of them.
pub(crate) async fn run(command: &DebtorCommand) -> Result<Ending> {
    match command {
        DebtorCommand::Show(which) => shown(which).await.map(|()| Ending::Well),
        DebtorCommand::Why { which, at } => explained(which, at.as_deref()).await.map(|()| Ending::Well),
        DebtorCommand::Hold(args) => act::hold(args).await,
        DebtorCommand::Release(args) => act::release(args).await,
        DebtorCommand::Promise(args) => act::promise(args).await,
        DebtorCommand::Done(args) => act::done(args).await,
    }
}

async fn open(which: &WhichDebtor) -> Result<House> {
    House::read(Paths::of(&which.house.dir), &Settings::read(&which.house.dir)?).await
}

/// A running process decrypts for us; where none runs, the folder is opened here.
async fn shown(which: &WhichDebtor) -> Result<()> {
    let house = open(which).await?;
    let tenant = house.tenant(which.tenant.as_deref())?;
    let value =
        match Client::of_running(&house.paths).await? {
            Some(client) => client.debtor(tenant.as_str(), &which.debtor).await?,
            None => show::show(&house, why::stream_of(&house, &tenant, &which.debtor)).await?.with_context(
                || format!("tenant {tenant} has no debtor with this reference; check both, capitals count"),
            )?,
        };
    match which.format {
        Format::Json => println!("{value}"),
        Format::Text => print_debtor(&value),
    }
    Ok(())
}

async fn explained(which: &WhichDebtor, at: Option<&str>) -> Result<()> {
    let house = open(which).await?;
    let tenant = house.tenant(which.tenant.as_deref())?;
    let at = match at {
        Some(text) => match read_instant(text) {
            Some(at) => at,
            None => bail!("{text} is no instant; write 2014-01-01 or 2014-01-01T08:00:00Z"),
        },
        None => why::present(&house).await?,
    };
    let why = why::explain(&house, why::stream_of(&house, &tenant, &which.debtor), at).await?;
    match which.format {
        Format::Json => println!("{}", serde_json::to_string(&why)?),
        Format::Text => println!("{}", why.text()),
    }
    Ok(())
}

/// Stands where a personal value was, or never was.
const GONE: &str = "(not there)";

fn print_debtor(value: &Value) {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => GONE.to_owned(),
        other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => other.to_string(),
    };
    let list = |key: &str| value.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let of = |value: &Value, key: &str| value.get(key).map(text).unwrap_or_default();
    println!("{}  ({}, tenant {})", of(value, "name"), of(value, "reference"), of(value, "tenant"));
    if value.get("erased") == Some(&Value::Bool(true)) {
        println!("The key to this debtor's personal data is gone: what stood there can't be read any more.");
    }
    println!("\nClaims");
    for claim in list("claims") {
        let state = ["settled", "closed", "disputed"].into_iter();
        let state = state.filter(|key| claim.get(key) == Some(&Value::Bool(true))).map(str::to_owned);
        let (currency, owed, due) = (of(&claim, "currency"), of(&claim, "owed"), of(&claim, "due_at"));
        let words = [
            of(&claim, "reference"),
            of(&claim, "description"),
            format!("{currency} {owed} owed, due {due}"),
        ];
        let parts: Vec<String> = words.into_iter().chain(state).filter(|part| !part.is_empty()).collect();
        println!("  {}", parts.join("  "));
    }
    println!("\nContact points");
    for point in list("contact_points") {
        println!("  {:<10} {}", of(&point, "kind"), of(&point, "value"));
    }
    println!("\nHolds");
    for hold in list("holds") {
        let until =
            hold.get("until").filter(|until| !until.is_null()).map(|until| format!("until {}", text(until)));
        let until = until.unwrap_or_else(|| "until it is released".to_owned());
        let about = hold
            .get("claim")
            .filter(|claim| !claim.is_null())
            .map(|claim| format!(" (claim {})", text(claim)));
        println!(
            "  {}  {} by {} since {} {until}{}",
            of(&hold, "hold"),
            of(&hold, "reason"),
            of(&hold, "actor"),
            of(&hold, "since"),
            about.unwrap_or_default()
        );
    }
    println!("\nMessages received");
    for message in list("messages") {
        let class = of(&message, "class");
        println!("  {}  {} {class}", of(&message, "at"), of(&message, "channel"));
        of(&message, "text").lines().for_each(|line| println!("      {line}"));
    }
    println!("\nContacts");
    for contact in list("contacts") {
        println!("  {}  {} to {}", of(&contact, "at"), of(&contact, "channel"), of(&contact, "to"));
        of(&contact, "body").lines().for_each(|line| println!("      {line}"));
    }
}
