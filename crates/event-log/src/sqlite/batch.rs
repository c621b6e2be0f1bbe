//! Many rows in few statements.
//!
//! One statement per row is 12 to 18 times slower than many rows in one.
//! Statements come in a few fixed sizes only, so that each is prepared once and then found in the cache.

use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Sqlite};

/// A statement whose values are being bound.
pub(super) type Bound<'q> = Query<'q, Sqlite, SqliteArguments>;

/// Rows per insert, largest first. The largest times the columns of an event is below SQLite's limit of 32,766 variables.
const INSERTS: [usize; 4] = [256, 32, 4, 1];
/// Values per list, smallest first; a shorter list is filled up with its last value.
const LISTS: [usize; 4] = [1, 8, 64, 512];

/// A table as inserts see it.
pub(super) struct Table {
    /// `INSERT … INTO … (…) VALUES`.
    pub(super) insert: &'static str,
    /// How many columns that names.
    pub(super) columns: usize,
    /// What comes after the rows.
    pub(super) after: &'static str,
}

/// Inserts all rows.
pub(super) async fn insert<'r, T, F>(
    connection: &mut SqliteConnection,
    table: &Table,
    mut rows: &'r [T],
    bind: F,
) -> Result<(), sqlx::Error>
where
    F: for<'q> Fn(Bound<'q>, &'r T) -> Bound<'q> + Send,
    T: Sync,
{
    for size in INSERTS {
        let sql = insert_sql(table, size);
        while let Some((chunk, rest)) = rows.split_at_checked(size) {
            let query = chunk.iter().fold(sqlx::query(AssertSqlSafe(sql.as_str())), &bind);
            query.execute(&mut *connection).await?;
            rows = rest;
        }
    }
    Ok(())
}

/// Runs a statement once for each list of values, which it names by `{list}`, and gathers the rows.
///
/// `bind` binds what comes before the list; the list must be the last thing bound.
pub(super) async fn select<V, F>(
    connection: &mut SqliteConnection,
    sql: &str,
    one: &str,
    values: &[V],
    bind: F,
) -> Result<Vec<SqliteRow>, sqlx::Error>
where
    F: for<'q> Fn(Bound<'q>, &[V]) -> Bound<'q> + Send,
    V: Copy + Send + Sync,
{
    let mut rows = Vec::new();
    for list in lists(values) {
        let text = sql.replace("{list}", &vec![one; list.len()].join(","));
        rows.extend(bind(sqlx::query(AssertSqlSafe(text)), &list).fetch_all(&mut *connection).await?);
    }
    Ok(rows)
}

fn insert_sql(table: &Table, rows: usize) -> String {
    let row = format!("({})", vec!["?"; table.columns].join(","));
    format!("{} {} {}", table.insert, vec![row.as_str(); rows].join(","), table.after)
}

/// The values in lists of fixed sizes.
fn lists<V: Copy>(values: &[V]) -> impl Iterator<Item = Vec<V>> {
    let largest = LISTS.last().copied().unwrap_or(1);
    values.chunks(largest).map(move |chunk| {
        let size = LISTS.into_iter().find(|size| *size >= chunk.len()).unwrap_or(largest);
        let fill = chunk.last().copied().into_iter().cycle();
        chunk.iter().copied().chain(fill).take(size).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_come_in_fixed_sizes_and_lose_nothing() {
        for (count, sizes) in [
            (0, vec![]),
            (1, vec![1]),
            (2, vec![8]),
            (8, vec![8]),
            (65, vec![512]),
            (512, vec![512]),
            (513, vec![512, 1]),
        ] {
            let values: Vec<usize> = (0..count).collect();
            let lists: Vec<Vec<usize>> = lists(&values).collect();
            assert_eq!(lists.iter().map(Vec::len).collect::<Vec<_>>(), sizes);
            let mut all = lists.concat();
            all.dedup();
            assert_eq!(all, values);
        }
    }

    #[test]
    fn an_insert_names_every_column_of_every_row() {
        let table = Table { insert: "INSERT INTO t VALUES", columns: 2, after: "ON CONFLICT DO NOTHING" };
        assert_eq!(insert_sql(&table, 3), "INSERT INTO t VALUES (?,?),(?,?),(?,?) ON CONFLICT DO NOTHING");
    }
}
