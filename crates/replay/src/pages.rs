//! A partition's rows, page by page: the next page is being fetched while the last one is worked on.

use core::future::Future;
use core::pin::Pin;
use core::task::Poll;

use domain::ids::Position;
use event_log::record::Recorded;

use crate::error::ReplayError;
use crate::log::LogReader;

/// Rows of one page, which bounds the memory of every pass over a log.
pub(crate) const PAGE: u32 = 2_000;

type Fetched = Result<Vec<Recorded>, ReplayError>;

/// What is known of the next page.
enum Next {
    /// The store is at it.
    Coming(Pin<Box<dyn Future<Output = Fetched> + Send>>),
    /// It came at once.
    Here(Fetched),
    /// There is none.
    End,
}

/// The rows after a position, up to where the log ended when the last page was fetched.
pub(crate) struct Pages {
    log: LogReader,
    partition: u16,
    next: Next,
}

impl Pages {
    pub(crate) fn after(log: &LogReader, partition: u16, after: Position) -> Self {
        Self { log: log.clone(), partition, next: Next::Coming(fetch(log, partition, after)) }
    }

    /// The next page; none at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<Recorded>>, ReplayError> {
        let rows = match core::mem::replace(&mut self.next, Next::End) {
            Next::Coming(page) => page.await?,
            Next::Here(page) => page?,
            Next::End => return Ok(None),
        };
        let Some(last) = rows.last() else { return Ok(None) };
        let mut page = fetch(&self.log, self.partition, last.position);
        // Polled once, so that the store begins to fetch while the caller decodes this page.
        self.next = match futures_util::poll!(page.as_mut()) {
            Poll::Ready(fetched) => Next::Here(fetched),
            Poll::Pending => Next::Coming(page),
        };
        Ok(Some(rows))
    }
}

fn fetch(
    log: &LogReader,
    partition: u16,
    after: Position,
) -> Pin<Box<dyn Future<Output = Fetched> + Send + 'static>> {
    let log = log.clone();
    Box::pin(async move { log.read(partition, after, PAGE).await })
}
