//! `/v1/tokens`: who may call.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::serve::access::{
    LONGEST_DAYS, NAME_RULE, NewToken, Scope, Scopes, Token, USUAL_DAYS, create_token, is_name,
};
use crate::serve::audit::Audited;
use crate::serve::extract::{Body, Segment};
use crate::serve::problem::{Kind, Problem, ProblemBody};
use crate::serve::service::Service;
use crate::serve::store::StoredToken;

/// A token that is to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenInput {
    /// What to call it in the audit log: 1 to 64 letters, digits, `-`, `_` and `.`
    #[schema(pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    name: String,
    /// What its holder may do; none includes another.
    #[schema(min_items = 1, max_items = 4)]
    scopes: Vec<Scope>,
    /// Days until it is worth nothing; 90 where this is left out.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 3650)]
    expires_in_days: Option<u32>,
}

/// A token, without its secret.
#[derive(Serialize, ToSchema)]
#[schema(as = Token)]
pub(crate) struct TokenBody {
    /// The part of it that is no secret.
    id: String,
    name: String,
    scopes: Vec<Scope>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// From then on it is worth nothing.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// When it was taken back.
    #[schema(value_type = Option<String>, format = DateTime)]
    revoked_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used_at: Option<Timestamp>,
}

/// A token that was just made.
#[derive(Serialize, ToSchema)]
#[schema(as = NewToken)]
pub(crate) struct NewTokenBody {
    /// The whole token. It is shown this once, and kept nowhere.
    #[schema(example = "cdcp_...")]
    token: String,
    #[serde(flatten)]
    about: TokenBody,
}

impl From<StoredToken> for TokenBody {
    fn from(it: StoredToken) -> Self {
        Self {
            id: it.id,
            name: it.name,
            scopes: it.scopes.iter().collect(),
            created_at: it.created_at,
            expires_at: it.expires_at,
            revoked_at: it.revoked_at,
            last_used_at: it.last_used_at,
        }
    }
}

/// Every token of the store, those that are worth nothing any more among them
#[utoipa::path(get, path = "/v1/tokens", tag = "access", responses(
    (status = 200, body = Vec<TokenBody>),
    (status = 503, body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn list(State(service): State<Service>) -> Result<Json<Vec<TokenBody>>, Problem> {
    let tokens = service.store.tokens().await?;
    Ok(Json(tokens.into_iter().map(TokenBody::from).collect()))
}

/// Make a token
#[utoipa::path(
    post, path = "/v1/tokens", tag = "access", request_body = TokenInput,
    responses(
        (status = 201, body = NewTokenBody, headers(("Location" = String))),
        (status = 400, body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn create(
    State(service): State<Service>,
    Body(input): Body<TokenInput>,
) -> Result<Response, Problem> {
    let new = read(input)?;
    let (token, about) = create_token(service.store.as_ref(), new).await?;
    let path = format!("/v1/tokens/{}", about.id);
    let audited = Audited { resource: Some(path.clone()), outcome: None };
    let body = NewTokenBody { token: token.expose(), about: about.into() };
    let location = [(header::LOCATION, path)];
    Ok((StatusCode::CREATED, location, Extension(audited), Json(body)).into_response())
}

fn read(input: TokenInput) -> Result<NewToken, Problem> {
    let refuse = |detail: String| Err(Problem::new(Kind::BadRequest, detail));
    let scopes: Scopes = input.scopes.into_iter().collect();
    let days = input.expires_in_days.unwrap_or(USUAL_DAYS);
    if !is_name(&input.name) {
        return refuse(format!("name: {NAME_RULE}."));
    }
    if scopes.is_empty() {
        return refuse("scopes: a token without any is of no use.".into());
    }
    if !(1..=LONGEST_DAYS).contains(&days) {
        return refuse(format!("expires_in_days is not within 1 to {LONGEST_DAYS}."));
    }
    Ok(NewToken { name: input.name, scopes, days })
}

/// Revoke a token, from now on and for good
#[utoipa::path(
    delete, path = "/v1/tokens/{id}", tag = "access", params(("id" = String, Path)),
    responses(
        (status = 204, description = "It is worth nothing any more"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn revoke(
    State(service): State<Service>,
    Segment(id): Segment<String>,
) -> Result<StatusCode, Problem> {
    let is_revoked = Token::is_id(&id) && service.store.revoke_token(id, Timestamp::now()).await?;
    let none = || Problem::new(Kind::NotFound, "There is no such token, or not any more.");
    is_revoked.then_some(StatusCode::NO_CONTENT).ok_or_else(none)
}
