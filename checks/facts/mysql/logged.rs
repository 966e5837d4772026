//! What the server's settings and the shape of a table do to the events of its rows. Checks warn of
//! it and the event contract tells it, so that each rule stands here, once.

use super::{Column, Identity, Line, MySql, Table, Version};
use crate::{Missing, Text};

/// The databases that the server leaves out of its binary log.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BinlogFilters<'a> {
    /// Only these are logged; all where empty.
    pub only: Vec<&'a str>,
    /// These are not. Not even read where there is a list of those that are.
    pub except: Vec<&'a str>,
}

impl BinlogFilters<'_> {
    /// Whether changes of a database are logged.
    pub fn cover(&self, database: &Text, server: &Identity) -> bool {
        let holds =
            |list: &[&str]| list.iter().any(|own| server.same_name(own, database.untrusted()));
        if self.only.is_empty() { !holds(&self.except) } else { holds(&self.only) }
    }
}

impl MySql {
    /// The databases that the server leaves out of its binary log.
    ///
    /// # Errors
    /// The reason why the position of the log is missing, which tells the filters.
    pub fn binlog_filters(&self) -> Result<BinlogFilters<'_>, Missing> {
        match self.binlog_position.get() {
            Ok(Some(position)) => Ok(BinlogFilters {
                only: list(position.do_db.untrusted()),
                except: list(position.ignore_db.untrusted()),
            }),
            Ok(None) => Err(Missing::NotReached { because: "mysql/log-bin".into() }),
            Err(missing) => self.filters_from_variables(missing),
        }
    }

    /// MariaDB 11 also shows the filters as variables, which anybody may read.
    fn filters_from_variables(&self, missing: Missing) -> Result<BinlogFilters<'_>, Missing> {
        let variable = |name| self.optional_variable(name).ok().flatten();
        match (variable("binlog_do_db"), variable("binlog_ignore_db"), missing) {
            (Some(only), Some(except), _) => {
                Ok(BinlogFilters { only: list(only), except: list(except) })
            }
            (_, _, Missing::Denied { .. }) => {
                Err(Missing::NotReached { because: "mysql/replication-client".into() })
            }
            (_, _, missing) => Err(missing),
        }
    }

    /// Whether rows that a foreign key changes are logged. Since 9.6 MySQL's own layer carries
    /// cascades out and logs them, unless it is told to leave them to the engine.
    ///
    /// # Errors
    /// The reason why the server or its variables are not known.
    pub fn logs_cascades(&self) -> Result<bool, Missing> {
        let identity = self.identity.get()?;
        let is_new =
            identity.line() == Line::MySql && identity.version_number()? >= Version::new(9, 6, 0);
        Ok(is_new && self.optional_variable("innodb_native_foreign_keys")? != Some("ON"))
    }

    /// Whether updates of JSON columns may be logged as differences.
    ///
    /// # Errors
    /// The reason why variables are missing as a whole.
    pub fn logs_partial_json(&self) -> Result<bool, Missing> {
        let options = self.optional_variable("binlog_row_value_options")?.unwrap_or_default();
        Ok(options.to_uppercase().contains("PARTIAL_JSON"))
    }

    /// Whether `sql_mode` lets days through which no month has, such as 31 February.
    ///
    /// # Errors
    /// The reason why variables are missing.
    pub fn allows_invalid_dates(&self) -> Result<bool, Missing> {
        Ok(self.variable("sql_mode")?.split(',').any(|mode| mode == "ALLOW_INVALID_DATES"))
    }
}

fn list(names: &str) -> Vec<&str> {
    names.split(',').map(str::trim).filter(|name| !name.is_empty()).collect()
}

impl Table {
    /// Whether it keeps rows of its own. A view does not, so the log has no changes of it.
    pub fn keeps_rows(&self) -> bool {
        matches!(self.kind.untrusted(), "BASE TABLE" | "SYSTEM VERSIONED")
    }

    /// Whether MariaDB keeps the history of its rows. The log then has columns that no metadata
    /// shows, at the first of which readers stop.
    pub fn is_system_versioned(&self) -> bool {
        self.kind.untrusted() == "SYSTEM VERSIONED"
    }
}

impl Column {
    /// Whether MariaDB compresses it, which readers of the log cannot undo. The comment tells, as in
    /// `text /*M!100301 COMPRESSED*/`, not the word, which may stand in an ENUM.
    pub fn is_compressed(&self) -> bool {
        let comment = self.data_type.untrusted().rsplit_once("/*M!");
        comment.is_some_and(|(_, rest)| rest.ends_with("*/") && rest.contains(" COMPRESSED"))
    }

    /// Whether readers that follow the definitions of tables stop at its type, wherever in the
    /// database it stands.
    pub fn stops_readers(&self) -> bool {
        let name = self.data_type.untrusted();
        let end = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
        let name = name.get(..end).unwrap_or_default();
        name.eq_ignore_ascii_case("inet4") || name.eq_ignore_ascii_case("inet6")
    }

    /// Whether its values are computed from other columns.
    pub fn is_generated(&self) -> bool {
        let extra = self.extra.untrusted();
        ["VIRTUAL GENERATED", "STORED GENERATED", "PERSISTENT"]
            .iter()
            .any(|own| extra.contains(own))
    }
}
