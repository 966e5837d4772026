//! Makes tokens, for the API and for the command line.

use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

use super::scope::Scopes;
use super::token::{NoRandomness, Token};
use crate::serve::problem::{Kind, Problem};
use crate::serve::store::{Store, StoreError, StoredToken};

/// Days that a token is worth something where nobody says how many.
pub const USUAL_DAYS: u32 = 90;
/// The most days: ten years.
pub const LONGEST_DAYS: u32 = 3650;

/// A token that is to be made.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// What to call it.
    pub name: String,
    /// What its holder may do.
    pub scopes: Scopes,
    /// Days until it is worth nothing.
    pub days: u32,
}

/// Why there is no token.
#[derive(Debug, Error)]
pub enum NotIssued {
    /// Nobody can be kept from guessing it.
    #[error(transparent)]
    Random(#[from] NoRandomness),
    /// It cannot be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes a token: what its holder gets, and what is kept of it.
///
/// # Errors
/// When it cannot be made or kept.
pub async fn create_token(
    store: &dyn Store,
    new: NewToken,
) -> Result<(Token, StoredToken), NotIssued> {
    let token = Token::generate()?;
    let created_at = Timestamp::now();
    let kept = StoredToken {
        id: token.id().to_owned(),
        name: new.name,
        scopes: new.scopes,
        digest: token.digest(),
        created_at,
        expires_at: created_at + SignedDuration::from_hours(24 * i64::from(new.days)),
        revoked_at: None,
        last_used_at: None,
    };
    match store.add_token(kept.clone()).await? {
        true => Ok((token, kept)),
        // Two of 2^64 that are the same were not drawn by chance.
        false => Err(NoRandomness.into()),
    }
}

impl From<NotIssued> for Problem {
    fn from(error: NotIssued) -> Self {
        match error {
            NotIssued::Store(error) => error.into(),
            NotIssued::Random(error) => {
                tracing::error!(%error, "no token can be made");
                Self::new(Kind::Internal, "No token can be made.")
            }
        }
    }
}
