//! Who may call the service, and how the listener encrypts.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use url::Url;

use crate::serve::access::{self, Access, ClientScopes};
use crate::serve::{Config, ListenerTls};

/// Requests in a minute where tokens are asked for and nobody says how many.
const USUAL_RATE: NonZeroU32 = NonZeroU32::new(600).expect("it is more than 0");

#[derive(Args, Debug)]
#[command(next_help_heading = "Access")]
pub(crate) struct AccessArgs {
    /// Who may call: anybody (which only this machine can), or tokens (whoever shows a token or a
    /// client certificate) [default: anybody, or tokens as soon as others can reach it]
    #[arg(long, value_enum, value_name = "WHO", hide_possible_values = true)]
    access: Option<Access>,
    /// Tokens that are not in the store: lines of TOKEN SCOPE[,SCOPE] NAME
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Requests that a caller may make in a minute; more are refused for now (HTTP 429). 0: as many
    /// as it likes [default: 600 with tokens, else 0]
    #[arg(long, value_name = "N")]
    rate: Option<u32>,
    /// Encrypt: the certificate of the service, with those between it and its authority (PEM)
    #[arg(long, value_name = "FILE")]
    server_cert: Option<PathBuf>,
    /// The key of that certificate (PEM)
    #[arg(long, value_name = "FILE")]
    server_key: Option<PathBuf>,
    /// Ask callers for a client certificate of these authorities (PEM); one with a token needs none
    #[arg(long, value_name = "FILE")]
    client_ca: Option<PathBuf>,
    /// What the holders of client certificates may do: NAME=SCOPE[,SCOPE], where NAME is the common
    /// name or an alternative one (DNS, email, URI), or * for each; may be repeated
    #[arg(long, value_name = "NAME=SCOPES")]
    client_scope: Vec<ClientScopes>,
    /// A proxy stands before it, which encrypts and adds the caller to X-Forwarded-For
    #[arg(long)]
    behind_proxy: bool,
    /// An address by which users call it; pages of others may not have a browser call it. May be
    /// repeated [default: any with tokens, else localhost]
    #[arg(long, value_name = "URL", value_parser = public_url)]
    public_url: Vec<Url>,
    /// Days that the audit log is kept
    #[arg(long, value_name = "DAYS", default_value_t = 400)]
    keep_audit_days: u64,
}

fn public_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.ok_or_else(|| "an address such as https://preflight.example.com is needed".into())
}

impl AccessArgs {
    /// The configuration with what is said here.
    pub(super) fn over(self, config: Config) -> Result<Config, String> {
        let encryption = self.encryption()?;
        let wants_tokens = self.token_file.is_some() || self.client_ca.is_some();
        let tokens = self.token_file.as_deref().map_or(Ok(Vec::new()), access::read_file);
        let config = Config {
            tokens: tokens.map_err(|error| format!("--token-file {error}"))?,
            encryption,
            client_scopes: self.client_scope,
            behind_proxy: self.behind_proxy,
            public_urls: self.public_url,
            audit_retention: Duration::from_secs(self.keep_audit_days.saturating_mul(24 * 3600)),
            ..config
        };
        let access = match self.access {
            Some(Access::Anybody) if wants_tokens => {
                return Err("--access anybody asks for nothing of --token-file and \
                            --client-ca: leave it out, or them"
                    .into());
            }
            Some(access) => access,
            None if wants_tokens || config.is_exposed() => Access::Tokens,
            None => Access::Anybody,
        };
        let usual_rate = access.is_guarded().then_some(USUAL_RATE);
        let rate = self.rate.map_or(usual_rate, NonZeroU32::new);
        Ok(Config { access, rate, ..config })
    }

    fn encryption(&self) -> Result<Option<ListenerTls>, String> {
        let client_ca = self.client_ca.clone();
        if client_ca.is_none() && !self.client_scope.is_empty() {
            return Err("--client-scope is of use with --client-ca only".into());
        }
        match (&self.server_cert, &self.server_key) {
            (Some(certificate), Some(key)) => {
                let (certificate, key) = (certificate.clone(), key.clone());
                Ok(Some(ListenerTls { certificate, key, client_ca }))
            }
            (None, None) if client_ca.is_some() => {
                Err("--client-ca is of use with --server-cert and --server-key only".into())
            }
            (None, None) => Ok(None),
            _ => Err("--server-cert and --server-key belong together".into()),
        }
    }
}
