//! A logged-in session: sends statements within their time, and turns what goes wrong into the
//! reason why a fact is missing.

use std::time::Duration;

use cdc_checks::{Missing, Text};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error, Value};
use tokio::time::{Instant, timeout};

use crate::gather::Deadlines;

/// How much longer this side waits than the server was told to work, so that the server's own
/// answer comes first.
const GRACE: Duration = Duration::from_secs(2);

/// A logged-in session.
pub(super) struct Session {
    conn: Option<Conn>,
    statement: Duration,
    total: Duration,
    end: Instant,
    lost: Option<Failure>,
    announced_id: u32,
}

/// Why a statement has no answer.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    /// The connection broke, in the library's words.
    Broken(String),
    /// The server refused, with its error number; `limit` is the time that the statement had.
    Server { code: u16, message: String, limit: Duration },
    /// The time was up.
    TimedOut { after_ms: u64 },
}

/// The rows of one result set.
#[derive(Debug, Default)]
pub(super) struct Rows(Vec<mysql_async::Row>);

/// One row, read by position or by column name.
#[derive(Clone, Copy)]
pub(super) struct Row<'a>(&'a mysql_async::Row);

impl Session {
    /// Takes over a connection; the time for the whole visit starts now.
    pub(super) fn new(conn: Conn, deadlines: &Deadlines) -> Self {
        Self {
            announced_id: conn.id(),
            conn: Some(conn),
            statement: deadlines.statement,
            total: deadlines.total,
            end: Instant::now() + deadlines.total,
            lost: None,
        }
    }

    /// The session's number as the greeting announced it.
    pub(super) fn announced_id(&self) -> u32 {
        self.announced_id
    }

    /// The time that the server is given for one statement.
    pub(super) fn statement_limit(&self) -> Duration {
        self.statement
    }

    /// Runs one statement.
    ///
    /// # Errors
    /// Why it has no answer. After a lost connection every further statement fails the same way.
    pub(super) async fn query(&mut self, sql: &str) -> Result<Rows, Failure> {
        let (mut sets, failure) = self.batch(sql).await;
        match failure {
            Some(failure) => Err(failure),
            None => Ok(sets.pop().unwrap_or_default()),
        }
    }

    /// Runs several statements in one round trip: the result sets that are whole, up to the first
    /// failure, and that failure.
    pub(super) async fn batch(&mut self, sql: &str) -> (Vec<Rows>, Option<Failure>) {
        let Some(conn) = self.conn.as_mut() else {
            return (Vec::new(), self.lost.clone());
        };
        let left = self.end.saturating_duration_since(Instant::now());
        let own = self.statement + GRACE;
        let (limit, allowed) = if left < own { (left, self.total) } else { (own, own) };
        let mut sets = Vec::new();
        let failure = match timeout(limit, collect(conn, sql, &mut sets)).await {
            Ok(Ok(())) => return (sets, None),
            Ok(Err(error)) => Failure::of(error, self.statement),
            Err(_) => Failure::TimedOut { after_ms: millis(allowed) },
        };
        // The last set may have been cut short; whether it was cannot be told.
        sets.pop();
        if !matches!(failure, Failure::Server { .. }) {
            // An answer may still be under way: nothing that follows could be told from it.
            self.conn = None;
            self.lost = Some(failure.clone());
        }
        (sets, Some(failure))
    }

    /// Marks the login as refused after all: no further statement is sent.
    pub(super) fn refuse(&mut self, failure: Failure) {
        self.conn = None;
        self.lost = Some(failure);
    }

    /// Why the login turned out to be refused, if it did.
    pub(super) fn refused_login(&self) -> Option<Missing> {
        match &self.lost {
            Some(Failure::Server { code, message, .. }) => {
                Some(refused("the login", message, *code))
            }
            _ => None,
        }
    }

    /// Says goodbye, so that the server does not count an aborted client.
    pub(super) async fn leave(self) {
        if let Some(conn) = self.conn {
            // The facts are complete; a failure to part changes none of them.
            let _ = timeout(GRACE, conn.disconnect()).await;
        }
    }
}

async fn collect(conn: &mut Conn, sql: &str, sets: &mut Vec<Rows>) -> Result<(), Error> {
    let mut result = conn.query_iter(sql).await?;
    while !result.is_empty() {
        sets.push(Rows::default());
        let Some(Rows(rows)) = sets.last_mut() else { break };
        // Row by row: the failure of the next statement is reported while the last row of this one
        // is read, and must not cost its rows.
        result.for_each(|row| rows.push(row)).await?;
    }
    Ok(())
}

impl Rows {
    /// The rows in the server's order.
    pub(super) fn iter(&self) -> impl Iterator<Item = Row<'_>> {
        self.0.iter().map(Row)
    }

    /// The first row.
    pub(super) fn first(&self) -> Option<Row<'_>> {
        self.0.first().map(Row)
    }
}

impl Row<'_> {
    /// The value at a position; `None` for NULL and beyond the last column.
    pub(super) fn get(&self, index: usize) -> Option<String> {
        self.0.as_ref(index).and_then(text)
    }

    /// The value at a position; empty for NULL.
    pub(super) fn text(&self, index: usize) -> String {
        self.get(index).unwrap_or_default()
    }

    /// The value of the first of these columns that is there and not NULL.
    pub(super) fn named(&self, names: &[&str]) -> Option<String> {
        let columns = self.0.columns_ref();
        let index = |name: &&str| {
            columns.iter().position(|column| column.name_str().eq_ignore_ascii_case(name))
        };
        names.iter().filter_map(index).find_map(|index| self.get(index))
    }

    /// The names and values of all columns.
    pub(super) fn cells(&self) -> impl Iterator<Item = (String, String)> {
        self.0.columns_ref().iter().enumerate().map(|(index, column)| {
            (
                column.name_str().into_owned(),
                self.0.as_ref(index).and_then(text).unwrap_or_default(),
            )
        })
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::NULL => None,
        Value::Bytes(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        other => Some(other.as_sql(true)),
    }
}

impl Failure {
    fn of(error: Error, limit: Duration) -> Self {
        match error {
            Error::Server(error) => {
                Self::Server { code: error.code, message: error.message, limit }
            }
            other => Self::Broken(other.to_string()),
        }
    }

    /// The server's error number.
    pub(super) fn code(&self) -> Option<u16> {
        match self {
            Self::Server { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// The reason for a missing fact: `what` was asked for, and `needs` is the privilege that
    /// reveals it.
    pub(super) fn missing(&self, what: &str, needs: &str) -> Missing {
        match self {
            Self::Broken(detail) => {
                Missing::Refused { what: what.into(), detail: detail.into(), code: None }
            }
            Self::TimedOut { after_ms } => {
                Missing::TimedOut { what: what.into(), after_ms: *after_ms }
            }
            // The server broke the statement off when its time was up (MySQL, MariaDB).
            Self::Server { code: 3024 | 1969, limit, .. } => {
                Missing::TimedOut { what: what.into(), after_ms: millis(*limit) }
            }
            Self::Server { code, message, .. } => by_code(what, needs, *code, message),
        }
    }
}

/// What the server's error numbers say about a statement that reads.
fn by_code(what: &str, needs: &str, code: u16, message: &str) -> Missing {
    match code {
        // Access denied to a database, a command, a column, or for want of a named privilege.
        1044 | 1142 | 1143 | 1227 | 1370 => Missing::Denied {
            what: Text::new(format!("{what} (error {code})")),
            needs: needs.into(),
        },
        // Unknown command, syntax, information_schema table, table, variable, function or feature.
        1047 | 1064 | 1109 | 1146 | 1193 | 1235 | 1305 => Missing::Unsupported {
            what: Text::new(format!("{what} (error {code})")),
            since: "another version or product".into(),
        },
        _ => refused(what, message, code),
    }
}

fn refused(what: &str, message: &str, code: u16) -> Missing {
    Missing::Refused { what: what.into(), detail: message.into(), code: Some(code.to_string()) }
}

/// Whole milliseconds.
pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use cdc_checks::Missing;

    use super::Failure;

    fn missing(code: u16) -> Missing {
        let failure =
            Failure::Server { code, message: "no".into(), limit: Duration::from_secs(15) };
        failure.missing("the list", "A PRIVILEGE")
    }

    #[test]
    fn what_the_account_may_not_see_names_the_privilege() {
        for code in [1044, 1142, 1143, 1227] {
            let missing = missing(code);
            let Missing::Denied { needs, .. } = &missing else { panic!("{code}: {missing:?}") };
            assert_eq!(needs.untrusted(), "A PRIVILEGE", "{code}");
        }
    }

    #[test]
    fn what_the_version_does_not_have_is_told_apart() {
        for code in [1047, 1064, 1109, 1146, 1193] {
            let missing = missing(code);
            assert!(matches!(missing, Missing::Unsupported { .. }), "{code}: {missing:?}");
        }
    }

    #[test]
    fn a_statement_that_the_server_breaks_off_has_timed_out() {
        for code in [3024, 1969] {
            let missing = missing(code);
            assert!(matches!(missing, Missing::TimedOut { after_ms: 15_000, .. }), "{missing:?}");
        }
    }

    #[test]
    fn anything_else_is_told_in_the_servers_words() {
        let missing = missing(1040);
        let Missing::Refused { detail, code, .. } = &missing else { panic!("{missing:?}") };
        assert_eq!((detail.untrusted(), code.as_deref()), ("no", Some("1040")));
    }
}
