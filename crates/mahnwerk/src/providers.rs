//! The provider clients that the settings ask for, one for each channel at most.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use channel::Provider;
use domain::channel::Channel;
use provider_http::{HttpSettings, Secret};
use runtime::Runtime;
use worker_email::{Login, Security, SmtpProvider, SmtpSettings};
use worker_sms::{TwilioProvider, TwilioSettings};
use worker_social::{WhatsAppProvider, WhatsAppSettings};

use crate::settings::{Email, Settings, Sms, Social, secret};

/// Makes them. `status_callback` is where the SMS provider posts what becomes of messages; `announce_clock` tells stand-in
/// providers the run's own clock.
pub(crate) fn make(
    settings: &Settings,
    status_callback: Option<String>,
    runtime: &Runtime,
    announce_clock: bool,
) -> Result<Vec<Arc<dyn Provider>>> {
    let mut providers = Vec::new();
    for channel in [Channel::Sms, Channel::Email, Channel::Social] {
        providers.extend(of(channel, settings, status_callback.clone(), runtime, announce_clock)?);
    }
    Ok(providers)
}

/// The one of a channel, if the settings have its section.
pub(crate) fn of(
    channel: Channel,
    settings: &Settings,
    status_callback: Option<String>,
    runtime: &Runtime,
    announce_clock: bool,
) -> Result<Option<Arc<dyn Provider>>> {
    let Settings { sms, email, social, .. } = settings;
    match channel {
        Channel::Sms => sms
            .as_ref()
            .map(|sms| {
                sms_provider(sms, status_callback, runtime, announce_clock).context("the [sms] section")
            })
            .transpose(),
        Channel::Email => email
            .as_ref()
            .map(|email| email_provider(email, runtime, announce_clock).context("the [email] section"))
            .transpose(),
        Channel::Social => social
            .as_ref()
            .map(|social| social_provider(social, runtime, announce_clock).context("the [social] section"))
            .transpose(),
        // Calls are made by people, and letters are of a later release.
        Channel::Call | Channel::Letter => Ok(None),
    }
}

fn sms_provider(
    sms: &Sms,
    status_callback: Option<String>,
    runtime: &Runtime,
    announce_clock: bool,
) -> Result<Arc<dyn Provider>> {
    let token =
        secret("MAHNWERK_SMS_AUTH_TOKEN", sms.auth_token_file.as_deref(), "the SMS provider's token")?;
    let http = HttpSettings { announce_clock, ..HttpSettings::default() };
    let made = TwilioSettings::new(&sms.base_url, &sms.account_sid, Secret::new(token));
    let settings = TwilioSettings { http, status_callback, ..made };
    Ok(Arc::new(TwilioProvider::new(settings, Arc::clone(&runtime.clock))?))
}

fn social_provider(social: &Social, runtime: &Runtime, announce_clock: bool) -> Result<Arc<dyn Provider>> {
    let file = social.access_token_file.as_deref();
    let token = secret("MAHNWERK_SOCIAL_ACCESS_TOKEN", file, "the WhatsApp access token")?;
    let http = HttpSettings { announce_clock, ..HttpSettings::default() };
    let made = WhatsAppSettings::new(&social.base_url, &social.phone_number_id, Secret::new(token));
    Ok(Arc::new(WhatsAppProvider::new(WhatsAppSettings { http, ..made }, Arc::clone(&runtime.clock))?))
}

fn email_provider(email: &Email, runtime: &Runtime, announce_clock: bool) -> Result<Arc<dyn Provider>> {
    let security = match email.security.as_str() {
        "tls" => Security::Tls,
        "starttls" => Security::StartTls,
        "none" => Security::Plain,
        other => bail!(
            "security is {other:?}; write tls, starttls, or none for a server on the loopback interface"
        ),
    };
    let login = match &email.user {
        Some(user) => {
            let file = email.password_file.as_deref();
            let password = secret("MAHNWERK_EMAIL_PASSWORD", file, "the mail server's password")?;
            Some(Login { user: user.clone(), password })
        }
        None => None,
    };
    let made = SmtpSettings::new(&email.host, email.port, security);
    let settings = SmtpSettings { login, announce_clock, ..made };
    Ok(Arc::new(SmtpProvider::new(settings, Arc::clone(&runtime.clock))?))
}
