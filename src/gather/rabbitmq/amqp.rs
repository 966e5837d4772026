//! The client's side of AMQP 0-9-1, as far as a visit needs it: one question after the other.

use std::io;
use std::time::Duration;

use amq_protocol::frame::AMQPFrame;
use amq_protocol::protocol::{AMQPClass, basic, channel, connection, queue};
use amq_protocol::types::{AMQPValue, FieldTable, ShortString};
use cdc_checks::facts::rabbitmq::Declared;
use cdc_checks::{Missing, Text};
use tokio::time::{Instant, timeout, timeout_at};

use super::frame::{self, Duplex};
use crate::gather::reach::millis;

/// The channel of every question. One that the broker closes is opened again.
const CHANNEL: u16 = 1;

/// How long the broker may take to say goodbye.
const GOODBYE: Duration = Duration::from_millis(500);

/// Frames about something else that are passed over before an answer.
const MOST_OTHERS: usize = 100;

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// The broker refused, by its code and in its words, and closed the channel or the connection.
    Refused { code: u16, words: String },
    /// What answers speaks TLS.
    Encrypted,
    /// What answers does not speak AMQP; its first bytes.
    Foreign(Vec<u8>),
    /// Not within the time allowed.
    Late(Duration),
    /// Not as the protocol has it.
    Malformed(String),
    /// The network, or the broker broke off.
    Network(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Network(error)
    }
}

impl Failure {
    /// The reason why `what` is missing.
    pub(super) fn missing(self, what: &str) -> Missing {
        let refused = |detail: String, code: Option<String>| Missing::Refused {
            what: what.into(),
            detail: Text::new(detail),
            code,
        };
        match self {
            Self::Refused { code, words, .. } => refused(words, Some(code.to_string())),
            Self::Encrypted => refused(
                "what answers on this port speaks TLS: write amqps:// before the host".into(),
                None,
            ),
            Self::Foreign(bytes) => {
                let begins = String::from_utf8_lossy(&bytes);
                refused(
                    format!("what answers does not speak AMQP: it begins with {begins:?}"),
                    None,
                )
            }
            Self::Late(limit) => Missing::TimedOut { what: what.into(), after_ms: millis(limit) },
            Self::Malformed(detail) => {
                Missing::Malformed { what: what.into(), detail: Text::new(detail) }
            }
            Self::Network(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                refused("the broker closed the connection without a word".into(), None)
            }
            Self::Network(error) => refused(error.to_string(), None),
        }
    }
}

/// A connection to a broker, until one side closes it.
pub(super) struct Session {
    stream: Box<dyn Duplex>,
    /// How long one answer may take.
    limit: Duration,
    has_channel: bool,
    is_closed: bool,
}

impl Session {
    pub(super) fn new(stream: Box<dyn Duplex>, limit: Duration) -> Self {
        Self { stream, limit, has_channel: false, is_closed: false }
    }

    /// Bounds every further answer.
    pub(super) fn allow(&mut self, limit: Duration) {
        self.limit = limit;
    }

    /// Asks for AMQP 0-9-1, to which the broker answers with what it is.
    pub(super) async fn greet(&mut self) -> Result<connection::Start, Failure> {
        let version = amq_protocol::frame::ProtocolVersion::amqp_0_9_1();
        frame::send(&mut *self.stream, &AMQPFrame::ProtocolHeader(version)).await?;
        match self.answer(0).await? {
            AMQPClass::Connection(connection::AMQPMethod::Start(start)) => Ok(start),
            other => Err(unexpected(&other)),
        }
    }

    /// Says who we are. The broker proposes how to go on where it believes that.
    pub(super) async fn log_in(
        &mut self,
        reply: connection::StartOk,
    ) -> Result<connection::Tune, Failure> {
        self.say(0, AMQPClass::Connection(connection::AMQPMethod::StartOk(reply))).await?;
        match self.answer(0).await? {
            AMQPClass::Connection(connection::AMQPMethod::Tune(tune)) => Ok(tune),
            other => Err(unexpected(&other)),
        }
    }

    /// Takes what the broker proposed, but without heartbeats: the visit is shorter than they are.
    pub(super) async fn tune(&mut self, proposed: &connection::Tune) -> Result<(), Failure> {
        let reply = connection::TuneOk {
            channel_max: proposed.channel_max,
            frame_max: proposed.frame_max,
            heartbeat: 0,
        };
        self.say(0, AMQPClass::Connection(connection::AMQPMethod::TuneOk(reply))).await
    }

    /// Enters a virtual host.
    pub(super) async fn open_vhost(&mut self, name: &str) -> Result<(), Failure> {
        let open = connection::Open { virtual_host: short(name)? };
        self.say(0, AMQPClass::Connection(connection::AMQPMethod::Open(open))).await?;
        match self.answer(0).await? {
            AMQPClass::Connection(connection::AMQPMethod::OpenOk(_)) => Ok(()),
            other => Err(unexpected(&other)),
        }
    }

    /// Asks for a queue by a declaration that creates none.
    pub(super) async fn declare_passively(&mut self, name: &str) -> Result<Declared, Failure> {
        let declare = queue::Declare {
            queue: short(name)?,
            passive: true,
            durable: false,
            exclusive: false,
            auto_delete: false,
            nowait: false,
            arguments: FieldTable::default(),
        };
        self.open_channel().await?;
        self.say(CHANNEL, AMQPClass::Queue(queue::AMQPMethod::Declare(declare))).await?;
        match self.answer(CHANNEL).await? {
            AMQPClass::Queue(queue::AMQPMethod::DeclareOk(ok)) => {
                Ok(Declared { messages: ok.message_count, consumers: ok.consumer_count })
            }
            other => Err(unexpected(&other)),
        }
    }

    /// Asks to consume with a priority that is no number, which RabbitMQ refuses once it has looked
    /// at the permission, and before there is a consumer.
    pub(super) async fn consume_in_vain(&mut self, name: &str) -> Result<(), Failure> {
        let mut arguments = FieldTable::default();
        arguments.insert("x-priority".into(), AMQPValue::LongString("cdc-preflight".into()));
        let consume = basic::Consume {
            queue: short(name)?,
            consumer_tag: "cdc-preflight".into(),
            no_local: false,
            no_ack: false,
            exclusive: false,
            nowait: false,
            arguments,
        };
        self.open_channel().await?;
        // Should a broker take it all the same, no more than one message is ever on its way.
        let qos = basic::Qos { prefetch_count: 1, global: false };
        self.say(CHANNEL, AMQPClass::Basic(basic::AMQPMethod::Qos(qos))).await?;
        match self.answer(CHANNEL).await? {
            AMQPClass::Basic(basic::AMQPMethod::QosOk(_)) => {}
            other => return Err(unexpected(&other)),
        }
        self.say(CHANNEL, AMQPClass::Basic(basic::AMQPMethod::Consume(consume))).await?;
        let answer = self.answer(CHANNEL).await;
        if answer.is_ok() {
            // Closing gives back what was on its way.
            self.close().await;
        }
        answer.map(drop)
    }

    /// Says goodbye, so that the broker does not log a broken connection.
    pub(super) async fn close(&mut self) {
        if std::mem::replace(&mut self.is_closed, true) {
            return;
        }
        let close = connection::Close {
            reply_code: 200,
            reply_text: "bye".into(),
            class_id: 0,
            method_id: 0,
        };
        let goodbye = async {
            self.say(0, AMQPClass::Connection(connection::AMQPMethod::Close(close))).await?;
            loop {
                let closed = connection::AMQPMethod::CloseOk(connection::CloseOk {});
                if frame::receive(&mut *self.stream).await?
                    == AMQPFrame::Method(0, AMQPClass::Connection(closed))
                {
                    return Ok::<(), Failure>(());
                }
            }
        };
        // Whether it is heard changes nothing for the facts.
        let _ = timeout(GOODBYE, goodbye).await;
    }

    async fn open_channel(&mut self) -> Result<(), Failure> {
        if self.is_closed {
            return Err(Failure::Network(io::ErrorKind::UnexpectedEof.into()));
        }
        if self.has_channel {
            return Ok(());
        }
        let open = channel::AMQPMethod::Open(channel::Open {});
        self.say(CHANNEL, AMQPClass::Channel(open)).await?;
        match self.answer(CHANNEL).await? {
            AMQPClass::Channel(channel::AMQPMethod::OpenOk(_)) => {
                self.has_channel = true;
                Ok(())
            }
            other => Err(unexpected(&other)),
        }
    }

    async fn say(&mut self, channel: u16, method: AMQPClass) -> Result<(), Failure> {
        let frame = AMQPFrame::Method(channel, method);
        match timeout(self.limit, frame::send(&mut *self.stream, &frame)).await {
            Ok(sent) => sent,
            Err(_) => Err(Failure::Late(self.limit)),
        }
    }

    /// The next method on a channel. A refusal is acknowledged, as the protocol has it.
    async fn answer(&mut self, channel: u16) -> Result<AMQPClass, Failure> {
        let deadline = Instant::now() + self.limit;
        for _ in 0..MOST_OTHERS {
            let frame = match timeout_at(deadline, frame::receive(&mut *self.stream)).await {
                Ok(frame) => frame?,
                Err(_) => return Err(Failure::Late(self.limit)),
            };
            match frame {
                AMQPFrame::ProtocolHeader(version) => {
                    let detail = format!("the broker speaks AMQP {version} and not 0-9-1");
                    return Err(Failure::Malformed(detail));
                }
                AMQPFrame::Method(0, AMQPClass::Connection(connection::AMQPMethod::Close(it))) => {
                    return Err(self.closed(&it).await);
                }
                AMQPFrame::Method(at, AMQPClass::Channel(channel::AMQPMethod::Close(it))) => {
                    return Err(self.channel_closed(at, &it).await);
                }
                AMQPFrame::Method(at, method) if at == channel => return Ok(method),
                _ => {}
            }
        }
        Err(Failure::Malformed(format!("no answer among {MOST_OTHERS} frames")))
    }

    async fn closed(&mut self, close: &connection::Close) -> Failure {
        let ok = connection::AMQPMethod::CloseOk(connection::CloseOk {});
        // The broker has closed it already, whether it hears that or not.
        let _ = self.say(0, AMQPClass::Connection(ok)).await;
        self.is_closed = true;
        let words = close.reply_text.as_str().to_owned();
        Failure::Refused { code: close.reply_code, words }
    }

    async fn channel_closed(&mut self, at: u16, close: &channel::Close) -> Failure {
        let ok = channel::AMQPMethod::CloseOk(channel::CloseOk {});
        self.has_channel = false;
        if let Err(failure) = self.say(at, AMQPClass::Channel(ok)).await {
            return failure;
        }
        let words = close.reply_text.as_str().to_owned();
        Failure::Refused { code: close.reply_code, words }
    }
}

fn short(name: &str) -> Result<ShortString, Failure> {
    ShortString::try_new(name)
        .map_err(|_| Failure::Malformed("a name is longer than 255 bytes".into()))
}

fn unexpected(method: &AMQPClass) -> Failure {
    let (class, method) = (method.get_amqp_class_id(), method.get_amqp_method_id());
    Failure::Malformed(format!("method {method} of class {class} where another was due"))
}
