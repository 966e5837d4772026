//! No row is changed by a foreign key without an event.

use crate::facts::MySql;
use crate::facts::mysql::{ForeignKey, Table};
use crate::{
    Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Subject, Text, Verdict,
};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/fk-cascade",
    title: "foreign keys change no row without an event",
    level: Level::Recommended,
    tags: &["tables"],
    doc: include_str!("fk_cascade.md"),
    judge,
    remedy,
};

const WHY: &str = "rows that the engine changes by it have no events";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    let tables = &db.tables.get()?.found;
    let is_logged = db.logs_cascades()?;
    Ok(Verdict::each(tables.iter().map(|table| finding(table, is_logged))))
}

fn finding(table: &Table, is_logged: bool) -> Finding {
    let finding = |outcome| Finding::table(table.name.display(), outcome);
    if table.foreign_keys.is_empty() {
        return finding(Outcome::Pass);
    }
    if let Some(key) = table.foreign_keys.iter().find(|key| key.on_delete.untrusted().is_empty()) {
        return Finding::unknown(Subject::Table(table.name.display()), hidden(key));
    }
    let rules: Vec<String> = table.foreign_keys.iter().map(describe).collect();
    let finding = |outcome| finding(outcome).observed(rules.join("; "));
    if is_logged {
        return finding(Outcome::Pass).because("this version logs what they change");
    }
    finding(Outcome::Warn).expected("no action of the engine").because(WHY).strictly()
}

/// MariaDB, and MySQL before 8.0, show the rules only to who has more than SELECT on the table.
fn hidden(key: &ForeignKey) -> Missing {
    Missing::Denied {
        what: Text::new(format!("what the foreign key {} does", key.name.untrusted())),
        needs: "REFERENCES on the table".into(),
    }
}

fn describe(key: &ForeignKey) -> String {
    let acts = |rule: &Text| !matches!(rule.untrusted(), "NO ACTION" | "RESTRICT");
    let mut rules = Vec::new();
    for (event, rule) in [("DELETE", &key.on_delete), ("UPDATE", &key.on_update)] {
        if acts(rule) {
            rules.push(format!("ON {event} {}", rule.untrusted()));
        }
    }
    let parent = key.parent.display();
    format!("{} to {} {}", key.name.untrusted(), parent.untrusted(), rules.join(" "))
}

fn remedy(_: &Finding, db: &MySql, _: &Intent) -> Remedy {
    if matches!(db.optional_variable("innodb_native_foreign_keys"), Ok(Some("ON"))) {
        return Step::config("my.cnf", "[mysqld]", "innodb_native_foreign_keys = OFF").into();
    }
    let instruction = "Move the action to the application or to a trigger on the parent, whose \
                       changes are logged, or compare the tables from time to time.";
    Step::manual(Actor::Owner, instruction).into()
}
