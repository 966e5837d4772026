//! How the account logs in, and what it is limited to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Text;

/// What `SHOW CREATE USER` says of the account, without what it verifies passwords with.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// The authentication plugins, any of which lets it in; MariaDB may name several. Empty where
    /// the server does not say.
    pub plugins: Vec<Text>,
    /// Whether it has to encrypt, or to show a certificate: `REQUIRE` is not `NONE`.
    pub requires_tls: bool,
    /// What becomes of its password in time.
    pub expiry: Expiry,
    /// Its limits that are not 0, by their names, for example `MAX_QUERIES_PER_HOUR`.
    pub limits: BTreeMap<String, u64>,
}

/// What becomes of a password in time.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expiry {
    /// What `default_password_lifetime` says.
    #[default]
    Default,
    /// It expires so many days after it was set.
    Days(u32),
    /// It does not expire.
    Never,
    /// It has expired.
    Now,
}
