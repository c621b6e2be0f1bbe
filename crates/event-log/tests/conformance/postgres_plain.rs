//! PostgreSQL: nothing personal stands in any column of any table in clear.

use domain::ids::{Position, RulebookHash};
use event_log::keys::Keyring;
use event_log::record::{Snapshot, Suppression};
use event_log::refused::RefusedBodies;
use event_log::seal::DataKey;
use event_log::store::EventLog;
use sqlx::Row;

use crate::fixture::{append, snapshot, tenant};
use crate::postgres_server::Database;
use crate::sqlite_plain::{Counting, PERSONAL, everything, sealed};

#[tokio::test]
async fn no_plain_value_reaches_a_table() {
    let database = Database::with_log().await;
    let log = database.open(1).await;
    let random = Counting::from(3);
    let keys = Keyring::generate(&random);
    let key = DataKey::generate(&random);
    let lease = log.lease(0).await.unwrap();
    let mut event = sealed(&keys, &key, &random);
    // The open part is open: what stands there must be found, or this test looks at the wrong bytes.
    event.payload = b"OPEN-MARKER".to_vec();
    let stream = event.stream;
    let mut batch = everything(&keys, &key, &random, append(&lease, lease.head, vec![event]));
    batch.suppress = vec![Suppression { point: batch.lookups[1].digest, since: domain::time::Timestamp(1) }];
    log.append(&batch).await.unwrap();
    log.put_rulebook(RulebookHash([9; 32]), b"steps").await.unwrap();
    log.write_checkpoint(0, lease.epoch, Position(1), &[Snapshot { stream, ..snapshot(1, 1, 1) }])
        .await
        .unwrap();
    log.keep([1; 16], &tenant(), domain::time::Timestamp(1), &batch.park[0].sealed).await.unwrap();
    let tables = database
        .ask("SELECT relname::text FROM pg_class WHERE relnamespace = 'mahnwerk'::regnamespace AND relkind IN ('r', 'p')")
        .await;
    let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let (mut rows, mut marked) = (0, false);
    for table in tables {
        let table: String = table.get(0);
        for row in database.ask(format!("SELECT t::text FROM {table} t")).await {
            let row: String = row.get(0);
            rows += 1;
            marked |= row.contains(&hex("OPEN-MARKER"));
            for plain in PERSONAL {
                assert!(!row.contains(plain) && !row.contains(&hex(plain)), "{plain} in {table}");
            }
        }
    }
    assert!(marked && rows > 20, "{rows}");
}
