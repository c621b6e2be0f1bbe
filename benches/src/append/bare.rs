//! The ceiling: the same rows of events, inserted in batches with nothing but their primary key.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Result;
use benches::house::House;
use benches::servers::run;
use sqlx::Row;
use sqlx::postgres::{PgConnection, PgRow};
use tokio::task::JoinSet;

const COLUMNS: &str = "position, version, previous, at, occurred_at, decider, history, tenant, rulebook, kind, schema, \
    partition, cause_kind, stream, event_id, cause_id, trace, payload, personal, chain";

/// The same columns as the log's table, the same storage, and the primary key.
const TABLE: &str = "CREATE TABLE bare (LIKE mahnwerk.events INCLUDING STORAGE INCLUDING INDEXES)";

/// The rows of one transaction, as columns.
struct Batch {
    longs: Vec<Vec<Option<i64>>>,
    ints: Vec<Vec<i32>>,
    shorts: Vec<Vec<i16>>,
    bytes: Vec<Vec<Option<Vec<u8>>>>,
    rows: usize,
}

impl Batch {
    fn read(row: &PgRow) -> Result<Self> {
        let longs = (0..6).map(|n| row.try_get(n)).collect::<Result<Vec<Vec<Option<i64>>>, _>>()?;
        let ints = (6..11).map(|n| row.try_get(n)).collect::<Result<_, _>>()?;
        let shorts = (11..13).map(|n| row.try_get(n)).collect::<Result<_, _>>()?;
        let bytes = (13..20).map(|n| row.try_get(n)).collect::<Result<_, _>>()?;
        let rows = longs.first().map_or(0, Vec::len);
        Ok(Self { longs, ints, shorts, bytes, rows })
    }

    async fn insert(&self, connection: &mut PgConnection) -> Result<()> {
        const SQL: &str = "INSERT INTO bare SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], \
            $4::bigint[], $5::bigint[], $6::bigint[], $7::integer[], $8::integer[], $9::integer[], $10::integer[], \
            $11::integer[], $12::smallint[], $13::smallint[], $14::bytea[], $15::bytea[], $16::bytea[], $17::bytea[], \
            $18::bytea[], $19::bytea[], $20::bytea[])";
        let mut query = sqlx::query(SQL);
        for column in &self.longs {
            query = query.bind(column);
        }
        for column in &self.ints {
            query = query.bind(column);
        }
        for column in &self.shorts {
            query = query.bind(column);
        }
        for column in &self.bytes {
            query = query.bind(column);
        }
        query.execute(connection).await?;
        Ok(())
    }
}

/// Makes the table.
pub(crate) async fn prepare(house: &House) -> Result<()> {
    let mut connection = house.database.connect().await?;
    run(&mut connection, TABLE).await
}

/// What was written behind these heads and up to those, in batches of so many, partition by turns.
async fn written(house: &House, from: &[u64], to: &[u64], rows: u64) -> Result<Vec<Batch>> {
    let mut connection = house.database.connect().await?;
    let aggregated = COLUMNS.split(", ").map(|name| format!("array_agg({name} ORDER BY position)"));
    let sql = format!(
        "SELECT {} FROM events WHERE partition = $1 AND position > $2 AND position <= $3",
        aggregated.collect::<Vec<_>>().join(", ")
    );
    let mut places = Vec::new();
    for ((partition, from), to) in (0_i16..).zip(from).zip(to) {
        let mut after = *from;
        while after < *to {
            let until = after.saturating_add(rows).min(*to);
            places.push((after - from, partition, i64::try_from(after)?, i64::try_from(until)?));
            after = until;
        }
    }
    places.sort_unstable();
    let mut batches = Vec::new();
    for (_, partition, after, until) in places {
        let query = sqlx::query(sqlx::AssertSqlSafe(sql.clone())).bind(partition).bind(after).bind(until);
        batches.push(Batch::read(&query.fetch_one(&mut connection).await?)?);
    }
    Ok(batches)
}

/// What the insert took.
pub(crate) struct Took {
    pub(crate) rows: usize,
    pub(crate) time: Duration,
    pub(crate) own_seconds: f64,
    pub(crate) server_seconds: f64,
}

/// Inserts them anew over so many connections.
pub(crate) async fn insert(
    house: &House,
    (from, to): (&[u64], &[u64]),
    rows: u64,
    connections: u16,
) -> Result<Took> {
    let batches: Arc<[Batch]> = written(house, from, to, rows).await?.into();
    let next = Arc::new(AtomicUsize::new(0));
    let mut open = Vec::new();
    for _ in 0..connections {
        open.push(house.database.connect().await?);
    }
    let (own, server) = (benches::usage::own_seconds(), house.database.seconds());
    let began = house.runtime.clock.monotonic();
    let mut tasks = JoinSet::new();
    for mut connection in open {
        let (batches, next) = (Arc::clone(&batches), Arc::clone(&next));
        tasks.spawn(async move {
            while let Some(batch) = batches.get(next.fetch_add(1, Ordering::Relaxed)) {
                batch.insert(&mut connection).await?;
            }
            // Given back, so that the server's figures still know it.
            anyhow::Ok(connection)
        });
    }
    let mut used = Vec::new();
    while let Some(ended) = tasks.join_next().await {
        used.push(ended??);
    }
    let time = house.runtime.clock.monotonic().saturating_sub(began);
    let (own, server) = (benches::usage::own_seconds() - own, house.database.seconds() - server);
    Ok(Took {
        rows: batches.iter().map(|batch| batch.rows).sum(),
        time,
        own_seconds: own,
        server_seconds: server,
    })
}
