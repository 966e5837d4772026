//! The two queries and the pipelined batch that carries them: one round trip.

use std::time::Duration;

use cdc_checks::facts::postgres::{Server, Tables};
use cdc_checks::{Missing, Selection, Text};
use futures_util::future::join3;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, timeout_at};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Error, SimpleQueryMessage};

use super::connect::Session;
use super::refusal;
use crate::gather::Deadlines;
use crate::gather::reach::millis;

const SERVER: &str = include_str!("../sql/postgres_server.sql");
const TABLES: &str = include_str!("../sql/postgres_tables.sql");
const SELECTED_SCHEMAS: &str = include_str!("../sql/postgres_selected_schemas.sql");
const SELECTED_TABLES: &str = include_str!("../sql/postgres_selected_tables.sql");

/// Ends a transaction that was only read in.
const END: &str = "rollback";

/// The settings that checks read, now or later. What is not here and not a provider's own is read
/// only where it is attached to the role or the database.
const SETTINGS: &[&str] = &[
    "DateStyle",
    "IntervalStyle",
    "TimeZone",
    "bytea_output",
    "citus.enable_change_data_capture",
    "client_encoding",
    "default_transaction_read_only",
    "effective_wal_level",
    "extra_float_digits",
    "hot_standby_feedback",
    "idle_in_transaction_session_timeout",
    "idle_replication_slot_timeout",
    "idle_session_timeout",
    "in_hot_standby",
    "lock_timeout",
    "logical_decoding_work_mem",
    "max_connections",
    "max_locks_per_transaction",
    "max_prepared_transactions",
    "max_replication_slots",
    "max_slot_wal_keep_size",
    "max_wal_senders",
    "output_plugin_libraries",
    "password_encryption",
    "rds.logical_replication",
    "rds_failover_slot_mode",
    "reserved_connections",
    "row_security",
    "search_path",
    "server_encoding",
    "session_replication_role",
    "ssl",
    "statement_timeout",
    "superuser_reserved_connections",
    "sync_replication_slots",
    "synchronized_standby_slots",
    "synchronous_commit",
    "synchronous_standby_names",
    "timescaledb.enable_chunk_auto_publication",
    "transaction_timeout",
    "wal_keep_size",
    "wal_level",
    "wal_sender_timeout",
];

/// Up to so many tables the planner's own choice is the best.
const FEW: usize = 200;

/// How long a statement waits for a lock on the catalogue, at most.
const LOCK_LIMIT: Duration = Duration::from_secs(2);

/// The time limits of one visit.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    limits: Deadlines,
    end: Instant,
}

impl Bounds {
    /// Limits that count from now.
    pub(super) fn from_now(limits: Deadlines) -> Self {
        Self { limits, end: Instant::now() + limits.total }
    }

    /// Whether the time for the whole visit is over.
    pub(super) fn are_over(&self) -> bool {
        Instant::now() >= self.end
    }

    /// When a step must be over that may take this long: not later than the visit.
    pub(super) fn within(&self, limit: Duration) -> Instant {
        self.end.min(Instant::now() + limit)
    }

    fn statement(&self) -> Duration {
        self.limits.statement.clamp(Duration::from_millis(1), Duration::from_hours(1))
    }

    fn lock(&self) -> Duration {
        self.statement().min(LOCK_LIMIT)
    }

    /// Begins a transaction that can neither write nor wait for long. The search path keeps a
    /// role's own functions from standing in for the catalogue's.
    pub(super) fn begin(&self, major: u32) -> String {
        // A large catalogue makes the planner compile what runs for milliseconds.
        let jit = if major >= 11 { "; set local jit = off" } else { "" };
        format!("begin isolation level read committed read only; {}{jit}", self.set_local())
    }

    /// Begins a transaction that may write where the account's sessions may, and cannot wait for
    /// long.
    pub(super) fn begin_to_write(&self) -> String {
        format!("begin isolation level read committed; {}", self.set_local())
    }

    fn set_local(&self) -> String {
        format!(
            "set local search_path = pg_catalog; \
             set local statement_timeout = {statement}; \
             set local lock_timeout = {lock}",
            statement = millis(self.statement()),
            lock = millis(self.lock()),
        )
    }

    fn missing(&self, what: &str, error: &Error) -> Missing {
        let late = |limit| Missing::TimedOut { what: what.into(), after_ms: millis(limit) };
        match error.code() {
            Some(&SqlState::QUERY_CANCELED) => late(self.statement()),
            Some(&SqlState::LOCK_NOT_AVAILABLE) => late(self.lock()),
            _ => refusal::of_statement(what, error),
        }
    }
}

/// Reads the server's facts: one round trip, which [`tables`] shares where both are polled
/// together.
///
/// Each query has a transaction of its own, so that the failure of one does not take the other
/// with it. The limits are set inside them rather than at login, where a pooler refuses them.
pub(super) async fn server(session: &Session, bounds: Bounds) -> Result<Server, Missing> {
    let sql = for_version(SERVER, session.major);
    run_one(session, bounds, "the server's facts", &sql, &[&SETTINGS]).await
}

/// Reads the selected tables: one round trip, as for the server's facts.
pub(super) async fn tables(
    session: &Session,
    selection: &Selection,
    bounds: Bounds,
) -> Result<Tables, Missing> {
    let sql = tables_sql(selection, session.major);
    let (schemas, names) = parameters(selection);
    let begin = begin_for(selection, bounds.begin(session.major));
    run_within(session, bounds, &begin, "the tables", &sql, &[&schemas, &names]).await
}

/// What the server calls itself, asked in a way that whatever speaks the protocol understands.
pub(super) async fn version(session: &Session, bounds: Bounds) -> Option<Text> {
    let asked = session.client.simple_query("select version()");
    let answers = in_time(bounds, "the version", asked).await.ok()?;
    answers.iter().find_map(|answer| match answer {
        SimpleQueryMessage::Row(row) => row.get(0).map(Text::new),
        _ => None,
    })
}

/// The planner expects few tables, for which nested loops are the best plan: looking for others
/// takes longer than the query. For many tables they take time by the square of the number.
fn begin_for(selection: &Selection, begin: String) -> String {
    match selection {
        Selection::Tables(tables) if tables.len() <= FEW => {
            begin
                + "; set local enable_mergejoin = off; set local max_parallel_workers_per_gather = 0"
        }
        _ => begin + "; set local enable_nestloop = off",
    }
}

/// Runs one query that gives one document: one round trip. Its parameters are lists of names.
pub(super) async fn run_one<T: DeserializeOwned>(
    session: &Session,
    bounds: Bounds,
    what: &str,
    sql: &str,
    lists: &[&(dyn ToSql + Sync)],
) -> Result<T, Missing> {
    run_within(session, bounds, &bounds.begin(session.major), what, sql, lists).await
}

/// As [`run_one`], in a transaction that begins in its own way.
async fn run_within<T: DeserializeOwned>(
    session: &Session,
    bounds: Bounds,
    begin: &str,
    what: &str,
    sql: &str,
    lists: &[&(dyn ToSql + Sync)],
) -> Result<T, Missing> {
    let document = in_time(bounds, what, bracket(session, begin, sql, lists)).await?;
    let document = document.ok_or_else(|| refusal::malformed(what, "no row"))?;
    serde_json::from_str(&document).map_err(|error| refusal::malformed(what, error.to_string()))
}

/// Waits for statements to be answered, not longer than the visit may take.
pub(super) async fn in_time<T>(
    bounds: Bounds,
    what: &str,
    statements: impl Future<Output = Result<T, Error>>,
) -> Result<T, Missing> {
    match timeout_at(bounds.end, statements).await {
        Err(_) => {
            let after_ms = millis(bounds.limits.total);
            Err(Missing::TimedOut { what: what.into(), after_ms })
        }
        Ok(answer) => answer.map_err(|error| bounds.missing(what, &error)),
    }
}

/// Runs one query between the beginning and the end of a transaction. All three statements are
/// sent, in this order, before the first answer is awaited.
async fn bracket(
    session: &Session,
    begin: &str,
    sql: &str,
    lists: &[&(dyn ToSql + Sync)],
) -> Result<Option<String>, Error> {
    let typed: Vec<_> = lists.iter().map(|list| (*list, Type::TEXT_ARRAY)).collect();
    let (begun, row, _) = join3(
        session.client.batch_execute(begin),
        session.client.query_typed_opt(sql, &typed),
        session.client.batch_execute(END),
    )
    .await;
    // Where the transaction did not begin, the query only says that it is aborted.
    begun?;
    row?.map(|row| row.try_get(0)).transpose()
}

/// The lines of a query that this version understands.
fn for_version(sql: &str, major: u32) -> String {
    let is_for_this = |line: &&str| {
        let since = line.rsplit_once("-- since ").and_then(|(_, since)| since.parse::<u32>().ok());
        since.is_none_or(|since| major >= since)
    };
    sql.lines().filter(is_for_this).collect::<Vec<_>>().join("\n")
}

fn tables_sql(selection: &Selection, major: u32) -> String {
    let selected = match selection {
        Selection::Schemas(_) => SELECTED_SCHEMAS,
        Selection::Tables(_) => SELECTED_TABLES,
    };
    for_version(TABLES, major).replace("{selected}", selected)
}

fn parameters(selection: &Selection) -> (Vec<&str>, Vec<&str>) {
    match selection {
        Selection::Schemas(schemas) => (schemas.iter().map(Text::untrusted).collect(), Vec::new()),
        Selection::Tables(tables) => {
            tables.iter().map(|table| (table.schema.untrusted(), table.name.untrusted())).unzip()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{SERVER, TABLES, for_version};

    #[test]
    fn lines_for_newer_servers_are_left_out() {
        assert_eq!(for_version(SERVER, 16), SERVER.trim_end());
        assert!(for_version(SERVER, 15).lines().count() + 1 == SERVER.lines().count());
        assert!(!for_version(SERVER, 15).contains("system_user,"));
        assert!(for_version(SERVER, 14).contains("pg_stat_get_wal()"));
        assert!(!for_version(SERVER, 14).contains("datcollversion"));
        assert!(!for_version(SERVER, 13).contains("pg_stat_get_wal()"));
        assert_eq!(for_version(TABLES, 15), TABLES.trim_end());
        assert!(!for_version(TABLES, 14).contains("pg_publication_namespace"));
    }
}
