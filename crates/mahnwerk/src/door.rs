//! A process's listener, as long as it is open.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use event_log::keys::Keyring;
use ingest::archive::Archive;
use ingest::digests::Digests;
use ingest::figures::Figures;
use ingest::gate::Gate;
use ingest::listener::{Access, Answers, Debtors, Exposure, Listener, RECHECK, Readiness, Services, Token};
use runtime::Runtime;
use tokio::sync::oneshot;
use worker_call::CallDesk;

use crate::archive::HouseArchive;
use crate::house::House;
use crate::paths::Paths;
use crate::settings::Settings;
use crate::settings::listener::from_here;
use crate::show::ShowDebtors;
use crate::webhooks;

/// What is behind it.
pub(crate) struct Behind {
    /// The files of the folder.
    pub(crate) paths: Paths,
    /// The keys.
    pub(crate) keyring: Arc<Keyring>,
    /// The log and the rulebook, where this process has them.
    pub(crate) house: Option<Arc<House>>,
    /// Time, randomness, tasks.
    pub(crate) runtime: Runtime,
    /// Where facts go.
    pub(crate) gate: Gate,
    /// What is counted.
    pub(crate) figures: Figures,
    /// The call list, where this process has one.
    pub(crate) calls: Option<Arc<CallDesk>>,
    /// Who knows whether the process can do its work.
    pub(crate) readiness: Arc<dyn Readiness>,
}

/// The listener, as long as it is open.
pub(crate) struct Door {
    pub(crate) address: SocketAddr,
    noted_in: PathBuf,
    stop: oneshot::Sender<()>,
    closed: oneshot::Receiver<()>,
}

impl Door {
    /// Opens it; where it listens stands in the file from then on.
    pub(crate) async fn open(
        behind: Behind,
        settings: &Settings,
        answers: Answers,
        noted_in: PathBuf,
    ) -> Result<Self> {
        let listener = listener(&behind, settings, answers).await?;
        let address = from_here(listener.address());
        let Behind { paths, keyring, house, runtime, gate, figures, calls, readiness } = behind;
        let token = Token::load_or_create(&paths.token(), runtime.random.as_ref())?;
        let access = Access::named(token, &paths.tokens(), Arc::clone(&runtime.clock), RECHECK)?;
        let services = Services {
            runtime: runtime.clone(),
            figures,
            gate,
            calls,
            readiness,
            debtors: house.clone().map(|house| Arc::new(ShowDebtors(house)) as Arc<dyn Debtors>),
            digests: keyring as Arc<dyn Digests>,
            archive: house.map(|house| Arc::new(HouseArchive::new(house)) as Arc<dyn Archive>),
        };
        let ((stop, stopped), (closing, closed)) = (oneshot::channel::<()>(), oneshot::channel());
        let serving = async move {
            // A dropped sender means the same as a word: stop.
            let stopped = async move { drop(stopped.await) };
            listener.serve(services, access, stopped).await;
            let _nobody_may_wait = closing.send(());
        };
        runtime.tasks.spawn("listener", Box::pin(serving));
        // Written last: whoever finds the file finds somebody who answers.
        std::fs::write(&noted_in, format!("{address}\n"))
            .with_context(|| format!("{} can't be written", noted_in.display()))?;
        Ok(Self { address, noted_in, stop, closed })
    }

    /// Closes it; requests under way are answered first.
    pub(crate) async fn close(self) {
        // Gone already is as good: nobody is sent there any more.
        let _gone_already = std::fs::remove_file(&self.noted_in);
        let _ended_already = self.stop.send(());
        let _ended_already = self.closed.await;
    }
}

/// Probes tell nothing that a stranger may not know: whoever watches a process may stand anywhere.
async fn listener(behind: &Behind, settings: &Settings, answers: Answers) -> Result<Listener> {
    let (address, exposure) = match answers {
        Answers::Everything | Answers::CallList => settings.listener.place()?,
        Answers::Probes => (settings.listener.address()?, Exposure::BehindTlsProxy),
    };
    let listener = Listener::bind(address, exposure).await?.answering(answers);
    match (&behind.house, answers) {
        (Some(house), Answers::Everything) => webhooks::beside(listener, behind, house, settings),
        (Some(_) | None, Answers::Everything | Answers::CallList | Answers::Probes) => Ok(listener),
    }
}
