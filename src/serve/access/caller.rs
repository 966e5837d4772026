//! Who calls, and how a token is known.

use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

use super::challenge::Challenge;
use super::scope::{Scope, Scopes};
use super::token::Token;
use crate::serve::problem::{Kind, Problem};
use crate::serve::service::Service;
use crate::serve::store::{StoreError, StoredToken};

/// How exactly it is known when a token was last used: not every request is worth a write.
const LAST_USED: SignedDuration = SignedDuration::from_secs(60);

/// Who calls, and from where.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who it is.
    pub identity: Identity,
    /// What it may do.
    pub scopes: Scopes,
    /// The address that it calls from.
    pub address: Option<IpAddr>,
    /// The id of the request.
    pub request: Option<String>,
}

/// Who somebody is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Identity {
    /// Nobody was asked.
    Anybody,
    /// The operator, at the machine itself.
    Operator,
    /// The holder of a token.
    Token {
        /// The part of the token that is no secret.
        id: String,
        /// What it is called.
        name: String,
    },
    /// The holder of a client certificate.
    Certificate {
        /// Its first name: of the subject's, or else of the alternative ones.
        name: String,
    },
}

/// Why a token lets nobody in.
#[derive(Debug, Error)]
pub enum Refused {
    /// It was never made here, or it is not the whole one.
    #[error("there is no such token")]
    Unknown,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// Somebody took it back.
    #[error("the token is revoked")]
    Revoked,
    /// Nobody knows, as the store does not say.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Caller {
    /// Somebody who may do so much.
    pub fn new(identity: Identity, scopes: Scopes) -> Self {
        Self { identity, scopes, address: None, request: None }
    }

    /// Whether it may do this.
    ///
    /// # Errors
    /// That the scope is missing.
    pub fn require(&self, scope: Scope) -> Result<(), Problem> {
        if self.scopes.has(scope) {
            return Ok(());
        }
        let detail = format!("The scope {} is missing.", scope.as_str());
        let problem = Problem::new(Kind::InsufficientScope, detail);
        Err(problem.challenging(Challenge::Scope(scope)))
    }
}

impl Identity {
    /// As the audit log has it: nobody else is called that.
    pub fn actor(&self) -> String {
        match self {
            Self::Anybody => "anybody".into(),
            Self::Operator => "operator".into(),
            Self::Token { id, .. } => format!("token:{id}"),
            Self::Certificate { name } => format!("certificate:{name}"),
        }
    }

    /// What a token is called.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Token { name, .. } => Some(name),
            _ => None,
        }
    }
}

impl Service {
    /// Whose token this is. `last used` is noted.
    ///
    /// # Errors
    /// Why it lets nobody in. Only its holder learns that it expired or was revoked.
    pub async fn authenticate(&self, token: &str) -> Result<Caller, Refused> {
        let token = Token::parse(token).ok_or(Refused::Unknown)?;
        let (id, digest) = (token.id().to_owned(), token.digest());
        if let Some(known) = self.config.tokens.iter().find(|known| known.id == id) {
            let is_it = known.digest.is(&digest);
            let identity = Identity::Token { id, name: known.name.clone() };
            let caller = Caller::new(identity, known.scopes.clone());
            return if is_it { Ok(caller) } else { Err(Refused::Unknown) };
        }
        let known = self.store.token(id).await?.ok_or(Refused::Unknown)?;
        if !known.digest.is(&digest) {
            return Err(Refused::Unknown);
        }
        let now = Timestamp::now();
        if let Some(refused) = known.refused(now) {
            return Err(refused);
        }
        self.note_use(&known, now).await;
        let identity = Identity::Token { id: known.id, name: known.name };
        Ok(Caller::new(identity, known.scopes))
    }

    async fn note_use(&self, token: &StoredToken, now: Timestamp) {
        let is_known = token.last_used_at.is_some_and(|at| now.duration_since(at) < LAST_USED);
        if is_known {
            return;
        }
        if let Err(error) = self.store.use_token(token.id.clone(), now).await {
            tracing::warn!(%error, "the use of a token is not noted");
        }
    }
}

impl StoredToken {
    /// Why it lets nobody in any more.
    fn refused(&self, now: Timestamp) -> Option<Refused> {
        // Whenever that was: the clocks of nodes may differ.
        if self.revoked_at.is_some() {
            return Some(Refused::Revoked);
        }
        (self.expires_at <= now).then_some(Refused::Expired)
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        let detail = match refused {
            Refused::Store(error) => return error.into(),
            Refused::Unknown => "There is no such token.",
            Refused::Expired => "The token has expired.",
            Refused::Revoked => "The token is revoked.",
        };
        Self::new(Kind::Unauthorized, detail).challenging(Challenge::AnotherToken)
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    /// The caller that the guard let in.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let caller = parts.extensions.get::<Self>().cloned();
        caller.ok_or_else(|| Problem::new(Kind::Unauthorized, "Nobody was asked who calls."))
    }
}
