//! What the commands say: results on standard output, remarks on standard error.
//!
//! **Guarantees:** a reader that goes away (`| head`) ends nothing by force: what is left unsaid is dropped, and the command
//! ends quietly. Nothing here panics, whatever the outputs lead to.

use core::fmt;
use std::io::{self, ErrorKind, Write};
use std::sync::OnceLock;

/// Why standard output takes nothing any more, once it does not.
static LOST: OnceLock<ErrorKind> = OnceLock::new();

/// Says a line on standard output.
macro_rules! say {
    ($($part:tt)*) => { $crate::out::line(format_args!($($part)*)) };
}

/// Says a remark on standard error.
macro_rules! remark {
    ($($part:tt)*) => { $crate::out::aside(format_args!($($part)*)) };
}

/// Writes a line.
pub(crate) fn line(said: fmt::Arguments<'_>) {
    text(format_args!("{said}\n"));
}

/// Writes a text as it is.
pub(crate) fn text(said: fmt::Arguments<'_>) {
    if lost().is_none() {
        let _noted = goes_on(io::stdout().write_fmt(said));
    }
}

/// Writes a remark; where nobody reads those, it is lost.
pub(crate) fn aside(said: fmt::Arguments<'_>) {
    let _unread = io::stderr().write_fmt(format_args!("{said}\n"));
}

/// Whether what was written to standard output has left; a command with much to say stops where it has not.
pub(crate) fn goes_on(written: io::Result<()>) -> bool {
    match written {
        Ok(()) => true,
        Err(error) => {
            LOST.get_or_init(|| error.kind());
            false
        }
    }
}

/// Why standard output takes nothing any more; none while it does.
pub(crate) fn lost() -> Option<ErrorKind> {
    LOST.get().copied()
}
