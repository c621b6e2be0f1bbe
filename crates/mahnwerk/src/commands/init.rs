//! `init`: keys, an empty log, settings and a rulebook to begin with.

use std::path::Path;

use anyhow::{Context, Result, bail};
use runtime::system::SystemRandom;

use crate::cli::InitArgs;
use crate::paths::Paths;
use crate::settings::{Settings, Store};
use crate::{house, settings};

/// Makes them; what is there already is never overwritten.
pub(crate) async fn run(args: &InitArgs) -> Result<()> {
    let paths = Paths::of(&args.house.dir);
    if rulebook::bundled_files(&args.rulebook).is_none() {
        bail!("there is no example rulebook {}; there are {}", args.rulebook, rulebook::BUNDLED.join(", "));
    }
    std::fs::create_dir_all(paths.dir())
        .with_context(|| format!("{} can't be made", paths.dir().display()))?;
    let settings = Settings::read(paths.dir())?;
    house::make(&paths, &settings, &SystemRandom).await?;
    write_files(&paths, &args.rulebook)?;
    say!("Made in {}:", paths.dir().display());
    match settings.log.store {
        Store::Sqlite => say!("  log.db          the event log, empty"),
        Store::Postgres => {
            say!("  and in the database the event log, empty, in {} partitions", settings.log.partitions)
        }
    }
    say!(
        "  keys            the two keys; without them nothing can be read: keep a copy, apart from the log's"
    );
    say!("  mahnwerk.toml   the settings; a channel without a section there has no worker");
    say!("  rulebook/       the example {}; check it with `mahnwerk rulebook check`", args.rulebook);
    let next = match settings.log.store {
        Store::Sqlite => "run",
        Store::Postgres => "doctor",
    };
    say!("Next: mahnwerk {next} --dir {}", paths.dir().display());
    Ok(())
}

/// Writes the settings and the rulebook's files where there are none.
pub(crate) fn write_files(paths: &Paths, name: &str) -> Result<()> {
    if !paths.settings().exists() {
        write(&paths.settings(), settings::EXAMPLE)?;
    }
    if !paths.rulebook().exists() {
        for (path, text) in rulebook::bundled_files(name).unwrap_or_default() {
            write(&paths.rulebook().join(path), text)?;
        }
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<()> {
    let write = || {
        path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
        std::fs::write(path, text)
    };
    write().with_context(|| format!("{} can't be written", path.display()))
}
