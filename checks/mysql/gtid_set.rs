//! MySQL's sets of transactions: `uuid:1-6:8:tag:1-2, uuid:7`.

use std::collections::BTreeMap;

use crate::Missing;
use crate::facts::MySql;

/// The set; `None` where transactions have no global ids.
pub(super) fn executed(db: &MySql) -> Result<Option<&str>, Missing> {
    if db.optional_variable("gtid_mode")?.is_none_or(|mode| mode == "OFF") {
        return Ok(None);
    }
    match db.binlog_position.get() {
        Ok(Some(position)) => Ok(Some(position.executed_gtid_set.untrusted())),
        Ok(None) => Err(Missing::NotReached { because: "mysql/log-bin".into() }),
        Err(Missing::Denied { .. }) => {
            Err(Missing::NotReached { because: "mysql/replication-client".into() })
        }
        Err(missing) => Err(missing),
    }
}

/// The tags in a set, each once.
pub(super) fn tags(set: &str) -> Vec<&str> {
    let mut tags: Vec<&str> = parts(set).filter(|part| is_tag(part)).collect();
    tags.sort_unstable();
    tags.dedup();
    tags
}

/// How many servers a set names, and how many ranges of transactions.
pub(super) fn size(set: &str) -> (usize, usize) {
    let servers = set.split(',').filter(|one| !one.trim().is_empty()).count();
    (servers, parts(set).filter(|part| !is_tag(part)).count())
}

/// Ranges of transactions, both ends included, by server and tag.
type Set = BTreeMap<(String, String), Vec<(u64, u64)>>;

/// What is in `one` and not in `other`; `None` where either is no set.
pub(super) fn subtract(one: &str, other: &str) -> Option<String> {
    let (one, other) = (parse(one)?, parse(other)?);
    let mut rest = Vec::new();
    for (key, ranges) in one {
        let taken = other.get(&key).map_or(&[][..], Vec::as_slice);
        let left: Vec<(u64, u64)> =
            ranges.into_iter().flat_map(|range| without(range, taken)).collect();
        if !left.is_empty() {
            let ranges: Vec<String> =
                left.iter().map(|(from, to)| format!("{from}-{to}")).collect();
            let (server, tag) = key;
            let tag = if tag.is_empty() { tag } else { format!(":{tag}") };
            rest.push(format!("{server}{tag}:{}", ranges.join(":")));
        }
    }
    Some(rest.join(", "))
}

fn parse(text: &str) -> Option<Set> {
    let mut set = Set::new();
    for one in text.split(',').map(str::trim).filter(|one| !one.is_empty()) {
        let mut parts = one.split(':').map(str::trim);
        let server = parts.next()?.to_lowercase();
        let mut tag = String::new();
        for part in parts {
            if is_tag(part) {
                // A tag begins with a letter or an underscore, and has no range in it.
                let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
                tag = Some(part.to_lowercase()).filter(|tag| tag.chars().all(is_name))?;
                continue;
            }
            let (from, to) = part.split_once('-').unwrap_or((part, part));
            let range = (from.parse().ok()?, to.parse().ok()?);
            set.entry((server.clone(), tag.clone())).or_default().push(range);
        }
    }
    Some(set)
}

/// What is left of a range without others.
fn without(range: (u64, u64), taken: &[(u64, u64)]) -> Vec<(u64, u64)> {
    taken.iter().fold(vec![range], |left, taken| {
        left.into_iter().flat_map(|range| cut(range, *taken)).collect()
    })
}

fn cut((start, end): (u64, u64), (from, to): (u64, u64)) -> Vec<(u64, u64)> {
    if end < from || start > to {
        return vec![(start, end)];
    }
    let before = (start < from).then(|| (start, from - 1));
    let after = (end > to).then(|| (to + 1, end));
    before.into_iter().chain(after).collect()
}

/// What follows the servers' ids.
fn parts(set: &str) -> impl Iterator<Item = &str> {
    let servers = set.split(',').map(str::trim).filter(|one| !one.is_empty());
    servers.flat_map(|one| one.split(':').skip(1)).map(str::trim)
}

/// A range begins with a digit, a tag never does.
fn is_tag(part: &str) -> bool {
    !part.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::subtract;

    #[test]
    fn sets_are_subtracted_range_by_range() {
        let cases = [
            ("", "", Some("")),
            ("a:1-8", "a:1-7:9", Some("a:8-8")),
            ("a:1-8", "A:3-4", Some("a:1-2:5-8")),
            ("a:1-8", "a:1-8", Some("")),
            ("a:1-8, b:1", "a:1-8", Some("b:1-1")),
            ("a:1-3:blue:1-2", "a:1-3", Some("a:blue:1-2")),
            ("a:1-18446744073709551615", "a:2", Some("a:1-1:3-18446744073709551615")),
            ("a:0-1", "a:0", Some("a:1-1")),
            ("a:x-y", "", None),
            ("a:1-", "", None),
        ];
        for (one, other, expected) in cases {
            assert_eq!(subtract(one, other).as_deref(), expected, "{one} minus {other}");
        }
    }
}
