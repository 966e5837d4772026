//! Whether what is written to the write-ahead log comes back out of the slot.

use std::time::Duration;

use cdc_checks::facts::postgres::{Decoding, Proof};
use cdc_checks::quote::postgres::ident;
use cdc_checks::{Missing, Text};
use uuid::Uuid;

use super::connection::{Activity, Connection};
use super::failure::Failure;
use super::pgoutput::{self, Piece};
use super::steps::cell;
use super::within;
use crate::gather::postgres::Visit;

pub(super) const DECODED: &str = "a message of its own out of the slot";

/// How long the message may take to be written.
const WRITE_LIMIT: Duration = Duration::from_secs(5);

/// How long a message may take to come back.
const DECODE_LIMIT: Duration = Duration::from_secs(3);

/// By which the message is found again.
const PREFIX: &str = "cdc-preflight";

/// From this major version on, messages come out of `pgoutput`.
const DECODES_MESSAGES: u32 = 14;

/// The plugin whose output is understood here.
const PLUGIN: &str = "pgoutput";

/// SQLSTATE of a publication that is not there.
const UNDEFINED: &str = "42704";

/// SQLSTATE of a function that the account may not call.
const DENIED: &str = "42501";

/// A slot on the replication connection that made it.
pub(super) struct Decode<'a> {
    pub(super) visit: &'a Visit<'a>,
    /// Whether nothing can be written to the server.
    pub(super) is_standby: bool,
    pub(super) slot: &'a str,
}

/// A message that was written.
struct Written {
    nonce: String,
    /// Where in the write-ahead log.
    at: String,
    /// The transaction that wrote it.
    xid: u32,
}

impl Decode<'_> {
    /// Writes a message and waits for it to come out of the slot.
    pub(super) async fn run(&self, connection: &mut Connection) -> Result<Decoding, Missing> {
        if let Some(why) = self.not_here() {
            return Err(Missing::NotAsked { what: DECODED.into(), why: why.into() });
        }
        let bounds = self.visit.bounds;
        let write = within(bounds, WRITE_LIMIT, self.write(connection)).await;
        let written = write.map_err(|failure| unwritten(&failure))?;
        let search = within(bounds, DECODE_LIMIT, self.search(connection, &written)).await;
        let proof = match search {
            // Another session has changed a row since: for that the plugin wants the publication.
            Err(failure)
                if self.publications().is_empty()
                    && connection.activity == Activity::Streaming
                    && failure.code() == Some(UNDEFINED) =>
            {
                Proof::AnothersChange
            }
            found => found.map_err(|failure| failure.missing(DECODED))?,
        };
        Ok(Decoding { proof })
    }

    fn not_here(&self) -> Option<&'static str> {
        if self.is_standby {
            return Some("nothing can be written on a standby");
        }
        let is_known = self.visit.want.profile.output_plugin == PLUGIN;
        (!is_known).then_some("only what pgoutput says is understood here")
    }

    fn publications(&self) -> &[Text] {
        &self.visit.want.profile.publications.named
    }

    /// Writes the message. It needs no table and no grant, and is allowed where nothing else can be
    /// written.
    async fn write(&self, connection: &mut Connection) -> Result<Written, Failure> {
        let nonce = Uuid::new_v4().simple().to_string();
        // One statement only: before version 15 a WAL sender takes no more at once.
        let sql = format!(
            "SELECT pg_catalog.pg_logical_emit_message(true, '{PREFIX}', '{nonce}'), \
             pg_catalog.txid_current()"
        );
        let rows = connection.command(&sql).await?;
        let at = cell(&rows, 0)?.to_owned();
        // The stream counts transactions without the epoch.
        let xid = cell(&rows, 1)?.parse::<u64>().ok();
        let xid = xid.and_then(|xid| u32::try_from(xid & u64::from(u32::MAX)).ok());
        let xid = xid.ok_or(Failure::Malformed("a transaction id that is no number"))?;
        Ok(Written { nonce, at, xid })
    }

    /// The start of the stream.
    ///
    /// Where no publication is known, one is named that does not exist, so that no row of anybody
    /// is sent here, and the stream starts at the message, so that other sessions' work before it is
    /// passed over. Known ones are named, and what others change in the meantime shows whether the
    /// server can decode with them.
    fn start(&self, written: &Written) -> String {
        let named: Vec<String> =
            self.publications().iter().map(|name| ident(name.untrusted())).collect();
        let (from, publications) = match named.as_slice() {
            [] => (written.at.as_str(), ident(self.slot)),
            named => ("0/0", named.join(",").replace('\'', "''")),
        };
        let messages = if self.decodes_messages() { ", messages 'true'" } else { "" };
        format!(
            "START_REPLICATION SLOT {slot} LOGICAL {from} \
             (proto_version '1', publication_names '{publications}'{messages})",
            slot = self.slot
        )
    }

    fn decodes_messages(&self) -> bool {
        self.visit.session.major >= DECODES_MESSAGES
    }

    /// Streams until the message is there. Rows are passed over unread.
    async fn search(
        &self,
        connection: &mut Connection,
        written: &Written,
    ) -> Result<Proof, Failure> {
        connection.start(&self.start(written)).await?;
        let mut is_ours = false;
        loop {
            match pgoutput::read(connection.streamed().await?)? {
                Piece::Message { prefix, content }
                    if prefix == PREFIX && content == written.nonce =>
                {
                    return Ok(Proof::Message);
                }
                Piece::Begin { xid } => is_ours = xid == written.xid,
                Piece::Commit if is_ours && self.decodes_messages() => {
                    return Err(Failure::Malformed("the transaction came without its message"));
                }
                Piece::Commit if is_ours => return Ok(Proof::Transaction),
                Piece::KeepAlive { wants_reply: true } => {
                    connection.send(&pgoutput::still_here()?).await?;
                }
                _ => {}
            }
        }
    }
}

/// Why there is no message: where the account may not write one, that says nothing of decoding.
fn unwritten(failure: &Failure) -> Missing {
    match failure {
        failure if failure.code() == Some(DENIED) => {
            let needs = "EXECUTE on pg_logical_emit_message".into();
            Missing::Denied { what: DECODED.into(), needs }
        }
        failure => failure.missing("a message in the write-ahead log"),
    }
}
