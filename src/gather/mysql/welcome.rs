//! The first round trip: makes the session harmless, and asks what no server refuses to tell.

use std::collections::BTreeMap;

use cdc_checks::facts::mysql::{Account, Identity, SessionId};
use cdc_checks::privileges::mysql::{self, redact};
use cdc_checks::{Fact, Missing, Selection, TableName, Text, quote};

use super::clock::Stopwatch;
use super::session::{Row, Rows, Session};

/// What the first round trip gave.
pub(super) struct Welcome {
    pub(super) identity: Fact<Identity>,
    pub(super) status: Fact<BTreeMap<String, Text>>,
    pub(super) grants: Fact<Vec<Text>>,
    pub(super) account: Fact<Account>,
    /// The tables of the selected databases; empty where tables were selected by name.
    pub(super) discovered: Fact<Vec<TableName>>,
}

/// MariaDB refuses every statement of an account whose password has expired.
const MUST_CHANGE_PASSWORD: u16 = 1820;

const STATUS: &str = "SHOW GLOBAL STATUS WHERE Variable_name IN ('Aborted_clients', \
     'Aborted_connects', 'Binlog_cache_disk_use', 'Connection_errors_max_connections', \
     'Max_used_connections', 'Threads_connected', 'Threads_running', 'Uptime', \
     'wsrep_cluster_size', 'wsrep_local_state_comment')";

const IDENTITY: &str = "SELECT VERSION(), @@version_comment, USER(), CURRENT_USER(), \
     CONCAT('' /*!80000 , CURRENT_ROLE() */ /*M!100005 , CURRENT_ROLE() */), @@hostname, \
     @@session.max_user_connections, @@lower_case_table_names, \
     TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()), UTC_TIMESTAMP(6), CONNECTION_ID()";

const SYSTEM_SCHEMAS: &str = "'information_schema', 'mysql', 'performance_schema', 'sys'";

/// Sends the first batch.
///
/// The order counts: a batch ends at the first statement that fails, and the set before it may be
/// lost with it. So those that may fail (under `--skip-grant-tables` both) stand last, each behind
/// one that is missed least.
pub(super) async fn read(session: &mut Session, selection: &Selection) -> Welcome {
    let mut statements = vec![limits(session), READ_ONLY.into(), IDENTITY.into()];
    let discovery = discovery(selection);
    statements.extend(discovery.clone());
    let status = statements.len();
    statements.extend([STATUS, "SHOW GRANTS", "SELECT 'whole'", OWN_ACCOUNT].map(String::from));
    let stopwatch = Stopwatch::start();
    let (sets, mut failure) = session.batch(&statements.join("; ")).await;
    let round_trip = stopwatch.stop();
    if failure.is_none() && sets.len() < statements.len() {
        // MariaDB ends the batch of an account whose password has expired without a word.
        failure = session.query(IDENTITY).await.err();
    }
    if let Some(failure) = failure.as_ref().filter(|f| f.code() == Some(MUST_CHANGE_PASSWORD)) {
        session.refuse(failure.clone());
    }
    let missing = |what: &str| match &failure {
        Some(failure) => failure.missing(what, "an account with USAGE"),
        None => Missing::Malformed { what: what.into(), detail: "no such result set".into() },
    };
    let set = |index: usize, what: &str| sets.get(index).ok_or_else(|| missing(what));
    let discovered =
        discovery.map_or(Ok(Vec::new()), |_| set(3, "the list of tables").map(table_names));
    let announced = u64::from(session.announced_id());
    let identity = |rows| {
        let (identity, own) = identity(rows)?;
        Ok(Identity {
            clock: own.time.and_then(|time| round_trip.compare(&time)),
            session_id: own.id.map(|own| SessionId { announced, own }),
            ..identity
        })
    };
    Welcome {
        identity: set(2, "the server's identity").and_then(identity).into(),
        status: set(status, "the server's status").map(pairs).into(),
        grants: set(status + 1, "SHOW GRANTS").map(lines).into(),
        account: set(status + 3, "SHOW CREATE USER").map(account).into(),
        discovered: discovered.into(),
    }
}

const OWN_ACCOUNT: &str = "SHOW CREATE USER CURRENT_USER()";

const READ_ONLY: &str = "SET SESSION TRANSACTION READ ONLY";

/// One statement for every product: each executes the comments that are meant for it. MySQL counts
/// statement time in milliseconds, MariaDB in seconds. Generated invisible primary keys are shown,
/// because the binary log has them.
fn limits(session: &Session) -> String {
    let limit = session.statement_limit();
    let (millis, seconds) = (super::session::millis(limit), limit.as_secs_f64());
    format!(
        "SET SESSION lock_wait_timeout = 5 \
         /*!50708 , SESSION max_execution_time = {millis} */ \
         /*M!100101 , SESSION max_statement_time = {seconds} */ \
         /*!80030 , SESSION show_gipk_in_create_table_and_information_schema = ON */"
    )
}

/// Names only: `information_schema.TABLES` costs little while no table has to be opened for it.
fn discovery(selection: &Selection) -> Option<String> {
    let Selection::Schemas(schemas) = selection else { return None };
    let names: Vec<String> =
        schemas.iter().map(|schema| quote::mysql::literal(schema.untrusted())).collect();
    let schemas = match names.as_slice() {
        [] => format!("NOT IN ({SYSTEM_SCHEMAS})"),
        names => format!("IN ({})", names.join(", ")),
    };
    Some(format!(
        "SELECT table_schema, table_name FROM information_schema.tables \
         WHERE table_schema {schemas} AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED') \
         ORDER BY table_schema, table_name"
    ))
}

/// Rows of two columns as table names.
pub(super) fn table_names(rows: &Rows) -> Vec<TableName> {
    rows.iter().map(|row| TableName::new(row.text(0), row.text(1))).collect()
}

/// The lines of `SHOW GRANTS`, which MariaDB prints with the account's password hash.
pub(super) fn lines(rows: &Rows) -> Vec<Text> {
    rows.iter().map(|row| Text::new(redact(&row.text(0)))).collect()
}

fn pairs(rows: &Rows) -> BTreeMap<String, Text> {
    rows.iter().map(|row| (row.text(0), Text::new(row.text(1)))).collect()
}

/// One statement, which every account may send about itself.
fn account(rows: &Rows) -> Account {
    rows.first().map(|row| mysql::account(&row.text(0))).unwrap_or_default()
}

/// What the session says of itself.
struct Own {
    time: Option<String>,
    id: Option<u64>,
}

fn identity(rows: &Rows) -> Result<(Identity, Own), Missing> {
    let row = rows.first().ok_or_else(|| Missing::Malformed {
        what: "the server's identity".into(),
        detail: "no row".into(),
    })?;
    let own = Own { time: row.get(9), id: row.text(10).parse().ok() };
    let identity = Identity {
        version: row.text(0).into(),
        version_comment: row.text(1).into(),
        user: row.text(2).into(),
        current_user: row.text(3).into(),
        current_role: role(row),
        hostname: row.text(5).into(),
        max_user_connections: row.text(6).parse().unwrap_or(0),
        lower_case_table_names: row.text(7).parse().unwrap_or(0),
        utc_offset_seconds: row.text(8).parse().unwrap_or(0),
        clock: None,
        session_id: None,
    };
    Ok((identity, own))
}

/// MySQL says `NONE` where no role is active, MariaDB says NULL, MySQL 5.7 knows no roles.
fn role(row: Row<'_>) -> Option<Text> {
    row.get(4).filter(|role| !role.is_empty() && role != "NONE").map(Text::new)
}
