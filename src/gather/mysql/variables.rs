//! Global variables, in one round trip, with their provenance where the server tells it.

use std::collections::BTreeMap;

use cdc_checks::Fact;
use cdc_checks::facts::mysql::{Identity, Line, Variable, Version};

use super::session::{Failure, Row, Rows, Session};

/// What a check reads or may one day read. A server leaves out what it does not have.
const NAMES: &str = "'activate_all_roles_on_login', 'activate_mandatory_roles', \
     'authentication_policy', 'basedir', 'binlog_annotate_row_events', 'binlog_checksum', \
     'binlog_do_db', 'binlog_encryption', 'binlog_error_action', \
     'binlog_expire_logs_auto_purge', 'binlog_expire_logs_seconds', 'binlog_format', \
     'binlog_ignore_db', 'binlog_legacy_event_pos', 'binlog_row_event_fragment_threshold', \
     'binlog_row_image', 'binlog_row_metadata', 'binlog_row_value_options', \
     'binlog_rows_query_log_events', 'binlog_space_limit', 'binlog_storage_engine', \
     'binlog_transaction_compression', 'character_set_server', 'collation_server', \
     'default_authentication_plugin', 'default_password_lifetime', 'encrypt_binlog', \
     'enforce_gtid_consistency', 'expire_logs_days', 'group_replication_group_name', \
     'group_replication_single_primary_mode', 'gtid_binlog_pos', 'gtid_binlog_state', \
     'gtid_domain_id', 'gtid_mode', 'gtid_purged', 'gtid_strict_mode', \
     'information_schema_stats_expiry', 'init_connect', 'innodb_flush_log_at_trx_commit', \
     'innodb_native_foreign_keys', 'innodb_read_only', 'interactive_timeout', 'log_bin', \
     'log_bin_compress', 'log_replica_updates', 'log_slave_updates', 'lower_case_table_names', \
     'mandatory_roles', 'max_allowed_packet', 'max_binlog_size', 'max_binlog_total_size', \
     'max_connections', 'max_execution_time', 'max_statement_time', 'max_user_connections', \
     'net_read_timeout', 'net_write_timeout', 'offline_mode', 'partial_revokes', \
     'performance_schema', 'port', 'read_only', 'replica_parallel_workers', \
     'replica_preserve_commit_order', 'replication_sender_observe_commit_only', \
     'require_secure_transport', 'rpl_semi_sync_master_enabled', \
     'rpl_semi_sync_master_wait_point', 'rpl_semi_sync_source_enabled', \
     'rpl_semi_sync_source_wait_point', 'server_id', 'server_uuid', 'show_old_temporals', \
     'skip_name_resolve', 'slave_connections_needed_for_purge', 'slave_parallel_workers', \
     'slave_preserve_commit_order', 'sql_generate_invisible_primary_key', 'sql_mode', \
     'super_read_only', 'sync_binlog', 'system_time_zone', 'time_zone', \
     'transaction_isolation', 'tx_isolation', 'version_compile_machine', 'version_compile_os', \
     'wait_timeout', 'wsrep_gtid_mode', 'wsrep_on'";

/// Managed platforms are recognised by variables of their own.
const PLATFORMS: [&str; 4] = ["aurora|_%", "loose|_polar%", "polardb|_%", "rds|_%"];

/// Reads the variables; the form with provenance first, and `SHOW` where the server refuses it.
pub(super) async fn read(
    session: &mut Session,
    identity: Option<&Identity>,
) -> Fact<BTreeMap<String, Variable>> {
    let asked = match form(identity) {
        Form::Show => old(session).await,
        form => match session.query(&form.statement()).await {
            Err(Failure::Server { .. }) => session.query(&show()).await,
            answer => answer,
        },
    };
    asked.map(|rows| collect(&rows)).map_err(|f| f.missing("the global variables", "USAGE")).into()
}

/// MySQL 5.7 can be told to mark columns that keep times in the form of 5.5; whatever does not know
/// the variable refuses, and is asked without.
async fn old(session: &mut Session) -> Result<Rows, Failure> {
    let marked = format!("SET SESSION show_old_temporals = ON; {}", show());
    match session.query(&marked).await {
        Err(Failure::Server { .. }) => session.query(&show()).await,
        answer => answer,
    }
}

#[derive(Clone, Copy)]
enum Form {
    PerformanceSchema,
    Show,
    SystemVariables,
}

fn form(identity: Option<&Identity>) -> Form {
    let Some(identity) = identity else { return Form::Show };
    match (identity.line(), identity.version_number()) {
        (Line::MariaDb, _) => Form::SystemVariables,
        (Line::MySql, Ok(version)) if version >= Version::new(8, 0, 0) => Form::PerformanceSchema,
        (Line::MySql, _) => Form::Show,
    }
}

impl Form {
    fn statement(self) -> String {
        match self {
            Self::PerformanceSchema => format!(
                "SELECT g.VARIABLE_NAME, g.VARIABLE_VALUE, i.VARIABLE_SOURCE, p.VARIABLE_VALUE \
                 FROM performance_schema.global_variables g \
                 JOIN performance_schema.variables_info i USING (VARIABLE_NAME) \
                 LEFT JOIN performance_schema.persisted_variables p USING (VARIABLE_NAME) \
                 WHERE {}",
                wanted("g.VARIABLE_NAME")
            ),
            Self::Show => show(),
            Self::SystemVariables => format!(
                "SELECT VARIABLE_NAME, GLOBAL_VALUE, GLOBAL_VALUE_ORIGIN \
                 FROM information_schema.SYSTEM_VARIABLES \
                 WHERE GLOBAL_VALUE IS NOT NULL AND ({})",
                wanted("VARIABLE_NAME")
            ),
        }
    }
}

fn show() -> String {
    format!("SHOW GLOBAL VARIABLES WHERE {}", wanted("Variable_name"))
}

fn wanted(column: &str) -> String {
    let platforms = PLATFORMS.map(|pattern| format!(" OR {column} LIKE '{pattern}' ESCAPE '|'"));
    format!("{column} IN ({NAMES}){}", platforms.concat())
}

fn collect(rows: &Rows) -> BTreeMap<String, Variable> {
    rows.iter().map(|row| (row.text(0).to_lowercase(), variable(row))).collect()
}

fn variable(row: Row<'_>) -> Variable {
    Variable {
        value: row.text(1).into(),
        source: row.get(2),
        persisted: row.get(3).map(Into::into),
    }
}
