//! What a step of the live probe that failed means: which check it belongs to, by SQLSTATE.

use crate::facts::postgres::Probe;
use crate::facts::{Fact, Postgres};
use crate::{Actor, Finding, Missing, Outcome, Remedy, Step, Verdict, catalogue};

/// What a SQLSTATE means on a replication connection.
struct Meaning {
    code: &'static str,
    /// One sentence.
    says: &'static str,
    /// The checks that look at the cause.
    see: &'static [&'static str],
}

const MEANINGS: &[Meaning] = &[
    Meaning {
        code: "08P01",
        says: "A pooler or proxy that does not pass replication connections on answers here.",
        see: &["connection/pooler"],
    },
    Meaning {
        code: "0A000",
        says: "The server cannot decode in its present state, for example as a standby.",
        see: &["postgres/primary", "postgres/publication-multiple"],
    },
    Meaning {
        code: "22021",
        says: "The database holds text that is not valid in its encoding.",
        see: &["postgres/encoding"],
    },
    Meaning {
        code: "25006",
        says: "The server, or the role's sessions, are read-only.",
        see: &["postgres/session-read-only", "postgres/primary"],
    },
    Meaning {
        code: "28000",
        says: "pg_hba.conf does not let the account in. Logical replication needs an ordinary \
               `host DATABASE USER` line: the keyword `replication` is for physical replication.",
        see: &["connection/auth"],
    },
    Meaning {
        code: "28P01",
        says: "The password is not accepted for a replication connection.",
        see: &["connection/auth"],
    },
    Meaning {
        code: "3D000",
        says: "The database does not exist where the replication connection arrives.",
        see: &["connection/auth"],
    },
    Meaning {
        code: "42501",
        says: "The account may not replicate, or the server does not allow the output plugin.",
        see: &["postgres/replication-role", "postgres/output-plugin"],
    },
    Meaning {
        code: "42704",
        says: "The slot or the publication does not exist.",
        see: &["postgres/slot-conflict", "postgres/publication-exists"],
    },
    Meaning {
        code: "42710",
        says: "A slot of that name exists already.",
        see: &["postgres/slot-conflict"],
    },
    Meaning {
        code: "53300",
        says: "No WAL sender is left, or the server, the database or the account is at its limit \
               of sessions.",
        see: &["postgres/wal-senders-free", "connection/limits"],
    },
    Meaning {
        code: "53400",
        says: "All replication slots are in use.",
        see: &["postgres/slots-free"],
    },
    Meaning {
        code: "55000",
        says: "Logical decoding is not possible with the server's wal_level or in its state.",
        see: &["postgres/wal-level", "postgres/primary"],
    },
    Meaning {
        code: "55006",
        says: "The slot is in use by another session.",
        see: &["postgres/slot-conflict"],
    },
    Meaning {
        code: "55P03",
        says: "A running transaction keeps slots from being created.",
        see: TRANSACTIONS,
    },
    Meaning {
        code: "57014",
        says: "Running transactions keep slots from being created.",
        see: TRANSACTIONS,
    },
    Meaning {
        code: "58P01",
        says: "The output plugin pgoutput is not installed.",
        see: &["postgres/output-plugin"],
    },
];

const TRANSACTIONS: &[&str] = &["postgres/transaction-blockers"];

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
    let Missing::Refused { detail, code: Some(code), .. } = missing else { return None };
    let finding =
        Finding::server(Outcome::Fail).observed(format!("{} ({code})", detail.untrusted()));
    Some(match meaning(code) {
        Some(meaning) => finding.because(format!("{}{}", meaning.says, see(meaning))).into(),
        None => finding.into(),
    })
}

fn meaning(code: &str) -> Option<&'static Meaning> {
    MEANINGS.iter().find(|meaning| meaning.code == code)
}

/// Where to read on.
fn see(meaning: &Meaning) -> String {
    let known = meaning.see.iter().filter(|id| catalogue::find(id).is_some());
    let known: Vec<&str> = known.copied().collect();
    if known.is_empty() { String::new() } else { format!(" See {}.", known.join(" and ")) }
}

/// What to do about a step that was refused: what the check of the cause says.
pub(super) fn remedy<T>(step: &Fact<T>) -> Remedy {
    let Err(Missing::Refused { code: Some(code), .. }) = step.get() else { return Remedy::none() };
    let cause = meaning(&code).map(see).unwrap_or_default();
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
    matches!(missing, Missing::Refused { code: Some(code), .. }
        if code == "55P03" || code == "57014")
}

#[cfg(test)]
mod tests {
    use super::{MEANINGS, meaning, see};

    #[test]
    fn every_code_has_one_meaning() {
        let codes: Vec<_> = MEANINGS.iter().map(|meaning| meaning.code).collect();
        assert!(codes.is_sorted() && codes.iter().all(|code| code.len() == 5), "{codes:?}");
        assert!(meaning("00000").is_none());
    }

    #[test]
    fn the_check_of_the_cause_is_named() {
        let named = [
            ("28000", "connection/auth"),
            ("42501", "postgres/replication-role"),
            ("53300", "postgres/wal-senders-free"),
            ("53400", "postgres/slots-free"),
            ("55000", "postgres/wal-level"),
        ];
        for (code, id) in named {
            assert!(meaning(code).is_some_and(|meaning| see(meaning).contains(id)), "{code}");
        }
    }
}
