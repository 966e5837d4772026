//! What a caller is told to show (`WWW-Authenticate`, RFC 6750).

use axum::http::HeaderValue;

use super::scope::Scope;

/// What a caller has to show to be let in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::serve) enum Challenge {
    /// A token: it has shown none.
    Token,
    /// Another token: this one is worth nothing.
    AnotherToken,
    /// A token with this scope.
    Scope(Scope),
}

impl Challenge {
    /// The value of the header.
    pub(in crate::serve) fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Token => "Bearer",
            Self::AnotherToken => "Bearer error=\"invalid_token\"",
            Self::Scope(Scope::Read) => "Bearer error=\"insufficient_scope\", scope=\"read\"",
            Self::Scope(Scope::Check) => "Bearer error=\"insufficient_scope\", scope=\"check\"",
            Self::Scope(Scope::Submit) => "Bearer error=\"insufficient_scope\", scope=\"submit\"",
            Self::Scope(Scope::Admin) => "Bearer error=\"insufficient_scope\", scope=\"admin\"",
        })
    }
}
