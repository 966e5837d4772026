//! What each operation needs, in one table.
//!
//! An operation that is not in it needs `admin` and goes into the audit log: whoever adds a route
//! and forgets it here has shut it rather than opened it. A test compares the table with the
//! OpenAPI document.

use axum::http::Method;

use super::scope::Scope;

/// What an operation needs of its caller.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Need {
    /// Nothing: whoever connects has it.
    Nothing,
    /// This scope.
    Scope(Scope),
}

/// What is asked of an operation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Rule {
    pub(crate) need: Need,
    /// What the audit log calls it; `None` where it is not worth an entry.
    pub(crate) action: Option<&'static str>,
}

/// What an operation needs that stands nowhere else.
const UNKNOWN: Rule = Rule { need: Need::Scope(Scope::Admin), action: Some("other") };

type Entry = (&'static str, &'static str, Rule);

const fn open(method: &'static str, route: &'static str) -> Entry {
    (method, route, Rule { need: Need::Nothing, action: None })
}

const fn needs(scope: Scope, method: &'static str, route: &'static str) -> Entry {
    (method, route, Rule { need: Need::Scope(scope), action: None })
}

const fn audited(
    scope: Scope,
    method: &'static str,
    route: &'static str,
    action: &'static str,
) -> Entry {
    (method, route, Rule { need: Need::Scope(scope), action: Some(action) })
}

/// Every operation. Who may only look changes nothing, and is not in the audit log.
const TABLE: &[Entry] = &[
    open("GET", "/livez"),
    open("GET", "/healthz"),
    open("GET", "/readyz"),
    open("GET", "/openapi.json"),
    open("GET", "/problems/{name}"),
    open("GET", "/assets/{name}"),
    open("GET", "/login"),
    open("POST", "/login"),
    open("POST", "/logout"),
    needs(Scope::Read, "GET", "/metrics"),
    needs(Scope::Read, "GET", "/v1/checks"),
    needs(Scope::Read, "GET", "/v1/checks/{area}/{name}"),
    needs(Scope::Read, "POST", "/v1/patterns/test"),
    needs(Scope::Read, "GET", "/v1/preflights"),
    needs(Scope::Read, "GET", "/v1/preflights/{id}"),
    needs(Scope::Read, "GET", "/v1/preflights/{id}/contract"),
    needs(Scope::Read, "GET", "/v1/preflights/{id}/diff"),
    needs(Scope::Read, "GET", "/v1/preflights/{id}/events"),
    needs(Scope::Read, "GET", "/v1/preflights/{id}/remedy"),
    needs(Scope::Read, "GET", "/v1/preflights/{id}/submission"),
    needs(Scope::Read, "GET", "/v1/sources"),
    needs(Scope::Read, "GET", "/v1/sources/{name}"),
    needs(Scope::Read, "GET", "/v1/sources/{name}/history"),
    needs(Scope::Read, "GET", "/v1/waivers"),
    needs(Scope::Read, "GET", "/v1/waivers/{name}"),
    audited(Scope::Check, "POST", "/v1/preflights", "preflight-create"),
    audited(Scope::Check, "POST", "/v1/sources/{name}/preflights", "source-prove"),
    audited(Scope::Check, "PUT", "/v1/sources/{name}", "source-put"),
    audited(Scope::Check, "DELETE", "/v1/sources/{name}", "source-remove"),
    audited(Scope::Submit, "POST", "/v1/preflights/{id}/submission", "submit"),
    // Whoever sends may not be whoever accepts what speaks against it.
    audited(Scope::Admin, "PUT", "/v1/waivers/{name}", "waiver-put"),
    audited(Scope::Admin, "DELETE", "/v1/waivers/{name}", "waiver-remove"),
    needs(Scope::Admin, "GET", "/v1/audit"),
    needs(Scope::Admin, "GET", "/v1/tokens"),
    audited(Scope::Admin, "POST", "/v1/tokens", "token-create"),
    audited(Scope::Admin, "DELETE", "/v1/tokens/{id}", "token-revoke"),
    // The pages, which do the same.
    needs(Scope::Read, "GET", "/"),
    needs(Scope::Read, "GET", "/checks"),
    needs(Scope::Read, "GET", "/checks/{area}/{name}"),
    needs(Scope::Read, "GET", "/diff"),
    needs(Scope::Read, "GET", "/preflights/{id}"),
    needs(Scope::Read, "GET", "/sources"),
    needs(Scope::Read, "GET", "/sources/{name}"),
    audited(Scope::Check, "POST", "/preflights", "preflight-create"),
    audited(Scope::Check, "POST", "/preflights/{id}/again", "preflight-create"),
    audited(Scope::Check, "POST", "/sources", "source-put"),
    audited(Scope::Check, "POST", "/sources/{name}", "source-put"),
    audited(Scope::Check, "POST", "/sources/{name}/preflights", "source-prove"),
    audited(Scope::Check, "POST", "/sources/{name}/removal", "source-remove"),
    audited(Scope::Submit, "POST", "/preflights/{id}/submission", "submit"),
];

/// The rule of an operation, by its method and the pattern of its path.
pub(crate) fn rule(method: &Method, route: &str) -> Rule {
    // Whoever may read something may ask whether it is there.
    let method = if method == Method::HEAD { "GET" } else { method.as_str() };
    find(method, route).unwrap_or(UNKNOWN)
}

/// As [`rule`]; `None` where the table does not have it.
pub(crate) fn find(method: &str, route: &str) -> Option<Rule> {
    let found = TABLE.iter().find(|(known, path, _)| *known == method && *path == route);
    found.map(|(_, _, rule)| *rule)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use axum::http::Method;

    use super::*;

    #[test]
    fn an_operation_stands_in_the_table_once() {
        let names: BTreeSet<_> = TABLE.iter().map(|(method, route, _)| (method, route)).collect();
        assert_eq!(names.len(), TABLE.len());
    }

    #[test]
    fn what_nobody_thought_of_is_shut() {
        let of = |method: Method, route| rule(&method, route);
        assert_eq!(of(Method::GET, "/v1/new"), UNKNOWN);
        assert_eq!(of(Method::DELETE, "/v1/preflights"), UNKNOWN);
        assert_eq!(of(Method::HEAD, "/v1/checks").need, Need::Scope(Scope::Read));
    }

    #[test]
    fn what_changes_something_is_in_the_audit_log() {
        for (method, route, rule) in TABLE {
            let is_pure =
                *method == "GET" || rule.need == Need::Nothing || *route == "/v1/patterns/test";
            assert_eq!(rule.action.is_none(), is_pure, "{method} {route}");
        }
    }
}
