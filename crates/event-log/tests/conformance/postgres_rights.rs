//! What a role may do is told as it is: enough for the application's own, too much for the owner of the tables.

use event_log::postgres::{Options, PgLog, Rights};

use crate::postgres_server::Database;

#[tokio::test]
async fn the_application_s_role_has_what_it_needs_and_no_more() {
    let database = Database::with_log().await;
    let rights = database.open(1).await.rights().await.unwrap();
    let expected =
        Rights { is_superuser: false, owns_tables: false, may_change_events: false, lacks: Vec::new() };
    assert_eq!(rights, expected);
}

#[tokio::test]
async fn what_a_role_has_too_much_or_too_little_of_is_told() {
    let database = Database::with_log().await;
    let owner = PgLog::open(Options { url: database.owner_url(), ..database.options(2) }).await.unwrap();
    let rights = owner.rights().await.unwrap();
    assert!(rights.is_superuser && rights.owns_tables && rights.may_change_events && rights.lacks.is_empty());
    let log = database.open(1).await;
    let role = event_log::postgres::APPLICATION_ROLE;
    database.change(format!("GRANT DELETE ON mahnwerk.events TO {role}")).await;
    assert!(log.rights().await.unwrap().may_change_events);
    database.change(format!("REVOKE DELETE, INSERT ON mahnwerk.events FROM {role}")).await;
    let rights = log.rights().await.unwrap();
    assert_eq!((rights.may_change_events, rights.lacks), (false, vec!["INSERT on events".to_owned()]));
}
