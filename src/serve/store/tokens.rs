//! Tokens of the API, without their secrets.

use jiff::Timestamp;
use sqlx::{
    ColumnIndex, Decode, Encode, Executor, FromRow, IntoArguments, Pool, Type, query, query_as,
};

use super::preflights::{row, time};
use super::{Answer, Dialect, Sql, StoreError, in_time};
use crate::serve::access::{Scopes, TokenDigest};

const ADD: &str = "
    insert into tokens (id, name, scopes, digest, created_at, expires_at)
    values ($1, $2, $3, $4, $5, $6) on conflict (id) do nothing";
const GET: &str = "select * from tokens where id = $1";
const LIST: &str = "select * from tokens order by created_at, id";
const REVOKE: &str = "update tokens set revoked_at = $2 where id = $1 and revoked_at is null";
const USE: &str = "
    update tokens set last_used_at = $2
    where id = $1 and (last_used_at is null or last_used_at < $2)";

/// A token, as far as it is kept.
#[derive(Clone, Debug)]
pub struct StoredToken {
    /// The part of it that is no secret.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// What its holder may do.
    pub scopes: Scopes,
    /// What is kept of the secret.
    pub digest: TokenDigest,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is worth nothing.
    pub expires_at: Timestamp,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
}

/// The tokens of a store.
pub trait Tokens {
    /// Adds a token; `false` where there is one of that id.
    fn add_token(&self, token: StoredToken) -> Answer<'_, bool>;

    /// One token, whether it is of any worth or not.
    fn token(&self, id: String) -> Answer<'_, Option<StoredToken>>;

    /// All of them, in the order in which they were made.
    fn tokens(&self) -> Answer<'_, Vec<StoredToken>>;

    /// Takes a token back; `false` where there is none, or it was taken back before.
    fn revoke_token(&self, id: String, at: Timestamp) -> Answer<'_, bool>;

    /// Notes that a token was used.
    fn use_token(&self, id: String, at: Timestamp) -> Answer<'_, ()>;
}

impl<DB> Tokens for Sql<DB>
where
    DB: Dialect,
    for<'p> &'p Pool<DB>: Executor<'p, Database = DB>,
    DB::Arguments: IntoArguments<DB>,
    for<'q> String: Encode<'q, DB> + Decode<'q, DB>,
    for<'q> i64: Encode<'q, DB> + Decode<'q, DB>,
    String: Type<DB>,
    i64: Type<DB>,
    for<'c> &'c str: ColumnIndex<DB::Row>,
{
    fn add_token(&self, token: StoredToken) -> Answer<'_, bool> {
        in_time(async move {
            let added = query(ADD)
                .bind(token.id)
                .bind(token.name)
                .bind(token.scopes.to_string())
                .bind(token.digest.as_str().to_owned())
                .bind(token.created_at.as_millisecond())
                .bind(token.expires_at.as_millisecond())
                .execute(&self.pool)
                .await?;
            Ok(DB::changed(&added) > 0)
        })
    }

    fn token(&self, id: String) -> Answer<'_, Option<StoredToken>> {
        in_time(async move {
            let found: Option<TokenRow> = query_as(GET).bind(id).fetch_optional(&self.pool).await?;
            found.map(StoredToken::try_from).transpose()
        })
    }

    fn tokens(&self) -> Answer<'_, Vec<StoredToken>> {
        in_time(async {
            let rows: Vec<TokenRow> = query_as(LIST).fetch_all(&self.pool).await?;
            rows.into_iter().map(StoredToken::try_from).collect()
        })
    }

    fn revoke_token(&self, id: String, at: Timestamp) -> Answer<'_, bool> {
        in_time(async move {
            let revoked =
                query(REVOKE).bind(id).bind(at.as_millisecond()).execute(&self.pool).await?;
            Ok(DB::changed(&revoked) > 0)
        })
    }

    fn use_token(&self, id: String, at: Timestamp) -> Answer<'_, ()> {
        in_time(async move {
            query(USE).bind(id).bind(at.as_millisecond()).execute(&self.pool).await?;
            Ok(())
        })
    }
}

/// A row of the table, before it is understood.
#[derive(FromRow)]
struct TokenRow {
    id: String,
    name: String,
    scopes: String,
    digest: String,
    created_at: i64,
    expires_at: i64,
    revoked_at: Option<i64>,
    last_used_at: Option<i64>,
}

impl TryFrom<TokenRow> for StoredToken {
    type Error = StoreError;

    fn try_from(it: TokenRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: it.id,
            name: it.name,
            scopes: it.scopes.parse().map_err(row)?,
            digest: TokenDigest::kept(it.digest),
            created_at: time(it.created_at)?,
            expires_at: time(it.expires_at)?,
            revoked_at: it.revoked_at.map(time).transpose()?,
            last_used_at: it.last_used_at.map(time).transpose()?,
        })
    }
}
