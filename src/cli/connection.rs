//! How databases are connected to.

use std::path::PathBuf;
use std::time::Duration;

use cdc_checks::facts::connection::TlsMode;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::args::NoSuchWord;
use crate::gather::{ClientIdentity, Deadlines, TlsOptions};

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Encryption")]
pub(crate) struct TlsArgs {
    /// How much encryption is asked for [default: prefer, or the URL's own]
    #[arg(long, value_name = "MODE", value_parser = tls_mode())]
    pub(crate) tls_mode: Option<TlsMode>,
    /// Certificates to trust (PEM), instead of the built-in roots
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_ca: Option<PathBuf>,
    /// Client certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Client key (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
}

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Time limits")]
pub(crate) struct TimeArgs {
    /// Seconds for connecting and logging in [default: 10, or the URL's own]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) connect_timeout: Option<u64>,
    /// Seconds for one statement
    #[arg(long, value_name = "SECONDS", default_value_t = 15,
          value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) statement_timeout: u64,
    /// Seconds for the whole visit
    #[arg(long, value_name = "SECONDS", default_value_t = 60,
          value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) timeout: u64,
}

impl TlsArgs {
    /// What the flags say, on top of what a URL said.
    pub(crate) fn over(&self, mut options: TlsOptions) -> TlsOptions {
        if let Some(mode) = self.tls_mode {
            options.mode = mode;
        }
        if self.tls_ca.is_some() {
            options.ca_file.clone_from(&self.tls_ca);
        }
        if let (Some(certificate_file), Some(key_file)) = (&self.tls_cert, &self.tls_key) {
            options.identity = Some(ClientIdentity {
                certificate_file: certificate_file.clone(),
                key_file: key_file.clone(),
            });
        }
        options
    }
}

impl TimeArgs {
    /// What the flags say, on top of what a URL said.
    pub(crate) fn over(&self, connect: Option<Duration>) -> Deadlines {
        let asked = self.connect_timeout.map(Duration::from_secs);
        Deadlines {
            connect: asked.or(connect).unwrap_or(Deadlines::default().connect),
            statement: Duration::from_secs(self.statement_timeout),
            total: Duration::from_secs(self.timeout),
        }
    }
}

fn tls_mode() -> impl TypedValueParser<Value = TlsMode> {
    const MODES: [TlsMode; 5] = [
        TlsMode::Disable,
        TlsMode::Prefer,
        TlsMode::Require,
        TlsMode::VerifyCa,
        TlsMode::VerifyFull,
    ];
    let find = |word: String| MODES.into_iter().find(|mode| mode.as_str() == word);
    PossibleValuesParser::new(MODES.map(TlsMode::as_str))
        .try_map(move |word| find(word).ok_or(NoSuchWord))
}
