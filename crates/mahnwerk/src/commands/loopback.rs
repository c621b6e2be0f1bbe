//! `loopback`: stand-in providers in a process of their own.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use loopback::{Addresses, Callbacks, Config, Loopback};

use crate::cli::LoopbackArgs;

/// What every stand-in takes for a secret, and signs with.
const SECRET: &str = "stand-in";

/// Runs them until the process is told to end.
pub(crate) async fn run(args: &LoopbackArgs) -> Result<()> {
    let behaviour: Config = match &args.behaviour {
        Some(path) => {
            let text =
                std::fs::read_to_string(path).with_context(|| format!("{} can't be read", path.display()))?;
            toml::from_str(&text).with_context(|| format!("{} is not right", path.display()))?
        }
        None => Config::default(),
    };
    let config = Config {
        folder: args.dir.clone(),
        write_messages: args.files || behaviour.write_messages,
        callbacks: callbacks(args).or_else(|| behaviour.callbacks.clone()),
        ..behaviour
    };
    let loopback = Loopback::start(&config, runtime::system::runtime()).await?;
    let addresses = loopback.addresses();
    let file = write_providers(&args.dir, &addresses, args.webhooks.as_deref())?;
    say!("SMTP      {}", addresses.smtp);
    say!("SMS       http://{}", addresses.sms);
    say!("WhatsApp  http://{}", addresses.whatsapp);
    say!("control   http://{}/control", addresses.control);
    say!("record    {}", args.dir.join("record.jsonl").display());
    if config.callbacks.is_some() {
        say!("callbacks {}", args.dir.join("callbacks.jsonl").display());
    }
    say!("use it    mahnwerk run --providers {} …", file.display());
    crate::signals::until_told_to_end().await;
    loopback.stop();
    Ok(())
}

/// Who is told, if the command line says so.
fn callbacks(args: &LoopbackArgs) -> Option<Callbacks> {
    let (url, tenant) = (args.webhooks.as_deref()?.trim_end_matches('/'), args.tenant.as_deref()?);
    Some(Callbacks {
        via: args.via,
        sms_auth_token: SECRET.to_owned(),
        sms_inbound_url: Some(format!("{url}/hooks/twilio/{tenant}/inbound")),
        whatsapp_app_secret: SECRET.to_owned(),
        whatsapp_url: Some(format!("{url}/hooks/whatsapp/{tenant}")),
    })
}

/// Writes `providers.toml`, which `run --providers` reads.
pub(crate) fn write_providers(dir: &Path, addresses: &Addresses, webhooks: Option<&str>) -> Result<PathBuf> {
    let secret = dir.join("stand-in-secret");
    std::fs::write(&secret, format!("{SECRET}\n"))
        .with_context(|| format!("{} can't be written", secret.display()))?;
    let secret = std::path::absolute(&secret)?;
    let told = webhooks.map(|url| {
        format!(
            "\n[webhooks]\npublic_url = {url:?}\n\n\
             [webhooks.whatsapp]\nverify_token_file = {secret:?}\napp_secret_file = {secret:?}\n"
        )
    });
    let text = format!(
        "# Stand-in providers, for `mahnwerk run --providers`.\n\
         [sms]\nbase_url = \"http://{sms}\"\naccount_sid = \"AC{zeros}\"\nauth_token_file = {secret:?}\n\n\
         [email]\nhost = \"{host}\"\nport = {port}\nsecurity = \"none\"\n\n\
         [social]\nbase_url = \"http://{whatsapp}\"\nphone_number_id = \"41445550100\"\naccess_token_file = {secret:?}\n{told}",
        told = told.unwrap_or_default(),
        sms = addresses.sms,
        zeros = "0".repeat(32),
        host = addresses.smtp.ip(),
        port = addresses.smtp.port(),
        whatsapp = addresses.whatsapp,
    );
    let path = dir.join("providers.toml");
    // Renamed into place: whoever waits for the file reads all of it.
    let new = dir.join("providers.toml.new");
    std::fs::write(&new, text)
        .and_then(|()| std::fs::rename(&new, &path))
        .with_context(|| format!("{} can't be written", path.display()))?;
    Ok(path)
}
