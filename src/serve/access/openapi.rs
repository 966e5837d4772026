//! What the table of rules says, in the OpenAPI document.

use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, ResponseBuilder};

use super::COOKIE;
use super::rules::{self, Need, Rule};
use super::scope::Scope;
use crate::serve::openapi::operations;

/// The document, with what every operation needs and how it is refused.
pub(in crate::serve) fn secured(mut document: OpenApi) -> OpenApi {
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            // What is not in the table needs what `rules::rule` says; a test keeps it complete.
            if let Some(rule) = rules::find(method, path) {
                secure(operation, rule);
            }
        }
    }
    if let Some(components) = &mut document.components {
        for (name, scheme) in schemes() {
            components.add_security_scheme(name, scheme);
        }
    }
    document
}

fn secure(operation: &mut Operation, rule: Rule) {
    let Need::Scope(scope) = rule.need else {
        operation.security = Some(Vec::new());
        return;
    };
    let by = |name: &str| SecurityRequirement::new(name, [scope.as_str()]);
    operation.security = Some(vec![by("token"), by("cookie"), by("certificate")]);
    for (status, what) in [
        ("401", "Nobody knows who you are".to_owned()),
        ("403", format!("The scope {} is missing", scope.as_str())),
        ("429", "Too many requests, of yours or at the same time".to_owned()),
    ] {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        let response = ResponseBuilder::new().description(what);
        let response = response.content("application/problem+json", content).build();
        operation.responses.responses.entry(status.into()).or_insert_with(|| response.into());
    }
}

fn schemes() -> [(&'static str, SecurityScheme); 3] {
    let scopes: Vec<&str> = Scope::ALL.into_iter().map(Scope::as_str).collect();
    let about = format!("A token, with the scopes {}: none includes another", scopes.join(", "));
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("cdcp_...");
    let cookie = ApiKeyValue::with_description(
        COOKIE,
        "The same, of a browser: what changes something has to come from a page of the service",
    );
    let about_certificate = "A client certificate, to which the operator gave scopes".to_owned();
    let certificate = SecurityScheme::MutualTls {
        description: Some(about_certificate),
        deprecated: None,
        extensions: None,
    };
    [
        ("token", SecurityScheme::Http(bearer.description(Some(about)).build())),
        ("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie))),
        ("certificate", certificate),
    ]
}
