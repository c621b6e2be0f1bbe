//! The provider clients that the settings ask for, one for each channel at most.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use channel::Provider;
use provider_http::{HttpSettings, Secret};
use runtime::Runtime;
use worker_email::{Login, Security, SmtpProvider, SmtpSettings};
use worker_sms::{TwilioProvider, TwilioSettings};
use worker_social::{WhatsAppProvider, WhatsAppSettings};

use crate::settings::{Email, Settings, Sms, Social, secret};

/// Makes them. `status_callback` is where the SMS provider posts what becomes of messages; `announce_clock` tells stand-in providers the run's own clock.
pub(crate) fn make(
    settings: &Settings,
    status_callback: Option<String>,
    runtime: &Runtime,
    announce_clock: bool,
) -> Result<Vec<Arc<dyn Provider>>> {
    let mut providers: Vec<Arc<dyn Provider>> = Vec::new();
    if let Some(sms) = &settings.sms {
        providers
            .push(sms_provider(sms, status_callback, runtime, announce_clock).context("the [sms] section")?);
    }
    if let Some(email) = &settings.email {
        providers.push(email_provider(email, runtime, announce_clock).context("the [email] section")?);
    }
    if let Some(social) = &settings.social {
        providers.push(social_provider(social, runtime, announce_clock).context("the [social] section")?);
    }
    Ok(providers)
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
