//! `migrate`: brings the database up to this release.

use anyhow::{Result, bail};

use crate::cli::MigrateArgs;
use crate::house::store;
use crate::settings::{Settings, Store};

/// Runs it, as the role that owns the tables.
pub(crate) async fn run(args: &MigrateArgs) -> Result<()> {
    let settings = Settings::read(&args.house.dir)?;
    if settings.log.store == Store::Sqlite {
        bail!(
            "a log in a file is brought up to date when `mahnwerk run` opens it; there is nothing to migrate"
        );
    }
    match store::migrate(&settings.postgres).await? {
        0 => say!("The database is up to date."),
        steps => say!("The database is up to date, after {steps} step{}.", if steps == 1 { "" } else { "s" }),
    }
    Ok(())
}
