//! Being told to stop: a flag that turns true once, and whose holder may go away.
//!
//! Whoever could say stop and is gone has said it: nothing runs on for nobody.

use tokio::sync::watch;

/// Resolves when there is a stop, or nobody left who could give one.
pub async fn told(stop: &mut watch::Receiver<bool>) {
    let _stop_or_gone = stop.wait_for(|stop| *stop).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulated::Simulation;
    use domain::time::Timestamp;

    #[test]
    fn a_stop_is_heard_whenever_it_was_given_and_so_is_the_end_of_whoever_could() {
        let (simulation, _runtime) = Simulation::new(1, Timestamp(0));
        let heard = |mut stopped: watch::Receiver<bool>| {
            simulation.block_on(async move { told(&mut stopped).await }).is_some()
        };
        let (stop, stopped) = watch::channel(false);
        assert!(!heard(stopped.clone()), "nobody said so");
        stop.send_replace(true);
        assert!(heard(stopped), "said before it was asked for");
        let (gone, stopped) = watch::channel(false);
        drop(gone);
        assert!(heard(stopped));
    }
}
