//! What users write becomes a request, or a list of everything that is wrong with it.

#![allow(clippy::expect_used, reason = "a test that cannot read its own input has to stop")]

use cdc_preflight::checks::facts::connection::TlsMode;
use cdc_preflight::checks::{Engine, Selection, TableName};
use cdc_preflight::request::{Input, Loaded, Problems, load, render};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

#[path = "request/origin.rs"]
mod origin;
#[path = "request/pointers.rs"]
mod pointers;
#[path = "request/streams.rs"]
mod streams;

fn env(name: &str) -> Option<String> {
    match name {
        "PG_PASSWORD" => Some("hunter2".into()),
        "EMPTY" => Some(String::new()),
        "PORT" => Some("5433".into()),
        _ => None,
    }
}

fn document(text: impl AsRef<[u8]>, action: Option<&str>) -> Result<Loaded, Problems> {
    let input = Input::Document {
        name: "r.yaml".into(),
        bytes: text.as_ref().to_vec(),
        folder: ".".into(),
        action: action.map(Into::into),
    };
    load(input, &env)
}

fn url(url: &str, tables: &[&str]) -> Result<Loaded, Problems> {
    let tables = tables.iter().map(|table| (*table).into()).collect();
    load(Input::Url { url: url.into(), tables }, &env)
}

/// Every line that is said of an input; `ok` first where it can be used.
fn said(result: &Result<Loaded, Problems>) -> Vec<String> {
    let (problems, first) = match result {
        Ok(loaded) => (&loaded.warnings, Some("ok".to_string())),
        Err(problems) => (problems, None),
    };
    first.into_iter().chain(problems.short().lines().map(String::from)).collect()
}

/// Everything that could reach a person or a log.
fn output(result: &Result<Loaded, Problems>) -> String {
    let problems = match result {
        Ok(loaded) => &loaded.warnings,
        Err(problems) => problems,
    };
    let rendered = [render(problems, false, 100), render(problems, true, 40)].concat();
    let bodies = result.iter().flat_map(|loaded| &loaded.requests);
    let bodies: String = bodies.map(|request| request.redacted_body().to_string()).collect();
    format!("{result:?}\n{}\n{rendered}\n{bodies}", problems.short())
}

const GOOD: &str = r#"requests:
  - configurePostgreSQLSource:
      RegionId: cn-hangzhou
      HostName: pg.example.com
      Port: 5432
      User: cdc_user
      Password: "${PG_PASSWORD}"
      DatabaseName: inventory
      SchemaName: public
      TableNames: "products,orders"
      SnapshotMode: initial
"#;

#[test]
fn every_problem_has_its_place_and_a_suggestion() {
    let blocks = include_str!("request/problems.txt").split("\n=== ").skip(1);
    let mut wrong = Vec::new();
    let mut count = 0;
    for block in blocks {
        let (name, rest) = block.split_once('\n').expect("a name");
        let (text, expected) = rest.split_once(">>> says\n").expect("an expectation");
        let result = document(text, None);
        let found = said(&result).join("\n");
        if found != expected.trim_end() {
            wrong.push(format!("{name}\n  expected {}\n  found    {found}", expected.trim_end()));
        }
        let output = output(&result);
        assert!(!output.contains("hunter2") && !output.contains("geheim"), "{name}\n{output}");
        assert!(!output.contains("ter2"), "{name}\n{output}");
        count += 1;
    }
    assert!(count > 80, "{count} cases were read");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_manifest_becomes_requests() {
    let loaded = document(GOOD, None).expect("a good manifest");
    assert!(loaded.warnings.is_empty());
    let [request] = loaded.requests.as_slice() else { panic!("one request") };
    assert_eq!((request.host(), request.port()), ("pg.example.com", 5432));
    assert_eq!((request.user(), request.database()), ("cdc_user", "inventory"));
    assert_eq!(request.region(), Some("cn-hangzhou"));
    assert_eq!(request.password().expose_secret(), "hunter2");
    assert_eq!(request.intent().engine, Engine::Postgres);
    let tables = ["products", "orders"].map(|name| TableName::new("public", name));
    assert_eq!(request.intent().selection, Selection::Tables(tables.into()));
    let facts = serde_json::to_string(&request.facts()).expect("facts");
    assert!(facts.contains(r#""Password":{"secret":{"empty":false}}"#), "{facts}");
    assert!(!output(&document(GOOD, None)).contains("hunter2"));
}

#[test]
fn the_body_holds_the_callers_fields_and_nothing_else() {
    let text = r#"{"RegionId": "cn-shanghai", "HostName": "mysql.internal", "Port": 3306,
        "User": "eb_cdc", "Password": "pass\ud83d\ude00word", "DatabaseName": "sales_db",
        "TableNames": "customers,transactions", "BinlogFormat": "ROW",
        "NetworkType": "PrivateNetwork", "VpcId": "vpc-abc123", "VSwitchIds": "vsw-def456",
        "SecurityGroupId": "sg-789xyz"}"#;
    let loaded = document(text, Some("configureMySQLSource")).expect("a good payload");
    assert_eq!(loaded.warnings.len(), 1, "{}", loaded.warnings);
    let request = &loaded.requests[0];
    let sent: Value = serde_json::from_str(text).expect("JSON");
    assert_eq!(request.body_with_secrets(), sent);
    let mut redacted = sent;
    redacted["Password"] = json!("***");
    assert_eq!(request.redacted_body(), redacted);
}

#[test]
fn a_port_that_is_not_written_is_not_sent() {
    let text = GOOD.replace("      Port: 5432\n", "");
    let loaded = document(text, None).expect("a good manifest");
    assert_eq!(loaded.requests[0].port(), 5432);
    assert!(loaded.requests[0].body_with_secrets().get("Port").is_none());
}

#[test]
fn references_are_replaced_once_and_never_parsed() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("password"), "from: \"file\"\n\n").expect("a file");
    let body = |field: &str, text: &str| {
        let text = GOOD.replace("\"${PG_PASSWORD}\"", "x").replace(field, text);
        let input = Input::Document {
            name: "r.yaml".into(),
            bytes: text.into_bytes(),
            folder: folder.path().into(),
            action: None,
        };
        let env = |name: &str| (name == "TRICK").then(|| "${PG_PASSWORD}\nPort: 1".to_string());
        let loaded = load(input, &env).expect("a good manifest");
        loaded.requests[0].body_with_secrets()
    };
    assert_eq!(body("Password: x", "Password: ${file:password}")["Password"], "from: \"file\"\n");
    assert_eq!(body("cdc_user", "${TRICK}")["User"], "${PG_PASSWORD}\nPort: 1");
    assert_eq!(body("cdc_user", "a${NOBODY:-b:-c}d")["User"], "ab:-cd");
    assert_eq!(body("cdc_user", "a$$b$c$$$$")["User"], "a$b$c$$");
    assert_eq!(body("Port: 5432", "Port: ${NOBODY:-1}")["Port"], 1);
}

#[test]
fn the_parser_reads_json_as_people_write_it() {
    let tabs = "\u{feff}{\n\t\"requests\": [\n\t\t{\"configurePostgreSQLSource\": {\n\t\t\t\
        \"RegionId\": \"cn-hangzhou\", \"HostName\": \"h\\/x\", \"Port\": 1, \"User\": \"u\",\n\
        \t\t\t\"Password\": \"a\\\"b\\u00e4\", \"DatabaseName\": \"d\"\n\t\t}}\n\t]\n}\r\n";
    let loaded = document(tabs, None).expect("good JSON");
    assert_eq!(loaded.requests[0].password().expose_secret(), "a\"b\u{e4}");
    assert_eq!(loaded.requests[0].host(), "h/x");
    let late = tabs.replace("\"Port\": 1", "\"Port\": 0");
    let place = "r.yaml:4:59: Port is 0";
    let said = said(&document(late, None));
    assert!(said[0].starts_with(place), "{said:?}");
}

#[test]
fn input_that_is_no_text_or_too_large_is_refused() {
    let cases: [(Vec<u8>, &str); 6] = [
        (b"a: 1\nb: \xff".into(), "r.yaml: the input is not UTF-8 text: line 2 has other bytes"),
        (vec![b' '; 1024 * 1024 + 1], "r.yaml: the input is larger than 1048576 bytes"),
        (
            ("[".repeat(40) + &"]".repeat(40)).into(),
            "r.yaml:1:33: lists and maps stand in each other",
        ),
        ("[".repeat(100_000).into(), "r.yaml:1:256: syntax error: too deeply nested"),
        ("- ".repeat(100_000).into(), "r.yaml:1:65: lists and maps stand in each other"),
        (bomb().into(), "r.yaml:4:38: the input has more than 10000 keys and values"),
    ];
    for (bytes, expected) in cases {
        let said = said(&document(bytes, None));
        assert!(said[0].starts_with(expected), "{expected}\n{:.200}", said[0]);
    }
}

#[test]
fn of_very_many_problems_the_first_are_shown() {
    let fields: String =
        (0..4_500).map(|at| format!("      {at}x: {}\n", "y".repeat(190))).collect();
    let started = std::time::Instant::now();
    let said = said(&document(format!("{GOOD}{fields}"), None));
    assert_eq!(said.len(), 101);
    assert_eq!(said[100], "r.yaml: 4400 more problems are not shown");
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

/// A text of which a few thousand aliases would make gigabytes.
#[test]
fn aliases_repeat_little_text() {
    let text = format!("a: &a {}\nb: [{}]\n", "x".repeat(500_000), vec!["*a"; 9000].join(","));
    let started = std::time::Instant::now();
    let said = said(&document(text, None));
    assert!(said[0].contains("aliases repeat more than 1048576 bytes of text"), "{said:?}");
    assert!(started.elapsed() < std::time::Duration::from_secs(60));
}

/// Four levels of ten aliases each: ten thousand values in a few lines.
fn bomb() -> String {
    let mut text = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for level in 1..6 {
        let alias = format!("*a{}", level - 1);
        text += &format!("a{level}: &a{level} [{}]\n", vec![alias; 10].join(","));
    }
    text
}

#[test]
fn an_anchor_may_be_used_again() {
    let text = GOOD.replace("User: cdc_user", "User: &name cdc").replace("inventory", "*name");
    let loaded = document(text, None).expect("a good manifest");
    assert_eq!(loaded.requests[0].database(), "cdc");
}

#[test]
fn options_that_do_not_fit_are_refused() {
    let lines = |result| said(&result).join("\n");
    assert_eq!(
        lines(document(GOOD, Some("configureMysqlSource"))),
        "--action: there is no operation configureMysqlSource (Did you mean configureMySQLSource?)"
    );
    assert_eq!(
        lines(document(GOOD, Some("configureMySQLSource"))),
        "r.yaml:1:1: a manifest names its operations by itself (Leave out --action.)"
    );
    let opened = |argument, action: Option<&str>, tables: &[&str]| {
        let tables = tables.iter().map(|table| (*table).into()).collect();
        Input::open(argument, action.map(Into::into), tables).err().map(|it| it.short())
    };
    let tables = opened("a.yaml", None, &["a"]).expect("a problem");
    assert!(tables.starts_with("--table: only a URL needs tables"), "{tables}");
    let action = opened("mysql://u@h/d", Some("x"), &[]).expect("a problem");
    assert!(action.starts_with("--action: a URL is not a payload"), "{action}");
    let absent = opened("no/such/file", None, &[]).expect("a problem");
    assert!(absent.starts_with("no/such/file: cannot be read: No such file"), "{absent}");
}

#[test]
fn a_finding_names_its_check() {
    let text = GOOD.replace("5432", "0\n      NetworkType: PrivateNetwork\n      Port: 1");
    let problems = load(Input::text("r.yaml", text), &env).expect_err("five problems");
    let rules: Vec<_> = problems.iter().map(|problem| problem.rule).collect();
    let vpc = Some("request/vpc");
    assert_eq!(rules, [vpc, vpc, vpc, Some("request/parameters"), None]);
}

#[test]
fn double_dollars_in_a_payload_deserve_a_look() {
    let text = r#"{"RegionId": "cn-hangzhou", "HostName": "h", "Port": 1, "User": "u",
 "Password": "pa$$word", "DatabaseName": "d"}"#;
    let result = document(text, Some("configurePostgreSQLSource"));
    assert_eq!(
        said(&result)[1],
        "r.yaml:2:14: warning: $$ in Password stands for one dollar sign (Write $$$$ if two are \
         meant.)"
    );
    assert!(!output(&result).contains("pa$"));
}

#[test]
fn a_url_becomes_a_quick_look() {
    let text = "postgres://cdc%40corp:p%40ss@[::1]:5433/in%2Fventory?sslmode=verify-full\
        &sslrootcert=/etc/ca.pem&connect_timeout=7&sslcert=c.pem&sslkey=k.pem";
    let loaded = url(text, &["public.orders", "public.products"]).expect("a good URL");
    assert!(loaded.warnings.short().starts_with("<url>:1:23: warning: a password in a URL"));
    let request = &loaded.requests[0];
    assert!(request.is_quick_look() && request.region().is_none());
    assert_eq!((request.host(), request.port()), ("::1", 5433));
    assert_eq!((request.user(), request.database()), ("cdc@corp", "in/ventory"));
    assert_eq!(request.password().expose_secret(), "p@ss");
    let tables = ["orders", "products"].map(|name| TableName::new("public", name));
    assert_eq!(request.intent().selection, Selection::Tables(tables.into()));
    let connect = request.connect_options();
    assert_eq!(connect.tls_mode, Some(TlsMode::VerifyFull));
    assert_eq!(connect.ca_file.as_deref(), Some(std::path::Path::new("/etc/ca.pem")));
    assert_eq!(connect.connect_timeout, Some(std::time::Duration::from_secs(7)));
    assert!(connect.certificate_file.is_some() && connect.key_file.is_some());
}

#[test]
fn a_url_takes_password_and_port_from_where_the_clients_do() {
    let env = |name: &str| Some(format!("value of {name}"));
    let quick = |url: &str| {
        let loaded = load(Input::Url { url: url.into(), tables: Vec::new() }, &env).expect("good");
        assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
        let request = &loaded.requests[0];
        (request.password().expose_secret().to_string(), request.port())
    };
    assert_eq!(quick("postgresql://u@h/d"), ("value of PGPASSWORD".into(), 5432));
    assert_eq!(quick("mariadb://u@h/d?ssl-mode=VERIFY_IDENTITY").1, 3306);
    assert_eq!(quick("mysql://u@h/d").0, "value of MYSQL_PWD");
    let without = url("mysql://u@h:3307/d", &["d.orders"]).expect("good").requests.remove(0);
    assert_eq!((without.password().expose_secret(), without.port()), ("", 3307));
}

#[test]
fn every_problem_of_a_url_has_its_place() {
    let cases = [
        ("postgress://u@h/d", "1:1: a URL of an unknown scheme (Did you mean postgres?)"),
        ("postgres://h/d", "1:12: the URL has no User"),
        ("postgres://u@/d", "1:14: the URL has no HostName"),
        ("postgres://u@h", "1:15: the URL has no DatabaseName"),
        ("postgres://u@h/", "1:16: the URL has no DatabaseName"),
        ("postgres://u@h/d/e", "1:16: a URL names one database"),
        ("postgres://u@h,i/d", "1:14: a URL names one host"),
        ("postgres://u@h:0/d", "1:16: Port is 0"),
        ("postgres://u@h:99999/d", "1:16: Port is not within"),
        ("postgres://u@h:hunter2/d", "1:16: what stands behind the host is not a port"),
        ("postgres://u@h/d?sslmod=require", "1:18: the URL has a parameter"),
        ("postgres://u@h/d?sslmode=requird", "1:26: there is no such mode"),
        ("postgres://u@h/d?sslmode=allow", "1:26: warning: the mode allow"),
        ("postgres://u@h/d?sslcert=c", "1:17: a client certificate and its key"),
        ("postgres://u@h/d?connect_timeout=0", "1:34: connect_timeout is not a time"),
        ("postgres://u@h/d?password=hunter2", "1:18: the URL has a parameter"),
        ("postgres://u@h/d#hunter2", "1:17: a URL of a database has no # part"),
        ("postgres://u%zz@h/d", "1:12: a percent sign is not followed"),
        ("postgres://u:hun%zzter2@h/d", "1:14: a percent sign is not followed"),
        ("postgres://u:hunter2/x@h/d", "1:23: an @ stands where none can be"),
        ("postgres://u:hunter2#x@h/d", "1:23: an @ stands where none can be"),
        ("http://u:hunter2@h/d", "1:1: a URL of an unknown scheme"),
    ];
    for (text, expected) in cases {
        let result = url(text, &[]);
        let lines = said(&result);
        let expected = format!("<url>:{expected}");
        assert!(lines.iter().any(|line| line.starts_with(&expected)), "{expected}\n{lines:?}");
        assert!(!output(&result).contains("hunter2"), "{}", output(&result));
        assert!(!output(&result).contains("ter2"), "{}", output(&result));
    }
    let tables = said(&url("mysql://u@h/d", &["a,b"]));
    assert!(tables[0].starts_with("--table: a table's name is empty or has a comma"), "{tables:?}");
    let elsewhere = said(&url("mysql://u@h/d", &["e.orders"]));
    assert!(elsewhere[0].contains("in another database than DatabaseName says"), "{elsewhere:?}");
}

#[test]
fn problems_look_like_a_compilers() {
    let text = GOOD
        .replace("Port: 5432", "Port: \"5432\" # once geheim")
        .replace("\"${PG_PASSWORD}\"", "hunter2")
        .replace("initial", "initail");
    let problems = document(text, None).expect_err("two problems");
    assert_eq!(
        render(&problems, false, 100),
        r#"error: Port must be a number, not a text
 --> r.yaml:5:13
  |
5 |       Port: "5432" ***
  |             ^^^^^^
  |
  = help: Write Port: 5432, without quotes.

error: SnapshotMode must be initial, never or always
  --> r.yaml:11:21
   |
11 |       SnapshotMode: initail
   |                     ^^^^^^^
   |
   = help: Did you mean initial?

"#
    );
    let one_line =
        r#"{"requests": [{"configureMySQLSource": {"Password": "hunter2", "Prot": 1}}]}"#;
    let rendered = render(&document(one_line, None).expect_err("a problem"), false, 100);
    assert!(rendered.contains(r#"{"Password": ***, "Prot": ***}"#), "{rendered}");
    assert!(rendered.contains("--> r.yaml:1:64"), "{rendered}");
}

#[test]
fn a_line_that_is_not_understood_shows_no_value() {
    for broken in [
        "requests:\n  - configurePostgreSQLSource:\n      Password: \"hunter2\n",
        "requests: [{configurePostgreSQLSource: {Password: 'hunter2, User: hunter2",
        "Password: |\n  hunter2\n hunter2: [\n",
        "Password hunter2\n: hunter2: x",
        "{\"Password\": hunter2: \"hunter2\" hunter2",
        "Password: !hunter2!x hunter2",
        "Password: *hunter2",
        "Password: %hunter2\nx: \"\\hunter2\"",
    ] {
        let output = output(&document(broken, None));
        assert!(!output.contains("hunter2"), "{broken}\n{output}");
    }
}

/// A small generator of numbers, always the same.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit.max(1) as u64).unwrap_or(0)
    }
}

/// The bytes with a few of them removed, replaced, repeated or inserted.
fn mutated(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    const SIGNS: &[u8] = b"{}[]:,\"'#&*!|>%@`-?~$\\\n\t \r\0\x1b\xff0aZ\xc3\xa4<=.";
    let mut bytes = bytes.to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len());
        let end = (at + random.below(12)).min(bytes.len());
        match random.below(4) {
            0 => drop(bytes.drain(at..end)),
            1 => bytes.insert(at, SIGNS[random.below(SIGNS.len())]),
            2 => bytes[at] = SIGNS[random.below(SIGNS.len())],
            _ => {
                let copy = bytes[at..end].to_vec();
                let to = random.below(bytes.len());
                drop(bytes.splice(to..to, copy));
            }
        }
    }
    bytes
}

/// Whether the password still stands where it was put: once, behind its key.
fn is_in_place(text: &str) -> bool {
    let mut parts = text.split("hunter2");
    let before = parts.next().unwrap_or_default().trim_end_matches(|c: char| !c.is_alphanumeric());
    parts.count() == 1 && before.ends_with("assword")
}

#[test]
fn no_broken_input_shows_its_password() {
    let seeds = [
        GOOD.replace("${PG_PASSWORD}", "hunter2"),
        GOOD.replace("\"${PG_PASSWORD}\"", "hunter2"),
        r#"{"requests": [{"configurePostgreSQLSource": {"RegionId": "cn-hangzhou",
            "HostName": "h", "Password": "hunter2", "Port": 5432}}]}"#
            .into(),
        "requests: [{configurePostgreSQLSource: {Password: hunter2, Port: 1, User: a}}]".into(),
    ];
    let mut random = Random(0x2545_F491_4F6C_DD1D);
    let mut tried = 0;
    for round in 0..8_000 {
        let bytes = mutated(seeds[round % seeds.len()].as_bytes(), &mut random);
        let text = String::from_utf8_lossy(&bytes);
        if is_in_place(&text) {
            let output = output(&document(&bytes, None));
            assert!(!output.contains("hunter2"), "{text}\n{output}");
            tried += 1;
        }
    }
    assert!(tried > 4_000, "only {tried} inputs kept their password in place");
}

#[test]
fn no_input_makes_it_panic() {
    let seeds = [
        (GOOD.to_string(), None),
        (bomb(), None),
        ("{\"RegionId\": \"cn-hangzhou\", \"Port\": 0, \"User\": \"${A:-b}\"}".into(), {
            Some("configurePostgreSQLSource")
        }),
        (
            "requests: [{configureMySQLSource: {&a User: *a, ? x : - y, \"$$\": |\n z}}]".into(),
            None,
        ),
    ];
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for round in 0..6_000 {
        let (seed, action) = &seeds[round % seeds.len()];
        let bytes = mutated(seed.as_bytes(), &mut random);
        let result = document(bytes, *action);
        let said = said(&result);
        assert!(said.iter().all(|line| !line.contains(char::is_control)), "{said:?}");
        assert!(!output(&result).is_empty());
    }
    let seed = "postgres://us%40er:pa:ss@[::1]:5432/db?sslmode=require&sslkey=%2f#x";
    for _ in 0..6_000 {
        let bytes = mutated(seed.as_bytes(), &mut random);
        let result = url(&String::from_utf8_lossy(&bytes), &["a.b"]);
        assert!(!output(&result).is_empty());
    }
}
