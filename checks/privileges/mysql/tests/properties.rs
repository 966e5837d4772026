//! For any grants on a small model of a server: what a check tells to do makes it pass, none of it
//! can be left out, and what it tells to undo brings the facts back. And for any text: it is read
//! without harm.

use std::collections::BTreeSet;

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{TestCaseError, TestCaseResult};

use super::super::line::{Grant, Line, Privilege, Scope};
use super::super::{Grants, redact};
use super::model::{COLUMNS, Granted, HASH, Privileges, Product, World};
use super::{identity, parse};
use crate::report::{CheckResult, run_check};
use crate::{Action, Outcome, Step, Subject, TableName, quote};

fn check(world: &World, id: &str) -> CheckResult {
    let check = crate::mysql::CHECKS.iter().find(|check| check.id == id).unwrap();
    run_check(check, &world.facts(), &world.intent())
}

/// What a check finds of one subject.
fn outcome(world: &World, id: &str, subject: &Subject) -> Outcome {
    let result = check(world, id);
    let own = result.subjects.iter().find(|judged| judged.finding.subject == *subject);
    own.unwrap().finding.outcome
}

fn carry_out(world: &mut World, steps: &[Step], left_out: Option<usize>) -> Result<(), String> {
    let steps = steps.iter().enumerate().filter(|(index, _)| Some(*index) != left_out);
    let mut run = steps.map(|(_, step)| match &step.action {
        Action::Sql { sql, .. } => world.run(sql.untrusted()),
        other => Err(format!("no statement: {other:?}")),
    });
    run.try_for_each(|result| result)
}

/// What is true of every remedy of a check.
fn prove(world: &World, id: &str) -> TestCaseResult {
    let before = check(world, id);
    let is_bad = |outcome| matches!(outcome, Outcome::Fail | Outcome::Warn);
    for judged in before.subjects.iter().filter(|judged| is_bad(judged.finding.outcome)) {
        let (subject, steps) = (&judged.finding.subject, &judged.remedy.steps);
        let mut mended = world.clone();
        carry_out(&mut mended, steps, None).map_err(TestCaseError::fail)?;
        prop_assert_eq!(outcome(&mended, id, subject), Outcome::Pass, "{:?}", steps);
        for left_out in 0..steps.len() {
            let mut partly = world.clone();
            carry_out(&mut partly, steps, Some(left_out)).map_err(TestCaseError::fail)?;
            let is_needed = is_bad(outcome(&partly, id, subject));
            prop_assert!(is_needed, "{:?} is not needed", steps[left_out]);
        }
        // Nothing that could be read before is closed by what was granted.
        let readable = |world: &World| {
            let columns = world.facts().tables.known().unwrap().found.clone();
            columns.into_iter().flat_map(|table| table.columns).filter(|c| c.may_select).count()
        };
        prop_assert!(readable(&mended) >= readable(world), "{steps:?}");
        for step in steps.iter().rev() {
            let undo = step.undo.as_ref().unwrap().untrusted();
            mended.run(undo).map_err(TestCaseError::fail)?;
        }
        prop_assert_eq!(mended.facts(), world.facts());
    }
    Ok(())
}

const GLOBAL: [&str; 7] = [
    "SELECT",
    "INSERT",
    "RELOAD",
    "REPLICATION SLAVE",
    "REPLICATION CLIENT",
    "BINLOG MONITOR",
    "SLAVE MONITOR",
];
const ON_SCHEMA: [&str; 3] = ["SELECT", "INSERT", "LOCK TABLES"];

fn some_of(privileges: &'static [&str]) -> impl Strategy<Value = Privileges> {
    btree_set(select(privileges).prop_map(str::to_owned), 0..=2)
}

/// A name that may hold anything.
fn name() -> impl Strategy<Value = String> {
    "[ab_%`'\".,() é\\\\-]{1,3}"
}

/// A name of a database. Which of two patterns decides whose first wildcards stand at the same place
/// is not told, so that names begin with what none of the others begins with.
fn schema(number: usize) -> impl Strategy<Value = String> {
    "[ab_%`'\".,() é-]{0,2}".prop_map(move |end| format!("{number}x{end}"))
}

/// What a grant may call a database: its name, its name made ordinary, or a pattern around it.
fn pattern_of(schema: &str, form: usize, literal: bool) -> String {
    let escape = |name: &str| name.replace('\\', "\\\\").replace('_', "\\_").replace('%', "\\%");
    match (form, literal) {
        (_, true) | (0, _) => schema.to_owned(),
        (1, _) => escape(schema),
        (2, _) => "%".to_owned(),
        _ => {
            let first: String = schema.chars().take(1).collect();
            format!("{}%", escape(&first))
        }
    }
}

/// A set of grants before it is known which databases there are.
#[derive(Clone, Debug)]
struct Draft {
    global: Privileges,
    schemas: Vec<(Index, usize, Privileges)>,
    tables: Vec<(Index, bool)>,
    columns: Vec<(Index, Vec<&'static str>)>,
}

prop_compose! {
    fn draft()(
        global in some_of(&GLOBAL),
        schemas in vec((any::<Index>(), 0..4_usize, some_of(&ON_SCHEMA)), 0..3),
        tables in vec((any::<Index>(), any::<bool>()), 0..2),
        columns in vec((any::<Index>(), vec(select(&COLUMNS[..]), 1..3)), 0..2),
    ) -> Draft {
        Draft { global, schemas, tables, columns }
    }
}

impl Draft {
    fn settle(self, tables: &[(String, String)], product: Product) -> Granted {
        let is_literal = product == Product::MySqlLiteral;
        let is_mariadb = product == Product::MariaDb;
        let exists = |privilege: &String| match privilege.as_str() {
            "REPLICATION CLIENT" => !is_mariadb,
            "BINLOG MONITOR" | "SLAVE MONITOR" => is_mariadb,
            _ => true,
        };
        let mut granted = Granted {
            global: self.global.into_iter().filter(exists).collect(),
            ..Granted::default()
        };
        for (schema, form, privileges) in self.schemas {
            let pattern = pattern_of(&schema.get(tables).0, form, is_literal);
            granted.schemas.entry(pattern).or_default().extend(privileges);
        }
        for (table, reads) in self.tables {
            let more = reads.then(|| "SELECT".to_owned());
            granted.tables.entry(table.get(tables).clone()).or_default().extend(more);
        }
        for (table, columns) in self.columns {
            let more = columns.into_iter().map(str::to_owned);
            granted.columns.entry(table.get(tables).clone()).or_default().extend(more);
        }
        // Without some privilege on it nobody is shown that a table is there.
        for table in granted.columns.keys().cloned().collect::<Vec<_>>() {
            granted.tables.entry(table).or_default();
        }
        for held in granted.tables.values_mut() {
            held.insert("INSERT".into());
        }
        granted.schemas.retain(|_, held| !held.is_empty());
        granted
    }
}

prop_compose! {
    fn world()(
        product in select(vec![
            Product::MariaDb, Product::MySqlLiteral, Product::MySql57, Product::MySql9,
        ]),
        is_rds in any::<bool>(),
        user in "[a-z`.@ ]{1,4}",
        tables in [(schema(0), name()), (schema(0), name()), (schema(1), name())],
        own in draft(),
        public in draft(),
        role in draft(),
        has_role in any::<bool>(),
        is_active in any::<bool>(),
        revokes in any::<bool>(),
    ) -> World {
        let tables = BTreeSet::from(tables).into_iter().collect::<Vec<_>>();
        let settle = |draft: Draft| draft.settle(&tables, product);
        let mut own = settle(own);
        for table in &tables {
            own.tables.entry(table.clone()).or_default().insert("INSERT".into());
        }
        if revokes && product == Product::MySqlLiteral && own.global.contains("SELECT") {
            own.revoked.insert(tables[0].0.clone());
        }
        let mut role = settle(role);
        // How MySQL weighs a pattern of a role against one of the account is not settled.
        role.schemas.clear();
        role.global.retain(|_| own.revoked.is_empty());
        let role_name = "r`1".to_owned();
        let has_roles = product != Product::MySql57 && has_role;
        World {
            product,
            is_rds,
            user,
            own,
            public: if product == Product::MariaDb { settle(public) } else { Granted::default() },
            roles: has_roles.then(|| (role_name.clone(), role)).into_iter().collect(),
            default_roles: (has_roles && is_active).then_some(role_name).into_iter().collect(),
            tables,
        }
    }
}

fn privilege() -> impl Strategy<Value = Privilege> {
    let words = select(vec!["SELECT", "UPDATE", "REPLICATION SLAVE", "ALL PRIVILEGES", "X_ADMIN"]);
    (words, vec(name(), 0..3))
        .prop_map(|(name, columns)| Privilege { name: name.to_owned(), columns })
}

fn scope() -> impl Strategy<Value = Scope> {
    prop_oneof![
        Just(Scope::Global),
        name().prop_map(Scope::Schema),
        (name(), name()).prop_map(|(schema, table)| Scope::Table { schema, table }),
    ]
}

/// A line as a server of that line prints it.
fn rendered(grant: &Grant, user: &str, is_mariadb: bool) -> String {
    let privileges = grant.privileges.iter().map(|privilege| {
        let columns: Vec<String> =
            privilege.columns.iter().map(|column| quote::mysql::ident(column)).collect();
        match columns.is_empty() {
            true => privilege.name.clone(),
            false => format!("{} ({})", privilege.name, columns.join(", ")),
        }
    });
    let privileges = privileges.collect::<Vec<_>>().join(", ");
    let after =
        if is_mariadb { format!(" IDENTIFIED BY PASSWORD '{HASH}'") } else { String::new() };
    let user = quote::mysql::ident(user);
    format!("GRANT {privileges} ON {} TO {user}@`%`{after}", grant.scope.quoted())
}

/// Text that looks a little like grants.
fn fragments() -> impl Strategy<Value = String> {
    let words = select(vec![
        "GRANT",
        "REVOKE",
        "ON",
        "TO",
        "FROM",
        "TABLE",
        "IDENTIFIED",
        "VIA",
        "USING",
        "SELECT",
        "*.*",
        "`",
        "'",
        "\"",
        "``",
        "(",
        ")",
        ",",
        ".",
        "@",
        "\\",
        "%",
        "é",
        " ",
        "x",
        "WITH GRANT OPTION",
    ]);
    vec((words, select(vec!["", " "])), 0..14)
        .prop_map(|parts| parts.into_iter().map(|(word, blank)| format!("{word}{blank}")).collect())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 128, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn missing_privileges_on_everything_are_mended(world in world()) {
        prove(&world, "mysql/replication-slave")?;
        prove(&world, "mysql/replication-client")?;
        prove(&world, "mysql/slave-monitor")?;
    }

    #[test]
    fn a_missing_select_is_mended(world in world()) {
        prove(&world, "mysql/table-select")?;
    }

    #[test]
    fn a_missing_lock_is_mended(world in world()) {
        prove(&world, "mysql/snapshot-lock")?;
    }

    #[test]
    fn inactive_roles_are_mended(world in world()) {
        prove(&world, "mysql/roles-inactive")?;
    }

    #[test]
    fn grants_tell_what_the_server_lets_pass(world in world()) {
        let facts = world.facts();
        let literal = world.product == Product::MySqlLiteral;
        let identity = facts.identity.known().unwrap();
        let grants = Grants::parse(facts.grants.known().unwrap(), identity).partial_revokes(literal);
        for table in &facts.tables.known().unwrap().found {
            let open: Vec<_> = table.columns.iter().map(|column| column.may_select).collect();
            let expected = match grants.readable(&table.name) {
                super::Readable::All => vec![true; COLUMNS.len()],
                super::Readable::Nothing => vec![false; COLUMNS.len()],
                super::Readable::Columns(columns) => {
                    COLUMNS.iter().map(|own| columns.iter().any(|column| column == own)).collect()
                }
            };
            prop_assert_eq!(open, expected, "{:?}", table.name);
        }
    }

    #[test]
    fn lines_are_read_as_they_were_written(
        privileges in vec(privilege(), 1..4),
        scope in scope(),
        user in "[a-z`'\"@. ]{1,5}",
        is_mariadb in any::<bool>(),
    ) {
        let grant = Grant { privileges, scope, grantee: format!("{user}@%") };
        let line = redact(&rendered(&grant, &user, is_mariadb));
        prop_assert!(!line.contains(HASH));
        prop_assert_eq!(Line::parse(&line), Line::Grant(grant));
    }

    #[test]
    fn any_text_is_read_without_harm(text in prop_oneof![".{0,60}".boxed(), fragments().boxed()]) {
        let redacted = redact(&text);
        for version in ["8.4.6", "10.11.19-MariaDB"] {
            let grants = parse(&[&text, &redacted], &identity(version, Some(&text)));
            let _ = (grants.held(), grants.inactive_roles(), grants.wide_patterns());
            let _ = grants.readable(&TableName::new(text.as_str(), text.as_str()));
            let _ = grants.has_on_schema(&text, &text);
        }
    }

    #[test]
    fn no_hash_outlives_redaction(
        user in "[a-zA-Z`\"@. ]{0,8}",
        how in select(vec!["BY PASSWORD '", "VIA ed25519 USING '", "VIA pam OR x USING 'y' OR z USING '"]),
        after in select(vec!["", " REQUIRE SSL", " WITH GRANT OPTION MAX_USER_CONNECTIONS 2"]),
    ) {
        let user = quote::mysql::ident(&user);
        let line = format!("GRANT USAGE ON *.* TO {user}@`%` IDENTIFIED {how}{HASH}'{after}");
        let redacted = redact(&line);
        prop_assert!(!redacted.contains(HASH), "{redacted}");
        prop_assert!(redacted.ends_with(after));
    }
}
