//! The store in a file of the state folder: one process, no other server.

use std::fs::{DirBuilder, OpenOptions};
use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteQueryResult,
    SqliteSynchronous,
};
use sqlx::{Sqlite, migrate};

use super::{CONNECT, Dialect, Sql, StoreError};

/// Readers go on beside the one writer; more connections would only wait for each other.
const CONNECTIONS: u32 = 4;

impl Dialect for Sqlite {
    const CLAIM: &'static str = "
        update preflights set state = 'running', worker = $1, attempts = attempts + 1,
            started_at = cast(unixepoch('subsec') * 1000 as integer),
            leased_until = cast(unixepoch('subsec') * 1000 as integer) + $2
        where id = (select id from preflights
            where document is not null and attempts < $3 and (state = 'queued' or state = 'running'
                and leased_until < cast(unixepoch('subsec') * 1000 as integer))
            order by id limit 1)
        returning *";
    const RENEW: &'static str = "
        update preflights set leased_until = cast(unixepoch('subsec') * 1000 as integer) + $3
        where id = $1 and worker = $2 and state = 'running'";
    const ADD: &'static str = "
        insert into preflights (id, source, document, action, options, state, worker, attempts,
            created_at, started_at, leased_until)
        select $1, $2, $3, $4, $5, $6, $7, $8,
            cast(unixepoch('subsec') * 1000 as integer),
            case when $7 is not null then cast(unixepoch('subsec') * 1000 as integer) end,
            case when $7 is not null then cast(unixepoch('subsec') * 1000 as integer) + $9 end
        where (select count(*) from preflights where state = 'queued') < $10";
    const ABANDON: &'static str = "
        update preflights set state = 'failed', worker = null, leased_until = null, result = $2,
            finished_at = cast(unixepoch('subsec') * 1000 as integer)
        where state = 'running' and (document is null or attempts >= $1)
            and leased_until < cast(unixepoch('subsec') * 1000 as integer)";
    const DUE: &'static str = "
        update sources set next_at = cast(unixepoch('subsec') * 1000 as integer) + every * 1000
        where name = (select name from sources
            where next_at <= cast(unixepoch('subsec') * 1000 as integer)
            order by next_at limit 1)
        returning *";
    const BEGIN: &'static str = "
        insert into submissions (key, preflight, fingerprint, worker, leased_until, created_at)
        values ($1, $2, $3, $4, cast(unixepoch('subsec') * 1000 as integer) + $5,
            cast(unixepoch('subsec') * 1000 as integer))
        on conflict (key) do update set worker = excluded.worker,
            leased_until = excluded.leased_until
        where submissions.fingerprint = excluded.fingerprint and submissions.answer is null
            and submissions.leased_until < cast(unixepoch('subsec') * 1000 as integer)";
    const LOCK: &'static str = "
        insert into journal_leases (target, worker, leased_until)
        values ($1, $2, cast(unixepoch('subsec') * 1000 as integer) + $3)
        on conflict (target) do update set worker = excluded.worker,
            leased_until = excluded.leased_until
        where journal_leases.worker = excluded.worker
            or journal_leases.leased_until < cast(unixepoch('subsec') * 1000 as integer)";

    const POST: &'static str = "
        insert into outbox (id, body, created_at, due_at)
        values ($1, $2, cast(unixepoch('subsec') * 1000 as integer),
            cast(unixepoch('subsec') * 1000 as integer))";
    const NEXT_DUE: &'static str = "
        update outbox set worker = $1, attempts = attempts + 1,
            leased_until = cast(unixepoch('subsec') * 1000 as integer) + $2
        where id = (select id from outbox
            where due_at <= cast(unixepoch('subsec') * 1000 as integer) and (leased_until is null
                or leased_until < cast(unixepoch('subsec') * 1000 as integer))
            order by due_at, id limit 1)
        returning *";
    const PUT_BACK: &'static str = "
        update outbox set worker = null, leased_until = null,
            due_at = cast(unixepoch('subsec') * 1000 as integer) + $3
        where id = $1 and worker = $2";

    fn changed(result: &SqliteQueryResult) -> u64 {
        result.rows_affected()
    }
}

/// Opens the file, which is made where it is missing.
pub(super) async fn open(path: &Path) -> Result<Sql<Sqlite>, StoreError> {
    make(path).map_err(|source| StoreError::File { path: path.into(), source })?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        // With a write-ahead log this loses nothing when the process dies; FULL also keeps what
        // was acknowledged when the machine does.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(10))
        .foreign_keys(true);
    let pool = SqlitePoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(CONNECT);
    let pool = pool.connect_with(options).await?;
    migrate!("src/serve/store/migrations/sqlite").run(&pool).await?;
    Ok(Sql { pool })
}

/// Makes the file and its folders where they are missing, for their owner alone: what is known of
/// databases is like a dump of their schemas. The files that SQLite makes beside it are alike.
fn make(path: &Path) -> std::io::Result<()> {
    let (mut folders, mut options) = (DirBuilder::new(), OpenOptions::new());
    folders.recursive(true);
    options.append(true).create(true);
    #[cfg(unix)]
    {
        std::os::unix::fs::DirBuilderExt::mode(&mut folders, 0o700);
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        folders.create(folder)?;
    }
    options.open(path).map(drop)
}
