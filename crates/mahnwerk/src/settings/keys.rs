//! Every key of the settings, once: its section, what it may hold, its default, and its environment variable.
//!
//! The structs say the same in Rust, `example.toml` to people; a test holds that all three agree.
//! Left out: entries of `[[webhooks.token]]`, of which there may be many, and which stand in the file alone.

use super::kind::Kind;

/// A key.
#[derive(Clone, Copy)]
pub(crate) struct Key {
    /// Its section, such as `webhooks.twilio`.
    pub(crate) section: &'static str,
    /// Its name within it.
    pub(crate) name: &'static str,
    /// What it may hold.
    pub(crate) kind: Kind,
    /// Its default as it stands in the file; none: it has none.
    pub(crate) default: Option<&'static str>,
}

impl Key {
    /// Section and name, as problems name it.
    pub(crate) fn dotted(&self) -> String {
        format!("{}.{}", self.section, self.name)
    }

    /// The environment variable that goes before the file.
    pub(crate) fn variable(&self) -> String {
        format!("{}{}", prefix_of(self.section), self.name.to_uppercase())
    }
}

/// How the variables of a section begin.
pub(crate) fn prefix_of(section: &str) -> String {
    format!("MAHNWERK_{}_", section.to_uppercase().replace('.', "_"))
}

/// A secret: never a key, but a variable, and a key that names a file.
#[derive(Clone, Copy)]
pub(crate) struct Secret {
    /// The variable that holds it.
    pub(crate) variable: &'static str,
    /// The section of the key that names its file.
    pub(crate) section: &'static str,
    /// That key's name.
    pub(crate) file_key: &'static str,
    /// What it is.
    pub(crate) what: &'static str,
    /// When it has to be there.
    pub(crate) need: Need,
}

/// When a secret has to be there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Never: others may vouch for us, such as a certificate.
    Optional,
    /// Where its section is there.
    Section,
    /// Where its section is there and another is not, whose secret would do.
    SectionWithout(&'static str),
    /// Where this key of its section is set.
    Key(&'static str),
}

/// The two keys of a log: a secret whose file has its place in the folder.
pub(crate) const KEYS_VARIABLE: &str = "MAHNWERK_KEYS";
/// Where there may be many of one kind: in the file alone.
pub(crate) const IN_THE_FILE_ALONE: &str = "webhooks.token";

/// The sections, in the order of `example.toml`.
pub(crate) const SECTIONS: [&str; 13] = [
    "listener",
    "rulebook",
    "log",
    "postgres",
    "nats",
    "worker",
    "otlp",
    "sms",
    "email",
    "social",
    "webhooks",
    "webhooks.twilio",
    "webhooks.whatsapp",
];

const PORTS: Kind = Kind::Whole { least: 0, most: 65_535 };
const MANY: Kind = Kind::Whole { least: 1, most: 1_000_000 };

/// The keys, in the order of `example.toml`.
pub(crate) const KEYS: [Key; 40] = [
    key("listener", "port", PORTS, Some("7717")),
    key("listener", "address", Kind::Text, None),
    key("listener", "behind_tls_proxy", Kind::Truth, Some("false")),
    key("rulebook", "path", Kind::Text, Some("\"rulebook\"")),
    key("log", "store", Kind::OneOf(&["sqlite", "postgres"]), Some("\"sqlite\"")),
    key("log", "partitions", Kind::Whole { least: 1, most: 1_024 }, Some("64")),
    key("postgres", "url", Kind::Database, None),
    key("postgres", "password_file", Kind::Text, None),
    key("postgres", "owner_url", Kind::Database, None),
    key("postgres", "owner_password_file", Kind::Text, None),
    key("postgres", "connections", Kind::Whole { least: 2, most: 1_000 }, Some("16")),
    key("postgres", "lease_ms", Kind::Whole { least: 1_000, most: 60_000 }, Some("5000")),
    key("nats", "servers", Kind::Servers, Some("[]")),
    key("nats", "user", Kind::Text, None),
    key("nats", "password_file", Kind::Text, None),
    key("nats", "credentials_file", Kind::Text, None),
    key("nats", "ca_file", Kind::Text, None),
    key("nats", "replicas", Kind::Whole { least: 1, most: 5 }, Some("1")),
    key("worker", "rate_per_second", MANY, Some("100")),
    key("worker", "concurrency", MANY, Some("32")),
    key("worker", "capacity", MANY, Some("2000")),
    key("worker", "call_capacity", MANY, Some("10000")),
    key("otlp", "endpoint", Kind::Url, None),
    key("sms", "base_url", Kind::Url, None),
    key("sms", "account_sid", Kind::Text, None),
    key("sms", "auth_token_file", Kind::Text, None),
    key("sms", "status_callback", Kind::Url, None),
    key("email", "host", Kind::Text, None),
    key("email", "port", PORTS, None),
    key("email", "security", Kind::OneOf(&["tls", "starttls", "none"]), None),
    key("email", "user", Kind::Text, None),
    key("email", "password_file", Kind::Text, None),
    key("social", "base_url", Kind::Url, None),
    key("social", "phone_number_id", Kind::Text, None),
    key("social", "access_token_file", Kind::Text, None),
    key("webhooks", "public_url", Kind::Url, None),
    key("webhooks", "replay_window_days", Kind::Whole { least: 1, most: 365 }, Some("8")),
    key("webhooks.twilio", "auth_token_file", Kind::Text, None),
    key("webhooks.whatsapp", "verify_token_file", Kind::Text, None),
    key("webhooks.whatsapp", "app_secret_file", Kind::Text, None),
];

/// Keys of which one is set in place of the other: a variable for one goes before the file's other one, too.
pub(crate) const RIVALS: [(&str, &str, &str); 2] =
    [("listener", "port", "address"), ("nats", "user", "credentials_file")];

/// The secrets.
pub(crate) const SECRETS: [Secret; 9] = [
    secret(
        "MAHNWERK_POSTGRES_PASSWORD",
        ("postgres", "password_file"),
        "the application's password",
        Need::Optional,
    ),
    secret(
        "MAHNWERK_POSTGRES_OWNER_PASSWORD",
        ("postgres", "owner_password_file"),
        "the owner's password",
        Need::Optional,
    ),
    secret("MAHNWERK_NATS_PASSWORD", ("nats", "password_file"), "the password for NATS", Need::Key("user")),
    secret("MAHNWERK_SMS_AUTH_TOKEN", ("sms", "auth_token_file"), "the SMS provider's token", Need::Section),
    secret(
        "MAHNWERK_EMAIL_PASSWORD",
        ("email", "password_file"),
        "the mail server's password",
        Need::Key("user"),
    ),
    secret(
        "MAHNWERK_SOCIAL_ACCESS_TOKEN",
        ("social", "access_token_file"),
        "the WhatsApp access token",
        Need::Section,
    ),
    secret(
        "MAHNWERK_TWILIO_AUTH_TOKENS",
        ("webhooks.twilio", "auth_token_file"),
        "Twilio's auth token",
        Need::SectionWithout("sms"),
    ),
    secret(
        "MAHNWERK_WHATSAPP_VERIFY_TOKEN",
        ("webhooks.whatsapp", "verify_token_file"),
        "the verify token for Meta",
        Need::Section,
    ),
    secret(
        "MAHNWERK_WHATSAPP_APP_SECRETS",
        ("webhooks.whatsapp", "app_secret_file"),
        "the app secret of Meta",
        Need::Section,
    ),
];

const fn key(section: &'static str, name: &'static str, kind: Kind, default: Option<&'static str>) -> Key {
    Key { section, name, kind, default }
}

const fn secret(
    variable: &'static str,
    (section, file_key): (&'static str, &'static str),
    what: &'static str,
    need: Need,
) -> Secret {
    Secret { variable, section, file_key, what, need }
}

/// The key of this section and name.
pub(crate) fn find(section: &str, name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.section == section && key.name == name)
}

/// The keys of a section.
pub(crate) fn of_section(section: &str) -> impl Iterator<Item = &'static Key> {
    KEYS.iter().filter(move |key| key.section == section)
}
