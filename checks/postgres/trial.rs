//! What a step of the live probe that failed means: which check it belongs to, by SQLSTATE and by
//! those words of the server that no translation changes.

use crate::facts::postgres::{Probe, ProbedSlot};
use crate::facts::{Fact, Postgres};
use crate::{Actor, Finding, Missing, Outcome, Remedy, Step, Verdict, catalogue};

/// What a refusal means on a replication connection.
struct Meaning {
    code: &'static str,
    /// What the server's words contain; the first entry that fits counts. Messages may be
    /// translated, so that every code that has several meanings also has one for any words.
    mark: &'static str,
    /// One sentence.
    says: &'static str,
    /// The checks that look at the cause.
    see: &'static [&'static str],
}

const MEANINGS: &[Meaning] = &[
    Meaning {
        code: "08P01",
        mark: "",
        says: "A pooler or proxy that does not pass replication connections on answers here.",
        see: &["connection/pooler"],
    },
    Meaning {
        code: "0A000",
        mark: "recovery",
        says: "Before version 16 nothing is decoded on a standby.",
        see: &["postgres/primary"],
    },
    Meaning {
        code: "0A000",
        mark: "column list",
        says: "The publications that are read together give one table different columns.",
        see: &["postgres/publication-multiple"],
    },
    Meaning {
        code: "0A000",
        mark: "",
        says: "The server cannot decode in its present state, for example as a standby.",
        see: &["postgres/primary", "postgres/publication-multiple"],
    },
    Meaning {
        code: "22021",
        mark: "",
        says: "The database holds text that is not valid in its encoding.",
        see: &["postgres/encoding"],
    },
    Meaning {
        code: "25006",
        mark: "",
        says: "The server, or the role's sessions, are read-only.",
        see: &["postgres/session-read-only", "postgres/primary"],
    },
    Meaning {
        code: "28000",
        mark: "",
        says: "pg_hba.conf does not let the account in. Logical replication needs an ordinary \
               `host DATABASE USER` line: the keyword `replication` is for physical replication.",
        see: &["connection/auth"],
    },
    Meaning {
        code: "28P01",
        mark: "",
        says: "The password is not accepted for a replication connection.",
        see: &["connection/auth"],
    },
    Meaning {
        code: "3D000",
        mark: "",
        says: "The database does not exist where the replication connection arrives.",
        see: &["connection/auth"],
    },
    Meaning {
        code: "42501",
        mark: "output plugin",
        says: "The server does not allow the output plugin.",
        see: PLUGIN,
    },
    Meaning {
        code: "42501",
        mark: "replication",
        says: "The account may not replicate.",
        see: &["postgres/replication-role"],
    },
    Meaning {
        code: "42501",
        mark: "WAL sender",
        says: "The account may not replicate.",
        see: &["postgres/replication-role"],
    },
    Meaning {
        code: "42501",
        mark: "",
        says: "The account may not replicate, or the server does not allow the output plugin.",
        see: &["postgres/replication-role", "postgres/output-plugin"],
    },
    Meaning {
        code: "42704",
        mark: "publication",
        says: "The publication does not exist.",
        see: &["postgres/publication-exists"],
    },
    Meaning {
        code: "42704",
        mark: "",
        says: "The slot or the publication does not exist.",
        see: &["postgres/slot-conflict", "postgres/publication-exists"],
    },
    Meaning {
        code: "42710",
        mark: "",
        says: "A slot of that name exists already.",
        see: &["postgres/slot-conflict"],
    },
    Meaning {
        code: "53300",
        mark: "max_wal_senders",
        says: "No WAL sender is left.",
        see: &["postgres/wal-senders-free"],
    },
    Meaning {
        code: "53300",
        mark: "",
        says: "The server, the database or the account is at its limit of sessions.",
        see: &["postgres/connections-free"],
    },
    Meaning {
        code: "53400",
        mark: "",
        says: "All replication slots are in use.",
        see: &["postgres/slots-free"],
    },
    Meaning {
        code: "55000",
        mark: "wal_level",
        says: "The write-ahead log does not carry logical changes.",
        see: &["postgres/wal-level"],
    },
    Meaning {
        code: "55000",
        mark: "recovery",
        says: "Nothing is decoded on this standby.",
        see: &["postgres/primary"],
    },
    Meaning {
        code: "55000",
        mark: "database",
        says: "The slot belongs to another database.",
        see: &["postgres/slot-conflict"],
    },
    Meaning {
        code: "55000",
        mark: "slot",
        says: "The slot can no longer be used.",
        see: &["postgres/slot-health"],
    },
    Meaning {
        code: "55000",
        mark: "",
        says: "Logical decoding is not possible with the server's wal_level or in its state.",
        see: &["postgres/wal-level", "postgres/primary", "postgres/slot-health"],
    },
    Meaning {
        code: "55006",
        mark: "",
        says: "The slot is in use by another session.",
        see: &["postgres/slot-conflict"],
    },
    Meaning {
        code: "55P03",
        mark: "",
        says: "A running transaction keeps slots from being created.",
        see: TRANSACTIONS,
    },
    Meaning {
        code: "57014",
        mark: "",
        says: "Running transactions keep slots from being created.",
        see: TRANSACTIONS,
    },
    Meaning { code: "58P01", mark: "", says: "The output plugin is not installed.", see: PLUGIN },
];

const PLUGIN: &[&str] = &["postgres/output-plugin"];
const TRANSACTIONS: &[&str] = &["postgres/long-transactions", "postgres/prepared-transactions"];

/// What the probe found; the inner error is the verdict where it was left out.
pub(super) fn probe(db: &Postgres) -> Result<Result<&Probe, Verdict>, Missing> {
    tried(&db.probe)
}

/// What a step found; the inner error is the verdict where it was left out.
pub(super) fn tried<T>(step: &Fact<T>) -> Result<Result<&T, Verdict>, Missing> {
    match step.get() {
        Ok(found) => Ok(Ok(found)),
        // Nothing is known that speaks against CDC, and nothing for it.
        Err(missing @ Missing::NotAsked { .. }) => {
            Ok(Err(Verdict::not_applicable(missing.sentence())))
        }
        // The server's own refusal is what the connector would meet, too.
        Err(missing) => refusal(&missing).map(Err).ok_or(missing),
    }
}

fn refusal(missing: &Missing) -> Option<Verdict> {
    let (words, code) = words(missing)?;
    let finding = Finding::server(Outcome::Fail).observed(format!("{words} ({code})"));
    Some(match meaning(code, words) {
        Some(meaning) => finding.because(format!("{}{}", meaning.says, see(meaning))).into(),
        None => finding.into(),
    })
}

/// The server's own words, with their SQLSTATE.
fn words(missing: &Missing) -> Option<(&str, &str)> {
    match missing {
        Missing::Refused { detail, code: Some(code), .. } => Some((detail.untrusted(), code)),
        _ => None,
    }
}

fn meaning(code: &str, words: &str) -> Option<&'static Meaning> {
    MEANINGS.iter().find(|meaning| meaning.code == code && words.contains(meaning.mark))
}

/// Where to read on.
fn see(meaning: &Meaning) -> String {
    let known = meaning.see.iter().filter(|id| catalogue::find(id).is_some());
    let known: Vec<&str> = known.copied().collect();
    if known.is_empty() { String::new() } else { format!(" See {}.", known.join(" and ")) }
}

/// What to do about a step that was refused: what the check of the cause says.
pub(super) fn remedy<T>(step: &Fact<T>) -> Remedy {
    let Err(missing) = step.get() else { return Remedy::none() };
    let Some((words, code)) = words(&missing) else { return Remedy::none() };
    let cause = meaning(code, words).map(see).unwrap_or_default();
    let instruction = match cause.trim_start() {
        "" => "Take the server's words to whoever runs it: the connector will be told the same.",
        see => {
            return manual(format!("Mend the cause, then run again. {see}"));
        }
    };
    manual(instruction.to_owned())
}

fn manual(instruction: String) -> Remedy {
    Step::manual(Actor::Dba, instruction).into()
}

/// Whether a wait of the probe was ended, by a time limit or by its own cancel request.
pub(super) fn was_waiting(missing: &Missing) -> bool {
    is_about(missing, TRANSACTIONS)
}

/// Whether the server's words are about a publication that is not there.
pub(super) fn lacks_publication(missing: &Missing) -> bool {
    is_about(missing, &["postgres/publication-exists"])
}

fn is_about(missing: &Missing, ids: &[&str]) -> bool {
    let meaning = words(missing).and_then(|(words, code)| meaning(code, words));
    meaning.is_some_and(|meaning| meaning.see == ids)
}

/// The slot that the probe made with this plugin, or the server's words against the plugin; nothing
/// where the probe did not come so far, or failed for something else.
pub(super) fn with_plugin<'a>(
    db: &'a Postgres,
    plugin: &str,
) -> Option<Result<&'a ProbedSlot, String>> {
    let probe = db.probe.known().filter(|probe| probe.plugin == plugin)?;
    match probe.slot.get() {
        Ok(slot) => Some(Ok(slot)),
        Err(missing) if is_about(&missing, PLUGIN) => {
            let (words, code) = words(&missing)?;
            Some(Err(format!("{words} ({code})")))
        }
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{MEANINGS, meaning, was_waiting};
    use crate::{Missing, catalogue};

    #[test]
    fn every_code_ends_with_a_meaning_for_any_words() {
        let codes: Vec<_> = MEANINGS.iter().map(|meaning| meaning.code).collect();
        assert!(codes.is_sorted() && codes.iter().all(|code| code.len() == 5), "{codes:?}");
        for pair in MEANINGS.windows(2) {
            let is_last = pair[0].code != pair[1].code;
            assert_eq!(pair[0].mark.is_empty(), is_last, "{} {}", pair[0].code, pair[0].mark);
        }
        assert!(meaning("00000", "").is_none());
    }

    #[test]
    fn every_check_that_is_named_exists() {
        let named = MEANINGS.iter().flat_map(|meaning| meaning.see);
        let absent: Vec<_> = named.filter(|id| catalogue::find(id).is_none()).collect();
        assert!(absent.is_empty(), "{absent:?}");
    }

    /// What servers from version 13 to 19 say, and the check that it belongs to.
    const SAID: &[(&str, &str, &str)] = &[
        ("42501", "must be superuser or replication role to start walsender", "replication-role"),
        ("42501", "permission denied to start WAL sender", "replication-role"),
        ("42501", "permission denied to use replication slots", "replication-role"),
        ("42501", "library \"wal2json\" may not be used as an output plugin", "output-plugin"),
        ("58P01", "could not access file \"wal2json\": No such file or directory", "output-plugin"),
        ("55000", "logical decoding requires wal_level >= logical", "wal-level"),
        (
            "55000",
            "logical decoding requires \"effective_wal_level\" >= \"logical\" on the primary",
            "wal-level",
        ),
        ("0A000", "logical decoding cannot be used while in recovery", "primary"),
        ("55000", "logical decoding cannot be used while in recovery", "primary"),
        ("53400", "all replication slots are in use", "slots-free"),
        (
            "53300",
            "number of requested standby connections exceeds max_wal_senders (currently 1)",
            "wal-senders-free",
        ),
        ("53300", "too many connections for role \"cdc_user\"", "connections-free"),
        ("53300", "too many connections for database \"inventory\"", "connections-free"),
        ("53300", "sorry, too many clients already", "connections-free"),
        (
            "53300",
            "remaining connection slots are reserved for roles with the SUPERUSER attribute",
            "connections-free",
        ),
        (
            "55P03",
            "canceling statement due to lock timeout; waiting for ShareLock on transaction 742",
            "long-transactions",
        ),
        ("57014", "canceling statement due to user request", "prepared-transactions"),
        ("42710", "replication slot \"cdc\" already exists", "slot-conflict"),
        ("55006", "replication slot \"cdc\" is active for PID 42", "slot-conflict"),
        ("55000", "replication slot \"cdc\" was not created in this database", "slot-conflict"),
        ("55000", "can no longer get changes from replication slot \"cdc\"", "slot-health"),
        ("55000", "can no longer access replication slot \"cdc\"", "slot-health"),
        ("42704", "replication slot \"cdc\" does not exist", "slot-conflict"),
        ("42704", "publication \"cdc\" does not exist", "publication-exists"),
        (
            "0A000",
            "cannot use different column lists for table \"public.t\" in different publications",
            "publication-multiple",
        ),
        ("22021", "invalid byte sequence for encoding \"UTF8\": 0xff", "encoding"),
        (
            "28000",
            "no pg_hba.conf entry for replication connection from host \"10.0.0.1\"",
            "connection/auth",
        ),
        ("28000", "pg_hba.conf rejects connection for host \"10.0.0.1\"", "connection/auth"),
        ("28P01", "password authentication failed for user \"cdc_user\"", "connection/auth"),
        ("3D000", "database \"inventory\" does not exist", "connection/auth"),
        ("08P01", "unsupported startup parameter in options: lock_timeout", "connection/pooler"),
        (
            "25006",
            "cannot execute CREATE PUBLICATION in a read-only transaction",
            "session-read-only",
        ),
        // In other languages only the code is left, and the names of settings.
        ("42501", "keine Berechtigung, um WAL-Sender zu starten", "replication-role"),
        (
            "53300",
            "Anzahl angeforderter Standby-Verbindungen überschreitet max_wal_senders (aktuell 1)",
            "wal-senders-free",
        ),
        ("55000", "logische Dekodierung erfordert wal_level >= logical", "wal-level"),
    ];

    #[test]
    fn what_the_server_says_belongs_to_a_check() {
        for (code, words, id) in SAID {
            let id = if id.contains('/') { (*id).to_owned() } else { format!("postgres/{id}") };
            let see = meaning(code, words).map(|meaning| meaning.see).unwrap_or_default();
            assert!(see.contains(&id.as_str()), "{code} {words}: {see:?}");
        }
        let said = |code: &str| SAID.iter().any(|(known, ..)| *known == code);
        assert!(MEANINGS.iter().all(|meaning| said(meaning.code)), "a code that nobody says");
    }

    #[test]
    fn english_words_have_one_meaning() {
        let one = [
            ("42501", "permission denied to start WAL sender"),
            ("42501", "library \"wal2json\" may not be used as an output plugin"),
            ("42704", "publication \"cdc\" does not exist"),
            ("0A000", "logical decoding cannot be used while in recovery"),
        ];
        for (code, words) in one {
            assert_eq!(meaning(code, words).map(|meaning| meaning.see.len()), Some(1), "{words}");
        }
    }

    #[test]
    fn only_a_wait_is_one() {
        let refused = |code: &str| Missing::Refused {
            what: "the slot".into(),
            detail: "no".into(),
            code: Some(code.into()),
        };
        assert!(was_waiting(&refused("55P03")) && was_waiting(&refused("57014")));
        assert!(!was_waiting(&refused("55000")));
    }
}
