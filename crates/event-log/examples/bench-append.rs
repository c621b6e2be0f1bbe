//! Appends through the PostgreSQL store, beside a bare batched insert of the same rows on the same server.
//!
//! The bare insert is one `UNNEST` statement into a table with the same columns and the primary key alone: no head, no
//! chain, no fence. Rounds take turns, and the medians of their ratios count. The server is the one that
//! `MAHNWERK_TEST_POSTGRES` names; a database is made there and dropped at the end.
//!
//! ```text
//! tests/with-servers cargo run --release -p event-log --example bench-append
//! ```

use std::time::{Duration, Instant};

use domain::ids::{InputId, Position, RulebookHash, StreamId};
use domain::input::{Cause, CauseKind};
use domain::label::TenantId;
use domain::time::Timestamp;
use event_log::membership::Instance;
use event_log::postgres::{APPLICATION_ROLE, Options, PgLog};
use event_log::record::{Append, Head, InputKey, Lease, Lookup, LookupKind, NewEvent, Origin};
use event_log::store::EventLog;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions};

type Failure = Box<dyn std::error::Error>;

const ROUNDS: usize = 9;
/// Events in each round, whatever the size of the batches.
const EVENTS: usize = 20_000;
const BATCHES: [usize; 3] = [100, 1_000, 5_000];
const DATABASE: &str = "mahnwerk_bench_append";
const ORIGIN: Origin = Origin { history: [1; 16], partitions: 64, key_check: [2; 16] };

/// The same columns, in the same order, as an append writes.
const BARE: &str = "INSERT INTO bare SELECT 0::smallint, 1, e.* FROM unnest($1::bigint[], $2::integer[], $3::integer[], \
    $4::bytea[], $5::bigint[], $6::bigint[], $7::bytea[], $8::smallint[], $9::bytea[], $10::bigint[], $11::bigint[], \
    $12::integer[], $13::integer[], $14::bigint[], $15::bytea[], $16::bytea[], $17::bytea[], $18::bytea[]) AS e";
const TABLE: &str = "CREATE TABLE bare (partition smallint NOT NULL, history integer NOT NULL, position bigint NOT NULL, \
    tenant integer NOT NULL, rulebook integer NOT NULL, stream bytea NOT NULL, version bigint NOT NULL, previous bigint, \
    event_id bytea NOT NULL, cause_kind smallint NOT NULL, cause_id bytea NOT NULL, at bigint NOT NULL, \
    occurred_at bigint NOT NULL, kind integer NOT NULL, schema integer NOT NULL, decider bigint NOT NULL, trace bytea, \
    payload bytea NOT NULL, personal bytea, chain bytea NOT NULL, PRIMARY KEY (partition, position))";

#[tokio::main]
#[expect(clippy::disallowed_methods, reason = "the server's address comes by the environment")]
async fn main() -> Result<(), Failure> {
    let server = std::env::var("MAHNWERK_TEST_POSTGRES").map_err(|_| "run it through tests/with-servers")?;
    run(&server, format!("DROP DATABASE IF EXISTS {DATABASE}")).await?;
    run(&server, format!("CREATE DATABASE {DATABASE}")).await?;
    let measured = measure(&server).await;
    run(&server, format!("DROP DATABASE {DATABASE} WITH (FORCE)")).await?;
    measured
}

async fn measure(server: &str) -> Result<(), Failure> {
    let (start, _) = server.rsplit_once('/').ok_or("the URL names no database")?;
    let owner = format!("{start}/{DATABASE}");
    PgLog::migrate(&owner, None, APPLICATION_ROLE).await?;
    PgLog::create(&owner, None, ORIGIN).await?;
    run(&owner, TABLE.to_owned()).await?;
    let (_, host) = start.split_once('@').ok_or("the URL names no role")?;
    let log = PgLog::open(Options {
        url: format!("postgres://{APPLICATION_ROLE}@{host}/{DATABASE}"),
        password: None,
        connections: 2,
        decider: 1,
        instance: Instance([1; 16]),
        lease: Duration::from_secs(60),
        clock: runtime::system::runtime().clock,
    })
    .await?;
    let lease = log.lease(0).await?;
    let mut bench = Bench { log, lease, head: lease.head, bare: connect(&owner).await?, bare_at: 0 };
    println!("batch    bare events/s    append    with keys    append/bare    with keys/bare");
    for batch in BATCHES {
        // What is prepared and cached once is not counted.
        bench.round(batch).await?;
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            rounds.push(bench.round(batch).await?);
        }
        let of = |read: fn(&[f64; 3]) -> f64| median(rounds.iter().map(read).collect());
        let (bare, append, keys) =
            (of(|[bare, _, _]| *bare), of(|[_, plain, _]| *plain), of(|[_, _, full]| *full));
        let (plain, full) = (of(|[bare, plain, _]| plain / bare), of(|[bare, _, full]| full / bare));
        println!("{batch:>5}{bare:>17.0}{append:>10.0}{keys:>13.0}{plain:>15.2}{full:>18.2}");
    }
    Ok(())
}

struct Bench {
    log: PgLog,
    lease: Lease,
    head: Head,
    bare: PgConnection,
    bare_at: u64,
}

impl Bench {
    /// Events a second: bare, appended, and appended with an input key and a lookup each.
    async fn round(&mut self, batch: usize) -> Result<[f64; 3], Failure> {
        let bare = self.insert(batch).await?;
        let append = self.append(batch, false).await?;
        Ok([bare, append, self.append(batch, true).await?])
    }

    async fn append(&mut self, batch: usize, with_keys: bool) -> Result<f64, Failure> {
        let mut spent = Duration::ZERO;
        for _ in 0..EVENTS / batch {
            let events = events(self.head.position.0, batch);
            let mut append =
                Append { events, ..Append::nothing(self.lease.partition, self.lease.epoch, self.head) };
            if with_keys {
                append.input_keys = append.events.iter().map(key).collect();
                append.lookups = append.events.iter().map(lookup).collect();
            }
            let begun = now();
            self.head = self.log.append(&append).await?;
            spent += begun.elapsed();
        }
        Ok(rate(batch, spent))
    }

    async fn insert(&mut self, batch: usize) -> Result<f64, Failure> {
        let mut spent = Duration::ZERO;
        for _ in 0..EVENTS / batch {
            let events = events(self.bare_at, batch);
            let positions = self.bare_at + 1..;
            let begun = now();
            let column = |read: fn(&NewEvent) -> Vec<u8>| events.iter().map(read).collect::<Vec<_>>();
            let numbers = |read: fn(&NewEvent) -> i64| events.iter().map(read).collect::<Vec<_>>();
            let small = |number: i32| vec![number; batch];
            sqlx::query(BARE)
                .bind(
                    positions.take(batch).map(|at| i64::try_from(at).unwrap_or(i64::MAX)).collect::<Vec<_>>(),
                )
                .bind(small(1))
                .bind(small(1))
                .bind(column(|event| event.stream.bytes().to_vec()))
                .bind(numbers(|_| 1))
                .bind(vec![None::<i64>; batch])
                .bind(column(|event| event.event_id.to_vec()))
                .bind(vec![1_i16; batch])
                .bind(column(|event| event.cause.id.bytes().to_vec()))
                .bind(numbers(|event| event.at.0))
                .bind(numbers(|event| event.occurred_at.0))
                .bind(small(3))
                .bind(small(1))
                .bind(numbers(|_| 1))
                .bind(vec![Some(vec![1_u8; 25]); batch])
                .bind(column(|event| event.payload.clone()))
                .bind(events.iter().map(|event| event.personal.clone()).collect::<Vec<_>>())
                .bind(column(|event| [event.stream.bytes(), event.stream.bytes()].concat()))
                .execute(&mut self.bare)
                .await?;
            spent += begun.elapsed();
            self.bare_at += u64::try_from(batch)?;
        }
        Ok(rate(batch, spent))
    }
}

/// Events of as many debtors, one each, whose ids are as random as digests.
fn events(after: u64, count: usize) -> Vec<NewEvent> {
    let event = |n: u64| {
        let id = scattered(n);
        NewEvent {
            tenant: TenantId::new("roma").unwrap_or_else(|_| unreachable!("a label")),
            stream: StreamId::new(id),
            version: 1,
            previous: None::<Position>,
            event_id: id,
            cause: Cause { kind: CauseKind::Fact, id: InputId::new(id) },
            at: Timestamp(1_000),
            occurred_at: Timestamp(1_000),
            kind: 3,
            schema: 1,
            decider: 1,
            rulebook: RulebookHash([9; 32]),
            trace: Some(([1; 16], [2; 8], 1)),
            payload: vec![7; 120],
            personal: Some(vec![8; 160]).filter(|_| n.is_multiple_of(4)),
        }
    };
    (after + 1..).take(count).map(event).collect()
}

fn key(event: &NewEvent) -> InputKey {
    InputKey { key: event.cause.id, content: [1; 16] }
}

fn lookup(event: &NewEvent) -> Lookup {
    Lookup { kind: LookupKind::Claim, digest: event.event_id, stream: event.stream, number: 0 }
}

fn scattered(n: u64) -> [u8; 16] {
    let mixed = u128::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    mixed.to_be_bytes()
}

fn rate(batch: usize, spent: Duration) -> f64 {
    let events = u32::try_from(EVENTS / batch * batch).unwrap_or(u32::MAX);
    f64::from(events) / spent.as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

#[expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]
fn now() -> Instant {
    Instant::now()
}

async fn connect(url: &str) -> Result<PgConnection, Failure> {
    let options: PgConnectOptions = url.parse()?;
    Ok(options.options([("search_path", "mahnwerk,public")]).disable_statement_logging().connect().await?)
}

async fn run(url: &str, sql: String) -> Result<(), Failure> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connect(url).await?).await?;
    Ok(())
}
