//! Webhooks, wired: the settings' secrets, each checked, put beside the listener's own requests.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use domain::inbound::InboundClass;
use domain::label::{Label, TenantId};
use domain::time::Span;
use ingest::hex;
use ingest::hooks::{
    HookSecret, HookSettings, HookToken, Hooks, PublicUrl, TwilioHooks, WhatsAppHooks, routes,
};
use ingest::listener::Listener;

use crate::door::Behind;
use crate::house::House;
use crate::settings::{Settings, Sms, TokenWebhooks, TwilioWebhooks, WhatsAppWebhooks, secret};

/// Longest replay window, in days.
const MAX_REPLAY_WINDOW_DAYS: u32 = 365;
/// Most secrets that may be valid at once.
const MAX_SECRETS: usize = 4;

/// The listener, with the webhooks that the settings ask for.
pub(crate) fn beside(
    listener: Listener,
    behind: &Behind,
    house: &House,
    settings: &Settings,
) -> Result<Listener> {
    let Behind { runtime, gate, figures, .. } = behind;
    let tenants: Vec<TenantId> = house.rules.tenants.keys().cloned().collect();
    let read = read(settings, &tenants).context("the [webhooks] section")?;
    if read.twilio.is_none() && read.whatsapp.is_empty() && read.tokens.is_empty() {
        return Ok(listener);
    }
    let compiled = Arc::clone(&house.compiled);
    Ok(listener.also(routes(Hooks {
        runtime: runtime.clone(),
        gate: gate.clone(),
        keyring: Arc::clone(&house.keyring),
        // Of a tenant that the rulebook does not have nothing is taken in anyhow.
        classify: Arc::new(move |tenant, text| {
            compiled.classify(tenant, text).unwrap_or(InboundClass::Unclear)
        }),
        meter: Arc::new(figures.clone()),
        settings: Arc::new(read),
    })))
}

/// Where the SMS provider is asked to post what becomes of messages: where the settings say, else at our own webhook.
///
/// A message does not say whose it is to its provider. So where several tenants share a log, an operator sets the
/// address at the provider, one for each tenant's messaging service, and reports go by the provider's names.
pub(crate) fn status_callback(settings: &Settings, tenants: &[TenantId]) -> Result<Option<String>> {
    let Some(sms) = &settings.sms else { return Ok(None) };
    if sms.status_callback.is_some() {
        return Ok(sms.status_callback.clone());
    }
    let url = public_url(settings)?;
    Ok(match (url, tenants) {
        (Some(url), [tenant]) => Some(url.join(&format!("/hooks/twilio/{tenant}/status"))),
        (Some(_), _) => {
            tracing::warn!(
                "several tenants: no status is asked for with a text message; see docs/webhooks.md"
            );
            None
        }
        (None, _) => None,
    })
}

fn read(settings: &Settings, tenants: &[TenantId]) -> Result<HookSettings> {
    let webhooks = &settings.webhooks;
    let days = webhooks.replay_window_days;
    if !(1..=MAX_REPLAY_WINDOW_DAYS).contains(&days) {
        bail!("replay_window_days is {days}; it is 1 to {MAX_REPLAY_WINDOW_DAYS}, and Meta repeats for 7");
    }
    let twilio = match public_url(settings)? {
        Some(url) => twilio(url, webhooks.twilio.as_ref(), settings.sms.as_ref(), tenants)?,
        None if webhooks.twilio.is_some() => {
            bail!("public_url is missing, without which Twilio's signature can't be checked")
        }
        None => None,
    };
    let whatsapp = webhooks.whatsapp.as_ref().map(whatsapp).transpose()?;
    let whatsapp = whatsapp.map(|one| tenants.iter().map(|tenant| (tenant.clone(), one.clone())).collect());
    let tokens = webhooks.token.iter().map(|entry| token(entry, tenants)).collect::<Result<_>>()?;
    let replay_window = Span::days(i64::from(days));
    Ok(HookSettings { twilio, whatsapp: whatsapp.unwrap_or_default(), tokens, replay_window })
}

fn public_url(settings: &Settings) -> Result<Option<PublicUrl>> {
    let read = |text: &String| {
        PublicUrl::parse(text).map_err(|unfit| anyhow::anyhow!("public_url {}; {}", unfit.what, unfit.remedy))
    };
    settings.webhooks.public_url.as_ref().map(read).transpose()
}

fn twilio(
    public_url: PublicUrl,
    section: Option<&TwilioWebhooks>,
    sms: Option<&Sms>,
    tenants: &[TenantId],
) -> Result<Option<TwilioHooks>> {
    let own = section.and_then(|section| section.auth_token_file.as_deref());
    let tokens = match (own, sms) {
        (None, None) if section.is_none() => return Ok(None),
        (None, Some(sms)) => {
            secrets("MAHNWERK_SMS_AUTH_TOKEN", sms.auth_token_file.as_deref(), "the SMS provider's token")?
        }
        (own, _) => secrets("MAHNWERK_TWILIO_AUTH_TOKENS", own, "Twilio's auth token")?,
    };
    let auth_tokens: BTreeMap<_, _> = tenants.iter().map(|tenant| (tenant.clone(), tokens.clone())).collect();
    Ok(Some(TwilioHooks { public_url, auth_tokens }))
}

fn whatsapp(section: &WhatsAppWebhooks) -> Result<WhatsAppHooks> {
    let file = section.verify_token_file.as_deref();
    let verify_token = secret("MAHNWERK_WHATSAPP_VERIFY_TOKEN", file, "the verify token for Meta")?;
    let file = section.app_secret_file.as_deref();
    Ok(WhatsAppHooks {
        verify_token: HookSecret::new(verify_token).context("the verify token for Meta is empty")?,
        app_secrets: secrets("MAHNWERK_WHATSAPP_APP_SECRETS", file, "the app secret of Meta")?,
    })
}

fn token(entry: &TokenWebhooks, tenants: &[TenantId]) -> Result<HookToken> {
    let known = tenants.iter().find(|tenant| tenant.as_str() == entry.tenant);
    let tenant = known.with_context(|| {
        format!("[[webhooks.token]] names {:?}, and the rulebook has no such tenant", entry.tenant)
    })?;
    let source =
        Label::new(&entry.source).with_context(|| format!("the source {:?} of a token", entry.source))?;
    let sha256 = digest(&entry.sha256).context(
        "sha256 of a token is no 64 hexadecimal digits; `printf %s TOKEN | sha256sum` writes them",
    )?;
    Ok(HookToken { tenant: tenant.clone(), source, sha256 })
}

/// Secrets, one a line, so that an old and a new one may stand beside each other.
fn secrets(variable: &str, file: Option<&Path>, what: &str) -> Result<Vec<HookSecret>> {
    let text = secret(variable, file, what)?;
    let secrets: Vec<_> = text.lines().filter_map(|line| HookSecret::new(line.trim())).collect();
    if !(1..=MAX_SECRETS).contains(&secrets.len()) {
        bail!("{what}: there are {} of them; write 1 to {MAX_SECRETS}, one a line", secrets.len());
    }
    Ok(secrets)
}

fn digest(text: &str) -> Option<[u8; 32]> {
    hex::read(text)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenants(names: &[&str]) -> Vec<TenantId> {
        names.iter().map(|name| TenantId::new(name).unwrap()).collect()
    }

    fn settings(text: &str) -> Settings {
        toml::from_str(text).unwrap()
    }

    const SMS: &str = "[sms]\nbase_url = \"https://api.twilio.com\"\naccount_sid = \"AC1\"\n";

    #[test]
    fn statuses_are_asked_for_at_our_own_webhook_of_the_only_tenant() {
        let public = "[webhooks]\npublic_url = \"https://a.example/in/\"\n";
        for (text, names, expected) in [
            (format!("{SMS}{public}"), &["town"][..], Some("https://a.example/in/hooks/twilio/town/status")),
            (format!("{SMS}{public}"), &["town", "village"], None),
            (
                format!("{SMS}status_callback = \"https://b.example/x\"\n{public}"),
                &["town", "village"],
                Some("https://b.example/x"),
            ),
            (SMS.to_owned(), &["town"], None),
            (public.to_owned(), &["town"], None),
        ] {
            let callback = status_callback(&settings(&text), &tenants(names)).unwrap();
            assert_eq!(callback.as_deref(), expected, "{text} {names:?}");
        }
    }

    #[test]
    fn what_is_missing_or_wrong_is_named_with_its_remedy() {
        let digits = "ab".repeat(32);
        for (text, said) in [
            ("[webhooks.twilio]\n".to_owned(), "public_url is missing"),
            ("[webhooks]\npublic_url = \"http://a.example\"\n".to_owned(), "is not https"),
            ("[webhooks]\nreplay_window_days = 0\n".to_owned(), "1 to 365"),
            ("[webhooks.whatsapp]\n".to_owned(), "MAHNWERK_WHATSAPP_VERIFY_TOKEN"),
            (format!("[[webhooks.token]]\ntenant = \"village\"\nsha256 = \"{digits}\"\n"), "no such tenant"),
            ("[[webhooks.token]]\ntenant = \"town\"\nsha256 = \"ab\"\n".to_owned(), "64 hexadecimal digits"),
            (
                format!("[[webhooks.token]]\ntenant = \"town\"\nsha256 = \"{}\"\n", "+a".repeat(32)),
                "64 hexadecimal digits",
            ),
            (
                format!("[[webhooks.token]]\ntenant = \"town\"\nsource = \"A b\"\nsha256 = \"{digits}\"\n"),
                "source",
            ),
        ] {
            let wrong = read(&settings(&text), &tenants(&["town"])).unwrap_err();
            assert!(format!("{wrong:#}").contains(said), "{text}: {wrong:#}");
        }
        let good = format!("[[webhooks.token]]\ntenant = \"town\"\nsha256 = \"{digits}\"\n");
        assert_eq!(read(&settings(&good), &tenants(&["town"])).unwrap().tokens[0].sha256, [0xab; 32]);
    }

    #[test]
    fn other_providers_keep_nobody_out_who_has_a_token_of_the_settings() {
        let digits = "ab".repeat(32);
        let token = |source: &str| {
            format!("[[webhooks.token]]\ntenant = \"town\"\nsource = \"{source}\"\nsha256 = \"{digits}\"\n")
        };
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("providers.toml");
        for (theirs, sources) in [
            (String::new(), &["own"][..]),
            ("[webhooks]\npublic_url = \"https://b.example\"\n".to_owned(), &["own"]),
            (token("theirs"), &["theirs", "own"]),
        ] {
            std::fs::write(&file, &theirs).unwrap();
            let settings = settings(&token("own")).with_providers(&file).unwrap();
            let found: Vec<&str> =
                settings.webhooks.token.iter().map(|token| token.source.as_str()).collect();
            assert_eq!(found, sources, "{theirs}");
        }
    }

    #[test]
    fn secrets_stand_one_a_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secrets");
        for (text, count) in
            [("new\nold\n", Some(2)), ("one", Some(1)), ("\n \n", None), ("1\n2\n3\n4\n5\n", None)]
        {
            std::fs::write(&file, text).unwrap();
            let read = secrets("MAHNWERK_NOT_SET_ANYWHERE", Some(&file), "a secret");
            assert_eq!(read.ok().map(|secrets| secrets.len()), count, "{text:?}");
        }
    }
}
