//! How a server is to be started.

use std::collections::BTreeMap;

use crate::{Error, Product, Result};

/// What the server offers to clients that want encryption.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tls {
    /// What the product does unasked: PostgreSQL and MariaDB 10.11 speak no TLS, MySQL makes itself
    /// a certificate authority (see [`Server::ca_pem`](crate::Server::ca_pem)) and a certificate
    /// without any host name, MariaDB 11.8 a self-signed certificate.
    #[default]
    ProductDefault,
    /// No TLS at all.
    Off,
    /// A certificate for `127.0.0.1` and `localhost` signed by a throwaway authority.
    Trusted,
}

/// Server settings and TLS; equal options can share a server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Options {
    settings: BTreeMap<String, Option<String>>,
    tls: Tls,
}

impl Options {
    /// The product's own defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a server setting, given on the command line: `-c name=value` for PostgreSQL,
    /// `--name=value` for MySQL and MariaDB. An empty value is passed as such. Replaces an earlier
    /// value of the same name, where `-` and `_` are the same.
    #[must_use]
    pub fn setting(mut self, name: impl AsRef<str>, value: impl Into<String>) -> Self {
        self.settings.insert(name.as_ref().replace('-', "_"), Some(value.into()));
        self
    }

    /// Gives a flag without a value, such as `skip_log_bin`; for PostgreSQL it turns a setting on.
    #[must_use]
    pub fn flag(mut self, name: impl AsRef<str>) -> Self {
        self.settings.insert(name.as_ref().replace('-', "_"), None);
        self
    }

    /// Chooses what the server offers to clients that want encryption.
    #[must_use]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = tls;
        self
    }

    pub(crate) fn tls_mode(&self) -> Tls {
        self.tls
    }

    /// The settings as command-line flags; the certificates are in `tls_directory`.
    ///
    /// # Errors
    /// A setting with a line break: the flags travel as lines of a file.
    pub(crate) fn flags(&self, product: Product, tls_directory: &str) -> Result<Vec<String>> {
        let mut settings = tls_settings(self.tls, product, tls_directory);
        if product.is_rabbitmq() {
            // The node's own machine is what tests come from; a test asks for the opposite.
            settings.insert("loopback_users".to_owned(), Some("none".to_owned()));
        }
        if product.is_postgres() {
            // Throwaway data needs no flushing, and no capture depends on it.
            settings.insert("fsync".to_owned(), Some("off".to_owned()));
        }
        settings.extend(self.settings.clone());
        let mut flags = Vec::new();
        for (name, value) in &settings {
            let broken = value.as_ref().is_some_and(|value| value.contains('\n'));
            if broken || name.contains(['\n', '=']) {
                return Err(Error::Options(format!("setting {name:?} cannot be a flag")));
            }
            if product.is_rabbitmq() {
                flags.push(format!("{name} = {}", value.as_deref().unwrap_or("true")));
                continue;
            }
            if product.is_postgres() {
                let value = value.as_deref().unwrap_or("on");
                flags.extend(["-c".to_owned(), format!("{name}={value}")]);
                continue;
            }
            let name = name.replace('_', "-");
            flags.push(match value {
                Some(value) => format!("--{name}={value}"),
                None => format!("--{name}"),
            });
        }
        Ok(flags)
    }
}

/// What makes the server offer, or not offer, TLS.
fn tls_settings(tls: Tls, product: Product, directory: &str) -> BTreeMap<String, Option<String>> {
    let off: &[_] = match product {
        Product::Postgres(_) => &[("ssl", "off")],
        // No protocol version allowed means no TLS; the switch itself is gone since MySQL 8.4.
        Product::MySql(..) => &[("tls_version", "")],
        Product::MariaDb(..) => &[("ssl", "0")],
        Product::RabbitMq(..) => &[],
    };
    let file = |name: &str| format!("{directory}/{name}");
    let owned = |name: &str, value: String| (name.to_owned(), Some(value));
    match tls {
        Tls::ProductDefault => BTreeMap::new(),
        Tls::Off => off.iter().map(|(name, value)| owned(name, (*value).to_owned())).collect(),
        // The switch itself is no flag: a flag would overrule an `alter system` of a test.
        Tls::Trusted if product.is_postgres() => BTreeMap::from([
            owned("ssl_cert_file", file("certificate.pem")),
            owned("ssl_key_file", file("key.pem")),
        ]),
        Tls::Trusted if product.is_rabbitmq() => BTreeMap::from([
            owned("listeners.ssl.default", "5671".to_owned()),
            owned("ssl_options.cacertfile", file("ca.pem")),
            owned("ssl_options.certfile", file("certificate.pem")),
            owned("ssl_options.keyfile", file("key.pem")),
        ]),
        Tls::Trusted => BTreeMap::from([
            owned("ssl_ca", file("ca.pem")),
            owned("ssl_cert", file("certificate.pem")),
            owned("ssl_key", file("key.pem")),
        ]),
    }
}

#[cfg(test)]
mod tests {
    use super::Options;
    use crate::Product;

    #[test]
    fn settings_become_flags_of_the_product() {
        let options = Options::new().setting("log-bin", "a").setting("log_bin", "b");
        let options = options.flag("skip_log_bin");
        let flags = |product| options.flags(product, "/tls").expect("plain settings");
        assert_eq!(
            flags(Product::Postgres(17)),
            ["-c", "fsync=off", "-c", "log_bin=b", "-c", "skip_log_bin=on"]
        );
        assert_eq!(flags(Product::MYSQL), ["--log-bin=b", "--skip-log-bin"]);
        assert!(Options::new().setting("a", "b\nc").flags(Product::MYSQL, "/tls").is_err());
    }
}
