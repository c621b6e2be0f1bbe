//! `debtor show` and `debtor why`, and the way to what is done to a debtor.

mod text;

use anyhow::{Context, Result, bail};

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
        Format::Json => say!("{value}"),
        Format::Text => text::print(&value),
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
        Format::Json => say!("{}", serde_json::to_string(&why)?),
        Format::Text => say!("{}", why.text()),
    }
    Ok(())
}
