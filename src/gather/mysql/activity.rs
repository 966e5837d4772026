//! What goes on on the server, in one round trip of what the account's grants let it see.
//!
//! A batch ends at the first statement that is refused. So what the grants say is refused is not
//! asked, and where the server refuses something else, the rest is asked again.

use cdc_checks::facts::MySql;
use cdc_checks::facts::mysql::{
    Activity, Line, MetadataLock, Override, Transaction, Version, not_amazon,
};
use cdc_checks::privileges::mysql::{Grants, Readable};
use cdc_checks::{Fact, Flavour, Missing, TableName};

use super::session::{Row, Rows, Session};

/// What is asked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Question {
    Locks,
    Overrides,
    Prepared,
    RdsRetention,
    Transactions,
}

const ALL: [Question; 5] = [
    Question::Transactions,
    Question::Overrides,
    Question::Prepared,
    Question::Locks,
    Question::RdsRetention,
];

/// What was read.
pub(super) struct Seen {
    pub(super) activity: Activity,
    pub(super) rds_retention: Fact<Option<u64>>,
}

/// Asks what the account may see of the server whose other facts are in `db`.
pub(super) async fn read(session: &mut Session, db: &MySql) -> Seen {
    let mut answers: Vec<(Question, Result<Rows, Missing>)> = Vec::new();
    let mut open = Vec::new();
    for question in ALL {
        match question.hidden(db) {
            Some(missing) => answers.push((question, Err(missing))),
            None => open.push(question),
        }
    }
    while !open.is_empty() {
        // Each behind a set of its own, which is lost in its place when it is refused.
        let statements: Vec<String> =
            open.iter().map(|question| format!("SELECT 'whole'; {}", question.sql())).collect();
        let (sets, failure) = session.batch(&statements.join("; ")).await;
        let mut sets = sets.into_iter();
        let mut later = open.into_iter();
        for question in later.by_ref() {
            let _ = sets.next();
            match (sets.next(), &failure) {
                (Some(rows), _) => answers.push((question, Ok(rows))),
                (None, failure) => {
                    answers.push((question, Err(question.missing(failure.as_ref()))));
                    break;
                }
            }
        }
        open = later.collect();
    }
    Seen::of(answers)
}

impl Seen {
    fn of(mut answers: Vec<(Question, Result<Rows, Missing>)>) -> Self {
        let mut take = |question: Question| -> Result<Rows, Missing> {
            let at = answers.iter().position(|(own, _)| *own == question);
            at.map_or_else(|| Err(question.missing(None)), |at| answers.swap_remove(at).1)
        };
        let each = |rows: Rows| rows.iter().map(transaction).collect();
        let activity = Activity {
            transactions: take(Question::Transactions).map(each).into(),
            overrides: take(Question::Overrides)
                .map(|rows| rows.iter().map(overridden).collect())
                .into(),
            prepared: take(Question::Prepared).map(|rows| rows.iter().count() as u64).into(),
            metadata_locks: take(Question::Locks)
                .map(|rows| rows.iter().map(metadata_lock).collect())
                .into(),
        };
        let hours = |rows: Rows| rows.first().and_then(|row| row.text(0).parse().ok());
        Self { activity, rds_retention: take(Question::RdsRetention).map(hours).into() }
    }
}

impl Question {
    fn sql(self) -> &'static str {
        match self {
            Self::Locks => {
                "SELECT l.object_schema, l.object_name, l.lock_type, l.lock_status = 'PENDING', \
                        IFNULL(t.processlist_id, 0) \
                 FROM performance_schema.metadata_locks l \
                 LEFT JOIN performance_schema.threads t ON t.thread_id = l.owner_thread_id \
                 WHERE l.object_type = 'TABLE' \
                 AND l.object_schema NOT IN ('mysql', 'performance_schema', 'sys') \
                 AND (l.lock_status = 'PENDING' \
                      OR l.lock_type IN ('EXCLUSIVE', 'SHARED_NO_READ_WRITE')) LIMIT 50"
            }
            // Appliers of a replica count: what they do reaches the log in their form.
            Self::Overrides => {
                "SELECT v.variable_name, v.variable_value, COUNT(*), \
                        SUBSTRING_INDEX(GROUP_CONCAT(t.processlist_id), ',', 10) \
                 FROM performance_schema.variables_by_thread v \
                 JOIN performance_schema.threads t USING (thread_id) \
                 WHERE t.type = 'FOREGROUND' AND (v.variable_name, v.variable_value) NOT IN \
                       (('binlog_format', 'ROW'), ('binlog_row_image', 'FULL'), \
                        ('binlog_row_value_options', ''), ('sql_log_bin', 'ON')) \
                 AND v.variable_name IN ('binlog_format', 'binlog_row_image', \
                                         'binlog_row_value_options', 'sql_log_bin') \
                 GROUP BY 1, 2 ORDER BY 1, 2"
            }
            Self::Prepared => "XA RECOVER",
            Self::RdsRetention => {
                "SELECT value FROM mysql.rds_configuration WHERE name = 'binlog retention hours'"
            }
            // The server's own zone, in which it writes the beginning, may not be the session's.
            Self::Transactions => {
                "SELECT trx_mysql_thread_id, GREATEST(0, TIMESTAMPDIFF(SECOND, trx_started, \
                 CONVERT_TZ(NOW(), @@session.time_zone, 'SYSTEM'))), trx_rows_modified \
                 FROM information_schema.innodb_trx \
                 WHERE trx_mysql_thread_id <> CONNECTION_ID() ORDER BY trx_started LIMIT 10"
            }
        }
    }

    fn what(self) -> &'static str {
        match self {
            Self::Locks => "performance_schema.metadata_locks",
            Self::Overrides => "performance_schema.variables_by_thread",
            Self::Prepared => "XA RECOVER",
            Self::RdsRetention => "mysql.rds_configuration",
            Self::Transactions => "information_schema.INNODB_TRX",
        }
    }

    fn needs(self) -> &'static str {
        match self {
            Self::Locks | Self::Overrides => "SELECT on performance_schema",
            Self::Prepared => "XA_RECOVER_ADMIN",
            Self::RdsRetention => "SELECT on mysql.rds_configuration",
            Self::Transactions => "PROCESS",
        }
    }

    fn missing(self, failure: Option<&super::session::Failure>) -> Missing {
        match failure {
            Some(failure) => failure.missing(self.what(), self.needs()),
            None => Missing::Malformed { what: self.what().into(), detail: "no answer".into() },
        }
    }

    /// Why it is not asked, where the answer is known to be a refusal or worth nothing.
    fn hidden(self, db: &MySql) -> Option<Missing> {
        let is_held = match self {
            Self::Locks => reads(db, "metadata_locks") && reads(db, "threads"),
            Self::Overrides => reads(db, "variables_by_thread") && reads(db, "threads"),
            // Only since 8.0 does it take a privilege, and only of MySQL.
            Self::Prepared => !is_mysql(db, Version::new(8, 0, 0)) || has(db, self.needs()),
            Self::RdsRetention => true,
            Self::Transactions => has(db, self.needs()),
        };
        let elsewhere = match self {
            Self::Locks => unseen(db, "MySQL 8.0", Version::new(8, 0, 0)),
            Self::Overrides => unseen(db, "MySQL 5.7", Version::new(5, 7, 0)),
            Self::RdsRetention if !matches!(db.platform(), Flavour::Aurora | Flavour::Rds) => {
                not_amazon().get().err()
            }
            _ => None,
        };
        let denied = || Missing::Denied { what: self.what().into(), needs: self.needs().into() };
        elsewhere.or_else(|| (!is_held).then(denied))
    }
}

/// Why the performance schema says nothing of sessions: another product, an older version, or it is
/// switched off.
fn unseen(db: &MySql, since: &str, version: Version) -> Option<Missing> {
    let what = "what other sessions do";
    if !is_mysql(db, version) {
        return Some(Missing::Unsupported { what: what.into(), since: since.into() });
    }
    let is_off = matches!(db.optional_variable("performance_schema"), Ok(Some("OFF")));
    is_off.then(|| Missing::NotAsked { what: what.into(), why: "performance_schema is OFF".into() })
}

fn is_mysql(db: &MySql, version: Version) -> bool {
    db.identity.known().is_some_and(|identity| {
        identity.line() == Line::MySql && identity.version_number().is_ok_and(|own| own >= version)
    })
}

/// Whether a privilege is held, or nobody knows.
fn has(db: &MySql, privilege: &str) -> bool {
    grants(db).is_none_or(|grants| grants.has_global(privilege))
}

fn reads(db: &MySql, table: &str) -> bool {
    let table = TableName::new("performance_schema", table);
    grants(db).is_none_or(|grants| grants.readable(&table) == Readable::All)
}

fn grants(db: &MySql) -> Option<Grants> {
    let grants = Grants::parse(db.grants.known()?, db.identity.known()?);
    let is_literal = matches!(db.optional_variable("partial_revokes"), Ok(Some("ON")));
    Some(grants.partial_revokes(is_literal))
}

fn transaction(row: Row<'_>) -> Transaction {
    let number = |index| row.text(index).parse().unwrap_or(0);
    Transaction { session: number(0), seconds: number(1), rows_changed: number(2) }
}

fn overridden(row: Row<'_>) -> Override {
    Override {
        variable: row.text(0).into(),
        value: row.text(1).into(),
        sessions: row.text(2).parse().unwrap_or(0),
        some: row.text(3).split(',').filter_map(|id| id.parse().ok()).collect(),
    }
}

fn metadata_lock(row: Row<'_>) -> MetadataLock {
    MetadataLock {
        table: TableName::new(row.text(0), row.text(1)),
        kind: row.text(2).into(),
        pending: row.text(3) == "1",
        session: row.text(4).parse().unwrap_or(0),
    }
}
