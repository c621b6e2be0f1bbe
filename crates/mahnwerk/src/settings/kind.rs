//! What a key may hold: how it is read from a variable's text, and what is wrong with it.
//!
//! **Invariant:** what is said about a value never repeats it: it may be a secret that stands in the wrong place.

use toml::Value;

/// What a key may hold.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A text, not empty.
    Text,
    /// Yes or no.
    Truth,
    /// A whole number within bounds.
    Whole {
        /// The least.
        least: u32,
        /// The most.
        most: u32,
    },
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// An address, in which a user's name may stand, and no password.
    Url,
    /// A database's address, likewise.
    Database,
    /// A list of brokers' addresses, in which nobody's name stands: a name alone is a token there.
    Servers,
}

/// What is wrong with a value, and what would be right.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Unfit {
    /// What is wrong, as what follows the key's name.
    pub(crate) what: String,
    /// What would be right.
    pub(crate) remedy: String,
}

impl Kind {
    /// A variable's text as the file would have it; what is none stays a text, which [`Self::check`] refuses.
    pub(crate) fn read(self, text: &str) -> Value {
        let as_text = || Value::String(text.to_owned());
        match self {
            Self::Text | Self::OneOf(_) | Self::Url | Self::Database => as_text(),
            Self::Truth => text.trim().parse().map_or_else(|_| as_text(), Value::Boolean),
            Self::Whole { .. } => text.trim().parse().map_or_else(|_| as_text(), Value::Integer),
            Self::Servers => Value::Array(
                text.split(',').map(str::trim).map(|part| Value::String(part.to_owned())).collect(),
            ),
        }
    }

    /// Whether the value is one of this kind.
    pub(crate) fn check(self, value: &Value) -> Result<(), Unfit> {
        match self {
            Self::Text => text(value).map(drop),
            Self::Truth => match value.as_bool() {
                Some(_) => Ok(()),
                None => unfit("is neither true nor false", "write true or false, without quotation marks"),
            },
            Self::Whole { least, most } => {
                match value.as_integer().map(|number| (i64::from(least)..=i64::from(most)).contains(&number))
                {
                    Some(true) => Ok(()),
                    Some(false) => unfit("is out of bounds", &format!("write {least} to {most}")),
                    None => unfit(
                        "is no whole number",
                        &format!("write {least} to {most}, without quotation marks"),
                    ),
                }
            }
            Self::OneOf(words) => match text(value)? {
                known if words.contains(&known) => Ok(()),
                _ => unfit("is none of the words for it", &format!("write {}", words.join(" or "))),
            },
            Self::Url => url(text(value)?),
            Self::Database => database(text(value)?),
            Self::Servers => servers(value),
        }
    }

    /// Whether a wrong value of this kind may hold a secret, and is not to be shown.
    pub(crate) const fn may_hide_a_secret(self) -> bool {
        match self {
            Self::Url | Self::Database | Self::Servers => true,
            Self::Text | Self::Truth | Self::Whole { .. } | Self::OneOf(_) => false,
        }
    }
}

fn unfit<T>(what: &str, remedy: &str) -> Result<T, Unfit> {
    Err(Unfit { what: what.to_owned(), remedy: remedy.to_owned() })
}

fn text(value: &Value) -> Result<&str, Unfit> {
    match value.as_str() {
        Some("") => unfit("is empty", "leave it out, or write what it is"),
        Some(text) => Ok(text),
        None => unfit("is no text", "write it in quotation marks"),
    }
}

fn url(text: &str) -> Result<(), Unfit> {
    let Some((_, rest)) = text.split_once("://") else {
        return unfit("is no address", "write it like https://mahnwerk.example.org");
    };
    let (authority, query) =
        (rest.split(['/', '?', '#']).next(), rest.split_once('?').map(|(_, query)| query));
    let user = authority.and_then(|authority| authority.rsplit_once('@')).map(|(user, _)| user);
    let in_query = query.is_some_and(|query| query.split('&').any(|pair| pair.starts_with("password=")));
    if user.is_some_and(|user| user.contains(':')) || in_query {
        return unfit(
            "holds a password",
            "take it out, and name a file that holds it, or set its environment variable",
        );
    }
    Ok(())
}

fn database(text: &str) -> Result<(), Unfit> {
    if ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme)) {
        return url(text);
    }
    unfit("is no address of a database", "write it like postgres://mahnwerk_app@127.0.0.1:5432/mahnwerk")
}

fn servers(value: &Value) -> Result<(), Unfit> {
    let Some(servers) = value.as_array() else {
        return unfit("is no list", "write [\"nats://127.0.0.1:4222\"], or no server as []");
    };
    for server in servers {
        let server = text(server)?;
        if !["nats://", "tls://"].iter().any(|scheme| server.starts_with(scheme)) {
            return unfit(
                "has an address that is none of a broker",
                "write it like nats://127.0.0.1:4222 or tls://…",
            );
        }
        if server.contains('@') {
            return unfit(
                "has an address with a user, a password or a token in it",
                "take it out; the user stands in nats.user, the password in a file or its environment variable",
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(kind: Kind, text: &str) -> Option<String> {
        kind.check(&kind.read(text)).err().map(|unfit| format!("{}; {}", unfit.what, unfit.remedy))
    }

    #[test]
    fn texts_of_variables_are_read_as_what_the_key_holds() {
        let port = Kind::Whole { least: 0, most: 65_535 };
        for (kind, text, value) in [
            (port, " 7717 ", Value::Integer(7_717)),
            (Kind::Truth, "true", Value::Boolean(true)),
            (Kind::Text, "7717", Value::String("7717".to_owned())),
            (
                Kind::Servers,
                "nats://a:1, tls://b:2",
                Value::Array(vec!["nats://a:1".into(), "tls://b:2".into()]),
            ),
        ] {
            assert_eq!(kind.read(text), value, "{text}");
            assert_eq!(said(kind, text), None, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_remedy_and_never_repeated() {
        let port = Kind::Whole { least: 1, most: 9 };
        for (kind, text, part) in [
            (port, "hunter2", "is no whole number; write 1 to 9"),
            (port, "10", "is out of bounds; write 1 to 9"),
            (port, "tcp://10.0.0.1:7", "is no whole number"),
            (Kind::Truth, "hunter2", "write true or false"),
            (Kind::OneOf(&["tls", "none"]), "hunter2", "write tls or none"),
            (Kind::Url, "hunter2", "is no address"),
            (Kind::Url, "postgres://me:hunter2@db/m", "holds a password"),
            (Kind::Url, "postgres://me@db/m?sslmode=require&password=hunter2", "holds a password"),
            (Kind::Servers, "nats://hunter2@a:4222", "a user, a password or a token"),
            (Kind::Servers, "nats://a:4222,me:hunter2@b", "none of a broker"),
            (Kind::Servers, "nats://a:4222,", "is empty"),
        ] {
            let said = said(kind, text).unwrap();
            assert!(said.contains(part), "{text}: {said}");
            assert!(!said.contains("hunter2"), "{said}");
        }
        for right in
            ["postgres://me@db:5432/m?sslmode=require", "https://a.example/x:y@z", "postgres:///m?host=/run"]
        {
            assert_eq!(said(Kind::Url, right), None, "{right}");
        }
    }
}
