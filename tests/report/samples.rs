//! Reports that every renderer is tried on.

use std::sync::Arc;

use cdc_checks::facts::request::Operation;
use cdc_checks::report::{CheckResult, JudgedSubject};
use cdc_checks::{
    Actor, CheckInfo, Cost, Engine, Finding, Flavour, Level, Missing, Outcome, Remedy, Report,
    Selection, Step, Subject, TableName, Text,
};
use cdc_preflight::gate::{Baseline, CheckSelection, Glob, Levels, Rules, Rulings, Waiver};
use cdc_preflight::report::{Exit, GateSummary, RunReport, TargetReport, TargetSummary};
use cdc_preflight::request::{Input, Origin, load};

const WHY: &str = "Lead.\n\n## Why\n\nWithout it the connector starts, and then stops at the first \
                   change that it\ncannot read. More about it.\n\n## Fix\n\nDo it.\n";

fn check(id: &'static str, title: &'static str, level: Level) -> CheckInfo {
    CheckInfo { id, title, level, tags: &[], doc: WHY }
}

fn result(check: CheckInfo, subjects: Vec<(Finding, Remedy)>) -> CheckResult {
    let outcome = subjects.iter().map(|(finding, _)| finding.outcome).max();
    let judged = |(finding, remedy)| JudgedSubject { finding, remedy };
    CheckResult {
        check,
        outcome: outcome.unwrap_or(Outcome::NotApplicable),
        subjects: subjects.into_iter().map(judged).collect(),
    }
}

fn one(check: CheckInfo, finding: Finding, remedy: impl Into<Remedy>) -> CheckResult {
    result(check, vec![(finding, remedy.into())])
}

fn plain(check: CheckInfo, finding: Finding) -> CheckResult {
    one(check, finding, Remedy::none())
}

fn run(targets: Vec<TargetReport>) -> RunReport {
    let exit = match targets.iter().max_by_key(|target| target.exit.code) {
        Some(target) => target.exit.clone(),
        None => Exit { code: 0, reason: "gate open".into() },
    };
    let waivers = Rulings::review(targets.iter().map(|target| &target.rulings));
    RunReport { targets, what_if: Vec::new(), waivers, exit }
}

/// The manifest that the samples' findings are about.
const MANIFEST: &str = "\
requests:
  - configurePostgreSQLSource:
      RegionId: cn-hangzhou
      HostName: db.example.com
      User: cdc_user
      Password: secret
      DatabaseName: inventory
      SchemaName: public
      TableNames: >-
        products,
        orders
";

fn origin() -> Origin {
    let folder = ".".into();
    let bytes = MANIFEST.as_bytes().to_vec();
    let name = "cdc/request: 1.yaml".to_owned();
    let loaded = load(Input::Document { name, bytes, folder, action: None }, &|_| None);
    let loaded = loaded.expect("a good manifest");
    loaded.requests[0].origin().expect("it is in a file").clone()
}

fn postgres(results: Vec<CheckResult>) -> TargetReport {
    // Only where there is something to waive: an unused waiver is told.
    let rules = match results.iter().any(|result| result.check.id == "postgres/row-security") {
        true => {
            Rules { waivers: vec![waiver("postgres/row-security", "public.log")], ..no_rules() }
        }
        false => no_rules(),
    };
    postgres_under(&rules, results)
}

fn no_rules() -> Rules {
    Rules::default()
}

/// A waiver that was written in time and lasts to the end of the year.
fn waiver(check: &str, subject: &str) -> Arc<Waiver> {
    Arc::new(Waiver {
        check: Glob::new(check),
        subject: Glob::new(subject),
        target: Glob::any(),
        reason: "the table is append-only".into(),
        owner: "dba-team".into(),
        expires: "2026-12-31".parse().expect("a date"),
        place: "waivers.toml:3".into(),
    })
}

fn postgres_under(rules: &Rules, results: Vec<CheckResult>) -> TargetReport {
    let mut report = Report {
        flavour: Ok(Flavour::Postgres),
        server_version: Ok("17.2 (Debian 17.2-1)".into()),
        connector: "eventbridge".into(),
        assumptions: vec!["it reads with pgoutput".into(), "it writes no heartbeat".into()],
        results,
    };
    let now = "2026-11-29T12:00:00Z".parse().expect("a time");
    let rulings = rules.apply(&mut report, "inventory@db.example.com:5432", now);
    let results = &report.results;
    let reasons: Vec<Text> = results
        .iter()
        .filter(|result| result.closes_gate())
        .map(|result| Text::new(format!("{}: {}", result.check.id, result.outcome.as_str())))
        .collect();
    let failed = results.iter().any(|it| it.closes_gate() && it.outcome == Outcome::Fail);
    let (code, reason) = match (reasons.is_empty(), failed) {
        (true, _) => (0, "gate open"),
        (false, true) => (10, "a required check failed"),
        (false, false) => (11, "a required check is undetermined"),
    };
    TargetReport {
        origin: Some(origin()),
        target: TargetSummary {
            operation: Operation::ConfigurePostgreSqlSource,
            host: "db.example.com".into(),
            port: 5432,
            database: "inventory".into(),
            user: "cdc_user".into(),
            selection: Selection::Tables(vec![
                TableName::new("public", "products"),
                TableName::new("public", "orders"),
            ]),
        },
        engine: Engine::Postgres,
        report,
        gate: GateSummary { open: reasons.is_empty(), reasons },
        rulings,
        exit: Exit { code, reason: reason.into() },
    }
}

fn reachable() -> CheckResult {
    plain(
        check("connection/reachable", "the server can be reached", Level::Required),
        Finding::server(Outcome::Pass).observed("192.0.2.7:5432"),
    )
}

fn wal_level() -> CheckResult {
    let step = Step::dba("ALTER SYSTEM SET wal_level = 'logical';")
        .costs(Cost::Restart)
        .undo("ALTER SYSTEM RESET wal_level;")
        .note("Restart when the application can bear it; nothing else has to change.");
    one(
        check("postgres/wal-level", "the WAL holds what logical decoding needs", Level::Required),
        Finding::server(Outcome::Fail).observed("replica").expected("logical"),
        step,
    )
}

fn request_vpc() -> CheckResult {
    let finding = Finding::of(Subject::Field("VSwitchIds".into()), Outcome::Fail)
        .expected("a VSwitch id")
        .observed("absent")
        .because(
            "NetworkType is PrivateNetwork, which needs a VPC, a VSwitch and a security group.",
        );
    one(
        check("request/vpc", "a private network is named in full", Level::Required),
        finding,
        Step::request("Add VSwitchIds, for example vsw-bp1..., to the request."),
    )
}

fn table_select() -> CheckResult {
    let denied = |table: &str| {
        Finding::table(format!("public.{table}"), Outcome::Fail)
            .observed("no SELECT")
            .expected("SELECT")
    };
    let remedy = |table: &str| {
        let grant = format!("GRANT SELECT ON \"public\".\"{table}\" TO \"cdc_user\";");
        let revoke = format!("REVOKE SELECT ON \"public\".\"{table}\" FROM \"cdc_user\";");
        Remedy::from(
            Step::dba("GRANT USAGE ON SCHEMA \"public\" TO \"cdc_user\";")
                .in_database("inventory")
                .undo("REVOKE USAGE ON SCHEMA \"public\" FROM \"cdc_user\";"),
        )
        .then(Step::owner(grant).in_database("inventory").undo(revoke))
    };
    result(
        check("postgres/table-select", "the account may read the tables", Level::Required),
        vec![
            (denied("products"), remedy("products")),
            (denied("orders"), remedy("orders")),
            (Finding::table("public.audit", Outcome::Pass), Remedy::none()),
        ],
    )
}

fn hidden_setting() -> CheckResult {
    let missing = Missing::Denied {
        what: "the setting max_replication_slots".into(),
        needs: "membership of pg_read_all_settings".into(),
    };
    plain(
        check("postgres/slots-free", "a replication slot is free", Level::Required),
        Finding::unknown(Subject::Server, missing),
    )
}

fn slow_answer() -> CheckResult {
    let missing = Missing::TimedOut { what: "the list of publications".into(), after_ms: 5000 };
    plain(
        check("postgres/publication", "a publication can be made", Level::Recommended),
        Finding::unknown(Subject::Publication("dbz_publication".into()), missing),
    )
}

fn replica_identity() -> CheckResult {
    let sql = "ALTER TABLE \"public\".\"orders\" REPLICA IDENTITY FULL;";
    let finding = Finding::table("public.orders", Outcome::Warn)
        .observed("nothing (no primary key)")
        .expected("a key, or the full row")
        .because("Updates and deletes on this table will fail as soon as it is published.");
    one(
        check("postgres/replica-identity", "updates carry a key", Level::Recommended),
        finding,
        Step::owner(sql).costs(Cost::Rebuild),
    )
}

fn quiet() -> Vec<CheckResult> {
    let waived = Finding::table("public.log", Outcome::Fail).observed("row security is enabled");
    let na = Finding::server(Outcome::NotApplicable).because("SnapshotMode is never.");
    vec![
        plain(check("postgres/row-security", "no policy hides rows", Level::Required), waived),
        plain(check("postgres/snapshot", "the snapshot can be taken", Level::Required), na),
        plain(
            check("postgres/role", "the account may replicate", Level::Required),
            Finding::of(Subject::Account("cdc_user".into()), Outcome::Pass),
        ),
    ]
}

/// Every outcome at once.
pub(crate) fn closed() -> RunReport {
    let mut results = vec![request_vpc(), reachable(), wal_level(), table_select()];
    results.extend([hidden_setting(), slow_answer(), replica_identity()]);
    results.extend(quiet());
    run(vec![postgres(results)])
}

/// Nothing to be done.
pub(crate) fn open() -> RunReport {
    run(vec![postgres(std::iter::once(reachable()).chain(quiet()).collect())])
}

/// The login is refused, and everything else with it.
pub(crate) fn refused() -> RunReport {
    const BEHIND: [(&str, &str); 4] = [
        ("connection/version", "the version is supported"),
        ("postgres/wal-level", "the WAL holds what logical decoding needs"),
        ("postgres/role", "the account may replicate"),
        ("postgres/table-exists", "the tables exist"),
    ];
    let refusal = Missing::Refused {
        what: "the login".into(),
        detail: "password authentication failed for user \"cdc_user\"".into(),
        code: Some("28P01".into()),
    };
    let mut results = vec![
        reachable(),
        plain(
            check("connection/auth", "the account can log in", Level::Required),
            Finding::unknown(Subject::Server, refusal),
        ),
    ];
    // One is blocked by way of another, as when a chain of causes is recorded.
    for (number, (id, title)) in BEHIND.into_iter().enumerate() {
        let because = if number == 3 { "connection/version" } else { "connection/auth" };
        let missing = Missing::NotReached { because: because.into() };
        let info = check(id, title, Level::Required);
        results.push(plain(info, Finding::unknown(Subject::Server, missing)));
    }
    let mut target = postgres(results);
    target.report.flavour = Err(Missing::NotReached { because: "connection/auth".into() });
    target.report.server_version = Err(Missing::NotReached { because: "connection/auth".into() });
    run(vec![target])
}

/// 200 tables with the same failure and a statement each.
pub(crate) fn many() -> RunReport {
    let subjects = (1..=200).map(|number| {
        let finding = Finding::table(format!("public.t{number:03}"), Outcome::Fail)
            .observed("default, but no primary key")
            .expected("a primary key, or REPLICA IDENTITY FULL");
        let sql = format!("ALTER TABLE \"public\".\"t{number:03}\" REPLICA IDENTITY FULL;");
        let undo = format!("ALTER TABLE \"public\".\"t{number:03}\" REPLICA IDENTITY DEFAULT;");
        (finding, Step::owner(sql).in_database("inventory").undo(undo).into())
    });
    let info = check("postgres/replica-identity", "updates carry a key", Level::Required);
    let mut target = postgres(vec![reachable(), result(info, subjects.collect())]);
    target.target.selection = Selection::Schemas(vec!["public".into()]);
    run(vec![target])
}

/// One check that says something else of each table, and more than there is room for.
pub(crate) fn mixed() -> RunReport {
    let mut subjects: Vec<(Finding, Remedy)> = (1..=12)
        .map(|number| {
            let finding = Finding::table(format!("public.t{number:02}"), Outcome::Fail)
                .observed(format!("kind {number}"))
                .because("It is a view.");
            let what = format!("Take public.t{number:02} out of TableNames.");
            (finding, Step::request(what).into())
        })
        .collect();
    let hidden = Missing::Denied { what: "the table's kind".into(), needs: "USAGE".into() };
    let table = |name: &str| Subject::Table(name.into());
    subjects.insert(0, (Finding::unknown(table("hidden.x"), hidden), Remedy::none()));
    subjects.insert(1, (Finding::of(table("public.fine"), Outcome::Pass), Remedy::none()));
    let weaker = Finding::of(table("public.parts"), Outcome::Warn).because("It is partitioned.");
    subjects.insert(2, (weaker, Remedy::none()));
    let mut few: Vec<_> = subjects.iter().take(5).cloned().collect();
    for (number, (_, remedy)) in few.iter_mut().skip(3).enumerate() {
        *remedy = Step::owner(format!("ALTER TABLE t{number} SET LOGGED;")).into();
    }
    run(vec![postgres(vec![
        result(check("postgres/table-kind", "tables are tables", Level::Required), subjects),
        result(check("postgres/table-few", "few are tables", Level::Required), few),
    ])])
}

/// Every rule at once: waivers that are used, unused, about to expire and expired, a check that was
/// raised, checks that were left out, and warnings that were there before.
pub(crate) fn ruled() -> RunReport {
    let warning = |id, title, table: &str| {
        let info = check(id, title, Level::Recommended);
        plain(info, Finding::table(table, Outcome::Warn).observed("1.2 TB"))
    };
    let table = |name: &str| Subject::Table(name.into());
    let mut baseline = Baseline::default();
    let mut knows = |check, subject| {
        baseline.add("inventory@db.example.com:5432", check, subject, Outcome::Warn);
    };
    knows("postgres/table-size", table("public.products"));
    knows("postgres/table-toast", table("public.gone"));
    let expiring = Waiver {
        target: Glob::new("inventory@*"),
        expires: "2026-12-08".parse().expect("a date"),
        ..Waiver::clone(&waiver("postgres/table-select", "public.products"))
    };
    let expired = Waiver {
        expires: "2026-10-01".parse().expect("a date"),
        ..Waiver::clone(&waiver("postgres/wal-level", "*"))
    };
    let mut levels = Levels::default();
    levels.set("postgres/table-toast", Level::Required).expect("it may be raised");
    let rules = Rules {
        selection: CheckSelection {
            select: Vec::new(),
            skip: ["connection/auth", "postgres/heartbeat"]
                .map(|check| check.parse().expect("a check"))
                .into(),
        },
        levels,
        waivers: vec![
            waiver("postgres/row-security", "public.log"),
            expiring.into(),
            expired.into(),
            waiver("postgres/table-*", "public.archive"),
            waiver("mysql/binlog-format", "*"),
        ],
        baseline: Some(baseline.into()),
        ..no_rules()
    };
    let mut results = vec![reachable(), wal_level(), table_select()];
    let required = check("connection/auth", "the account can log in", Level::Required);
    let lesser = check("postgres/heartbeat", "a quiet database is kept alive", Level::Recommended);
    results.push(plain(required, Finding::server(Outcome::Pass)));
    results.push(plain(lesser, Finding::server(Outcome::Warn)));
    results.push(warning("postgres/table-size", "the snapshot is short", "public.products"));
    results.push(warning("postgres/table-toast", "large values stay in events", "public.orders"));
    results.extend(quiet());
    run(vec![postgres_under(&rules, results)])
}

/// Two requests, of which one passes; the other is closed for a reason that no check tells.
pub(crate) fn several() -> RunReport {
    let mut stale = postgres(vec![reachable()]);
    stale.target.operation = Operation::ConfigureMySqlSource;
    stale.target.host = "2001:db8::7".into();
    stale.target.port = 3306;
    stale.engine = Engine::MySql;
    stale.report.flavour = Ok(Flavour::AlibabaRds);
    stale.report.server_version = Ok("8.0.36".into());
    stale.gate = GateSummary { open: false, reasons: vec!["the facts changed since".into()] };
    stale.exit = Exit { code: 22, reason: "drifted".into() };
    let open = open().targets.remove(0);
    run(vec![open, stale])
}

/// A report in which every text from outside is `text`.
pub(crate) fn filled(text: &str) -> RunReport {
    let value = || Text::new(text);
    let full = |outcome| Finding::table(text, outcome).observed(text).expected(text).because(text);
    let remedy = Remedy::from(Step::dba(text).in_database(text).undo(text).note(text))
        .then(Step::config("my.cnf", "[mysqld]", text))
        .then(Step::console(text).costs(Cost::Reload))
        .then(Step::manual(Actor::Network, text).costs(Cost::Reconnect));
    let unknown = [
        Missing::Denied { what: value(), needs: value() },
        Missing::Malformed { what: value(), detail: value() },
        Missing::NotAsked { what: value(), why: value() },
        Missing::NotReached { because: text.to_owned() },
        Missing::Refused { what: value(), detail: value(), code: Some(text.to_owned()) },
        Missing::TimedOut { what: value(), after_ms: 1 },
        Missing::Unsupported { what: value(), since: value() },
    ];
    let info = |id| check(id, "a title", Level::Required);
    let mut results: Vec<CheckResult> =
        [Outcome::Fail, Outcome::Warn, Outcome::Pass, Outcome::NotApplicable, Outcome::Waived]
            .into_iter()
            .map(|outcome| one(info("area/known"), full(outcome), remedy.clone()))
            .collect();
    for missing in unknown {
        let finding = Finding::unknown(Subject::Account(value()), missing);
        results.push(plain(info("area/unknown"), finding));
    }
    let accepted = check("postgres/row-security", "no policy hides rows", Level::Required);
    results.push(one(accepted, full(Outcome::Fail), remedy));
    let hostile = Waiver {
        subject: Glob::any(),
        target: Glob::any(),
        reason: value(),
        owner: value(),
        place: value(),
        ..Waiver::clone(&waiver("postgres/row-security", "*"))
    };
    let unused = Waiver { check: Glob::new(text), subject: Glob::new(text), ..hostile.clone() };
    let mut baseline = Baseline::default();
    let subject = Subject::Table(value());
    baseline.add("inventory@db.example.com:5432", text, subject, Outcome::Warn);
    let rules = Rules {
        waivers: vec![hostile.into(), unused.into()],
        baseline: Some(baseline.into()),
        ..no_rules()
    };
    let mut target = postgres_under(&rules, results);
    target.report.server_version = Ok(value());
    target.target.host = value();
    target.target.database = value();
    target.target.user = value();
    target.target.selection = Selection::Tables(vec![TableName::new(text, text)]);
    target.gate.reasons = vec![value()];
    target.exit.reason = text.to_owned();
    let mut schemas = target.clone();
    schemas.target.selection = Selection::Schemas(vec![value(), value()]);
    run(vec![target, schemas])
}

/// The texts that somebody who means harm would choose.
pub(crate) fn hostile() -> Vec<String> {
    let mut texts: Vec<String> = [
        "\u{1b}[2J\u{1b}[Hgate open",
        "\u{1b}]0;title\u{7}",
        "\u{9b}31mred\u{9c}",
        "orders\rGATE OPEN",
        "a\n::error file=x,line=1::y",
        "::error::from the database",
        " \u{a0}\u{3000}::warning::z",
        "a\u{2028}::set-output name=x::y",
        "##[error]z",
        "###[group]z ##vso[task.complete]",
        "safe\u{202e}desrever\u{202c}",
        "\u{2067}isolate\u{2069}",
        "zero\u{200b}width\u{feff}\u{ad}",
        "\u{e0041}\u{e007f}tag",
        "line\nbreak\r\n\ttab\u{b}\u{c}",
        "; DROP TABLE x; -- \"'`\\",
        "",
        " ",
        ":",
        "订单 — “ёлка”",
    ]
    .map(str::to_owned)
    .into();
    texts.push("x".repeat(10_000));
    texts.push("\u{1b}".repeat(1_000));
    texts.push("a ".repeat(5_000));
    texts.push("::error:: ".repeat(100));
    texts.push(format!("{}::error::x", "y".repeat(60)));
    texts
}
