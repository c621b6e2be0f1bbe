//! The client: so many connections, each with one request under way at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// A request, as its bytes.
pub(crate) type Request = Vec<u8>;

/// Longest answer that is read.
const MAX_ANSWER: usize = 64 * 1024;

/// Sends all and says how long it took; an answer other than 2xx is an error.
pub(crate) async fn send_all(address: &str, requests: &[Request], connections: usize) -> Result<Duration> {
    let requests: Arc<[Request]> = requests.into();
    let next = Arc::new(AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    #[expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]
    let began = Instant::now();
    for _ in 0..connections {
        let (requests, next, address) = (Arc::clone(&requests), Arc::clone(&next), address.to_owned());
        tasks.spawn(async move {
            let mut connection = TcpStream::connect(&address).await.context("the server is gone")?;
            connection.set_nodelay(true)?;
            let mut answer = Vec::with_capacity(MAX_ANSWER);
            while let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
                connection.write_all(request).await?;
                read_answer(&mut connection, &mut answer).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(began.elapsed())
}

async fn read_answer(connection: &mut TcpStream, answer: &mut Vec<u8>) -> Result<()> {
    answer.clear();
    loop {
        if let Some(length) = whole_length(answer)?
            && answer.len() >= length
        {
            return Ok(());
        }
        if connection.read_buf(answer).await? == 0 || answer.len() > MAX_ANSWER {
            bail!("the answer broke off, or is too long");
        }
    }
}

/// How long the answer is, once its head is there.
fn whole_length(answer: &[u8]) -> Result<Option<usize>> {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(answer.get(..end).unwrap_or_default())?.to_lowercase();
    let status = head.split(' ').nth(1).unwrap_or_default();
    if !status.starts_with('2') {
        bail!("answered with {status}: {}", String::from_utf8_lossy(answer));
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    Ok(Some(end + 4 + length.map_or(Ok(0), str::parse)?))
}
