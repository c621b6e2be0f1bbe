//! The one place that reads the process's environment.

use std::collections::BTreeMap;

/// How every variable of ours begins.
const PREFIX: &str = "MAHNWERK_";

/// The variables of ours that are set and not empty; none as a value: it is no UTF-8 text.
pub(crate) type Variables = BTreeMap<String, Option<String>>;

/// A variable that is set to valid text and not empty.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
pub(crate) fn read(variable: &str) -> Option<String> {
    std::env::var(variable).ok().filter(|value| !value.is_empty())
}

/// All of ours.
pub(crate) fn ours() -> Variables {
    let named = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    let ours = named.filter(|(name, value)| name.starts_with(PREFIX) && !value.is_empty());
    ours.map(|(name, value)| (name, value.into_string().ok())).collect()
}
