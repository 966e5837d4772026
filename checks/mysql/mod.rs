//! What must hold on MySQL and MariaDB.

mod account;
mod setting;

use crate::check::catalogue;

catalogue! { crate::facts::MySql:
    log_bin,
    binlog_format,
    row_image,
    row_value_options,
    server_id,
    db_filters,
    retention,
    roles_inactive,
    replication_slave,
    replication_client,
    table_exists,
    table_engine,
    table_select,
    primary_key,
}
