//! `debtor hold`, `release`, `promise` and `done`: what people do to a debtor by hand.

use anyhow::{Context, Result};
use domain::time::{Span, Timestamp};
use ingest::acts::{Act, Acted, Hold, Promise, Release, TaskDone};

use crate::Ending;
use crate::cli::{DoneArgs, Format, HoldArgs, PromiseArgs, ReleaseArgs, WhichDebtor};
use crate::instant::read_instant;
use crate::way::Way;

/// `debtor hold`
pub(crate) async fn hold(args: &HoldArgs) -> Result<Ending> {
    let until = args.until.as_deref().map(instant).transpose()?;
    let make = |tenant| {
        Act::Hold(Hold {
            tenant,
            debtor: args.which.debtor.clone(),
            reason: args.reason.clone(),
            claim: args.claim.clone(),
            until: until.map(|at| at.to_string()),
            until_after: args.span.clone(),
            hold: args.hold.clone(),
            text: args.text.clone(),
            id: None,
            actor: args.actor.actor.clone(),
        })
    };
    perform(&args.which, args.actor.actor.as_deref(), make, |acted| {
        let hold = acted.hold.as_deref().unwrap_or_default();
        let wait = if acted.receipt == "parked" { " once the claim is registered" } else { "" };
        let release = again(&args.which, "release");
        format!("Contact rests{wait}: hold {hold}.\nTo release it: {release} --hold {hold}")
    })
    .await
}

/// `debtor release`
pub(crate) async fn release(args: &ReleaseArgs) -> Result<Ending> {
    let make = |tenant| {
        Act::Release(Release {
            tenant,
            debtor: args.which.debtor.clone(),
            hold: args.hold.clone(),
            text: args.text.clone(),
            id: None,
            actor: args.actor.actor.clone(),
        })
    };
    perform(&args.which, args.actor.actor.as_deref(), make, |acted| {
        format!("Released: hold {}.", acted.hold.as_deref().unwrap_or_default())
    })
    .await
}

/// `debtor promise`
pub(crate) async fn promise(args: &PromiseArgs) -> Result<Ending> {
    let by = instant(&args.by)?;
    // A day is promised to its end.
    let due_at = if args.by.contains('T') { by } else { by.plus(Span::days(1)) };
    let make = |tenant| {
        Act::Promise(Promise {
            tenant,
            debtor: args.which.debtor.clone(),
            claim: args.claim.clone(),
            amount: args.amount.clone(),
            due_at: due_at.to_string(),
            currency: args.currency.clone(),
            promise: None,
            text: args.text.clone(),
            id: None,
            actor: args.actor.actor.clone(),
        })
    };
    perform(&args.which, args.actor.actor.as_deref(), make, |acted| {
        let wait = if acted.receipt == "parked" { " once the claim is registered" } else { "" };
        format!("Noted: contact about the claim rests{wait} until {due_at}, and the grace after it.")
    })
    .await
}

/// `debtor done`
pub(crate) async fn done(args: &DoneArgs) -> Result<Ending> {
    let make = |tenant| {
        Act::TaskDone(TaskDone {
            tenant,
            debtor: args.which.debtor.clone(),
            task: args.task.clone(),
            text: args.text.clone(),
            id: None,
            actor: args.actor.actor.clone(),
        })
    };
    perform(&args.which, args.actor.actor.as_deref(), make, |_| format!("Done: {}.", args.task)).await
}

async fn perform(
    which: &WhichDebtor,
    actor: Option<&str>,
    make: impl FnOnce(String) -> Act,
    say: impl FnOnce(&Acted) -> String,
) -> Result<Ending> {
    let way = Way::open(&which.house).await?;
    let told = match way.tenant(which.tenant.as_deref()) {
        Ok(tenant) => way.act(&make(tenant.to_string()), actor).await,
        Err(error) => Err(error),
    };
    way.close().await?;
    match told? {
        Ok(acted) => {
            match which.format {
                Format::Json => say!("{}", serde_json::to_string(&acted)?),
                Format::Text => say!("{}", say(&acted)),
            }
            Ok(Ending::Well)
        }
        Err(refused) => {
            remark!("mahnwerk: refused: {refused}");
            Ok(Ending::Findings)
        }
    }
}

/// The command line about the same debtor with another verb.
fn again(which: &WhichDebtor, verb: &str) -> String {
    let tenant = which.tenant.as_ref().map(|tenant| format!(" --tenant {tenant}")).unwrap_or_default();
    format!("mahnwerk debtor {verb} {} --dir {}{tenant}", which.debtor, which.house.dir.display())
}

fn instant(text: &str) -> Result<Timestamp> {
    read_instant(text).with_context(|| {
        format!(
            "{text} is no day and no instant; write 2026-04-01 or 2026-04-01T08:00:00Z, before the year 2200"
        )
    })
}
