//! What it means where the live probe is refused: which check it belongs to, by the server's error
//! number and, as the number 1236 stands for everything about the log, by its words.

use crate::facts::{Fact, MySql};
use crate::{Actor, Finding, Intent, Missing, Outcome, Remedy, Step, Verdict};

/// What the probe was doing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Stage {
    /// It logged in, for the second time in the visit.
    Login,
    /// It registered as a reader and asked for the log.
    Request,
}

/// What a refusal means.
struct Meaning {
    /// The server's error number.
    code: &'static str,
    /// Words of its message, where the number alone does not tell.
    words: &'static [&'static str],
    /// One sentence.
    says: &'static str,
    /// The checks that look at the cause.
    see: &'static [&'static str],
}

const LOGIN: &[Meaning] = &[
    Meaning::of("1040", "The server has no session left.", &["mysql/capacity"]),
    Meaning::of(
        "1044",
        "The account may not use the database that the login names.",
        &["connection/auth"],
    ),
    Meaning::of("1045", "The second login is refused, although the first was not.", AUTH),
    Meaning::of("1049", "The database that the login names does not exist.", AUTH),
    Meaning::of("1129", "The server has blocked this host after too many errors.", AUTH),
    Meaning::of("1130", "The server lets no account in from this host.", AUTH),
    Meaning::of(
        "1203",
        "The account has as many sessions as the server allows.",
        &["mysql/account-limit"],
    ),
    Meaning::of("1226", "The account has used up what it is allowed.", &["mysql/account-limit"]),
    Meaning::of("1524", "The server lacks the account's authentication method.", AUTH),
    Meaning::of("1698", "The account may log in through the server's socket only.", AUTH),
    Meaning::of("1820", "The account's password has expired.", AUTH),
    Meaning::of("1862", "The account's password has expired.", AUTH),
    Meaning::of("2059", "The account's authentication method is not supported.", AUTH),
    Meaning::of("2061", "The account's authentication method needs encryption.", TLS),
    Meaning::of("3032", "The server is in offline mode.", &["mysql/offline-mode"]),
    Meaning::of("3118", "The account is locked.", AUTH),
    Meaning::of("3159", "The server lets nobody in without encryption.", TLS),
    Meaning::of("4151", "The account is locked.", AUTH),
];

const AUTH: &[&str] = &["connection/auth"];
const TLS: &[&str] = &["connection/tls"];

/// The more telling words first.
const REQUEST: &[Meaning] = &[
    Meaning::of(
        "1045",
        "The login worked, so it is not the password: the account may not read the binary log.",
        &["mysql/replication-slave"],
    ),
    Meaning::of(
        "1047",
        "What answers does not know the request: a proxy, or another product.",
        &["connection/pooler", "connection/flavour"],
    ),
    Meaning::of("1227", "The account may not read the binary log.", &["mysql/replication-slave"]),
    Meaning::with(
        &["binary log is not open"],
        "The server writes no binary log.",
        &["mysql/log-bin"],
    ),
    Meaning::with(
        &["server_id is 0", "server id was not set"],
        "A server without an id hands out no binary log.",
        &["mysql/server-id"],
    ),
    Meaning::with(
        &["could not find first log file"],
        "The file is gone: deleted since the server named it, or another server answers.",
        &["mysql/retention-actual", "connection/pooler"],
    ),
    Meaning::with(
        &["position > file size", "impossible position", "position < 4"],
        "The position does not exist there: another server answers, or the log was cut short.",
        &["connection/pooler", "mysql/durability"],
    ),
    Meaning::with(
        &["bogus data", "truncated in the middle"],
        "No event begins at the position: it is of another server, or beyond 4 GiB, where it does \
         not fit into the request.",
        &["connection/pooler", "mysql/file-size"],
    ),
    Meaning::with(
        &["purged required binary logs", "could not find gtid state"],
        "Transactions that are needed are no longer in the log.",
        &["mysql/retention-actual"],
    ),
    Meaning::with(
        &["more gtids than"],
        "The server has lost transactions that were read from it, or is another one.",
        &["mysql/durability", "connection/pooler"],
    ),
    Meaning::with(&["gtid_mode ="], "Transactions have no global ids here.", &["mysql/gtid-mode"]),
    Meaning::with(
        &["same server_uuid", "same server_id"],
        "Another reader has come with the same id.",
        &["mysql/client-id"],
    ),
    Meaning::with(
        &["which is not in the master's binlog"],
        "The position by global ids is ahead of the server, or of another line of it.",
        &["mysql/gtid-domains"],
    ),
    Meaning::with(
        &["max_allowed_packet"],
        "An event is larger than what may be sent.",
        &["mysql/packet"],
    ),
    Meaning::of("1381", "The server writes no binary log.", &["mysql/log-bin"]),
    Meaning::of("4052", "Another reader has come with the same id.", &["mysql/client-id"]),
];

impl Meaning {
    const fn of(code: &'static str, says: &'static str, see: &'static [&'static str]) -> Self {
        Self { code, words: &[], says, see }
    }

    const fn with(
        words: &'static [&'static str],
        says: &'static str,
        see: &'static [&'static str],
    ) -> Self {
        Self { code: "1236", words, says, see }
    }

    fn fits(&self, code: &str, message: &str) -> bool {
        let message = message.to_lowercase();
        self.code == code
            && (self.words.is_empty() || self.words.iter().any(|words| message.contains(words)))
    }
}

fn meaning(stage: Stage, code: &str, message: &str) -> Option<&'static Meaning> {
    let request = REQUEST.iter().filter(|_| stage == Stage::Request);
    // A server may also say in answer to the request what it could have said before.
    request.chain(LOGIN).find(|meaning| meaning.fits(code, message))
}

/// What a step found; the inner error is the verdict where it was left out or refused.
pub(super) fn tried<T>(step: &Fact<T>, stage: Stage) -> Result<Result<&T, Verdict>, Missing> {
    match step.get() {
        Ok(found) => Ok(Ok(found)),
        // Nothing is known that speaks against CDC, and nothing for it.
        Err(missing @ Missing::NotAsked { .. }) => {
            Ok(Err(Verdict::not_applicable(missing.sentence())))
        }
        // The server's own refusal is what the connector would meet, too.
        Err(missing) => refusal(&missing, stage).map(Err).ok_or(missing),
    }
}

fn refusal(missing: &Missing, stage: Stage) -> Option<Verdict> {
    let Missing::Refused { detail, code: Some(code), .. } = missing else { return None };
    let finding =
        Finding::server(Outcome::Fail).observed(format!("{} ({code})", detail.untrusted()));
    Some(match meaning(stage, code, detail.untrusted()) {
        Some(meaning) => {
            finding.because(format!("{} See {}.", meaning.says, meaning.see.join(" and "))).into()
        }
        None => finding.into(),
    })
}

/// What to do about a step that was refused: what the check of the cause says.
pub(super) fn remedy<T>(
    step: &Fact<T>,
    stage: Stage,
    finding: &Finding,
    db: &MySql,
    intent: &Intent,
) -> Option<Remedy> {
    let Err(Missing::Refused { detail, code: Some(code), .. }) = step.get() else { return None };
    let Some(meaning) = meaning(stage, &code, detail.untrusted()) else {
        let instruction = "Take the server's words to whoever runs it: the connector will be told \
                           the same.";
        return Some(Step::manual(Actor::Dba, instruction).into());
    };
    let causes = meaning.see.iter();
    let of_cause = causes
        .filter_map(|id| super::CHECKS.iter().find(|check| check.id == *id))
        .map(|check| (check.remedy)(finding, db, intent))
        .find(|remedy| !remedy.steps.is_empty());
    Some(of_cause.unwrap_or_else(|| {
        let see = meaning.see.join(" and ");
        Step::manual(Actor::Dba, format!("Mend the cause, then run again. See {see}.")).into()
    }))
}

#[cfg(test)]
mod tests {
    use super::{LOGIN, REQUEST, Stage, meaning};
    use crate::catalogue;

    fn cause(stage: Stage, code: &str, message: &str) -> &'static str {
        meaning(stage, code, message).map_or("", |meaning| meaning.see[0])
    }

    #[test]
    fn a_refused_login_belongs_to_the_check_of_its_cause() {
        let cases = [
            ("1040", "Too many connections", "mysql/capacity"),
            ("1044", "Access denied for user 'u'@'%' to database 'd'", "connection/auth"),
            ("1045", "Access denied for user 'u'@'h' (using password: YES)", "connection/auth"),
            ("1049", "Unknown database 'd'", "connection/auth"),
            ("1129", "Host 'h' is blocked because of many connection errors", "connection/auth"),
            ("1130", "Host 'h' is not allowed to connect to this server", "connection/auth"),
            (
                "1203",
                "User u already has more than 'max_user_connections' active connections",
                "mysql/account-limit",
            ),
            (
                "1226",
                "User 'u' has exceeded the 'max_user_connections' resource (current value: 1)",
                "mysql/account-limit",
            ),
            ("1524", "Plugin 'mysql_native_password' is not loaded", "connection/auth"),
            ("1820", "You must SET PASSWORD before executing this statement", "connection/auth"),
            ("1862", "Your password has expired.", "connection/auth"),
            ("2059", "Authentication plugin cannot be loaded", "connection/auth"),
            ("2061", "Authentication requires secure connection.", "connection/tls"),
            ("3032", "The server is currently in offline mode", "mysql/offline-mode"),
            ("3118", "Access denied for user 'u'@'h'. Account is locked.", "connection/auth"),
            (
                "3159",
                "Connections using insecure transport are prohibited while \
                 --require_secure_transport=ON.",
                "connection/tls",
            ),
            ("4151", "Access denied, this account is locked", "connection/auth"),
        ];
        for (code, message, id) in cases {
            assert_eq!(cause(Stage::Login, code, message), id, "{code} {message}");
        }
    }

    #[test]
    fn a_refused_request_belongs_to_the_check_of_its_cause() {
        let cases = [
            (
                "1045",
                "Access denied for user 'u'@'%' (using password: YES)",
                "mysql/replication-slave",
            ),
            ("1047", "Unknown command", "connection/pooler"),
            (
                "1227",
                "Access denied; you need (at least one of) the REPLICATION SLAVE privilege(s)",
                "mysql/replication-slave",
            ),
            ("1236", "Binary log is not open", "mysql/log-bin"),
            ("1236", "Misconfigured source - source server_id is 0", "mysql/server-id"),
            ("1236", "Misconfigured master - master server_id is 0", "mysql/server-id"),
            ("1236", "Misconfigured master - server id was not set", "mysql/server-id"),
            (
                "1236",
                "Could not find first log file name in binary log index file",
                "mysql/retention-actual",
            ),
            (
                "1236",
                "Client requested source to start replication from position > file size",
                "connection/pooler",
            ),
            (
                "1236",
                "Client requested master to start replication from impossible position",
                "connection/pooler",
            ),
            (
                "1236",
                "Client requested source to start replication from position < 4",
                "connection/pooler",
            ),
            (
                "1236",
                "bogus data in log event; the first event 'binlog.000001' at 5, the last event \
                 read from './binlog.000001' at 123",
                "connection/pooler",
            ),
            ("1236", "log event entry exceeded max_allowed_packet", "mysql/packet"),
            (
                "1236",
                "binlog truncated in the middle of event; consider out of disk space on source",
                "connection/pooler",
            ),
            (
                "1236",
                "Cannot replicate because the source purged required binary logs.",
                "mysql/retention-actual",
            ),
            (
                "1236",
                "Could not find GTID state requested by slave in any binlog files.",
                "mysql/retention-actual",
            ),
            (
                "1236",
                "The replica has more GTIDs than the source has, using the source's SERVER_UUID.",
                "mysql/durability",
            ),
            (
                "1236",
                "The replication sender thread cannot start in AUTO_POSITION mode: this server \
                 has GTID_MODE = OFF instead of ON.",
                "mysql/gtid-mode",
            ),
            (
                "1236",
                "A replica with the same server_uuid/server_id as this replica has connected to \
                 the source",
                "mysql/client-id",
            ),
            (
                "1236",
                "Error: connecting slave requested to start from GTID 0-1-9, which is not in the \
                 master's binlog",
                "mysql/gtid-domains",
            ),
            ("1381", "You are not using binary logging", "mysql/log-bin"),
            (
                "4052",
                "A slave with the same server_uuid/server_id as this slave has connected",
                "mysql/client-id",
            ),
            ("1040", "Too many connections", "mysql/capacity"),
        ];
        for (code, message, id) in cases {
            assert_eq!(cause(Stage::Request, code, message), id, "{code} {message}");
        }
    }

    #[test]
    fn what_nobody_has_explained_has_no_meaning() {
        assert_eq!(cause(Stage::Request, "1236", "something else"), "");
        assert_eq!(cause(Stage::Login, "1236", "Binary log is not open"), "");
        assert_eq!(cause(Stage::Login, "9999", ""), "");
    }

    #[test]
    fn every_cause_is_a_check() {
        for meaning in LOGIN.iter().chain(REQUEST) {
            for id in meaning.see {
                assert!(catalogue::find(id).is_some(), "{} {id}", meaning.code);
            }
        }
    }
}
