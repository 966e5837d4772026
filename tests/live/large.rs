//! A database with more tables than fit into one statement.

use cdc_preflight::checks::facts::Source;
use cdc_preflight::checks::facts::connection::TlsMode;
use cdc_preflight::gather::TlsOptions;
use testbed::Product;

use crate::fixture::Fixture;
use crate::proxy::Proxy;

/// More than the 1000 names from which on MariaDB would open every table there is. The server takes
/// some milliseconds for each, so that there are not more.
const TABLES: usize = 1200;
/// What a visit takes for a handful of tables.
const FEW: usize = 9;
/// How many tables one statement asks for.
const CHUNK: usize = 500;
/// What the server may say of one table of three columns, in bytes.
const EACH: usize = 1500;

/// Nothing is selected by name, so that all tables are: all are found, in as many round trips as
/// there are statements, and with no more said than the tables need.
pub(crate) async fn reads_a_large_schema(product: Product) {
    let fixture = Fixture::shared(product).await;
    let fast = if product.is_mysql() { "set sql_log_bin = 0;" } else { "set global sync_frm = 0;" };
    // The engine that takes the least time to make a table.
    let create: Vec<String> = (0..TABLES)
        .map(|n| {
            format!("create table t{n} (id int primary key, a varchar(20), b int) engine myisam")
        })
        .collect();
    let create = format!("create database large; use large; {fast}{}", create.join(";"));
    fixture.execute(&create).await.expect("tables");
    fixture.execute("grant select on large.* to 'cdc_user'@'%'").await.expect("a grant");
    let proxy = Proxy::to(fixture.server.port()).await;
    let overlay: Vec<(String, String)> = vec![
        ("Port".into(), proxy.port().to_string()),
        ("DatabaseName".into(), "large".into()),
        ("TableNames".into(), "absent".into()),
    ];
    let plain = TlsOptions { mode: TlsMode::Disable, ..TlsOptions::default() };
    let facts = fixture.facts_read_only(&overlay, &plain).await;
    let (trips, bytes) = (proxy.take_trips(), proxy.take_bytes());
    let dropped = fixture.execute("drop database large").await;
    let Source::MySql(db) = &facts.source else { panic!("{product}") };
    let tables = db.tables.get().expect("tables");
    assert_eq!((tables.found.len(), tables.absent.len()), (TABLES, 0), "{product}");
    assert!(tables.found.iter().all(|table| table.columns.len() == 3), "{product}");
    let login = 5;
    let most = FEW + login + TABLES / CHUNK;
    assert!(trips <= most, "{product}: {trips} round trips");
    assert!(bytes <= TABLES * EACH, "{product}: {bytes} bytes");
    dropped.expect("gone");
}
