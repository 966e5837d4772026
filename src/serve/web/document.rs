//! What a kept document is about, in a line of a list. Nothing is proven or refused by it.

use serde_json::Value;

use super::words::shown;

/// Longer documents are not looked at for a list.
const LONGEST: usize = 64 * 1024;
/// Members that name a place, of the source of every operation.
const HOSTS: [&str; 3] = ["HostName", "Endpoint", "InstanceId"];
/// Members that name what is read there.
const DATABASES: [&str; 3] = ["DatabaseName", "QueueName", "VirtualHostName"];

/// `inventory@pg.example.com`, of the first request, and how many there are besides.
pub(super) fn label(document: &str) -> Option<String> {
    if document.len() > LONGEST {
        return None;
    }
    let document: Value = serde_saphyr::from_str(document).ok()?;
    let requests = document.get("requests").and_then(Value::as_array);
    let first = requests.map_or(Some(&document), |requests| requests.first())?;
    let host = find(first, &HOSTS)?;
    let label = match find(first, &DATABASES) {
        Some(database) => shown(&format!("{database}@{host}")),
        None => shown(host),
    };
    let more = requests.map_or(0, |requests| requests.len().saturating_sub(1));
    Some(if more == 0 { label } else { format!("{label} and {more} more") })
}

/// The first text with one of these names, the outer before the inner.
fn find<'a>(value: &'a Value, names: &[&str]) -> Option<&'a str> {
    let members = value.as_object()?;
    let own = names.iter().find_map(|name| members.get(*name)?.as_str());
    own.or_else(|| members.values().find_map(|inner| find(inner, names)))
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn a_document_is_told_by_its_first_source() {
        let one = "requests:\n- configureMySQLSource: {HostName: db.example, DatabaseName: shop}\n";
        assert_eq!(label(one).as_deref(), Some("shop@db.example"));
        let two = one.to_owned() + "- configureMySQLSource: {HostName: other}\n";
        assert_eq!(label(&two).as_deref(), Some("shop@db.example and 1 more"));
        let bare = r#"{"HostName": "a\u202eb"}"#;
        assert_eq!(label(bare).as_deref(), Some("a\\u{202e}b"));
        let stream = r#"{"Source": {"SourceMySQLParameters": {"HostName": "h"}}}"#;
        assert_eq!(label(stream).as_deref(), Some("h"));
        assert_eq!(label("- ["), None);
        assert_eq!(label("requests: []"), None);
    }
}
