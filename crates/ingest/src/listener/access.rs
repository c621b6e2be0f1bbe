//! Which token is whose: the operator's beside the log, and the named ones of a file that may change at any time.
//!
//! **Invariant:** a file that can't be read leaves those in who were let in before, and says so in the log.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use domain::time::Timestamp;
use runtime::clock::Clock;

use super::answer::{Answer, Problem};
use super::caller::Caller;
use super::named::NamedTokens;
use super::token::Token;
use crate::error::IngestError;
use crate::figures::{Figures, TokenRefusal};

/// How long a change of the file may go unnoticed.
pub const RECHECK: Duration = Duration::from_secs(1);

/// All tokens that are let in.
pub struct Access {
    local: Token,
    named: Option<Watched>,
}

impl Access {
    /// The operator's token alone.
    pub const fn local(local: Token) -> Self {
        Self { local, named: None }
    }

    /// And those of a file, which need not be there yet; looked at again when a request comes, at most once in
    /// `recheck`, which is [`RECHECK`] outside tests.
    pub fn named(
        local: Token,
        file: &Path,
        clock: Arc<dyn Clock>,
        recheck: Duration,
    ) -> Result<Self, IngestError> {
        let stamp = stamp(file);
        let tokens = Arc::new(NamedTokens::read(file)?);
        let seen = Mutex::new(Seen { looked_at: clock.monotonic(), stamp, tokens });
        Ok(Self { local, named: Some(Watched { file: file.to_owned(), clock, recheck, seen }) })
    }

    /// Who shows this token, if anybody may; who is not let in is counted.
    pub(super) fn caller(&self, shown: Option<&[u8]>, figures: &Figures) -> Answer<Caller> {
        self.find(shown).map_err(|why| {
            figures.token_refused(why);
            let (detail, remedy) = match why {
                TokenRefusal::Missing | TokenRefusal::Wrong => (
                    "the token is missing or wrong",
                    "send Authorization: Bearer with the digits of a token that `mahnwerk token ls` lists, \
                     or of the token file",
                ),
                TokenRefusal::Expired => {
                    ("the token has expired", "have another made with `mahnwerk token add`")
                }
            };
            Problem::new(StatusCode::UNAUTHORIZED, detail, remedy).at("Authorization")
        })
    }

    fn find(&self, shown: Option<&[u8]>) -> Result<Caller, TokenRefusal> {
        let shown = shown.ok_or(TokenRefusal::Missing)?;
        if self.local.is(shown) {
            return Caller::local().ok_or(TokenRefusal::Wrong);
        }
        let watched = self.named.as_ref().ok_or(TokenRefusal::Wrong)?;
        let (tokens, now) = watched.current();
        let token = tokens.find(shown).ok_or(TokenRefusal::Wrong)?;
        if token.is_over(now) { Err(TokenRefusal::Expired) } else { Ok(token.caller()) }
    }
}

/// A file of named tokens, and what it held when it was last looked at.
struct Watched {
    file: PathBuf,
    clock: Arc<dyn Clock>,
    recheck: Duration,
    seen: Mutex<Seen>,
}

struct Seen {
    looked_at: Duration,
    stamp: Option<Stamp>,
    tokens: Arc<NamedTokens>,
}

/// Modification in seconds and nanoseconds, size, inode: a file that is replaced differs in the last.
type Stamp = (i64, i64, u64, u64);

impl Watched {
    /// The tokens as of at most `recheck` ago, and the instant.
    fn current(&self) -> (Arc<NamedTokens>, Timestamp) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.monotonic();
        if now.saturating_sub(seen.looked_at) >= self.recheck {
            seen.looked_at = now;
            self.look_again(&mut seen);
        }
        (Arc::clone(&seen.tokens), self.clock.now())
    }

    fn look_again(&self, seen: &mut Seen) {
        // Taken before the file is read: what changes in between is read once more the next time.
        let stamp = stamp(&self.file);
        if stamp == seen.stamp {
            return;
        }
        seen.stamp = stamp;
        match NamedTokens::read(&self.file) {
            Ok(tokens) => {
                tracing::info!(tokens.count = tokens.iter().count(), "the named tokens have changed");
                seen.tokens = Arc::new(tokens);
            }
            Err(error) => tracing::error!(%error, "the named tokens can't be read; those read before stay"),
        }
    }
}

fn stamp(file: &Path) -> Option<Stamp> {
    let facts = std::fs::metadata(file).ok()?;
    Some((facts.mtime(), facts.mtime_nsec(), facts.size(), facts.ino()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::label::{Label, TenantId};
    use telemetry::metrics::Registry;

    use super::*;
    use crate::listener::caller::{Role, Tenants};
    use crate::listener::named::NamedToken;

    /// Adds a token that is over at `end` and gives its digits.
    fn add(file: &Path, name: &str, end: Option<Timestamp>) -> String {
        let tenants = Tenants::These(BTreeSet::from([TenantId::new("town").unwrap()]));
        let random = runtime::system::SystemRandom;
        let times = (Timestamp(1_790_000_000_000), end);
        let (token, digits) =
            NamedToken::draw(Label::new(name).unwrap(), Role::Agent, tenants, times, &random);
        NamedTokens::change(file, |tokens| Ok(tokens.add(token))).unwrap().unwrap();
        digits
    }

    #[test]
    fn a_changed_file_counts_at_the_next_look_and_a_broken_one_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tokens.toml");
        let runtime = runtime::system::runtime();
        let token = Token::load_or_create(&folder.path().join("token"), &*runtime.random).unwrap();
        let local = token.reveal();
        let access = Access::named(token, &file, Arc::clone(&runtime.clock), Duration::ZERO).unwrap();
        let figures = Figures::new(&Registry::default());
        let name = |digits: &str| {
            access.caller(Some(digits.as_bytes()), &figures).map(|caller| caller.actor().to_string())
        };
        assert_eq!(name(&local).as_deref(), Ok(Caller::LOCAL));
        let unknown = name(&"0".repeat(64)).unwrap_err();
        assert_eq!((unknown.status, unknown.detail.as_str()), (401, "the token is missing or wrong"));

        let anna = add(&file, "anna", None);
        assert_eq!(name(&anna).as_deref(), Ok("anna"));
        let late = add(&file, "late", Some(Timestamp(1_790_000_000_000)));
        assert_eq!(name(&late).unwrap_err().detail, "the token has expired");

        let good = std::fs::read(&file).unwrap();
        std::fs::write(&file, "[[token").unwrap();
        assert_eq!(name(&anna).as_deref(), Ok("anna"), "who was let in stays in");
        std::fs::write(&file, good).unwrap();
        assert_eq!(name(&anna).as_deref(), Ok("anna"));
        NamedTokens::change(&file, |tokens| Ok(tokens.revoke("anna"))).unwrap();
        assert_eq!(name(&anna).unwrap_err().status, 401);
        std::fs::write(&file, "[[token").unwrap();
        assert!(
            Access::named(Token::load(&folder.path().join("token")).unwrap(), &file, runtime.clock, RECHECK)
                .is_err()
        );
    }

    #[test]
    fn the_file_is_looked_at_no_more_often_than_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tokens.toml");
        let runtime = runtime::system::runtime();
        let token = Token::load_or_create(&folder.path().join("token"), &*runtime.random).unwrap();
        let hour = Duration::from_secs(3600);
        let access = Access::named(token, &file, Arc::clone(&runtime.clock), hour).unwrap();
        let anna = add(&file, "anna", None);
        let figures = Figures::new(&Registry::default());
        assert!(
            access.caller(Some(anna.as_bytes()), &figures).is_err(),
            "not looked at again within the hour"
        );
        assert!(access.caller(None, &figures).is_err());
        let text = figures.text();
        assert!(text.contains(r#"mahnwerk_tokens_refused_total{reason="wrong"} 1"#), "{text}");
        assert!(text.contains(r#"mahnwerk_tokens_refused_total{reason="missing"} 1"#), "{text}");
    }
}
