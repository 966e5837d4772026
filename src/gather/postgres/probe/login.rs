//! The login of a replication connection: startup parameters, then whatever proof the server wants.

use bytes::{Buf, Bytes, BytesMut};
use cdc_checks::facts::postgres::Authentication;
use postgres_protocol::authentication::md5_hash;
use postgres_protocol::authentication::sasl::{
    ChannelBinding, SCRAM_SHA_256, SCRAM_SHA_256_PLUS, ScramSha256,
};
use postgres_protocol::message::frontend;
use secrecy::ExposeSecret;

use super::connection::{Connection, Key};
use super::failure::{Failure, ServerWords};
use super::route::Arrival;
use crate::gather::Target;

/// How long a slot waits for one running transaction. No statement_timeout bounds its creation, and
/// one that the role has must not end the stream. A commit must be on disk to be decoded, but need
/// not wait for standbys.
const LIMITS: &str = "-c lock_timeout=3000 -c statement_timeout=0 \
     -c synchronous_commit=local -c default_transaction_read_only=on";

/// Sent with every login, and what poolers refuse.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Limits {
    Asked,
    Refused,
}

/// A login on its way.
pub(super) struct Login<'a> {
    target: &'a Target,
    connection: Connection,
    encrypted: bool,
    binding: Option<Vec<u8>>,
    /// What the server has asked for so far.
    asked: Authentication,
    scram: Option<ScramSha256>,
}

impl<'a> Login<'a> {
    pub(super) fn new(target: &'a Target, arrival: Arrival) -> Self {
        Self {
            target,
            connection: Connection::new(arrival.stream),
            encrypted: arrival.encrypted,
            binding: arrival.binding,
            asked: Authentication::NoPassword,
            scram: None,
        }
    }

    /// Logs in. `seen` holds what the server asked for, even where it then refuses.
    pub(super) async fn run(
        mut self,
        limits: Limits,
        seen: &mut Option<Authentication>,
    ) -> Result<Connection, Failure> {
        self.connection.send(&self.startup(limits)?).await?;
        loop {
            let mut message = self.connection.receive().await?;
            match message.tag {
                b'R' => {
                    let proven = self.prove(&mut message.body).await;
                    *seen = Some(self.asked);
                    proven?;
                }
                b'K' => self.connection.key = Some(key(&mut message.body)?),
                b'E' => return Err(Failure::Server(ServerWords::parse(&message.body))),
                b'Z' => return Ok(self.connection),
                _ => {}
            }
        }
    }

    fn startup(&self, limits: Limits) -> Result<BytesMut, Failure> {
        let mut parameters = vec![
            ("user", self.target.user.as_str()),
            ("database", self.target.database.as_str()),
            ("replication", "database"),
            ("application_name", "cdc-preflight"),
            ("client_encoding", "UTF8"),
        ];
        if limits == Limits::Asked {
            parameters.push(("options", LIMITS));
        }
        let mut message = BytesMut::new();
        frontend::startup_message(parameters, &mut message)?;
        Ok(message)
    }

    /// One step of the server's questions.
    async fn prove(&mut self, body: &mut Bytes) -> Result<(), Failure> {
        let short = |_| Failure::Malformed("a login request that is cut short");
        match body.try_get_u32().map_err(short)? {
            // A server that cannot finish SCRAM does not know the password.
            0 if self.scram.is_some() => Err(Failure::Malformed("a login without its last proof")),
            0 => Ok(()),
            3 => self.cleartext().await,
            5 => {
                let salt = body.first_chunk::<4>().ok_or(Failure::Malformed("a salt cut short"))?;
                self.md5(*salt).await
            }
            10 => self.scram_begins(body).await,
            11 => self.scram_goes_on(body).await,
            12 => {
                let scram = self.scram.take().ok_or(Failure::Malformed("SCRAM out of turn"))?;
                finish(scram, body)
            }
            _ => Err(Failure::Malformed("a way to log in that this program does not have")),
        }
    }

    async fn cleartext(&mut self) -> Result<(), Failure> {
        self.asked = Authentication::Cleartext;
        if !self.encrypted {
            let why = "the server wants the password in clear text on an unencrypted connection";
            return Err(Failure::Network(why.into()));
        }
        let password = self.target.password.clone();
        self.password(password.expose_secret().as_bytes()).await
    }

    async fn md5(&mut self, salt: [u8; 4]) -> Result<(), Failure> {
        self.asked = Authentication::Md5;
        let password = self.target.password.expose_secret().as_bytes();
        let hash = md5_hash(self.target.user.as_bytes(), password, salt);
        self.password(hash.as_bytes()).await
    }

    async fn password(&mut self, password: &[u8]) -> Result<(), Failure> {
        let mut message = BytesMut::new();
        frontend::password_message(password, &mut message)?;
        self.connection.send(&message).await
    }

    async fn scram_begins(&mut self, mechanisms: &[u8]) -> Result<(), Failure> {
        let offers =
            |name: &str| mechanisms.split(|byte| *byte == 0).any(|one| one == name.as_bytes());
        let (asked, name, binding) = match self.binding.take() {
            Some(digest) if offers(SCRAM_SHA_256_PLUS) => {
                let binding = ChannelBinding::tls_server_end_point(digest);
                (Authentication::ScramPlus, SCRAM_SHA_256_PLUS, binding)
            }
            _ if !offers(SCRAM_SHA_256) => {
                return Err(Failure::Malformed("a SASL mechanism that this program does not have"));
            }
            Some(_) => (Authentication::Scram, SCRAM_SHA_256, ChannelBinding::unrequested()),
            None => (Authentication::Scram, SCRAM_SHA_256, ChannelBinding::unsupported()),
        };
        self.asked = asked;
        let password = self.target.password.expose_secret().as_bytes();
        let scram = ScramSha256::new(password, binding);
        let mut message = BytesMut::new();
        frontend::sasl_initial_response(name, scram.message(), &mut message)?;
        self.scram = Some(scram);
        self.connection.send(&message).await
    }

    async fn scram_goes_on(&mut self, challenge: &[u8]) -> Result<(), Failure> {
        let scram = self.scram.as_mut().ok_or(Failure::Malformed("SCRAM out of turn"))?;
        scram.update(challenge)?;
        let mut message = BytesMut::new();
        frontend::sasl_response(scram.message(), &mut message)?;
        self.connection.send(&message).await
    }
}

/// Checks that the server knows the password as well.
fn finish(mut scram: ScramSha256, proof: &[u8]) -> Result<(), Failure> {
    Ok(scram.finish(proof)?)
}

fn key(body: &mut Bytes) -> Result<Key, Failure> {
    let short = |_| Failure::Malformed("a cancellation key that is cut short");
    let pid = body.try_get_i32().map_err(short)?;
    Ok(Key { pid, secret: body.try_get_i32().map_err(short)? })
}
