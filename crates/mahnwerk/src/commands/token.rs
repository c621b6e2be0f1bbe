//! `token add`, `ls` and `revoke`: the file of named tokens, which a running process reads again by itself.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};
use domain::label::{Label, TenantId};
use domain::time::Timestamp;
use ingest::listener::named::{NamedToken, NamedTokens};
use ingest::listener::{Caller, Role, Tenants};
use runtime::system::SystemRandom;
use serde_json::{Value, json};

use crate::cli::{AddToken, Format, TokenCommand};
use crate::house;
use crate::instant::read_instant;
use crate::paths::Paths;
use crate::settings::{Settings, Store};

/// Runs one of them.
pub(crate) fn run(command: &TokenCommand) -> Result<()> {
    let now = runtime::system::runtime().clock.now();
    match command {
        TokenCommand::Add(args) => add(args, now),
        TokenCommand::Ls { house, format } => {
            let tokens = NamedTokens::read(&paths(&house.dir)?.tokens())?;
            print(&tokens, *format, now);
            Ok(())
        }
        TokenCommand::Revoke { house, name } => {
            let file = paths(&house.dir)?.tokens();
            if !NamedTokens::change(&file, |tokens| Ok(tokens.revoke(name)))? {
                bail!("there is no token of this name; `mahnwerk token ls` lists those that there are");
            }
            say!("Revoked {name}.");
            Ok(())
        }
    }
}

fn add(args: &AddToken, now: Timestamp) -> Result<()> {
    let paths = paths(&args.house.dir)?;
    let name = Label::new(&args.name).map_err(|error| anyhow::anyhow!("the token's name {error}"))?;
    if !args.name.starts_with(|first: char| first.is_ascii_lowercase()) {
        bail!("the token's name begins with no letter; a name such as erp or console-2 does");
    }
    if args.name == Caller::LOCAL {
        bail!("the name {} is reserved for the token beside the log; choose another", Caller::LOCAL);
    }
    let role = Role::parse(&args.role).with_context(|| format!("there is no role {}", args.role))?;
    let tenants = tenants(args)?;
    let expires_at = args.expires.as_deref().map(|text| expiry(text, now)).transpose()?;
    let (token, digits) = NamedToken::draw(name, role, tenants, (now, expires_at), &SystemRandom);
    let told = described(&token);
    NamedTokens::change(&paths.tokens(), |tokens| Ok(tokens.add(token)))?.map_err(|_taken| {
        anyhow::anyhow!("there is a token of this name; choose another, or revoke that one first")
    })?;
    // The digits alone go to standard output, so that a file or a secret store can take them.
    say!("{digits}");
    remark!(
        "Made {told}. The digits above are shown this once; a running process lets them in within a second."
    );
    Ok(())
}

/// The tenants of the command line, each of which the rulebook must have.
fn tenants(args: &AddToken) -> Result<Tenants> {
    if args.all_tenants {
        return Ok(Tenants::All);
    }
    let known = house::load_rulebook(&Settings::read(&args.house.dir)?)?.rules.tenants;
    let mut named = BTreeSet::new();
    for name in &args.tenants {
        let found: Option<&TenantId> = known.keys().find(|tenant| tenant.as_str() == name);
        let names = || known.keys().map(TenantId::as_str).collect::<Vec<_>>().join(", ");
        let tenant =
            found.with_context(|| format!("there is no tenant {name}; the rulebook has {}", names()))?;
        named.insert(tenant.clone());
    }
    Ok(Tenants::These(named))
}

fn expiry(text: &str, now: Timestamp) -> Result<Timestamp> {
    let at =
        read_instant(text).with_context(|| format!("{text} is no day and no instant; write 2027-01-01"))?;
    if at <= now {
        bail!("{text} is over already; name a day to come");
    }
    Ok(at)
}

fn print(tokens: &NamedTokens, format: Format, now: Timestamp) {
    match format {
        Format::Json => say!("{}", Value::Array(tokens.iter().map(|token| row(token, now)).collect())),
        Format::Text if tokens.iter().next().is_none() => {
            say!("No named tokens; the file `token` in the folder is the operator's own.");
        }
        Format::Text => tokens.iter().for_each(|token| {
            let end = match token.expires_at {
                Some(at) if token.is_over(now) => format!(", expired {at}"),
                Some(at) => format!(", until {at}"),
                None => String::new(),
            };
            say!("{}, made {}{end}", described(token), token.created_at);
        }),
    }
}

fn described(token: &NamedToken) -> String {
    let tenants = match token.tenants.named() {
        None => "all tenants".to_owned(),
        Some(tenants) => tenants.iter().map(TenantId::as_str).collect::<Vec<_>>().join(", "),
    };
    format!("{} ({} for {tenants})", token.name, token.role.as_str())
}

fn row(token: &NamedToken, now: Timestamp) -> Value {
    let tenants = match token.tenants.named() {
        None => json!("all"),
        Some(tenants) => tenants.iter().map(TenantId::as_str).collect(),
    };
    json!({
        "name": token.name.as_str(),
        "role": token.role.as_str(),
        "tenants": tenants,
        "created_at": token.created_at.to_string(),
        "expires_at": token.expires_at.map(|at| at.to_string()),
        "expired": token.is_over(now),
    })
}

fn paths(dir: &std::path::Path) -> Result<Paths> {
    let paths = Paths::of(dir);
    let settings = Settings::read(paths.dir())?;
    if settings.log.store == Store::Sqlite {
        house::store::must_be_there(&paths)?;
    }
    Ok(paths)
}
