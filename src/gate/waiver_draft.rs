//! A waiver as members of a document: what an API takes and a store keeps. The rules are those of
//! waiver files.

use cdc_checks::{Text, catalogue};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::selection::nearest;
use super::{Glob, Waiver};

/// Longest member of a waiver, in characters.
const LONGEST: usize = 1000;

/// A waiver that nobody has looked at yet.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WaiverDraft {
    /// The checks: an id, or a pattern of ids.
    pub check: String,
    /// The subjects; everything where nothing is said.
    #[serde(default = "everything")]
    pub subject: String,
    /// The sources, as `database@host:port`; every one where nothing is said.
    #[serde(default = "everything")]
    pub target: String,
    /// Why it is accepted.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day (UTC) on which it holds, as `2026-12-31`.
    pub expires: String,
}

/// What is wrong with a member of a waiver.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WaiverFault {
    /// The member.
    pub member: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do about it; may be empty.
    pub help: String,
}

/// What is wrong with a value, wherever it stands.
pub(super) struct Wrong {
    pub(super) message: String,
    pub(super) help: String,
}

/// The pattern of everything, for members that are left out.
pub(crate) fn everything() -> String {
    Glob::any().as_str().to_owned()
}

impl WaiverDraft {
    /// The waiver, which was written at `place`.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(&self, place: impl Into<Text>) -> Result<Waiver, Vec<WaiverFault>> {
        let mut faults = Faults::default();
        let check = faults.member("check", words("check", &self.check).and_then(check_pattern));
        let subject = faults.member("subject", words("subject", &self.subject));
        let target = faults.member("target", words("target", &self.target));
        let reason = faults.member("reason", words("reason", &self.reason));
        let owner = faults.member("owner", words("owner", &self.owner));
        let expires = faults.member("expires", last_day(&self.expires));
        match (check, subject, target, reason, owner, expires) {
            (
                Some(check),
                Some(subject),
                Some(target),
                Some(reason),
                Some(owner),
                Some(expires),
            ) => Ok(Waiver {
                check,
                subject: Glob::new(subject),
                target: Glob::new(target),
                reason: reason.into(),
                owner: owner.into(),
                expires,
                place: place.into(),
            }),
            _ => Err(faults.0),
        }
    }
}

#[derive(Default)]
struct Faults(Vec<WaiverFault>);

impl Faults {
    fn member<T>(&mut self, member: &'static str, read: Result<T, Wrong>) -> Option<T> {
        read.map_err(|Wrong { message, help }| self.0.push(WaiverFault { member, message, help }))
            .ok()
    }
}

/// A text that says something, and that every store and terminal can hold.
fn words<'a>(member: &str, text: &'a str) -> Result<&'a str, Wrong> {
    let wrong = |message: String| Wrong { message, help: String::new() };
    let text = text.trim();
    if text.is_empty() {
        return Err(wrong(format!("{member} says nothing")));
    }
    if text.contains(char::is_control) {
        return Err(wrong(format!("{member} holds a control character")));
    }
    if text.chars().count() > LONGEST {
        return Err(wrong(format!("{member} is longer than {LONGEST} characters")));
    }
    Ok(text)
}

/// The pattern of ids that at least one check has.
pub(super) fn check_pattern(text: &str) -> Result<Glob, Wrong> {
    let pattern = Glob::new(text);
    if catalogue::all().any(|check| pattern.matches(check.id)) {
        return Ok(pattern);
    }
    let message = match pattern.is_pattern() {
        true => format!("no id of a check fits {pattern}"),
        false => format!("no check has the id {pattern}"),
    };
    let near = nearest(pattern.as_str()).filter(|near| near.contains('/'));
    let help = match near {
        Some(near) => format!("Did you mean {near}?"),
        None => "See cdc-preflight checks list.".to_owned(),
    };
    Err(Wrong { message, help })
}

/// A day, and only a day: of a time of day nobody can say in which zone it was meant.
pub(super) fn last_day(text: &str) -> Result<Date, Wrong> {
    let date = text.parse().ok().filter(|_| text.len() == "2026-12-31".len());
    date.ok_or_else(|| Wrong {
        message: "expires is no date".into(),
        help: "Write the last day on which the waiver holds, for example 2026-12-31.".into(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn draft(changes: serde_json::Value) -> WaiverDraft {
        let mut document = json!({
            "check": "postgres/row-security", "reason": " append-only ", "owner": "dba-team",
            "expires": "2026-12-31",
        });
        let changes = changes.as_object().expect("members").clone();
        document.as_object_mut().expect("members").extend(changes);
        serde_json::from_value(document).expect("a draft")
    }

    #[test]
    fn a_draft_is_read_as_the_file_is() {
        let waiver = draft(json!({})).read("waivers/one").expect("a waiver");
        let file = "[[waivers]]\ncheck = \"postgres/row-security\"\nreason = \"append-only\"\n\
                    owner = \"dba-team\"\nexpires = 2026-12-31\n";
        let read = Waiver::read_file("w.toml", file).expect("a file");
        assert_eq!(Waiver { place: read[0].place.clone(), ..waiver }, *read[0]);
    }

    #[test]
    fn everything_that_is_wrong_is_told_by_its_member() {
        let long = "x".repeat(LONGEST + 1);
        for (changes, member, said) in [
            (json!({ "check": "postgres/row-securty" }), "check", "no check has the id"),
            (json!({ "check": "nothing/*" }), "check", "no id of a check fits nothing/*"),
            (json!({ "reason": " " }), "reason", "reason says nothing"),
            (json!({ "owner": "a\u{0}b" }), "owner", "owner holds a control character"),
            (json!({ "subject": "" }), "subject", "subject says nothing"),
            (json!({ "target": long }), "target", "target is longer than 1000 characters"),
            (json!({ "expires": "soon" }), "expires", "expires is no date"),
            (json!({ "expires": "2026-12-31T00:00:00Z" }), "expires", "expires is no date"),
        ] {
            let faults = draft(changes).read("waivers/one").expect_err("faults");
            let [fault] = faults.as_slice() else { panic!("{faults:?}") };
            assert_eq!(fault.member, member);
            assert!(fault.message.starts_with(said), "{fault:?}");
        }
        let wrong = json!({ "check": "x", "reason": "", "owner": "", "expires": "" });
        assert_eq!(draft(wrong).read("waivers/one").expect_err("faults").len(), 4);
    }
}
