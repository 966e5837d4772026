//! The demonstration's servers: throwaway, on this machine only.

use eventbridge_simulator::{Config, KeyPolicy};
use testbed::{Options, Product, Result, Server, nearest};

/// The password of the account that change data capture uses.
pub(crate) const PASSWORD: &str = "demonstration-only";

const TABLES: &str = "
    create table products (id int primary key, name varchar(200) not null, price numeric(10, 2));
    create table orders (
        id bigint primary key,
        product_id int not null,
        note text,
        foreign key (product_id) references products (id)
    );";

/// A PostgreSQL as it comes, `wal_level = replica`, with an account that may not replicate.
pub(crate) async fn postgres() -> Result<Server> {
    let server = Server::start(nearest(Product::Postgres(18)).await?, Options::new()).await?;
    server.execute("create database inventory").await?;
    server.execute_in("inventory", TABLES).await?;
    let account = format!(
        "create role cdc_user login password '{PASSWORD}';
         grant select on products, orders to cdc_user"
    );
    server.execute_in("inventory", &account).await?;
    Ok(server)
}

/// A MySQL, or the MariaDB of this machine where there is no MySQL, that keeps a log of rows, with
/// an account that has what it needs.
pub(crate) async fn mysql() -> Result<Server> {
    let options = Options::new()
        .setting("log_bin", "binlog")
        .setting("binlog_format", "ROW")
        .setting("server_id", "1");
    let server = Server::start(nearest(Product::MYSQL).await?, options).await?;
    server.execute("create database inventory").await?;
    server.execute_in("inventory", TABLES).await?;
    let account = format!(
        "create user 'cdc_user'@'%' identified by '{PASSWORD}';
         grant replication slave, replication client on *.* to 'cdc_user'@'%';
         grant select on inventory.* to 'cdc_user'@'%'"
    );
    server.execute(&account).await?;
    Ok(server)
}

/// A simulated EventBridge on a free port.
pub(crate) fn simulator(key: &str) -> Config {
    Config::new(KeyPolicy::require(key))
}
