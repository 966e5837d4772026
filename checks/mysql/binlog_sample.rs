//! The last events of the binary log are what a reader can use.

use super::trial::{self, Stage};
use crate::facts::MySql;
use crate::facts::mysql::{Column, Sample, SampleEnd, SampledStatement, SampledTable};
use crate::{
    Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, TableName, Text, Verdict,
};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/binlog-sample",
    title: "the last events of the log hold whole rows",
    level: Level::Required,
    tags: &["probe", "binlog"],
    doc: include_str!("binlog_sample.md"),
    judge,
    remedy,
};

/// The server has lost events that belong here.
const INCIDENT: u8 = 0x1a;
const TRANSACTION_PAYLOAD: u8 = 0x28;
/// The last that MySQL has given a number, and those of MariaDB.
const LAST_OF_MYSQL: u8 = 0x2a;
const OF_MARIADB: std::ops::RangeInclusive<u8> = 0xa0..=0xab;

/// What may be wrong with events, and what to do about it.
struct Trouble {
    why: &'static str,
    mend: &'static str,
}

const TEXT: Trouble = Trouble {
    why: "the change was logged as the text of the statement, which readers pass over",
    mend: RECONNECT_FORMAT,
};
const ELSEWHERE: Trouble = Trouble {
    why: "sessions log changes as the text of statements, though not of the selected tables",
    mend: RECONNECT_FORMAT,
};
const RECONNECT_FORMAT: &str = "Find the sessions that log statements, and have them connect \
                                again: they have binlog_format for themselves, or are older than \
                                its global value.";
const PARTIAL: Trouble = Trouble {
    why: "columns are missing from the rows: a session has binlog_row_image for itself, or had it \
          then",
    mend: "Find the sessions that log partial rows, and have them connect again: they have \
           binlog_row_image for themselves, or are older than its global value.",
};
const GENERATED: Trouble = Trouble {
    why: "columns are missing from the rows, as generated columns are on MariaDB 11",
    mend: "Let consumers compute generated columns, or ignore them: no setting brings them back.",
};
const JSON: Trouble = Trouble {
    why: "most readers do not know the kind of event, and pass over the whole update",
    mend: "Find the sessions with binlog_row_value_options, and have them connect again without.",
};
const COMPRESSED: Trouble = Trouble {
    why: "readers do not know the compressed kinds of events",
    mend: "Turn log_bin_compress off, and have the applications connect again.",
};
const LOST: Trouble = Trouble {
    why: "the server has lost changes, and says so by an incident event",
    mend: "Compare the selected tables with their copies downstream, or read them again.",
};
const PAYLOAD: Trouble = Trouble {
    why: "a reader that is not current passes over compressed transactions",
    mend: "Find the sessions with binlog_transaction_compression, and have them connect again \
           without, unless the reader knows compressed transactions.",
};
const UNKNOWN: Trouble = Trouble {
    why: "no release that is known writes such events",
    mend: "Ask whoever runs the reader whether it knows this server's events.",
};
const TROUBLES: [Trouble; 9] =
    [TEXT, ELSEWHERE, PARTIAL, GENERATED, JSON, COMPRESSED, LOST, PAYLOAD, UNKNOWN];

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    let probe = match trial::tried(&db.probe, Stage::Login)? {
        Ok(probe) => probe,
        Err(left_out) => return Ok(left_out),
    };
    let sample = match probe.sample.get() {
        Err(missing @ Missing::NotAsked { .. }) => {
            return Ok(Verdict::not_applicable(missing.sentence()));
        }
        sample => sample?,
    };
    let mut findings: Vec<Finding> =
        sample.statements.iter().map(|one| statement(db, one)).collect();
    findings.extend(
        sample
            .tables
            .iter()
            .filter(|one| is_selected(db, &one.name))
            .flat_map(|table| rows(db, table)),
    );
    findings.extend(kinds(sample));
    if findings.is_empty() {
        findings.push(Finding::server(Outcome::Pass).observed(seen(db, sample)));
    }
    Ok(Verdict::each(findings))
}

fn seen(db: &MySql, sample: &Sample) -> String {
    let own = sample.tables.iter().filter(|table| is_selected(db, &table.name));
    let own = own.fold(0_u64, |sum, table| sum.saturating_add(table.events));
    let end = match sample.ended {
        SampleEnd::Log => "to the end",
        SampleEnd::Bytes => "as much as a sample may have",
        SampleEnd::LargeEvent => "up to a very large event",
        SampleEnd::Time => "as far as time allowed",
    };
    format!(
        "{} events from {} on, {end}; {own} with rows of selected tables",
        sample.events,
        sample.from_file.untrusted()
    )
}

fn is_selected(db: &MySql, name: &TableName) -> bool {
    let tables = db.tables.known().map_or(&[][..], |tables| &tables.found);
    tables.iter().any(|table| is_same(db, &table.name, name))
}

fn is_same(db: &MySql, one: &TableName, other: &TableName) -> bool {
    let same = |one: &str, other: &str| match db.identity.known() {
        Some(identity) => identity.same_name(one, other),
        None => one == other,
    };
    same(one.schema.untrusted(), other.schema.untrusted())
        && same(one.name.untrusted(), other.name.untrusted())
}

fn statement(db: &MySql, one: &SampledStatement) -> Finding {
    let observed = format!("{} {}", one.count, one.verb.untrusted());
    match one.table.as_ref().filter(|table| is_selected(db, table)) {
        Some(table) => {
            Finding::table(table.display(), Outcome::Fail).observed(observed).because(TEXT.why)
        }
        None => Finding::server(Outcome::Warn).observed(observed).because(ELSEWHERE.why),
    }
}

fn rows(db: &MySql, table: &SampledTable) -> Vec<Finding> {
    let finding = |outcome, count: u64, trouble: Trouble| {
        let observed = format!("{count} of {} events", table.events);
        Finding::table(table.name.display(), outcome).observed(observed).because(trouble.why)
    };
    let generated = has_generated_columns(db, &table.name);
    let partial = match generated {
        true => (Outcome::Warn, table.partial_images, GENERATED),
        false => (Outcome::Fail, table.partial_images, PARTIAL),
    };
    let json = (Outcome::Fail, table.partial_json, JSON);
    let compressed = (Outcome::Fail, table.compressed, COMPRESSED);
    let all = [partial, json, compressed].into_iter().filter(|(_, count, _)| *count > 0);
    all.map(|(outcome, count, trouble)| finding(outcome, count, trouble)).collect()
}

fn has_generated_columns(db: &MySql, name: &TableName) -> bool {
    let tables = db.tables.known().map_or(&[][..], |tables| &tables.found);
    let generated = |column: &Column| column.extra.untrusted().contains("GENERATED");
    tables.iter().any(|table| is_same(db, &table.name, name) && table.columns.iter().any(generated))
}

fn kinds(sample: &Sample) -> Vec<Finding> {
    let count = |kind: u8| sample.kinds.get(&kind).copied().filter(|count| *count > 0);
    let finding = |outcome, count: u64, trouble: Trouble| {
        Finding::server(outcome).observed(format!("{count} events")).because(trouble.why)
    };
    let is_unknown = |kind: &u8| *kind > LAST_OF_MYSQL && !OF_MARIADB.contains(kind);
    let unknown = sample.kinds.iter().filter(|(kind, _)| is_unknown(kind));
    let unknown = unknown.map(|(_, count)| *count).reduce(u64::saturating_add);
    [
        count(INCIDENT).map(|count| finding(Outcome::Fail, count, LOST)),
        count(TRANSACTION_PAYLOAD).map(|count| finding(Outcome::Warn, count, PAYLOAD)),
        unknown.map(|count| finding(Outcome::Warn, count, UNKNOWN)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn remedy(finding: &Finding, _: &MySql, _: &Intent) -> Remedy {
    let message = finding.message.as_ref().map_or("", Text::untrusted);
    let mend = TROUBLES.iter().find(|trouble| trouble.why == message);
    mend.map_or_else(Remedy::none, |trouble| {
        let note = "What was logged before stays in the sample until newer files replace it.";
        Step::manual(Actor::Dba, trouble.mend).note(note).into()
    })
}
