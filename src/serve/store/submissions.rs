//! Submissions, and the journal of what was sent.

use serde_json::Value;
use sqlx::{
    ColumnIndex, Decode, Encode, Executor, IntoArguments, Pool, Type, query, query_as, query_scalar,
};
use uuid::Uuid;

use super::preflights::{milliseconds, row};
use super::{Answer, Dialect, Lease, Sql, in_time};

const FIND: &str = "select fingerprint, answer from submissions where key = $1";
const END: &str = "
    update submissions set answer = $3, worker = null, leased_until = null
    where key = $1 and worker = $2";
const FORGET: &str = "delete from submissions where key = $1 and worker = $2";
const LAST: &str = "
    select answer from submissions where preflight = $1 and answer is not null
    order by created_at desc limit 1";
const LINES: &str = "select line from journal where target = $1 order by number";
const APPEND: &str = "
    insert into journal (target, number, line) values ($1, $2, $3) on conflict do nothing";
const UNLOCK: &str = "delete from journal_leases where target = $1 and worker = $2";

/// What has become of a key.
#[derive(Clone, Debug, PartialEq)]
pub enum Begun {
    /// It is this caller's to do.
    Yours,
    /// Somebody does it right now.
    InProgress,
    /// It was done, and this was the answer.
    Done(Value),
    /// It was for something else.
    Reused,
}

/// The submissions of a store, and the journal of what was sent.
pub trait Submissions {
    /// Begins what a key stands for, unless that was begun. What a dead worker began is begun anew:
    /// the journal knows how far it came.
    fn begin(
        &self,
        key: String,
        preflight: Uuid,
        fingerprint: String,
        lease: Lease,
    ) -> Answer<'_, Begun>;

    /// Records the answer; `false` where this worker has it no more.
    fn end(&self, key: String, worker: Uuid, answer: Value) -> Answer<'_, bool>;

    /// Takes back a beginning of which nothing came: the key may be used again.
    fn forget(&self, key: String, worker: Uuid) -> Answer<'_, bool>;

    /// The last answer to a submission of a preflight.
    fn submission(&self, preflight: Uuid) -> Answer<'_, Option<Value>>;

    /// Takes the journal of a target, or prolongs having it; `false` while somebody else has it.
    fn lock(&self, target: String, lease: Lease) -> Answer<'_, bool>;

    /// Gives the journal of a target back.
    fn unlock(&self, target: String, worker: Uuid) -> Answer<'_, ()>;

    /// The lines of a target's journal.
    fn lines(&self, target: String) -> Answer<'_, Vec<String>>;

    /// Adds the line of this number, from 1; `false` where there is one of that number.
    fn append(&self, target: String, number: u64, line: String) -> Answer<'_, bool>;
}

impl<DB> Submissions for Sql<DB>
where
    DB: Dialect,
    for<'p> &'p Pool<DB>: Executor<'p, Database = DB>,
    DB::Arguments: IntoArguments<DB>,
    for<'q> String: Encode<'q, DB> + Decode<'q, DB>,
    for<'q> i64: Encode<'q, DB>,
    String: Type<DB>,
    i64: Type<DB>,
    usize: ColumnIndex<DB::Row>,
{
    fn begin(
        &self,
        key: String,
        preflight: Uuid,
        fingerprint: String,
        lease: Lease,
    ) -> Answer<'_, Begun> {
        in_time(async move {
            let begun = query(DB::BEGIN)
                .bind(key.clone())
                .bind(preflight.to_string())
                .bind(fingerprint.clone())
                .bind(lease.worker.to_string())
                .bind(milliseconds(lease.lasts))
                .execute(&self.pool)
                .await?;
            if DB::changed(&begun) > 0 {
                return Ok(Begun::Yours);
            }
            let found: Option<(String, Option<String>)> =
                query_as(FIND).bind(key).fetch_optional(&self.pool).await?;
            Ok(match found {
                Some((known, _)) if known != fingerprint => Begun::Reused,
                Some((_, Some(answer))) => Begun::Done(serde_json::from_str(&answer).map_err(row)?),
                // Taken back a moment ago, or running.
                Some((_, None)) | None => Begun::InProgress,
            })
        })
    }

    fn end(&self, key: String, worker: Uuid, answer: Value) -> Answer<'_, bool> {
        in_time(async move {
            let ended = query(END)
                .bind(key)
                .bind(worker.to_string())
                .bind(answer.to_string())
                .execute(&self.pool)
                .await?;
            Ok(DB::changed(&ended) > 0)
        })
    }

    fn forget(&self, key: String, worker: Uuid) -> Answer<'_, bool> {
        in_time(async move {
            let forgotten =
                query(FORGET).bind(key).bind(worker.to_string()).execute(&self.pool).await?;
            Ok(DB::changed(&forgotten) > 0)
        })
    }

    fn submission(&self, preflight: Uuid) -> Answer<'_, Option<Value>> {
        in_time(async move {
            let last: Option<String> =
                query_scalar(LAST).bind(preflight.to_string()).fetch_optional(&self.pool).await?;
            last.map(|text| serde_json::from_str(&text).map_err(row)).transpose()
        })
    }

    fn lock(&self, target: String, lease: Lease) -> Answer<'_, bool> {
        in_time(async move {
            let locked = query(DB::LOCK)
                .bind(target)
                .bind(lease.worker.to_string())
                .bind(milliseconds(lease.lasts))
                .execute(&self.pool)
                .await?;
            Ok(DB::changed(&locked) > 0)
        })
    }

    fn unlock(&self, target: String, worker: Uuid) -> Answer<'_, ()> {
        in_time(async move {
            query(UNLOCK).bind(target).bind(worker.to_string()).execute(&self.pool).await?;
            Ok(())
        })
    }

    fn lines(&self, target: String) -> Answer<'_, Vec<String>> {
        in_time(async move { Ok(query_scalar(LINES).bind(target).fetch_all(&self.pool).await?) })
    }

    fn append(&self, target: String, number: u64, line: String) -> Answer<'_, bool> {
        in_time(async move {
            let number = i64::try_from(number).map_err(row)?;
            let appended =
                query(APPEND).bind(target).bind(number).bind(line).execute(&self.pool).await?;
            Ok(DB::changed(&appended) > 0)
        })
    }
}
