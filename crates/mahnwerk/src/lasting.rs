//! What no new start mends by itself: a service manager that starts a role again and again leaves it down for this.

use core::fmt;

/// An error that stays until somebody changes something.
#[derive(Debug)]
pub(crate) struct Lasting(anyhow::Error);

impl fmt::Display for Lasting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.0)
    }
}

impl std::error::Error for Lasting {}

/// Marks an error as such; what it says stays the same.
pub(crate) fn lasting(error: anyhow::Error) -> anyhow::Error {
    anyhow::Error::new(Lasting(error))
}
