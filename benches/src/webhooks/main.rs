//! Webhooks a second, beside a bare axum echo with the same body in the same run.
//!
//! Both servers are processes of their own: the built `mahnwerk`, and this program again as the echo. The same client
//! sends the same requests to both, in turn. A webhook is answered once its message is classified, decided, sealed and in
//! the log on disk; the echo does nothing but send the body back. So the ratio is what all of that costs.

mod house;
mod load;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use clap::Parser;

use house::House;
use load::Request;

/// Webhooks a second, beside a bare echo.
#[derive(Parser)]
struct Args {
    /// The built program.
    #[arg(long, required_unless_present = "echo")]
    bin: Option<PathBuf>,
    /// Requests in one round.
    #[arg(long, default_value_t = 8_000)]
    requests: usize,
    /// Rounds; the medians count.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Connections at once, each with one request under way.
    #[arg(long, default_value_t = 24)]
    connections: usize,
    /// Debtors who write.
    #[arg(long, default_value_t = 2_000)]
    people: usize,
    /// Be the echo.
    #[arg(long)]
    echo: bool,
}

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    if args.echo {
        return echo().await;
    }
    let bin = args.bin.as_ref().context("--bin names the built program")?;
    let (echo, house) = (house::Echo::start()?, House::start(bin, args.people)?);
    let mut seen: [Vec<f64>; 3] = Default::default();
    println!("round       echo   new messages   repeated      new/echo  repeated/echo");
    for round in 0..args.rounds {
        let requests: Vec<Request> =
            (0..args.requests).map(|n| house.message(round * args.requests + n, args.people)).collect();
        let plain = measured(&echo.address, &requests, args.connections).await?;
        let new = measured(&house.address, &requests, args.connections).await?;
        let repeated = measured(&house.address, &requests, args.connections).await?;
        print_round(&(round + 1).to_string(), [plain, new, repeated]);
        for (all, figure) in seen.iter_mut().zip([plain, new, repeated]) {
            all.push(figure);
        }
    }
    print_round("median", seen.map(median));
    Ok(())
}

/// Requests a second.
async fn measured(address: &str, requests: &[Request], connections: usize) -> Result<f64> {
    let took: Duration = load::send_all(address, requests, connections).await?;
    #[expect(clippy::cast_precision_loss, reason = "a count of requests")]
    let count = requests.len() as f64;
    Ok(count / took.as_secs_f64())
}

fn print_round(name: &str, [plain, new, repeated]: [f64; 3]) {
    let (of_new, of_repeated) = (new / plain, repeated / plain);
    println!("{name:6} {plain:7.0}/s {new:11.0}/s {repeated:8.0}/s {of_new:13.2} {of_repeated:14.2}");
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}

/// The ceiling: the same framework, and nothing behind it.
async fn echo() -> Result<()> {
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", socket.local_addr()?);
    let app = Router::new().fallback(post(|body: Bytes| async move { body }));
    Ok(axum::serve(socket, app).await?)
}
