//! The statements about preflights.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use sqlx::{
    ColumnIndex, Decode, Encode, Executor, FromRow, IntoArguments, Pool, Type, query, query_as,
    query_scalar,
};
use uuid::Uuid;

use super::record::{Filter, NewPreflight, Preflight, ProgressEvent, Verdict};
use super::{
    Answer, AuditLog, Dialect, Lease, MOST_ATTEMPTS, Outbox, Sources, Sql, Store, StoreError,
    Submissions, Tokens, Tracks, Waivers, in_time,
};
use crate::report::GateState;

const GET: &str = "select * from preflights where id = $1";
const LIST: &str = "
    select id, state, source, document, action, options, created_at, started_at, finished_at,
        attempts, gate, exit_code, counts, cast(null as text) as result
    from preflights
    where ($1 is null or source = $1) and ($2 is null or state = $2)
        and ($3 is null or gate = $3) and ($4 is null or id < $4)
    order by id desc limit $5";
const RELEASE: &str = "
    update preflights set state = 'queued', worker = null, leased_until = null
    where id = $1 and worker = $2 and state = 'running' and document is not null";
const FINISH: &str = "
    update preflights set state = $3, gate = $4, exit_code = $5, result = $6, finished_at = $7,
        counts = $8, worker = null, leased_until = null
    where id = $1 and worker = $2 and state = 'running'";
const TELL: &str = "
    insert into preflight_events (preflight, number, at, event)
    select $1, coalesce(max(number), 0) + 1, $2, $3 from preflight_events where preflight = $1";
const PROGRESS: &str = "
    select number, at, event from preflight_events where preflight = $1 and number > $2
    order by number";
const BACKLOG: &str = "select count(*) from preflights where state in ('queued', 'running')";
const PURGE: &str = "
    delete from preflights where finished_at < $1 and not exists (
        select 1 from source_tracks where preflights.id in (verdict_run, contract_run))";

impl<DB> Store for Sql<DB>
where
    Self: AuditLog + Outbox + Sources + Submissions + Tokens + Tracks + Waivers,
    DB: Dialect,
    for<'p> &'p Pool<DB>: Executor<'p, Database = DB>,
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
    fn ping(&self) -> Answer<'_, ()> {
        in_time(async {
            query("select 1").execute(&self.pool).await?;
            Ok(())
        })
    }

    fn add(&self, new: NewPreflight, limit: u64, worker: Option<Lease>) -> Answer<'_, bool> {
        in_time(async move {
            let state = if worker.is_some() { "running" } else { "queued" };
            let options = serde_json::to_string(&new.options).map_err(row)?;
            let added = query(DB::ADD)
                .bind(new.id.to_string())
                .bind(new.source)
                .bind(new.document)
                .bind(new.action)
                .bind(options)
                .bind(state.to_owned())
                .bind(worker.map(|lease| lease.worker.to_string()))
                .bind(i64::from(worker.is_some()))
                .bind(worker.map_or(0, |lease| milliseconds(lease.lasts)))
                .bind(i64::try_from(limit).unwrap_or(i64::MAX))
                .execute(&self.pool)
                .await?;
            Ok(DB::changed(&added) > 0)
        })
    }

    fn preflight(&self, id: Uuid) -> Answer<'_, Option<Preflight>> {
        in_time(async move {
            let found: Option<PreflightRow> =
                query_as(GET).bind(id.to_string()).fetch_optional(&self.pool).await?;
            found.map(Preflight::try_from).transpose()
        })
    }

    fn preflights(&self, filter: Filter) -> Answer<'_, Vec<Preflight>> {
        in_time(async move {
            let rows: Vec<PreflightRow> = query_as(LIST)
                .bind(filter.source)
                .bind(filter.state.map(|state| state.as_str().to_owned()))
                .bind(filter.is_open.map(|is_open| GateState::of(is_open).as_str().to_owned()))
                .bind(filter.before.map(|id| id.to_string()))
                .bind(i64::from(filter.limit))
                .fetch_all(&self.pool)
                .await?;
            rows.into_iter().map(Preflight::try_from).collect()
        })
    }

    fn claim(&self, lease: Lease) -> Answer<'_, Option<Preflight>> {
        in_time(async move {
            let claimed: Option<PreflightRow> = query_as(DB::CLAIM)
                .bind(lease.worker.to_string())
                .bind(milliseconds(lease.lasts))
                .bind(i64::from(MOST_ATTEMPTS))
                .fetch_optional(&self.pool)
                .await?;
            claimed.map(Preflight::try_from).transpose()
        })
    }

    fn renew(&self, id: Uuid, lease: Lease) -> Answer<'_, bool> {
        in_time(async move {
            let renewed = query(DB::RENEW)
                .bind(id.to_string())
                .bind(lease.worker.to_string())
                .bind(milliseconds(lease.lasts))
                .execute(&self.pool)
                .await?;
            Ok(DB::changed(&renewed) > 0)
        })
    }

    fn release(&self, id: Uuid, worker: Uuid) -> Answer<'_, bool> {
        in_time(async move {
            let released = query(RELEASE)
                .bind(id.to_string())
                .bind(worker.to_string())
                .execute(&self.pool)
                .await?;
            Ok(DB::changed(&released) > 0)
        })
    }

    fn finish(&self, id: Uuid, worker: Uuid, verdict: Verdict) -> Answer<'_, bool> {
        in_time(async move {
            let counts = verdict.counts.as_ref().map(serde_json::to_string);
            let counts = counts.transpose().map_err(row)?;
            let finished = query(FINISH)
                .bind(id.to_string())
                .bind(worker.to_string())
                .bind(verdict.state.as_str().to_owned())
                .bind(verdict.is_open.map(|is_open| GateState::of(is_open).as_str().to_owned()))
                .bind(verdict.exit_code.map(i64::from))
                .bind(verdict.result)
                .bind(Timestamp::now().as_millisecond())
                .bind(counts)
                .execute(&self.pool)
                .await?;
            Ok(DB::changed(&finished) > 0)
        })
    }

    fn tell(&self, id: Uuid, event: Value) -> Answer<'_, ()> {
        in_time(async move {
            query(TELL)
                .bind(id.to_string())
                .bind(Timestamp::now().as_millisecond())
                .bind(event.to_string())
                .execute(&self.pool)
                .await?;
            Ok(())
        })
    }

    fn progress(&self, id: Uuid, after: u64) -> Answer<'_, Vec<ProgressEvent>> {
        in_time(async move {
            let rows: Vec<(i64, i64, String)> = query_as(PROGRESS)
                .bind(id.to_string())
                .bind(i64::try_from(after).unwrap_or(i64::MAX))
                .fetch_all(&self.pool)
                .await?;
            rows.into_iter()
                .map(|(number, at, event)| {
                    Ok(ProgressEvent {
                        number: u64::try_from(number).map_err(row)?,
                        at: time(at)?,
                        event: serde_json::from_str(&event).map_err(row)?,
                    })
                })
                .collect()
        })
    }

    fn backlog(&self) -> Answer<'_, u64> {
        in_time(async {
            let count: i64 = query_scalar(BACKLOG).fetch_one(&self.pool).await?;
            u64::try_from(count).map_err(row)
        })
    }

    fn abandon(&self, problem: Value) -> Answer<'_, u64> {
        in_time(async move {
            let abandoned = query(DB::ABANDON)
                .bind(i64::from(MOST_ATTEMPTS))
                .bind(problem.to_string())
                .execute(&self.pool)
                .await?;
            Ok(DB::changed(&abandoned))
        })
    }

    fn purge(&self, age: Duration) -> Answer<'_, u64> {
        in_time(async move {
            let before = Timestamp::now().as_millisecond().saturating_sub(milliseconds(age));
            Ok(DB::changed(&query(PURGE).bind(before).execute(&self.pool).await?))
        })
    }
}

/// A row of the table, before it is understood.
#[derive(FromRow)]
pub(super) struct PreflightRow {
    id: String,
    state: String,
    source: Option<String>,
    document: Option<String>,
    action: Option<String>,
    options: String,
    created_at: i64,
    started_at: Option<i64>,
    finished_at: Option<i64>,
    attempts: i64,
    gate: Option<String>,
    exit_code: Option<i64>,
    counts: Option<String>,
    result: Option<String>,
}

impl TryFrom<PreflightRow> for Preflight {
    type Error = StoreError;

    fn try_from(it: PreflightRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: it.id.parse().map_err(row)?,
            state: it.state.parse()?,
            source: it.source,
            document: it.document,
            action: it.action,
            options: serde_json::from_str(&it.options).map_err(row)?,
            created_at: time(it.created_at)?,
            started_at: it.started_at.map(time).transpose()?,
            finished_at: it.finished_at.map(time).transpose()?,
            attempts: u64::try_from(it.attempts).map_err(row)?,
            is_open: it.gate.map(|word| word == GateState::of(true).as_str()),
            exit_code: it.exit_code.map(u8::try_from).transpose().map_err(row)?,
            counts: it.counts.as_deref().map(serde_json::from_str).transpose().map_err(row)?,
            result: it.result,
        })
    }
}

pub(super) fn time(milliseconds: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(milliseconds).map_err(row)
}

pub(super) fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

pub(super) fn row(error: impl std::fmt::Display) -> StoreError {
    StoreError::Row(error.to_string())
}
