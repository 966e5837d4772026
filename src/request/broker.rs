//! The address of a broker on the command line, with the account that it is visited with.

use std::path::Path;

use cdc_checks::request::Endpoint;
use secrecy::SecretString;

use super::configure_source::Broker;
use super::interpolate::{self, Surroundings, is_plain_reference};
use super::url::{BROKER_PASSWORD, decode};

/// A broker, and whether its password stands where everybody can see it.
#[derive(Debug)]
pub struct NamedBroker {
    /// The broker.
    pub broker: Broker,
    /// Whether the text itself holds the password, which is then in the list of processes.
    pub shows_password: bool,
}

/// Reads `[amqp://|amqps://][USER[:PASSWORD]@]HOST[:PORT]`. In the user and the password, `${NAME}`
/// and the like stand for what they do in a request; without a password it is taken from
/// `RABBITMQ_PASSWORD`.
///
/// # Errors
/// What is wrong, without the text itself.
pub fn broker(text: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<NamedBroker, String> {
    let (scheme, rest) = match text.find("://") {
        Some(at) => text.split_at(at + 3),
        None => ("", text),
    };
    let (account, address) = match outside(rest, '@') {
        Some((account, address)) => (Some(account), address),
        None => (None, rest),
    };
    let endpoint = Endpoint::parse(&format!("{scheme}{address}"))
        .map_err(|reason| format!("the address {reason}"))?;
    let Some(account) = account else {
        let broker = Broker { endpoint, user: None, password: None };
        return Ok(NamedBroker { broker, shows_password: false });
    };
    let (user, password) = match outside(account, ':') {
        Some((user, password)) => (user, Some(password)),
        None => (account, None),
    };
    let shows_password = password.is_some_and(|text| !text.is_empty() && !is_plain_reference(text));
    let password = match password {
        Some(password) => Some(resolved(password, env)?),
        None => env(BROKER_PASSWORD),
    };
    let broker = Broker {
        endpoint,
        user: Some(resolved(user, env)?),
        password: password.map(SecretString::from),
    };
    Ok(NamedBroker { broker, shows_password })
}

/// A part with its references replaced, or with its percent signs where it has none.
fn resolved(text: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    if !text.contains("${") {
        return decode(text)
            .ok_or_else(|| "a percent sign is not followed by the code of a character".into());
    }
    let surroundings = Surroundings { env, folder: Path::new(".") };
    interpolate::resolve(text, true, &surroundings).map(|resolved| resolved.text).map_err(
        |problems| {
            problems.into_iter().map(|problem| problem.message).collect::<Vec<_>>().join("; ")
        },
    )
}

/// Splits at the first such character that is not within a reference.
fn outside(text: &str, sign: char) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            c if c == sign && depth == 0 => {
                return Some((text.get(..at)?, text.get(at + c.len_utf8()..)?));
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::broker;

    fn env(name: &str) -> Option<String> {
        match name {
            "MQ_USER" => Some("cdc:user@x".into()),
            "MQ_PASSWORD" => Some("p@ss:w/rd".into()),
            "RABBITMQ_PASSWORD" => Some("of-the-environment".into()),
            _ => None,
        }
    }

    #[test]
    fn references_stay_whole_whatever_they_hold() {
        let text = "amqps://${MQ_USER}:${MQ_PASSWORD}@mq.example.com:5671";
        let named = broker(text, &env).expect("a broker");
        assert!(!named.shows_password);
        let broker = named.broker;
        assert_eq!(broker.user.as_deref(), Some("cdc:user@x"));
        assert_eq!(broker.password.expect("one").expose_secret(), "p@ss:w/rd");
        assert_eq!((broker.endpoint.host.as_str(), broker.endpoint.tls), ("mq.example.com", true));
    }

    #[test]
    fn a_password_on_the_command_line_is_told() {
        assert!(broker("amqp://u:geheim@mq", &env).expect("a broker").shows_password);
        assert!(broker("amqp://u:${X:-geheim}@mq", &env).expect("a broker").shows_password);
        let named = broker("u@mq", &env).expect("a broker");
        let password = named.broker.password.expect("one");
        assert_eq!(password.expose_secret(), "of-the-environment");
        assert!(broker("mq", &env).expect("a broker").broker.user.is_none());
    }

    #[test]
    fn what_is_wrong_is_said_without_the_text() {
        for text in ["http://u:geheim@mq", "amqp://${NOT_SET}:geheim@mq", "u:geheim@mq/vhost"] {
            let reason = broker(text, &env).expect_err(text);
            assert!(!reason.contains("geheim"), "{reason}");
        }
    }
}
