//! What is remembered of a stored source from one run to the next, and which runs are new.

use serde::{Deserialize, Serialize};
use sqlx::{
    ColumnIndex, Decode, Encode, Executor, FromRow, IntoArguments, Pool, Type, query, query_as,
};
use uuid::Uuid;

use super::preflights::{PreflightRow, row};
use super::{Answer, Dialect, Notice, Preflight, Sql, StoreError, in_time};

// What was run before the source was stored is of another source of that name.
const UNSEEN: &str = "
    select preflights.* from preflights
    join sources on preflights.source = sources.name
    left join source_tracks on source_tracks.source = sources.name
    where preflights.state = 'finished' and preflights.created_at >= sources.created_at
        and preflights.id > coalesce(source_tracks.run, '')
    order by preflights.id limit 1";
const TRACK: &str = "select * from source_tracks where source = $1";
const BEGIN: &str = "
    insert into source_tracks (source, run, verdict_run, verdict_next, contract_run, contract_next)
    values ($1, $2, $3, $4, $5, $6) on conflict (source) do nothing";
const ADVANCE: &str = "
    update source_tracks set run = $2, verdict_run = $3, verdict_next = $4, contract_run = $5,
        contract_next = $6
    where source = $1 and run = $7";

/// What is remembered of a stored source.
#[derive(Clone, Debug, PartialEq)]
pub struct Track {
    /// The source.
    pub source: String,
    /// The last run that was looked at.
    pub run: Uuid,
    /// Its verdict; `None` where there was none to be read.
    pub verdict: Option<Settled>,
    /// Its event contract; `None` while nobody could tell it.
    pub contract: Option<Settled>,
}

/// What holds of a source, and what may come to hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Settled {
    /// The last run in which it was so.
    pub run: Uuid,
    /// What was seen since, in place of it.
    pub next: Option<Candidate>,
}

/// Something else than what holds, and how often in a row it was seen.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Candidate {
    /// Tells it from everything else.
    pub mark: String,
    /// In how many runs, one after the other.
    pub seen: u32,
}

/// The tracks of a store.
pub trait Tracks {
    /// The oldest finished run of a stored source at which nobody has looked, and what is remembered
    /// of that source.
    fn unseen(&self) -> Answer<'_, Option<(Preflight, Option<Track>)>>;

    /// Remembers something else, and queues what is to be told of it; `false`, and nothing done,
    /// where another node has looked at that run. `before` is what was remembered until now.
    fn advance(&self, before: Option<Track>, now: Track, notices: Vec<Notice>) -> Answer<'_, bool>;
}

impl<DB> Tracks for Sql<DB>
where
    DB: Dialect,
    for<'p> &'p Pool<DB>: Executor<'p, Database = DB>,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    DB::Arguments: IntoArguments<DB>,
    for<'q> String: Encode<'q, DB> + Decode<'q, DB>,
    for<'q> i64: Encode<'q, DB> + Decode<'q, DB>,
    for<'q> Option<String>: Encode<'q, DB>,
    String: Type<DB>,
    i64: Type<DB>,
    for<'c> &'c str: ColumnIndex<DB::Row>,
{
    fn unseen(&self) -> Answer<'_, Option<(Preflight, Option<Track>)>> {
        in_time(async {
            let found: Option<PreflightRow> = query_as(UNSEEN).fetch_optional(&self.pool).await?;
            let Some(run) = found.map(Preflight::try_from).transpose()? else { return Ok(None) };
            let track: Option<TrackRow> =
                query_as(TRACK).bind(run.source.clone()).fetch_optional(&self.pool).await?;
            Ok(Some((run, track.map(Track::try_from).transpose()?)))
        })
    }

    fn advance(&self, before: Option<Track>, now: Track, notices: Vec<Notice>) -> Answer<'_, bool> {
        in_time(async move {
            let (verdict_run, verdict_next) = columns(now.verdict)?;
            let (contract_run, contract_next) = columns(now.contract)?;
            let mut transaction = self.pool.begin().await?;
            let write = query(if before.is_some() { ADVANCE } else { BEGIN })
                .bind(now.source)
                .bind(now.run.to_string())
                .bind(verdict_run)
                .bind(verdict_next)
                .bind(contract_run)
                .bind(contract_next);
            let write = match before {
                Some(before) => write.bind(before.run.to_string()),
                None => write,
            };
            if DB::changed(&write.execute(&mut *transaction).await?) == 0 {
                return Ok(false);
            }
            for notice in notices {
                query(DB::POST)
                    .bind(notice.id.to_string())
                    .bind(notice.body)
                    .execute(&mut *transaction)
                    .await?;
            }
            transaction.commit().await?;
            Ok(true)
        })
    }
}

fn columns(settled: Option<Settled>) -> Result<(Option<String>, Option<String>), StoreError> {
    let Some(settled) = settled else { return Ok((None, None)) };
    let next = settled.next.map(|next| serde_json::to_string(&next)).transpose().map_err(row)?;
    Ok((Some(settled.run.to_string()), next))
}

/// A row of the table, before it is understood.
#[derive(FromRow)]
struct TrackRow {
    source: String,
    run: String,
    verdict_run: Option<String>,
    verdict_next: Option<String>,
    contract_run: Option<String>,
    contract_next: Option<String>,
}

impl TryFrom<TrackRow> for Track {
    type Error = StoreError;

    fn try_from(it: TrackRow) -> Result<Self, StoreError> {
        Ok(Self {
            source: it.source,
            run: it.run.parse().map_err(row)?,
            verdict: settled(it.verdict_run, it.verdict_next)?,
            contract: settled(it.contract_run, it.contract_next)?,
        })
    }
}

fn settled(run: Option<String>, next: Option<String>) -> Result<Option<Settled>, StoreError> {
    let Some(run) = run else { return Ok(None) };
    let next = next.as_deref().map(serde_json::from_str).transpose().map_err(row)?;
    Ok(Some(Settled { run: run.parse().map_err(row)?, next }))
}
