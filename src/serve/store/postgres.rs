//! The store in PostgreSQL, which several nodes share.

use std::time::Duration;

use sqlx::postgres::{PgPoolOptions, PgQueryResult};
use sqlx::{Connection, PgConnection, Postgres, migrate};
use tokio::time::timeout;

use super::{CONNECT, Dialect, Sql, StoreError};

const CONNECTIONS: u32 = 8;
/// How long a connection may take to show that it still works.
const ALIVE: Duration = Duration::from_secs(5);

impl Dialect for Postgres {
    // The inner query locks the row, so that the next node passes it over instead of waiting.
    const CLAIM: &'static str = "
        update preflights set state = 'running', worker = $1, attempts = attempts + 1,
            started_at = (extract(epoch from clock_timestamp()) * 1000)::bigint,
            leased_until = (extract(epoch from clock_timestamp()) * 1000)::bigint + $2
        where id = (select id from preflights
            where document is not null and attempts < $3 and (state = 'queued' or state = 'running'
                and leased_until < (extract(epoch from clock_timestamp()) * 1000)::bigint)
            order by id limit 1 for update skip locked)
        returning *";
    const RENEW: &'static str = "
        update preflights
        set leased_until = (extract(epoch from clock_timestamp()) * 1000)::bigint + $3
        where id = $1 and worker = $2 and state = 'running'";
    const ADD: &'static str = "
        insert into preflights (id, source, document, action, options, state, worker, attempts,
            created_at, started_at, leased_until)
        select $1, $2, $3, $4, $5, $6, $7::text, $8,
            (extract(epoch from clock_timestamp()) * 1000)::bigint,
            case when $7::text is not null
                then (extract(epoch from clock_timestamp()) * 1000)::bigint end,
            case when $7::text is not null
                then (extract(epoch from clock_timestamp()) * 1000)::bigint + $9 end
        where (select count(*) from preflights where state = 'queued') < $10";
    const ABANDON: &'static str = "
        update preflights set state = 'failed', worker = null, leased_until = null, result = $2,
            finished_at = (extract(epoch from clock_timestamp()) * 1000)::bigint
        where state = 'running' and (document is null or attempts >= $1)
            and leased_until < (extract(epoch from clock_timestamp()) * 1000)::bigint";
    const DUE: &'static str = "
        update sources set next_at =
            (extract(epoch from clock_timestamp()) * 1000)::bigint + every * 1000
        where name = (select name from sources
            where next_at <= (extract(epoch from clock_timestamp()) * 1000)::bigint
            order by next_at limit 1 for update skip locked)
        returning *";
    const BEGIN: &'static str = "
        insert into submissions (key, preflight, fingerprint, worker, leased_until, created_at)
        values ($1, $2, $3, $4, (extract(epoch from clock_timestamp()) * 1000)::bigint + $5,
            (extract(epoch from clock_timestamp()) * 1000)::bigint)
        on conflict (key) do update set worker = excluded.worker,
            leased_until = excluded.leased_until
        where submissions.fingerprint = excluded.fingerprint and submissions.answer is null
            and submissions.leased_until < (extract(epoch from clock_timestamp()) * 1000)::bigint";
    const LOCK: &'static str = "
        insert into journal_leases (target, worker, leased_until)
        values ($1, $2, (extract(epoch from clock_timestamp()) * 1000)::bigint + $3)
        on conflict (target) do update set worker = excluded.worker,
            leased_until = excluded.leased_until
        where journal_leases.worker = excluded.worker
            or journal_leases.leased_until
                < (extract(epoch from clock_timestamp()) * 1000)::bigint";

    const POST: &'static str = "
        insert into outbox (id, body, created_at, due_at)
        values ($1, $2, (extract(epoch from clock_timestamp()) * 1000)::bigint,
            (extract(epoch from clock_timestamp()) * 1000)::bigint)";
    const NEXT_DUE: &'static str = "
        update outbox set worker = $1, attempts = attempts + 1,
            leased_until = (extract(epoch from clock_timestamp()) * 1000)::bigint + $2
        where id = (select id from outbox
            where due_at <= (extract(epoch from clock_timestamp()) * 1000)::bigint and (leased_until is null
                or leased_until < (extract(epoch from clock_timestamp()) * 1000)::bigint)
            order by due_at, id limit 1 for update skip locked)
        returning *";
    const PUT_BACK: &'static str = "
        update outbox set worker = null, leased_until = null,
            due_at = (extract(epoch from clock_timestamp()) * 1000)::bigint + $3
        where id = $1 and worker = $2";

    fn changed(result: &PgQueryResult) -> u64 {
        result.rows_affected()
    }
}

/// Connects. The migrations hold an advisory lock, so that of several nodes one makes the tables.
pub(super) async fn open(address: &str) -> Result<Sql<Postgres>, StoreError> {
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(CONNECT)
        .after_release(|connection, _| Box::pin(is_alive(connection)))
        .connect(address)
        .await?;
    migrate!("src/serve/store/migrations/postgres").run(&pool).await?;
    Ok(Sql { pool })
}

/// Asks whether a connection still works before it is used again. The pool does so itself, but
/// waits for the answer of one that keeps silent, and never opens another one in its place.
async fn is_alive(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let silent = |_| std::io::Error::from(std::io::ErrorKind::TimedOut);
    timeout(ALIVE, connection.ping()).await.map_err(silent)??;
    Ok(true)
}
