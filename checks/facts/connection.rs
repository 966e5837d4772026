//! How far the connection to the database came.

use serde::{Deserialize, Serialize};

use super::Fact;
use crate::{Missing, Text};

/// The way to the database, seen from where this program runs.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Connection {
    /// The host as the request names it.
    pub host: Text,
    /// The port as the request names it.
    pub port: u16,
    /// Whether a TCP connection came about, and to which address.
    pub reached: Fact<Reached>,
    /// Whether the server accepted the account.
    pub login: Fact<Login>,
    /// Whether the session is encrypted, and what was verified.
    pub tls: Fact<Tls>,
    /// Whether a login that was refused without encryption succeeds with it.
    #[serde(default = "not_refused", skip_serializing_if = "is_not_asked")]
    pub login_with_tls: Fact<bool>,
    /// What is wrong with the certificate that the server presents, where it was to be verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_fault: Option<CertificateFault>,
}

/// The reason why [`Connection::login_with_tls`] was not tried.
pub fn not_refused() -> Fact<bool> {
    Fact::Missing(Missing::NotAsked {
        what: "a login with encryption".into(),
        why: "none was refused without".into(),
    })
}

fn is_not_asked(fact: &Fact<bool>) -> bool {
    matches!(fact, Fact::Missing(Missing::NotAsked { .. }))
}

/// Why a certificate is not accepted.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CertificateFault {
    /// It is not valid today.
    Dates,
    /// Nobody that is trusted has issued it.
    Issuer,
    /// It names no host at all, as those do that MySQL makes for itself.
    NoHost,
    /// It names another host.
    OtherHost,
    /// Something else.
    Other,
}

/// A TCP connection that came about.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Reached {
    /// The address that answered, without the port.
    pub address: String,
    /// Addresses of the host that were tried before it and did not answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreached: Vec<String>,
}

/// An accepted login.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The account as the request names it.
    pub user: Text,
}

/// The encryption of the session.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The mode that was asked for.
    pub mode: TlsMode,
    /// Whether the session is encrypted.
    pub encrypted: bool,
    /// Why an encrypted session could not be had, where it was preferred and then given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Text>,
    /// The server's certificate; `None` where none was shown to this program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Certificate>,
}

/// What the certificate of the server proves, whether or not the mode insisted on it.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// Why its issuer is not trusted; `None` where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer_flaw: Option<Text>,
    /// Why it does not name the host; `None` where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_flaw: Option<Text>,
    /// Seconds until it expires, by this machine's clock; `None` where its dates cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in_seconds: Option<i64>,
    /// Whether the issuers trusted were those of a file, and not the public authorities.
    #[serde(default)]
    pub by_ca_file: bool,
}

/// How much encryption and verification is asked for, in the words of the databases' own clients.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TlsMode {
    /// Never encrypt.
    Disable,
    /// Encrypt where the server offers it; verify nothing.
    Prefer,
    /// Encrypt or give up; verify nothing.
    Require,
    /// Encrypt, and verify who issued the certificate.
    VerifyCa,
    /// Encrypt, verify who issued the certificate, and that it names this host.
    VerifyFull,
}

impl TlsMode {
    /// The mode's name, for example `verify-full`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Prefer => "prefer",
            Self::Require => "require",
            Self::VerifyCa => "verify-ca",
            Self::VerifyFull => "verify-full",
        }
    }
}
