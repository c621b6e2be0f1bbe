//! How a task ended, said whatever ended it: it may be dropped where it stands, or panic.

use tokio::sync::mpsc;

/// Says something once, at its end: what it was told last.
pub(crate) struct LastWord<T> {
    word: Option<T>,
    to: mpsc::Sender<T>,
}

impl<T> LastWord<T> {
    /// Says this unless it is told something else. There has to be room for it: it waits for nobody.
    pub(crate) const fn new(unless_told: T, to: mpsc::Sender<T>) -> Self {
        Self { word: Some(unless_told), to }
    }

    /// Says this instead, now.
    pub(crate) fn say(mut self, word: T) {
        self.word = Some(word);
    }
}

impl<T> Drop for LastWord<T> {
    fn drop(&mut self) {
        if let Some(word) = self.word.take() {
            // Nobody may be listening any more.
            let _nobody_listens = self.to.try_send(word);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_said_once_however_it_ends() {
        let (to, mut said) = mpsc::channel(3);
        LastWord::new("lost", to.clone()).say("done");
        drop(LastWord::new("lost", to.clone()));
        let panics = std::thread::spawn(move || {
            let _last = LastWord::new("panicked", to);
            panic!("as a task may");
        });
        assert!(panics.join().is_err());
        let words: Vec<&str> = std::iter::from_fn(|| said.try_recv().ok()).collect();
        assert_eq!(words, ["done", "lost", "panicked"]);
    }
}
