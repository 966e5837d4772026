//! Who may call the service.
//!
//! Today nobody is asked who they are, and so only this machine can call. Tokens and client
//! certificates belong here: [`Access::is_guarded`] says whether another address may be listened
//! on, and `guard` in the router runs before every route under `/v1`.

/// Who may call the service.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Access {
    /// Whoever can connect.
    #[default]
    Anybody,
}

impl Access {
    /// Whether a caller has to prove anything.
    pub fn is_guarded(&self) -> bool {
        match self {
            Self::Anybody => false,
        }
    }
}
