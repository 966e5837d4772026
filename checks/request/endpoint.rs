//! The address of a message broker, as requests write it.

/// Where a message broker listens.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Endpoint {
    /// The host's name or address, without brackets.
    pub host: String,
    /// The port: the one that is written, or the scheme's own.
    pub port: u16,
    /// Whether it is reached with TLS, by its scheme or its port.
    pub tls: bool,
}

/// The ports on which brokers listen without and with TLS.
const PORTS: (u16, u16) = (5672, 5671);

impl Endpoint {
    /// Reads `host`, `host:port`, `amqp://host:port` or `amqps://host:port`.
    ///
    /// # Errors
    /// What is wrong, as a clause without the value, which might hold a password.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let (scheme, rest) = match text.trim().split_once("://") {
            Some(("amqp", rest)) => (Some(false), rest),
            Some(("amqps", rest)) => (Some(true), rest),
            Some(_) => return Err("has a scheme other than amqp:// and amqps://"),
            None => (None, text.trim()),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains('@') {
            return Err("holds a user, which belongs into Username and Password");
        }
        if rest.contains(',') {
            return Err("names more than one host");
        }
        if rest.contains(['/', '?', '#']) || rest.chars().any(char::is_whitespace) {
            return Err("is more than a host and a port");
        }
        let (host, port) = split_port(rest)?;
        if host.is_empty() {
            return Err("names no host");
        }
        let tls = scheme.unwrap_or(port == Some(PORTS.1));
        let port = port.unwrap_or(if tls { PORTS.1 } else { PORTS.0 });
        Ok(Self { host: host.to_owned(), port, tls })
    }
}

fn split_port(text: &str) -> Result<(&str, Option<u16>), &'static str> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']').ok_or("has an opening bracket only")?;
            match rest.strip_prefix(':') {
                Some(port) => (host, Some(port)),
                None if rest.is_empty() => (host, None),
                None => return Err("has something behind the bracket that is no port"),
            }
        }
        // An address of IPv6 without brackets has no port.
        None if text.matches(':').count() > 1 => (text, None),
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let Some(port) = port else { return Ok((host, None)) };
    match port.parse() {
        Ok(number) if number > 0 && port.bytes().all(|byte| byte.is_ascii_digit()) => {
            Ok((host, Some(number)))
        }
        _ => Err("has a port that is no number from 1 to 65535"),
    }
}

#[cfg(test)]
mod tests {
    use super::Endpoint;

    #[test]
    fn every_form_is_read() {
        let cases = [
            ("mq.example.com", ("mq.example.com", 5672, false)),
            ("mq.example.com:5671", ("mq.example.com", 5671, true)),
            ("amqp://mq.example.com/", ("mq.example.com", 5672, false)),
            ("amqps://mq.example.com", ("mq.example.com", 5671, true)),
            ("amqps://mq.example.com:8443", ("mq.example.com", 8443, true)),
            ("amqp://[::1]:5673", ("::1", 5673, false)),
            ("::1", ("::1", 5672, false)),
            (" 10.0.0.1:5672 ", ("10.0.0.1", 5672, false)),
        ];
        for (text, (host, port, tls)) in cases {
            let endpoint = Endpoint { host: host.to_owned(), port, tls };
            assert_eq!(Endpoint::parse(text), Ok(endpoint), "{text}");
        }
    }

    #[test]
    fn anything_else_is_told() {
        let cases = [
            ("", "no host"),
            ("http://mq", "scheme"),
            ("amqp://u:p@mq", "Username"),
            ("a:5672,b:5672", "more than one"),
            ("amqp://mq/vhost", "more than a host"),
            ("mq:0", "port"),
            ("mq:+80", "port"),
            ("mq:70000", "port"),
            ("[::1", "bracket"),
            ("[::1]x", "bracket"),
        ];
        for (text, word) in cases {
            let reason = Endpoint::parse(text).expect_err(text);
            assert!(reason.contains(word), "{text}: {reason}");
        }
    }
}
