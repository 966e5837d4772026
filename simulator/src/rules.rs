//! The rules that the members of a request obey, and what is said of those that break them.

pub(crate) mod definition;
mod kinds;
pub(crate) mod parameters;
pub(crate) mod pattern;

use serde_json::Value;

use crate::content::Fields;
use crate::reply::Refusal;

/// The networks a source or a target may be reached over.
pub(crate) const NETWORKS: &[&str] = &["PublicNetwork", "PrivateNetwork"];
/// What has to be told of a private one.
const OF_A_PRIVATE_NETWORK: [&str; 3] = ["VpcId", "VSwitchIds", "SecurityGroupId"];

/// What a member may hold.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rule {
    /// `true` or `false`.
    Boolean,
    /// A list.
    List,
    /// A whole number in this range.
    Number(u64, u64),
    /// Such a number in a text.
    NumberText(u64, u64),
    /// An object.
    Object,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// One of these texts in capitals or not.
    OneOfAnyCase(&'static [&'static str]),
    /// A text.
    Text,
    /// A number or a text of one, as forms have to write it.
    Written(u64, u64),
}

/// The members that break a rule. The texts name the rule, never the value, which may be a secret.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    missing: Vec<String>,
    invalid: Vec<String>,
}

impl Problems {
    /// Notes what is missing without which nothing can be done.
    pub(crate) fn require(&mut self, fields: &Fields, place: &str, names: &[&str], why: &str) {
        let absent = names.iter().filter(|name| is_absent(fields.get(**name)));
        self.missing.extend(absent.map(|name| format!("{place}{name} {why}")));
    }

    /// Notes a member that is there and breaks a rule.
    pub(crate) fn apply(&mut self, fields: &Fields, place: &str, name: &str, rule: Rule) {
        let Some(value) = fields.get(name).filter(|value| !value.is_null()) else { return };
        if let Some(says) = rule.broken(value) {
            self.invalid.push(format!("{place}{name} {says}"));
        }
    }

    pub(crate) fn invalid(&mut self, text: impl Into<String>) {
        self.invalid.push(text.into());
    }

    /// Notes what a private network lacks, where one is meant.
    pub(crate) fn network(&mut self, fields: &Fields, place: &str) {
        self.apply(fields, place, "NetworkType", Rule::OneOf(NETWORKS));
        if text(fields, "NetworkType") == Some("PrivateNetwork") {
            let why = "is required when NetworkType is PrivateNetwork";
            // Some members spell it in the singular.
            let names = OF_A_PRIVATE_NETWORK
                .map(|name| if fields.contains_key("VSwitchId") { singular(name) } else { name });
            self.require(fields, place, &names, why);
        }
    }

    /// Refuses when there is any. All are told at once.
    pub(crate) fn refuse(self) -> Result<(), Refusal> {
        let code = if self.missing.is_empty() { "InvalidParameter" } else { "MissingParameter" };
        let all: Vec<String> = self.missing.into_iter().chain(self.invalid).collect();
        if all.is_empty() {
            return Ok(());
        }
        Err(Refusal::bad(code, format!("{}.", all.join("; "))))
    }
}

impl Rule {
    /// What a value should be, when it is not.
    fn broken(self, value: &Value) -> Option<String> {
        let text = value.as_str();
        let within = |from: u64, to: u64, number: Option<u64>| {
            number.is_some_and(|number| (from..=to).contains(&number))
        };
        let (kept, says) = match self {
            Self::Boolean => (value.is_boolean(), "must be true or false".to_owned()),
            Self::List => (value.is_array(), "must be a list".to_owned()),
            Self::Number(from, to) => {
                (within(from, to, value.as_u64()), format!("must be an integer{}", range(from, to)))
            }
            Self::NumberText(from, to) => {
                let number = text.and_then(digits);
                let says = format!("must be a string of an integer{}", range(from, to));
                (within(from, to, number), says)
            }
            Self::Object => (value.is_object(), "must be an object".to_owned()),
            Self::OneOf(set) => {
                let kept = text.is_some_and(|text| set.contains(&text));
                (kept, format!("must be one of {}", set.join(", ")))
            }
            Self::OneOfAnyCase(set) => {
                let same = |one: &&str| text.is_some_and(|text| one.eq_ignore_ascii_case(text));
                (set.iter().any(same), format!("must be one of {}", set.join(", ")))
            }
            Self::Text => (value.is_string(), "must be a string".to_owned()),
            Self::Written(from, to) => {
                let says = format!("must be an integer{}", range(from, to));
                (within(from, to, written(value)), says)
            }
        };
        (!kept).then_some(says)
    }
}

fn range(from: u64, to: u64) -> String {
    if to == u64::MAX { format!(" from {from}") } else { format!(" from {from} to {to}") }
}

/// A whole number, or a text of one.
pub(crate) fn written(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| digits(value.as_str()?))
}

/// Digits alone: no sign, no space.
fn digits(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

/// A member that is a text.
pub(crate) fn text<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    fields.get(name)?.as_str()
}

fn is_absent(value: Option<&Value>) -> bool {
    value.is_none_or(|value| value.is_null() || value.as_str() == Some(""))
}

fn singular(name: &'static str) -> &'static str {
    if name == "VSwitchIds" { "VSwitchId" } else { name }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn kept(rule: Rule, good: &[Value], bad: &[Value]) {
        for value in good {
            assert_eq!(rule.broken(value), None, "{rule:?} {value}");
        }
        for value in bad {
            assert!(rule.broken(value).is_some(), "{rule:?} {value}");
        }
    }

    #[test]
    fn each_rule_tells_good_from_bad() {
        kept(Rule::Boolean, &[json!(true)], &[json!("true"), json!(1)]);
        kept(Rule::List, &[json!([])], &[json!({}), json!("[]")]);
        kept(
            Rule::Number(1, 3),
            &[json!(1), json!(3)],
            &[json!(0), json!(4), json!("1"), json!(1.5), json!(-1)],
        );
        kept(
            Rule::NumberText(1, 1000),
            &[json!("1"), json!("1000")],
            &[
                json!("0"),
                json!("1001"),
                json!(100),
                json!("+5"),
                json!(" 5"),
                json!(""),
                json!("x"),
            ],
        );
        kept(Rule::Object, &[json!({})], &[json!([]), json!("{}")]);
        kept(Rule::OneOf(&["ALL", "NONE"]), &[json!("ALL")], &[json!("all"), json!(true)]);
        kept(Rule::OneOfAnyCase(&["JSON"]), &[json!("Json")], &[json!("XML")]);
        kept(Rule::Text, &[json!("")], &[json!(1)]);
        kept(Rule::Written(1, 999), &[json!(1), json!("999")], &[json!("0"), json!(1000)]);
    }

    #[test]
    fn all_problems_are_told_at_once_and_what_is_missing_gives_the_code() {
        let mut problems = Problems::default();
        let fields = json!({"A": 1, "B": "", "NetworkType": "PrivateNetwork", "VSwitchId": ""});
        let fields = fields.as_object().expect("an object");
        problems.apply(fields, "S.", "A", Rule::Text);
        problems.require(fields, "S.", &["A", "B", "C"], "is required");
        problems.network(fields, "S.");
        let refusal = problems.refuse().expect_err("problems");
        let why = "is required when NetworkType is PrivateNetwork";
        let expected = format!(
            "S.B is required; S.C is required; S.VpcId {why}; S.VSwitchId {why}; \
             S.SecurityGroupId {why}; S.A must be a string."
        );
        assert_eq!((&*refusal.code, refusal.message), ("MissingParameter", expected));
        assert_eq!(Problems::default().refuse(), Ok(()));
    }
}
