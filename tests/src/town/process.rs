//! Tasks that die together, as those of one process do.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use runtime::simulated::Simulation;
use runtime::{BoxFuture, Runtime, Spawn};

/// A process of the town: its tasks bear its name in the trace, and a kill drops all of them where they stand.
#[derive(Clone)]
pub struct Process {
    shared: Arc<Shared>,
}

struct Shared {
    name: &'static str,
    tasks: Arc<dyn Spawn>,
    /// The full name of each task name. Leaked, since the executor wants them for ever; there are few.
    names: Mutex<BTreeMap<&'static str, &'static str>>,
}

impl Process {
    /// A process without tasks.
    pub fn new(name: &'static str, runtime: &Runtime) -> Self {
        let tasks = Arc::clone(&runtime.tasks);
        Self { shared: Arc::new(Shared { name, tasks, names: Mutex::default() }) }
    }

    /// The runtime for what runs in it.
    pub fn runtime(&self, whole: &Runtime) -> Runtime {
        Runtime { tasks: Arc::new(self.clone()), ..whole.clone() }
    }

    /// Drops every task where it stands; how many there were.
    pub fn kill(&self, simulation: &Simulation) -> usize {
        let names: Vec<&'static str> = self.lock().values().copied().collect();
        names.into_iter().map(|name| simulation.kill(name)).sum()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<&'static str, &'static str>> {
        self.shared.names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn full_name(&self, name: &'static str) -> &'static str {
        let full = || -> &'static str { Box::leak(format!("{}/{name}", self.shared.name).into_boxed_str()) };
        self.lock().entry(name).or_insert_with(full)
    }
}

impl Spawn for Process {
    fn spawn(&self, name: &'static str, task: BoxFuture<'static, ()>) {
        self.shared.tasks.spawn(self.full_name(name), task);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::time::Timestamp;

    #[test]
    fn a_kill_takes_every_task_of_the_process_and_no_other() {
        let (simulation, runtime) = Simulation::new(1, Timestamp(0));
        let processes = [Process::new("one", &runtime), Process::new("other", &runtime)];
        for process in &processes {
            for name in ["a", "b", "b"] {
                process.runtime(&runtime).tasks.spawn(name, Box::pin(std::future::pending()));
            }
        }
        simulation.run_ready();
        assert_eq!(processes[0].kill(&simulation), 3);
        assert_eq!((simulation.tasks(), processes[0].kill(&simulation)), (3, 0));
        assert_eq!(simulation.trace()[0].1, "one/a");
    }
}
