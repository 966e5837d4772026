//! Who may call the service, and what.
//!
//! ```text
//! guard: own names? -> rule of the route -> who is it? -> rate -> scope -> route -> audit log
//! ```
//!
//! * [`Access`] says whether anybody is asked at all. Nobody is on a laptop.
//! * A caller shows a [`Token`] (in `Authorization`, or a browser in a cookie), or a client
//!   certificate. [`Scopes`] say what it may do.
//! * `rules` is the one table of what each operation needs, and what of it is audited.
//! * `limits` counts the requests of each caller.
//! * `names` keeps pages from elsewhere from having a browser call.

mod caller;
mod certificate;
mod challenge;
mod guard;
mod issue;
mod limits;
mod names;
mod openapi;
mod rules;
mod scope;
mod token;

pub use caller::{Caller, Identity, Refused};
pub use certificate::{ClientScopes, NotClientScopes};
pub(super) use challenge::Challenge;
pub(super) use guard::guard;
pub use issue::{LONGEST_DAYS, NewToken, NotIssued, USUAL_DAYS, create_token};
pub(super) use limits::Limits;
pub(super) use names::is_from_own_page;
pub(super) use openapi::secured;
pub use scope::{Scope, Scopes, UnknownScope};
pub use token::{
    FileToken, LineError, NAME_RULE, NoRandomness, Token, TokenDigest, TokenFileError, is_name,
    read_file,
};

/// The cookie with which a browser shows the token of its user.
pub const COOKIE: &str = "cdc_preflight_token";

/// Who may call the service.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, clap::ValueEnum)]
pub enum Access {
    /// Whoever can connect, which only this machine may
    #[default]
    Anybody,
    /// Whoever shows a token, or a client certificate
    Tokens,
}

impl Access {
    /// Whether a caller has to prove anything.
    pub fn is_guarded(self) -> bool {
        match self {
            Self::Anybody => false,
            Self::Tokens => true,
        }
    }
}
