//! Commands that go on running: started, waited for by what they say, ended.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::folder::{Folder, mahnwerk};

/// How long anything may take that should take a moment.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at something that should come.
const PAUSE: Duration = Duration::from_millis(50);

/// A running command; killed when it is dropped.
pub(crate) struct Running {
    child: Child,
    lines: mpsc::Receiver<String>,
}

impl Running {
    fn start(command: &mut Command, log: &Path) -> Self {
        let log = std::fs::File::options().create(true).append(true).open(log).unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let lines = read_aside(child.stdout.take().unwrap());
        Self { child, lines }
    }

    /// `run` on a folder with the stand-in providers; it answers by the time this returns.
    pub(crate) fn mahnwerk(folder: &Folder) -> Self {
        let providers = folder.beside("providers/providers.toml");
        let words = ["--log", "debug", "run", "--dir", folder.dir(), "--providers", providers];
        let running = Self::start(mahnwerk().args(words), Path::new(folder.beside("run.log")));
        running.until_it_says("commands reach it at ");
        running
    }

    /// The stand-in providers; they answer by the time this returns.
    pub(crate) fn providers(folder: &Folder) -> Self {
        Self::providers_told(folder, &[]).0
    }

    /// The same, told more on the command line; where their control endpoint is.
    pub(crate) fn providers_told(folder: &Folder, more: &[&str]) -> (Self, String) {
        let words = [&["loopback", "--dir", folder.beside("providers")], more].concat();
        let running = Self::start(mahnwerk().args(words), Path::new(folder.beside("loopback.log")));
        let control = running.until_it_says("control ");
        running.until_it_says("use it ");
        let control = control.split("http://").nth(1).unwrap().trim_end_matches("/control").to_owned();
        (running, control)
    }

    #[track_caller]
    fn until_it_says(&self, words: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("never said: {words}"));
            if line.contains(words) {
                return line;
            }
        }
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end, as systemd does; its exit code.
    pub(crate) fn terminate(mut self) -> Option<i32> {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(told.success());
        soon("an end", || self.child.try_wait().unwrap()).code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Ended already is as good.
        let _ended = self.child.kill();
        let _ended = self.child.wait();
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
