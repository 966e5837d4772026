//! MySQL's set of executed transactions: `uuid:1-6:8:tag:1-2, uuid:7`.

use crate::Missing;
use crate::facts::MySql;

/// The set; `None` where transactions have no global ids.
pub(super) fn executed(db: &MySql) -> Result<Option<&str>, Missing> {
    if db.optional_variable("gtid_mode")?.is_none_or(|mode| mode == "OFF") {
        return Ok(None);
    }
    match db.binlog_position.get() {
        Ok(Some(position)) => Ok(Some(position.executed_gtid_set.untrusted())),
        Ok(None) => Err(Missing::NotReached { because: "mysql/log-bin".into() }),
        Err(Missing::Denied { .. }) => {
            Err(Missing::NotReached { because: "mysql/replication-client".into() })
        }
        Err(missing) => Err(missing),
    }
}

/// The tags in a set, each once.
pub(super) fn tags(set: &str) -> Vec<&str> {
    let mut tags: Vec<&str> = parts(set).filter(|part| is_tag(part)).collect();
    tags.sort_unstable();
    tags.dedup();
    tags
}

/// How many servers a set names, and how many ranges of transactions.
pub(super) fn size(set: &str) -> (usize, usize) {
    let servers = set.split(',').filter(|one| !one.trim().is_empty()).count();
    (servers, parts(set).filter(|part| !is_tag(part)).count())
}

/// What follows the servers' ids.
fn parts(set: &str) -> impl Iterator<Item = &str> {
    let servers = set.split(',').map(str::trim).filter(|one| !one.is_empty());
    servers.flat_map(|one| one.split(':').skip(1)).map(str::trim)
}

/// A range begins with a digit, a tag never does.
fn is_tag(part: &str) -> bool {
    !part.starts_with(|c: char| c.is_ascii_digit())
}
