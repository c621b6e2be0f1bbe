//! How named tokens stand in their file: TOML that a person can read, and must not write.
//!
//! What is wrong is told by the token's place in the file; nothing of the file is repeated.

use domain::label::Label;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{BYTES, MAX_TOKENS, NamedToken, NamedTokens, these};
use crate::hex;
use crate::listener::caller::{Role, Tenants};

const ALL: &str = "all";
const HEAD: &str =
    "# Made by `mahnwerk token`, which adds, lists and revokes. A token's own digits are in no file.\n\n";

#[derive(Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct FileForm {
    #[serde(default, rename = "token")]
    tokens: Vec<TokenForm>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenForm {
    name: String,
    role: String,
    tenants: TenantsForm,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    sha256: String,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum TenantsForm {
    Word(String),
    These(Vec<String>),
}

/// What is wrong, and what would be right.
type Wrong = (String, String);

/// Reads a file's text.
pub(super) fn parse(text: &str) -> Result<NamedTokens, Wrong> {
    let form: FileForm = toml::from_str(text).map_err(|error| {
        let line =
            error.span().map_or(1, |span| text.bytes().take(span.start).filter(|b| *b == b'\n').count() + 1);
        (format!("is broken at line {line}"), "make the tokens anew with `mahnwerk token add`".to_owned())
    })?;
    if form.tokens.len() > MAX_TOKENS {
        return Err((format!("holds more than {MAX_TOKENS} tokens"), "revoke some".into()));
    }
    let mut tokens = NamedTokens::default();
    for (number, form) in form.tokens.into_iter().enumerate() {
        let wrong = |field: &str| {
            (
                format!("has a wrong {field} in its token {}", number + 1),
                "revoke it and make another".to_owned(),
            )
        };
        tokens.add(token(form).map_err(wrong)?).map_err(|_taken| wrong("name"))?;
    }
    Ok(tokens)
}

/// Writes a file's text.
pub(super) fn write(tokens: &NamedTokens) -> String {
    let form = FileForm { tokens: tokens.iter().map(TokenForm::from).collect() };
    // Texts and lists of texts can always be written.
    format!("{HEAD}{}", toml::to_string(&form).unwrap_or_default())
}

fn token(form: TokenForm) -> Result<NamedToken, &'static str> {
    let tenants = match &form.tenants {
        TenantsForm::Word(word) if word == ALL => Some(Tenants::All),
        TenantsForm::Word(_) => None,
        TenantsForm::These(names) => these(names),
    };
    let expires_at = form.expires_at.map(|text| instant(&text).ok_or("expires_at")).transpose()?;
    Ok(NamedToken {
        name: Label::new(&form.name).map_err(|_| "name")?,
        role: Role::parse(&form.role).ok_or("role")?,
        tenants: tenants.ok_or("tenants")?,
        created_at: instant(&form.created_at).ok_or("created_at")?,
        expires_at,
        digest: digest(&form.sha256).ok_or("sha256")?,
    })
}

impl From<&NamedToken> for TokenForm {
    fn from(token: &NamedToken) -> Self {
        let tenants = match token.tenants.named() {
            None => TenantsForm::Word(ALL.to_owned()),
            Some(tenants) => TenantsForm::These(tenants.iter().map(ToString::to_string).collect()),
        };
        Self {
            name: token.name.to_string(),
            role: token.role.as_str().to_owned(),
            tenants,
            created_at: token.created_at.to_string(),
            expires_at: token.expires_at.map(|at| at.to_string()),
            sha256: hex::write(&token.digest),
        }
    }
}

fn instant(text: &str) -> Option<Timestamp> {
    let at = text.parse::<jiff::Timestamp>().ok()?;
    Some(Timestamp(at.as_millisecond())).filter(|at| at.is_plausible())
}

fn digest(digits: &str) -> Option<[u8; BYTES]> {
    hex::read(digits)?.try_into().ok()
}
