//! What-if: facts with a few values laid over them, as text says.
//!
//! The notation is that of the cases in the checks' pages, so what a user may assume on the command
//! line is what the catalogue is tested with.

use serde_json::{Map, Value, json};

use super::Facts;

/// The facts, with `value` at `path`.
///
/// | path | sets |
/// | --- | --- |
/// | `wal_level`, `binlog_format` | a setting or variable that the facts hold |
/// | `server.role.replication` | a member of the facts; of a list, an element by its name |
/// | `connection.…`, `request.FIELD` | the connection, a field of the request |
///
/// `absent` removes what is there; `denied`, `refused`, `timed-out`, `not-asked` and
/// `blocked by ID` make the fact missing.
///
/// # Errors
/// What is wrong with the path or the value: in contrast to [`overlay`], a setting has to be there.
pub fn assume(facts: &Facts, path: &str, value: &str) -> Result<Facts, String> {
    let broken = |error: serde_json::Error| format!("{path} = {value} makes no facts: {error}");
    let facts = serde_json::to_value(facts).map_err(broken)?;
    let mut document = json!({ "facts": facts, "intent": {} });
    if path.starts_with("intent.") {
        return Err("what is wanted is said by flags, not assumed".into());
    }
    if is_setting(&mut document["facts"], path) {
        known_setting(&mut document["facts"], path)?;
    }
    overlay(&mut document, path, value)?;
    serde_json::from_value(document["facts"].take()).map_err(broken)
}

/// Whether a path is the name of a setting or variable.
fn is_setting(facts: &mut Value, path: &str) -> bool {
    let first = path.split('.').next().unwrap_or_default();
    let apart = ["connection", "request"].contains(&first);
    !apart && source(facts).is_ok_and(|source| source.get(first).is_none())
}

fn known_setting(facts: &mut Value, name: &str) -> Result<(), String> {
    let all = settings(source(facts)?)?;
    if all.contains_key(name) {
        return Ok(());
    }
    let near = all.keys().map(|key| (strsim::jaro_winkler(key, name), key));
    let near = near.filter(|(likeness, _)| *likeness > 0.85).max_by(|a, b| a.0.total_cmp(&b.0));
    let hint = near.map(|(_, key)| format!("; did you mean {key}?")).unwrap_or_default();
    Err(format!("the facts hold no setting {name}{hint}"))
}

fn settings(source: &mut Value) -> Result<&mut Map<String, Value>, String> {
    let is_postgres = source.get("server").is_some();
    let place = if is_postgres { "server" } else { "variables" };
    let known = source[place].get_mut("known").ok_or("settings are missing")?;
    let all = if is_postgres { &mut known["settings"] } else { known };
    all.as_object_mut().ok_or_else(|| "settings are not a map".into())
}

/// Puts `value` at `path`. A path that does not begin with a member of the source is the name of a
/// setting (PostgreSQL) or a variable (MySQL), whether or not it is there. `known` and the kind of
/// source are passed through by themselves, a word selects the element of a list by its name,
/// `request.NAME` is a field, and `intent.…` lies beside the facts. The document holds `facts`
/// and `intent`.
///
/// # Errors
/// Why nothing can be put there.
pub fn overlay(document: &mut Value, path: &str, value: &str) -> Result<(), String> {
    let words: Vec<&str> = path.split('.').collect();
    let (root, words): (&mut Value, Vec<&str>) = match words.as_slice() {
        ["intent", rest @ ..] => return set(&mut document["intent"], rest, value, true),
        ["connection", rest @ ..] => (&mut document["facts"]["connection"], rest.to_vec()),
        ["request", name] => {
            return field(&mut document["facts"]["request"]["fields"], name, value);
        }
        words => (source(&mut document["facts"])?, words.to_vec()),
    };
    let is_member = words.first().is_some_and(|word| root.get(*word).is_some());
    if !is_member && !path.starts_with("connection") {
        return setting(root, path, value);
    }
    set(root, &words, value, false)
}

fn source(facts: &mut Value) -> Result<&mut Value, String> {
    let source = facts["source"].as_object_mut().ok_or("no source")?;
    source.values_mut().next().ok_or_else(|| "no source".into())
}

fn setting(source: &mut Value, name: &str, value: &str) -> Result<(), String> {
    let is_postgres = source.get("server").is_some();
    let all = settings(source)?;
    if value == "absent" || value == "denied" {
        all.remove(name);
        return Ok(());
    }
    let entry = all.entry(name).or_insert_with(|| {
        if is_postgres {
            json!({ "value": "", "source": "default", "pending_restart": false })
        } else {
            json!({ "value": "" })
        }
    });
    entry["value"] = json!(value);
    Ok(())
}

fn field(fields: &mut Value, name: &str, value: &str) -> Result<(), String> {
    let fields = fields.as_object_mut().ok_or("no fields")?;
    if value == "absent" {
        fields.remove(name);
        return Ok(());
    }
    let field = match serde_json::from_str::<Value>(value) {
        Ok(Value::Number(number)) => json!({ "number": number }),
        Ok(Value::String(text)) => json!({ "text": text }),
        Ok(Value::Object(whole)) => Value::Object(whole),
        _ => json!({ "text": value }),
    };
    fields.insert(name.into(), field);
    Ok(())
}

fn set(at: &mut Value, words: &[&str], value: &str, create: bool) -> Result<(), String> {
    let Some((word, rest)) = words.split_first() else {
        *at = parse(value);
        return Ok(());
    };
    if *word != "known" && *word != "missing" && at.get("known").is_some() {
        let known = at.get_mut("known").ok_or("known")?;
        return set(known, words, value, create);
    }
    match at {
        Value::Array(elements) => {
            let named = elements.iter_mut().position(|element| is_named(element, word));
            let index = named.or_else(|| word.parse().ok()).filter(|index| *index < elements.len());
            let index = index.ok_or_else(|| format!("no element {word}"))?;
            if rest.is_empty() && value == "absent" {
                elements.remove(index);
                return Ok(());
            }
            set(&mut elements[index], rest, value, create)
        }
        Value::Object(map) => set_member(map, word, rest, value, create),
        other if create => {
            *other = json!({});
            set(other, words, value, create)
        }
        _ => Err(format!("no member {word}")),
    }
}

fn set_member(
    map: &mut Map<String, Value>,
    word: &str,
    rest: &[&str],
    value: &str,
    create: bool,
) -> Result<(), String> {
    if rest.is_empty() && value == "absent" {
        map.remove(word);
        return Ok(());
    }
    if rest.is_empty()
        && let Some(missing) = missing(word, value)
    {
        map.insert(word.into(), json!({ "missing": missing }));
        return Ok(());
    }
    if rest.is_empty() && map.get(word).is_some_and(is_fact) {
        map.insert(word.into(), json!({ "known": parse(value) }));
        return Ok(());
    }
    if !create && !map.contains_key(word) && !rest.is_empty() {
        return Err(format!("no member {word}"));
    }
    set(map.entry(word).or_insert(Value::Null), rest, value, create)
}

fn is_fact(value: &Value) -> bool {
    value.get("known").is_some() || value.get("missing").is_some()
}

fn is_named(element: &Value, word: &str) -> bool {
    let name = &element["name"];
    name.as_str() == Some(word) || name["name"].as_str() == Some(word)
}

/// The words that stand for a missing fact.
fn missing(what: &str, value: &str) -> Option<Value> {
    match value {
        "denied" => Some(json!({ "reason": "denied", "what": what, "needs": "a privilege" })),
        "refused" => Some(json!({ "reason": "refused", "what": what, "detail": "refused" })),
        "timed-out" => Some(json!({ "reason": "timed_out", "what": what, "after_ms": 1000 })),
        "not-asked" => Some(json!({ "reason": "not_asked", "what": what, "why": "an option" })),
        _ => value
            .strip_prefix("blocked by ")
            .map(|root| json!({ "reason": "not_reached", "because": root }))
            .or_else(|| refused_with(what, value.strip_prefix("refused with ")?)),
    }
}

/// A code, and after a colon the server's words.
fn refused_with(what: &str, said: &str) -> Option<Value> {
    let (code, words) = said.split_once(": ").unwrap_or((said, "refused"));
    Some(json!({ "reason": "refused", "what": what, "detail": words, "code": code }))
}

fn parse(value: &str) -> Value {
    serde_json::from_str(value).unwrap_or_else(|_| json!(value))
}

#[cfg(test)]
mod tests {
    use super::assume;
    use crate::facts::Facts;
    use crate::{Intent, Outcome, judge};

    fn recorded() -> Facts {
        let recording = include_str!("../../tests/facts/postgres.json");
        serde_json::from_str(recording).expect("facts")
    }

    fn outcome(facts: &Facts, id: &str) -> Outcome {
        let report = judge(facts, &Intent::of(&facts.request));
        let result = report.results.iter().find(|result| result.check.id == id);
        result.expect("a check of this source").outcome
    }

    #[test]
    fn an_assumed_setting_changes_the_verdict_and_can_be_taken_back() {
        let worse = assume(&recorded(), "wal_level", "replica").expect("a setting");
        assert_eq!(outcome(&worse, "postgres/wal-level"), Outcome::Fail);
        let better = assume(&worse, "wal_level", "logical").expect("a setting");
        assert_eq!(better, recorded());
    }

    #[test]
    fn a_member_can_be_assumed_and_made_missing() {
        let worse = assume(&recorded(), "server.role.replication", "false").expect("a member");
        assert_eq!(outcome(&worse, "postgres/replication-role"), Outcome::Fail);
        let unknown = assume(&recorded(), "server", "denied").expect("a fact");
        assert_eq!(outcome(&unknown, "postgres/wal-level"), Outcome::Undetermined);
    }

    #[test]
    fn what_is_not_there_is_refused_with_what_was_meant() {
        let refused = |path: &str| assume(&recorded(), path, "1").expect_err("a refusal");
        assert_eq!(
            refused("wal_levl"),
            "the facts hold no setting wal_levl; did you mean wal_level?"
        );
        assert!(refused("server.role.nothing.more").contains("no member nothing"));
        assert!(refused("tables.found.nowhere.identity").contains("no element nowhere"));
        assert!(refused("server.role.replication").contains("makes no facts"));
        assert!(refused("intent.strict").contains("flags"));
    }
}
