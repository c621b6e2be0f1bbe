//! Commands that go on running: started, waited for by what they say, ended.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, LazyLock, mpsc};
use std::time::Duration;

use runtime::clock::Clock;

use crate::folder::{Folder, bytes, mahnwerk};
use crate::request::send_to;

/// How long anything may take that should take a moment.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at something that should come.
const PAUSE: Duration = Duration::from_millis(50);

/// A running command; killed when it is dropped.
pub(crate) struct Process {
    child: Child,
    lines: mpsc::Receiver<String>,
    log: PathBuf,
}

impl Process {
    fn start(command: &mut Command, at: &Path) -> Self {
        let log = std::fs::File::options().create(true).append(true).open(at).unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let lines = read_aside(child.stdout.take().unwrap());
        Self { child, lines, log: at.to_owned() }
    }

    /// A role in a process of its own, on a folder with the stand-in providers; its log lines go to this file beside it.
    pub(crate) fn role(folder: &Folder, dir: &str, role: &[&str], log: &str) -> Self {
        let providers = folder.beside("providers/providers.toml");
        let words = [&["--log", "debug"], role, &["--dir", dir, "--providers", providers]].concat();
        Self::start(mahnwerk().args(words), Path::new(folder.beside(log)))
    }

    /// A command that goes on telling what comes.
    pub(crate) fn follow(folder: &Folder, words: &[&str]) -> Self {
        let words = [words, &["--dir", folder.dir()]].concat();
        Self::start(mahnwerk().args(words), Path::new(folder.beside("follow.log")))
    }

    /// Waits for a line with these words; the line.
    #[track_caller]
    pub(crate) fn until_it_says(&self, words: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE).unwrap_or_else(|_| {
                let log = String::from_utf8(bytes(&self.log)).unwrap();
                let last = log.lines().rev().take(5).collect::<Vec<_>>().join("\n");
                panic!("never said: {words}; its log ends, newest first, with:\n{last}")
            });
            if line.contains(words) {
                return line;
            }
        }
    }

    /// Waits until a role says that it can do its work; where it listens.
    pub(crate) fn until_ready(&self) -> String {
        let line = self.until_it_says(" at 127.0.0.1:");
        let address = line.rsplit(" at ").next().unwrap().trim_end_matches('.').to_owned();
        soon("readiness", || {
            let (status, said) = send_to(&address, None, "GET", "/readyz", "application/json", b"");
            // A scheduler that knows of no others yet has nothing to own.
            (status == 200 && !said.to_string().contains("0 of 0")).then_some(())
        });
        address
    }

    /// Sends it a signal, by its name.
    pub(crate) fn signal(&self, name: &str) {
        let told = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(told.unwrap().success());
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for the end of what was asked to end; its exit code.
    pub(crate) fn ended(mut self) -> Option<i32> {
        soon("an end", || self.child.try_wait().unwrap()).code()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Ended already is as good.
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// One process with everything, or as many as it takes where they share a log.
pub(crate) struct Running {
    processes: Vec<Process>,
}

/// Enough of each role to play every journey.
const ROLES: [&[&str]; 7] = [
    &["scheduler"],
    &["scheduler"],
    &["ingest"],
    &["worker", "sms"],
    &["worker", "email"],
    &["worker", "social"],
    &["worker", "call"],
];

impl Running {
    /// Everything, on a folder with the stand-in providers; it answers by the time this returns.
    pub(crate) fn mahnwerk(folder: &Folder) -> Self {
        if folder.servers.is_some() {
            return Self::roles(folder);
        }
        let process = Process::role(folder, folder.dir(), &["run"], "run.log");
        process.until_it_says("commands reach it at ");
        Self { processes: vec![process] }
    }

    /// The same where nothing can be written without somebody who runs, and nothing where a command may own the log.
    pub(crate) fn early(folder: &Folder) -> Option<Self> {
        folder.servers.is_some().then(|| Self::mahnwerk(folder))
    }

    fn roles(folder: &Folder) -> Self {
        let started = ROLES.map(|role| Process::role(folder, folder.dir(), role, "run.log"));
        started.iter().for_each(|process| drop(process.until_ready()));
        Self { processes: started.into() }
    }

    /// The stand-in providers; they answer by the time this returns.
    pub(crate) fn providers(folder: &Folder) -> Self {
        Self::providers_told(folder, &[]).0
    }

    /// The same, told more on the command line; where their control endpoint is.
    pub(crate) fn providers_told(folder: &Folder, more: &[&str]) -> (Self, String) {
        let words = [&["loopback", "--dir", folder.beside("providers")], more].concat();
        let process = Process::start(mahnwerk().args(words), Path::new(folder.beside("loopback.log")));
        let control = process.until_it_says("control ");
        process.until_it_says("use it ");
        let control = control.split("http://").nth(1).unwrap().trim_end_matches("/control").to_owned();
        (Self { processes: vec![process] }, control)
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(self) {
        self.processes.into_iter().for_each(Process::kill);
    }

    /// Asks it to end, as systemd does; the worst exit code.
    pub(crate) fn terminate(self) -> Option<i32> {
        self.processes.iter().for_each(|process| process.signal("TERM"));
        let codes: Option<Vec<i32>> = self.processes.into_iter().map(Process::ended).collect();
        codes?.into_iter().max()
    }
}

/// Lines as they come, so that waiting for one has a bound.
fn read_aside(out: ChildStdout) -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::sync_channel(1000);
    std::thread::spawn(move || {
        let all = BufReader::new(out).lines().map_while(Result::ok);
        all.take_while(|line| sender.send(line.clone()).is_ok()).count()
    });
    lines
}

/// One for the whole test: each counts from its own beginning.
static CLOCK: LazyLock<Arc<dyn Clock>> = LazyLock::new(|| runtime::system::runtime().clock);

/// Now, to measure by.
pub(crate) fn monotonic() -> Duration {
    CLOCK.monotonic()
}

/// How long ago that was.
pub(crate) fn since(then: Duration) -> Duration {
    monotonic().saturating_sub(then)
}

/// Looks until it is there.
#[track_caller]
pub(crate) fn soon<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..PATIENCE.as_millis() / PAUSE.as_millis() {
        if let Some(found) = look() {
            return found;
        }
        std::thread::sleep(PAUSE);
    }
    panic!("it never came: {what}")
}
