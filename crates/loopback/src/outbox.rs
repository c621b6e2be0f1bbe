//! The messages as files, for people who look at a demo: `.eml` for mail, `.json` for the rest.

use std::path::{Path, PathBuf};

use crate::error::LoopbackError;
use crate::record::Received;

/// A folder of messages.
pub(crate) struct Outbox {
    folder: PathBuf,
}

impl Outbox {
    /// Makes the folder if it does not exist.
    pub(crate) fn open(folder: &Path) -> Result<Self, LoopbackError> {
        std::fs::create_dir_all(folder).map_err(|source| failed("make", folder, source))?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// Writes one message; `mail` is the mail as it came.
    pub(crate) fn write(&self, received: &Received, mail: Option<&[u8]>) -> Result<(), LoopbackError> {
        let (extension, content) = match mail {
            Some(mail) => ("eml", mail.to_vec()),
            None => ("json", serde_json::to_vec_pretty(received)?),
        };
        let name = format!("{:08}-{}.{extension}", received.sequence, received.channel);
        let path = self.folder.join(name);
        std::fs::write(&path, content).map_err(|source| failed("write", &path, source))
    }
}

fn failed(action: &'static str, path: &Path, source: std::io::Error) -> LoopbackError {
    LoopbackError::File { action, path: path.to_owned(), source }
}
