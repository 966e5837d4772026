//! What change data capture relies on survives a restart.

use super::setting;
use crate::facts::MySql;
use crate::facts::mysql::Variable;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Text, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/setting-volatile",
    title: "the settings survive a restart",
    level: Level::Recommended,
    tags: &["binlog"],
    doc: include_str!("setting_volatile.md"),
    judge,
    remedy,
};

/// What breaks or loses data when it reverts.
const SETTINGS: [&str; 16] = [
    "binlog_checksum",
    "binlog_error_action",
    "binlog_expire_logs_seconds",
    "binlog_format",
    "binlog_legacy_event_pos",
    "binlog_row_image",
    "binlog_row_metadata",
    "binlog_row_value_options",
    "binlog_transaction_compression",
    "enforce_gtid_consistency",
    "expire_logs_days",
    "gtid_mode",
    "init_connect",
    "log_bin_compress",
    "server_id",
    "sync_binlog",
];

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    if db.platform().is_managed() {
        return Ok(Verdict::not_applicable("the platform keeps its parameters"));
    }
    let variables = db.variables.get()?;
    if variables.values().all(|variable| variable.source.is_none()) {
        return Err(Missing::Unsupported {
            what: "where the server's settings come from".into(),
            since: "MySQL 8.0 and MariaDB 10.5".into(),
        });
    }
    let found = SETTINGS.iter().filter_map(|name| Some((*name, variables.get(*name)?)));
    let findings: Vec<Finding> =
        found.filter(|(_, own)| is_volatile(own)).map(|(name, own)| finding(name, own)).collect();
    if findings.is_empty() {
        return Ok(Finding::server(Outcome::Pass).into());
    }
    Ok(Verdict::each(findings))
}

/// Set while the server ran, and not written down for the next start with this value.
fn is_volatile(variable: &Variable) -> bool {
    let by_statement = matches!(variable.source.as_deref(), Some("DYNAMIC" | "SQL"));
    let other = variable.persisted.as_ref().is_some_and(|kept| !same(kept, &variable.value));
    other || by_statement && variable.persisted.is_none()
}

fn same(one: &Text, other: &Text) -> bool {
    one.untrusted().eq_ignore_ascii_case(other.untrusted())
}

fn finding(name: &str, variable: &Variable) -> Finding {
    let finding = setting::finding(name, variable.value.untrusted(), Outcome::Warn);
    let finding = finding.expected("the same after a restart");
    match &variable.persisted {
        Some(kept) => finding.because(format!("the next restart brings {}", kept.untrusted())),
        None => finding
            .because("it was set while the server ran: the next restart brings the old value"),
    }
}

fn remedy(finding: &Finding, db: &MySql, _: &Intent) -> Remedy {
    let name = setting::name_in(finding);
    match db.variable(name) {
        Ok(value) => setting::change(db, name, value),
        Err(_) => Remedy::none(),
    }
}
