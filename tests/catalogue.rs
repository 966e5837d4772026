//! Every check's page is complete and true: its headings stand in order, and its cases run.
//!
//! A case overlays a few facts on a known-good baseline and states the outcome. See
//! `CONTRIBUTING.md` for the notation.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its own data has to stop")]

use std::collections::BTreeSet;
use std::path::Path;

use cdc_checks::facts::overlay;
use cdc_checks::{CheckInfo, Facts, Intent, Outcome, catalogue, judge};
use serde_json::{Value, json};

const HEADINGS: [&str; 4] = ["## Why", "## Fix", "## Cases", "## Break it"];

#[test]
fn ids_are_unique_and_well_formed() {
    let mut seen = BTreeSet::new();
    for check in catalogue::all() {
        assert!(seen.insert(check.id), "{} is there twice", check.id);
        let (area, noun) = check.id.split_once('/').expect("area/kebab-noun");
        let kebab =
            |s: &str| s.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        assert!(kebab(area) && kebab(noun) && !noun.is_empty(), "{}", check.id);
        assert!(!check.title.ends_with('.') && !check.title.is_empty(), "{}", check.id);
    }
    assert!(!seen.is_empty());
}

#[test]
fn every_page_has_its_headings_in_order() {
    for check in catalogue::all() {
        let found: Vec<&str> = check.doc.lines().filter(|line| line.starts_with("## ")).collect();
        assert_eq!(found, HEADINGS, "{}", check.id);
        // A check that cannot fail says so.
        let break_it = section(check.doc, "## Break it");
        let is_told = break_it.contains("```") || break_it.contains("Nothing breaks it");
        assert!(is_told, "{}: nothing breaks it", check.id);
    }
}

#[test]
fn every_case_comes_out_as_its_page_says() {
    let mut wrong = Vec::new();
    for check in catalogue::all() {
        let cases = cases(check.doc);
        let outcomes: BTreeSet<&str> = cases.iter().map(|case| case.outcome.as_str()).collect();
        assert!(outcomes.contains("pass"), "{}: no case passes", check.id);
        assert!(outcomes.len() > 1, "{}: no case but passes", check.id);
        wrong.extend(cases.iter().filter_map(|case| run(check, case).err()));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Settings by which the platforms of providers are told.
const PLATFORMS: [&str; 9] = [
    "aurora.version",
    "rds.extensions",
    "cloudsql.logical_decoding",
    "alloydb.logical_decoding",
    "azure.extensions",
    "polar_version",
    "rds_failover_slot_mode",
    "supautils.reserved_roles",
    "neon.tenant_id",
];

#[test]
fn no_provider_is_asked_for_what_only_a_superuser_or_a_file_can_do() {
    let postgres = catalogue::all().filter(|check| check.area() == "postgres");
    let cases = postgres.flat_map(|check| cases(check.doc).into_iter().map(move |it| (check, it)));
    let mut wrong = BTreeSet::new();
    let mut seen = 0;
    // Each case on one platform, in turn: together they meet every check on several.
    for ((check, case), platform) in cases.zip(PLATFORMS.iter().cycle()) {
        let mut document = baseline(case.baseline.as_deref().unwrap_or("postgres"));
        let steps = case.overlay.iter().map(|(path, value)| (path.as_str(), value.as_str()));
        if steps.clone().any(|(path, value)| overlay(&mut document, path, value).is_err()) {
            continue;
        }
        // Cases in which nothing is known of the server have no remedies either.
        if overlay(&mut document, platform, "on").is_err() {
            continue;
        }
        for step in steps_of(&document, check) {
            seen += 1;
            let step = serde_json::to_string(&step).unwrap();
            let asks = ["ALTER SYSTEM", "pg_hba.conf,", "pg_reload_conf", "BYPASSRLS;"];
            if let Some(asks) = asks.iter().find(|asks| step.contains(**asks)) {
                wrong.insert(format!("{} asks {platform} for {asks}: {step}", check.id));
            }
        }
    }
    assert!(seen > 100, "{seen}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn steps_of(document: &Value, check: CheckInfo) -> Vec<cdc_checks::Step> {
    let facts: Facts = serde_json::from_value(document["facts"].clone()).unwrap();
    let mut intent = serde_json::to_value(Intent::of(&facts.request)).unwrap();
    merge(&mut intent, &document["intent"]);
    let report = judge(&facts, &serde_json::from_value(intent).unwrap());
    let result = report.results.into_iter().find(|result| result.check.id == check.id).unwrap();
    result.subjects.into_iter().flat_map(|subject| subject.remedy.steps).collect()
}

/// One fenced block: ```` ```case OUTCOME[: what] [on BASELINE] ````.
struct Case {
    header: String,
    outcome: String,
    baseline: Option<String>,
    overlay: Vec<(String, String)>,
}

fn section<'a>(doc: &'a str, heading: &str) -> &'a str {
    let start = doc.find(heading).map_or(doc.len(), |at| at + heading.len());
    let rest = &doc[start..];
    &rest[..rest.find("\n## ").unwrap_or(rest.len())]
}

fn cases(doc: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut lines = section(doc, "## Cases").lines();
    while let Some(line) = lines.next() {
        let Some(header) = line.strip_prefix("```case ") else { continue };
        let body = lines.by_ref().take_while(|line| *line != "```");
        let overlay =
            body.filter_map(|line| line.split_once(" = ").or_else(|| line.split_once(" =")));
        let overlay =
            overlay.map(|(path, value)| (path.trim().into(), value.trim().into())).collect();
        let (head, baseline) = match header.rsplit_once(" on ") {
            Some((head, name)) => (head, Some(name.replace(' ', "-"))),
            None => (header, None),
        };
        let outcome = head.split(':').next().unwrap_or_default().trim().into();
        cases.push(Case { header: header.into(), outcome, baseline, overlay });
    }
    cases
}

fn run(check: CheckInfo, case: &Case) -> Result<(), String> {
    let default = match check.area() {
        area @ ("mysql" | "rabbitmq") => area,
        _ => "postgres",
    };
    let mut document = baseline(case.baseline.as_deref().unwrap_or(default));
    for (path, value) in &case.overlay {
        overlay(&mut document, path, value)
            .map_err(|error| format!("{} [{}] {path}: {error}", check.id, case.header))?;
    }
    let facts: Facts = serde_json::from_value(document["facts"].clone())
        .map_err(|error| format!("{} [{}]: {error}", check.id, case.header))?;
    let mut intent = serde_json::to_value(Intent::of(&facts.request)).unwrap();
    merge(&mut intent, &document["intent"]);
    let intent: Intent = serde_json::from_value(intent)
        .map_err(|error| format!("{} [{}]: {error}", check.id, case.header))?;
    let report = judge(&facts, &intent);
    let result = report.results.iter().find(|result| result.check.id == check.id);
    let result = result.ok_or_else(|| format!("{} is not in the report", check.id))?;
    if result.outcome.as_str() != case.outcome {
        let findings = &result.subjects;
        return Err(format!(
            "{} [{}]: {:?}\n  {findings:?}",
            check.id, case.header, result.outcome
        ));
    }
    remedies_are_there(check, result)
}

/// What fails must say what to do, except where nothing can be done from here.
fn remedies_are_there(check: CheckInfo, result: &cdc_checks::CheckResult) -> Result<(), String> {
    let bare = result
        .subjects
        .iter()
        .any(|subject| subject.finding.outcome == Outcome::Fail && subject.remedy.steps.is_empty());
    if bare { Err(format!("{}: a failure without a remedy", check.id)) } else { Ok(()) }
}

fn baseline(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../tests/facts/{name}.json"));
    let text =
        std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("no baseline {}", path.display()));
    json!({ "facts": serde_json::from_str::<Value>(&text).unwrap(), "intent": {} })
}

fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from.clone(),
    }
}
