//! The script that `remedy` prints, fed to the database's own client as it stands.

use std::sync::Arc;

use testbed::Product;

use crate::fixture::Fixture;
use crate::program::Stage;

/// Several things that close the gate: some take a restart, some only a statement.
fn broken(product: Product) -> (&'static str, &'static [&'static str]) {
    if product.is_postgres() {
        let sql = "alter system set wal_level = 'replica';
            alter role cdc_user noreplication;
            revoke select on public.orders from cdc_user;
            alter table public.products replica identity nothing";
        return (
            sql,
            &["postgres/wal-level", "postgres/replication-role", "postgres/table-select"],
        );
    }
    let sql = "set persist binlog_format = 'MIXED'; set persist binlog_row_image = 'MINIMAL';
        revoke replication slave on *.* from 'cdc_user'@'%';
        revoke select on inventory.* from 'cdc_user'@'%'";
    (sql, &["mysql/binlog-format", "mysql/replication-slave", "mysql/table-select"])
}

/// The script opens the gate after the one restart that it asks for, and is taken back again.
pub(crate) async fn opens_the_gate_and_is_taken_back(product: Product) {
    let fixture = Arc::new(Fixture::start(product).await.expect("the server starts"));
    let stage = Stage::on(fixture).await;
    let (sql, checks) = broken(product);
    stage.fixture.execute(sql).await.expect("the server takes it");
    stage.fixture.server.restart().await.expect("it comes back");

    let (request, facts) = (stage.manifest(&[]), stage.file("facts.json"));
    let run = stage.run(&["check", &request, "--save-facts", &facts]).await;
    assert_eq!(run.code, 10, "{product}: {}", run.everything);
    let remedy = stage.run(&["remedy", "--facts", &facts]).await;
    assert_eq!(remedy.code, 0, "{product}: {}", remedy.everything);
    for check in checks {
        assert!(
            remedy.stdout.contains(check),
            "{product}: {check} is not in it: {}",
            remedy.stdout
        );
    }
    let undo = stage.run(&["remedy", "--facts", &facts, "--undo"]).await;

    stage.fixture.execute(&remedy.stdout).await.expect("the client takes the script");
    stage.fixture.server.restart().await.expect("it comes back");
    let run = stage.run(&["check", &request]).await;
    assert_eq!(run.code, 0, "{product}: {}\n{}", remedy.stdout, run.everything);

    stage.fixture.execute(&undo.stdout).await.expect("the client takes the script");
    stage.fixture.server.restart().await.expect("it comes back");
    let run = stage.run(&["check", &request]).await;
    assert_eq!(run.code, 10, "{product}: {}\n{}", undo.stdout, run.everything);
}
