//! The binary log, connected replicas and the upstream server. Each answer proves a privilege.

use cdc_checks::facts::mysql::{BinlogFile, BinlogPosition, Identity, Line, Upstream, Version};
use cdc_checks::{Fact, Text};

use super::session::{Failure, Row, Rows, Session};

const SYNTAX_ERROR: u16 = 1064;
const NO_BINARY_LOGGING: u16 = 1381;

/// The binary log's position and filters; `None` inside where the log is off.
pub(super) async fn position(
    session: &mut Session,
    identity: Option<&Identity>,
) -> Fact<Option<BinlogPosition>> {
    let names = ["SHOW BINARY LOG STATUS", "SHOW MASTER STATUS"];
    let names = if since(identity, Version::new(8, 2, 0)) { names } else { reversed(names) };
    let asked = either(session, names).await;
    let position = |rows: Rows| rows.first().map(binlog_position);
    asked.map(position).map_err(|f| f.missing(names[0], client_privilege(identity))).into()
}

fn binlog_position(row: Row<'_>) -> BinlogPosition {
    BinlogPosition {
        file: row.text(0).into(),
        position: row.text(1).parse().unwrap_or(0),
        do_db: row.text(2).into(),
        ignore_db: row.text(3).into(),
        executed_gtid_set: row.text(4).into(),
    }
}

/// The files of the binary log; none where the log is off.
pub(super) async fn files(
    session: &mut Session,
    identity: Option<&Identity>,
) -> Fact<Vec<BinlogFile>> {
    let statement = "SHOW BINARY LOGS";
    match session.query(statement).await {
        Ok(rows) => Fact::Known(rows.iter().map(binlog_file).collect()),
        Err(failure) if failure.code() == Some(NO_BINARY_LOGGING) => Fact::Known(Vec::new()),
        Err(failure) => Fact::Missing(failure.missing(statement, client_privilege(identity))),
    }
}

fn binlog_file(row: Row<'_>) -> BinlogFile {
    BinlogFile { name: row.text(0).into(), bytes: row.text(1).parse().unwrap_or(0) }
}

/// The server ids of connected replicas.
pub(super) async fn replicas(session: &mut Session, identity: Option<&Identity>) -> Fact<Vec<u32>> {
    let names = ["SHOW REPLICAS", "SHOW SLAVE HOSTS"];
    let names = if since(identity, Version::new(8, 0, 22)) { names } else { reversed(names) };
    let needs = match line(identity) {
        Line::MariaDb => "REPLICATION MASTER ADMIN",
        Line::MySql => "REPLICATION SLAVE",
    };
    let ids = |rows: Rows| rows.iter().filter_map(|row| row.text(0).parse().ok()).collect();
    either(session, names).await.map(ids).map_err(|f| f.missing(names[0], needs)).into()
}

/// The server that this one replicates from; of several, the first.
pub(super) async fn upstream(
    session: &mut Session,
    identity: Option<&Identity>,
) -> Fact<Option<Upstream>> {
    let names = match line(identity) {
        // The plain form shows one connection only.
        Line::MariaDb => ["SHOW ALL SLAVES STATUS", "SHOW SLAVE STATUS"],
        Line::MySql if since(identity, Version::new(8, 0, 22)) => {
            ["SHOW REPLICA STATUS", "SHOW SLAVE STATUS"]
        }
        Line::MySql => ["SHOW SLAVE STATUS", "SHOW REPLICA STATUS"],
    };
    let needs = match line(identity) {
        Line::MariaDb => "SLAVE MONITOR",
        Line::MySql => "REPLICATION CLIENT",
    };
    let first = |rows: Rows| rows.first().map(upstream_of);
    either(session, names).await.map(first).map_err(|f| f.missing(names[0], needs)).into()
}

fn upstream_of(row: Row<'_>) -> Upstream {
    let runs = |names: &[&str]| row.named(names).is_some_and(|value| value == "Yes");
    let filters = row
        .cells()
        .filter(|(name, value)| is_filter(name) && !value.is_empty())
        .map(|(name, value)| (name, Text::new(value)));
    Upstream {
        host: row.named(&["Source_Host", "Master_Host"]).unwrap_or_default().into(),
        io_running: runs(&["Replica_IO_Running", "Slave_IO_Running"]),
        sql_running: runs(&["Replica_SQL_Running", "Slave_SQL_Running"]),
        seconds_behind: row
            .named(&["Seconds_Behind_Source", "Seconds_Behind_Master"])
            .and_then(|value| value.parse().ok()),
        filters: filters.collect(),
    }
}

fn is_filter(column: &str) -> bool {
    let column = column.to_ascii_lowercase();
    column.starts_with("replicate_") && !column.ends_with("server_ids")
}

/// Asks by the first name, and where the server does not know the word, by the second.
async fn either(session: &mut Session, names: [&str; 2]) -> Result<Rows, Failure> {
    match session.query(names[0]).await {
        Err(failure) if failure.code() == Some(SYNTAX_ERROR) => session.query(names[1]).await,
        answer => answer,
    }
}

fn reversed([first, second]: [&'static str; 2]) -> [&'static str; 2] {
    [second, first]
}

fn line(identity: Option<&Identity>) -> Line {
    identity.map_or(Line::MySql, Identity::line)
}

/// Whether this is MySQL of that version or a later one. MariaDB keeps the old names.
fn since(identity: Option<&Identity>, version: Version) -> bool {
    let Some(identity) = identity else { return false };
    identity.line() == Line::MySql && identity.version_number().is_ok_and(|own| own >= version)
}

/// The privilege that shows the binary log.
fn client_privilege(identity: Option<&Identity>) -> &'static str {
    identity.map_or("REPLICATION CLIENT", Identity::client_privilege)
}
