//! Findings as results.

use std::collections::BTreeMap;
use std::path::Path;

use cdc_checks::{CheckResult, Finding, JudgedSubject, Outcome, Subject};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

use super::super::{NAME_LIMIT, TargetReport, text, words};
use super::SarifKinds;
use super::model::{
    ArtifactLocation, Location, LogicalLocation, Message, PhysicalLocation, ResultProperties,
    SarifRegion, SarifResult, Suppression, level,
};
use crate::gate::BaselineState;
use crate::request::Origin;

/// What stands unchanged in the path of a URI.
const PATH: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// The fingerprint that GitHub tells alerts apart by.
const FINGERPRINT: &str = "primaryLocationLineHash";

/// The results of a target, in the order of the catalogue and of the request.
pub(super) fn of(target: &TargetReport, source: &str, kinds: SarifKinds) -> Vec<SarifResult> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let places = super::rules::places(&target.report.results);
    let mut results = Vec::new();
    for result in &target.report.results {
        for subject in &result.subjects {
            let Some((kind, level)) = class(result, &subject.finding, kinds) else { continue };
            let hash = hash(result, &subject.finding.subject, source);
            let times = seen.entry(hash.clone()).or_default();
            *times += 1;
            let fingerprint = format!("{hash}:{times}");
            results.push(SarifResult {
                rule_id: result.check.id,
                rule_index: places[result.check.id],
                kind,
                level,
                message: Message::new(message(result, subject)),
                locations: vec![location(target, &subject.finding.subject)],
                partial_fingerprints: BTreeMap::from([(FINGERPRINT, fingerprint)]),
                suppressions: suppressions(target, result, &subject.finding),
                baseline_state: target
                    .rulings
                    .baseline(result.check.id, &subject.finding)
                    .map(BaselineState::as_str),
                properties: ResultProperties { outcome: subject.finding.outcome.as_str() },
            });
        }
    }
    results
}

/// The kind and the level of a finding; `None` where it is left out. What is no failure has the
/// level `none`, as the standard wants it.
fn class(
    result: &CheckResult,
    finding: &Finding,
    kinds: SarifKinds,
) -> Option<(&'static str, &'static str)> {
    let severity = words::severity(result, finding).map(level);
    match (finding.outcome, kinds) {
        (Outcome::Fail | Outcome::Warn, _) => Some(("fail", severity?)),
        (Outcome::Undetermined, SarifKinds::Problems) => Some(("fail", severity?)),
        (Outcome::Waived, _) => Some(("fail", super::rules::default_level(result.check.level))),
        (_, SarifKinds::Problems) => None,
        (Outcome::Undetermined | Outcome::Blocked, SarifKinds::All) => Some(("open", "none")),
        (Outcome::Pass, SarifKinds::All) => Some(("pass", "none")),
        (Outcome::NotApplicable, SarifKinds::All) => Some(("notApplicable", "none")),
    }
}

fn message(result: &CheckResult, subject: &JudgedSubject) -> String {
    let lines = [words::sentences(result, &subject.finding)].into_iter();
    unlinked(lines.chain(words::steps(subject)).collect::<Vec<_>>().join("\n"))
}

/// In a message `[text](target)` is a link: here it is none.
pub(super) fn unlinked(words: String) -> String {
    words.replace("](", "]\\u{28}")
}

/// The same for the same finding about the same object, wherever in the file it is named.
fn hash(result: &CheckResult, subject: &Subject, source: &str) -> String {
    let what = serde_json::to_vec(&(result.check.id, subject, source));
    let digest = Sha256::digest(what.expect("texts can always be written"));
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn location(target: &TargetReport, subject: &Subject) -> Location {
    Location {
        physical_location: target.origin.as_ref().map(|origin| physical(origin, subject)),
        logical_locations: vec![logical(target, subject)],
    }
}

fn physical(origin: &Origin, subject: &Subject) -> PhysicalLocation {
    let region = origin.region(subject).map(|region| SarifRegion {
        start_line: region.start_line,
        start_column: region.start_column,
        end_line: region.end_line,
        end_column: region.end_column,
    });
    PhysicalLocation { artifact_location: artifact(origin.file()), region }
}

fn artifact(file: &str) -> ArtifactLocation {
    let path = if cfg!(windows) { file.replace('\\', "/") } else { file.to_owned() };
    let path = utf8_percent_encode(&path, PATH).to_string();
    if Path::new(file).is_absolute() {
        let uri = format!("file:///{}", path.trim_start_matches('/'));
        return ArtifactLocation { uri, uri_base_id: None };
    }
    ArtifactLocation { uri: path, uri_base_id: Some("%SRCROOT%") }
}

/// `host:port/database/schema.table`.
fn logical(target: &TargetReport, subject: &Subject) -> LogicalLocation {
    let name = text::shorten(&subject.name(), NAME_LIMIT);
    let database = text::shorten(&target.target.database, NAME_LIMIT);
    let server = target.target.server();
    let whole = match subject {
        Subject::Server => server,
        Subject::Account(_) => format!("{server}/{name}"),
        Subject::Database(_) => format!("{server}/{name}"),
        Subject::Publication(_) | Subject::Queue(_) | Subject::Table(_) => {
            format!("{server}/{database}/{name}")
        }
        Subject::Field(_) => format!("{}/{name}", target.target.operation.as_str()),
    };
    LogicalLocation { name, fully_qualified_name: whole, kind: words::kind(subject) }
}

fn suppressions(
    target: &TargetReport,
    result: &CheckResult,
    finding: &Finding,
) -> Vec<Suppression> {
    let accepted = words::acceptance(target, result, finding).into_iter();
    accepted
        .map(|justification| Suppression { kind: "external", status: "accepted", justification })
        .collect()
}
