//! What a pattern says that its author can hardly mean.

use super::test::{Comparison, Excluded, Operator, Test};
use super::{Alternative, Field, Pattern};
use crate::request::Complaint;

/// Alternatives that the service documents for one field.
const MAX_ALTERNATIVES: usize = 5;

/// The attributes that every event has.
const ALWAYS_THERE: &[&str] = &["id", "source", "specversion", "type"];

/// What deserves a look, in the order of the text.
pub(super) fn complaints(pattern: &Pattern) -> Vec<Complaint> {
    if pattern.fields.is_empty() {
        return vec![Complaint::warning(&(0..0), "the pattern matches every event", "")];
    }
    pattern.fields.iter().flat_map(of_field).collect()
}

fn of_field(field: &Field) -> Vec<Complaint> {
    let mut found: Vec<Complaint> = field.alternatives.iter().flat_map(of_alternative).collect();
    if field.alternatives.len() > MAX_ALTERNATIVES {
        let message = format!("the service takes {MAX_ALTERNATIVES} alternatives for a field");
        found.push(Complaint::warning(&field.span, message, ""));
    }
    if field.alternatives.iter().all(|alternative| never(field, alternative)) {
        let message = format!("{} can never match", field.name());
        found.push(Complaint::warning(&field.span, message, "No event passes this pattern."));
    } else if is_void(field) {
        let message = format!("{} matches whatever its value is", field.name());
        let help = "The elements of a list are alternatives. Write what to leave out into one \
                    \"anything-but\".";
        found.push(Complaint::warning(&field.span, message, help));
    }
    found
}

fn of_alternative(alternative: &Alternative) -> Option<Complaint> {
    let message = "several operators in one object are not documented";
    let help = "They are taken to hold together; the service may refuse them.";
    let warning = Complaint::warning(&alternative.span, message, help);
    (alternative.tests.len() > 1).then_some(warning)
}

/// Whether no value passes.
fn never(field: &Field, alternative: &Alternative) -> bool {
    let is_there = |wanted| alternative.tests.contains(&Test::Exists(wanted));
    let absent_and_more = is_there(false) && alternative.tests.len() > 1;
    let absent_and_always_there = is_there(false) && is_always_there(field);
    absent_and_more
        || absent_and_always_there
        || alternative.tests.iter().any(is_empty_range)
        || contradicts_itself(&alternative.tests)
}

/// Whether one test leaves out all that another one lets in.
fn contradicts_itself(tests: &[Test]) -> bool {
    let left_out = tests.iter().filter_map(|test| match test {
        Test::AnythingBut(excluded) => Some(excluded),
        _ => None,
    });
    left_out.flatten().any(|excluded| {
        tests.iter().any(|test| match (test, excluded) {
            (Test::Prefix(wanted), Excluded::Prefix(out)) => wanted.starts_with(out),
            (Test::Suffix(wanted), Excluded::Suffix(out)) => wanted.ends_with(out),
            _ => false,
        })
    })
}

fn is_always_there(field: &Field) -> bool {
    matches!(field.path.as_slice(), [name] if ALWAYS_THERE.contains(&name.as_str()))
}

fn is_empty_range(test: &Test) -> bool {
    let Test::Numeric(comparisons) = test else { return false };
    let bound = |is_side: fn(Operator) -> bool| {
        comparisons.iter().find(|comparison| is_side(comparison.operator))
    };
    match (bound(Operator::is_lower), bound(Operator::is_upper)) {
        (Some(lower), Some(upper)) => is_empty(lower, upper),
        _ => false,
    }
}

fn is_empty(lower: &Comparison, upper: &Comparison) -> bool {
    let is_strict = lower.operator == Operator::Greater || upper.operator == Operator::Less;
    lower.number > upper.number || is_strict && lower.number == upper.number
}

/// Whether every value passes: what one alternative leaves out another one lets in.
fn is_void(field: &Field) -> bool {
    let single = |alternative: &Alternative| match alternative.tests.as_slice() {
        [test] => Some(test.clone()),
        _ => None,
    };
    let tests: Vec<Test> = field.alternatives.iter().filter_map(single).collect();
    let has = |test: &Test| tests.contains(test);
    let others = tests.iter().filter(|test| matches!(test, Test::AnythingBut(_)));
    has(&Test::Exists(true)) && (is_always_there(field) || has(&Test::Exists(false)))
        || two_disjoint(&others.collect::<Vec<_>>())
}

/// Whether two of them leave out different values.
fn two_disjoint(tests: &[&Test]) -> bool {
    tests.iter().enumerate().any(|(index, one)| {
        tests.iter().skip(index + 1).any(|other| match (one, other) {
            (Test::AnythingBut(these), Test::AnythingBut(those)) => {
                !these.iter().any(|excluded| those.contains(excluded))
            }
            _ => false,
        })
    })
}
