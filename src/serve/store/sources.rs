//! Stored sources: requests that are proven again and again.

use jiff::Timestamp;
use sqlx::{
    ColumnIndex, Decode, Encode, Executor, FromRow, IntoArguments, Pool, Type, query, query_as,
};
use uuid::Uuid;

use super::preflights::{row, time};
use super::{Answer, Dialect, RunOptions, Sql, StoreError, in_time};

const GET: &str = "select * from sources where name = $1";
const LIST: &str = "select * from sources order by name";
const CREATE: &str = "
    insert into sources (name, document, action, options, every, next_at, created_at, updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $7) on conflict (name) do nothing";
const REPLACE: &str = "
    insert into sources (name, document, action, options, every, next_at, created_at, updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $7)
    on conflict (name) do update set document = excluded.document, action = excluded.action,
        options = excluded.options, every = excluded.every, next_at = excluded.next_at,
        updated_at = excluded.updated_at";
const REMOVE: &str = "delete from sources where name = $1";
// A source whose last preflight still waits or runs is not queued once more.
const BEGIN: &str = "
    insert into preflights (id, source, document, action, options, state, attempts, created_at)
    select $1, name, document, action, options, 'queued', 0, $2 from sources
    where name = $3 and not exists (
        select 1 from preflights where source = $3 and state in ('queued', 'running'))";
const STANDINGS: &str = "
    select source, gate, finished_at from preflights where id in (
        select max(preflights.id) from preflights join sources on source = name
        where state = 'finished' group by source)
    order by source";

/// A stored source.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Its name, which is its address.
    pub name: String,
    /// The request, without secrets.
    pub document: String,
    /// The operation of a bare payload.
    pub action: Option<String>,
    /// How it is run.
    pub options: RunOptions,
    /// Seconds from one run to the next; `None`: only when asked.
    pub every: Option<u32>,
    /// When it is run next.
    pub next_at: Option<Timestamp>,
    /// When it was stored.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// How a stored source stands, by its last report.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceStanding {
    /// Its name.
    pub source: String,
    /// Whether its gate is open.
    pub is_open: bool,
    /// When that was found.
    pub finished_at: Timestamp,
}

/// The stored sources of a store.
pub trait Sources {
    /// One source.
    fn source(&self, name: String) -> Answer<'_, Option<Source>>;

    /// All of them, by name.
    fn sources(&self) -> Answer<'_, Vec<Source>>;

    /// Stores a source; `false` where there is one of that name.
    fn create_source(&self, source: Source) -> Answer<'_, bool>;

    /// Stores a source in place of the one of that name, if there is one.
    fn replace_source(&self, source: Source) -> Answer<'_, ()>;

    /// Removes a source; its preflights stay. `false` where there is none.
    fn remove_source(&self, name: String) -> Answer<'_, bool>;

    /// Queues a preflight of one source whose time has come, on one node each time, and says which.
    fn begin_due(&self) -> Answer<'_, Option<String>>;

    /// How the sources stand that have a report.
    fn standings(&self) -> Answer<'_, Vec<SourceStanding>>;
}

impl<DB> Sources for Sql<DB>
where
    DB: Dialect,
    for<'p> &'p Pool<DB>: Executor<'p, Database = DB>,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    DB::Arguments: IntoArguments<DB>,
    for<'q> String: Encode<'q, DB> + Decode<'q, DB>,
    for<'q> i64: Encode<'q, DB> + Decode<'q, DB>,
    for<'q> Option<String>: Encode<'q, DB>,
    for<'q> Option<i64>: Encode<'q, DB>,
    String: Type<DB>,
    i64: Type<DB>,
    for<'c> &'c str: ColumnIndex<DB::Row>,
    usize: ColumnIndex<DB::Row>,
{
    fn source(&self, name: String) -> Answer<'_, Option<Source>> {
        in_time(async move {
            let found: Option<SourceRow> =
                query_as(GET).bind(name).fetch_optional(&self.pool).await?;
            found.map(Source::try_from).transpose()
        })
    }

    fn sources(&self) -> Answer<'_, Vec<Source>> {
        in_time(async {
            let rows: Vec<SourceRow> = query_as(LIST).fetch_all(&self.pool).await?;
            rows.into_iter().map(Source::try_from).collect()
        })
    }

    fn create_source(&self, source: Source) -> Answer<'_, bool> {
        in_time(async move { Ok(self.write(CREATE, source).await? > 0) })
    }

    fn replace_source(&self, source: Source) -> Answer<'_, ()> {
        in_time(async move {
            self.write(REPLACE, source).await?;
            Ok(())
        })
    }

    fn remove_source(&self, name: String) -> Answer<'_, bool> {
        in_time(async move {
            let removed = query(REMOVE).bind(name).execute(&self.pool).await?;
            Ok(DB::changed(&removed) > 0)
        })
    }

    fn begin_due(&self) -> Answer<'_, Option<String>> {
        in_time(async {
            let mut transaction = self.pool.begin().await?;
            let due: Option<SourceRow> =
                query_as(DB::DUE).fetch_optional(&mut *transaction).await?;
            let Some(SourceRow { name, .. }) = due else { return Ok(None) };
            query(BEGIN)
                .bind(Uuid::now_v7().to_string())
                .bind(Timestamp::now().as_millisecond())
                .bind(name.clone())
                .execute(&mut *transaction)
                .await?;
            transaction.commit().await?;
            Ok(Some(name))
        })
    }

    fn standings(&self) -> Answer<'_, Vec<SourceStanding>> {
        in_time(async {
            let rows: Vec<(String, String, i64)> =
                query_as(STANDINGS).fetch_all(&self.pool).await?;
            rows.into_iter()
                .map(|(source, gate, finished_at)| {
                    let finished_at = time(finished_at)?;
                    Ok(SourceStanding { source, is_open: gate == "open", finished_at })
                })
                .collect()
        })
    }
}

impl<DB> Sql<DB>
where
    DB: Dialect,
    for<'p> &'p Pool<DB>: Executor<'p, Database = DB>,
    DB::Arguments: IntoArguments<DB>,
    for<'q> String: Encode<'q, DB>,
    for<'q> i64: Encode<'q, DB>,
    for<'q> Option<String>: Encode<'q, DB>,
    for<'q> Option<i64>: Encode<'q, DB>,
    String: Type<DB>,
    i64: Type<DB>,
{
    async fn write(&self, statement: &'static str, source: Source) -> Result<u64, StoreError> {
        let written = query(statement)
            .bind(source.name)
            .bind(source.document)
            .bind(source.action)
            .bind(serde_json::to_string(&source.options).map_err(row)?)
            .bind(source.every.map(i64::from))
            .bind(source.next_at.map(Timestamp::as_millisecond))
            .bind(source.updated_at.as_millisecond())
            .execute(&self.pool)
            .await?;
        Ok(DB::changed(&written))
    }
}

/// A row of the table, before it is understood.
#[derive(FromRow)]
struct SourceRow {
    name: String,
    document: String,
    action: Option<String>,
    options: String,
    every: Option<i64>,
    next_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
}

impl TryFrom<SourceRow> for Source {
    type Error = StoreError;

    fn try_from(it: SourceRow) -> Result<Self, StoreError> {
        Ok(Self {
            name: it.name,
            document: it.document,
            action: it.action,
            options: serde_json::from_str(&it.options).map_err(row)?,
            every: it.every.map(u32::try_from).transpose().map_err(row)?,
            next_at: it.next_at.map(time).transpose()?,
            created_at: time(it.created_at)?,
            updated_at: time(it.updated_at)?,
        })
    }
}
