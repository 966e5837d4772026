//! What the service's error codes mean, and what to do about them: one table for receipts and for
//! the commands about streams.

/// An error of the service.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Explanation {
    /// What it means, in a sentence.
    pub meaning: &'static str,
    /// What to do, in a sentence.
    pub action: &'static str,
}

/// Codes by their beginning; the longest that fits is meant.
const CODES: &[(&str, Explanation)] = &[
    (
        "ServiceNotEnable",
        of(
            "EventBridge is not enabled in this account.",
            "Activate EventBridge in the Alibaba Cloud console.",
        ),
    ),
    (
        "EventStreamingNotExist",
        of(
            "There is no stream of that name.",
            "Look at `cdc-preflight stream list`: name, account and region must be right.",
        ),
    ),
    (
        "EventStreamingAlreadyExist",
        of(
            "There is a stream of that name already.",
            "Take another name, or replace its definition with --update.",
        ),
    ),
    (
        "EventStreamingNameInvalid",
        of("A stream cannot have that name.", "Take letters, digits and hyphens, 127 at most."),
    ),
    (
        "EventStreamingCountExceedLimit",
        of(
            "The account has as many streams in this region as it may have.",
            "Delete one, or ask for a larger quota.",
        ),
    ),
    (
        "EventStreamingStatusInvalid",
        of(
            "The stream is not in a state that allows this.",
            "Look at its state with `cdc-preflight stream get`.",
        ),
    ),
    (
        "EventStreamingFilterPatternInvalid",
        of(
            "The service does not understand the filter pattern.",
            "Try it with `cdc-preflight pattern test`.",
        ),
    ),
    (
        "InvalidAccessKeyId",
        of("The access key is unknown or not active.", "Check ALIBABA_CLOUD_ACCESS_KEY_ID."),
    ),
    (
        "InvalidStsAccessKeyId",
        of(
            "The temporary access key is unknown.",
            "Get a new one, and set all three ALIBABA_CLOUD variables.",
        ),
    ),
    ("AccountIdNotExist", ACCOUNT),
    ("ParentAccountNotExist", ACCOUNT),
    ("AccessDenied", DENIED),
    ("ServiceAccessDenied", DENIED),
    ("OptionsMethodNotEnable", DENIED),
    (
        "Forbidden.RAM",
        of(
            "The RAM user may not call this operation.",
            "Grant it the action eventbridge:<Operation> on the stream.",
        ),
    ),
    ("SecurityTokenInvalid", TOKEN),
    ("StsAccessIdExpired", TOKEN),
    (
        "SignatureDoesNotMatch",
        of(
            "The signature is not the one that the service computes.",
            "Check ALIBABA_CLOUD_ACCESS_KEY_SECRET.",
        ),
    ),
    (
        "IncompleteSignature",
        of("The signature lacks a part.", "Check that no proxy removes headers."),
    ),
    (
        "SignatureNonceUsed",
        of("The service has seen this request before.", "Run the command again."),
    ),
    (
        "InvalidTimeStamp",
        of("The request's time is more than 15 minutes off.", "Set this machine's clock."),
    ),
    ("MissingParameter", PARAMETERS),
    ("InvalidParameter", PARAMETERS),
    ("InvalidAction", UNKNOWN_OPERATION),
    ("InvalidApi", UNKNOWN_OPERATION),
    ("UnsupportedHTTPMethod", UNKNOWN_OPERATION),
    ("TooManyRequests", THROTTLED),
    ("Throttling", THROTTLED),
    ("Rejected.Throttling", THROTTLED),
    ("InternalError", UNAVAILABLE),
    ("ServiceUnavailable", UNAVAILABLE),
];

const ACCOUNT: Explanation =
    of("There is no such account.", "Check the account id and the access key.");
const DENIED: Explanation = of(
    "The service denies access.",
    "Check the key and that its account has the permission eventbridge:<Operation>.",
);
const TOKEN: Explanation = of(
    "The token of the temporary access key is wrong or has expired.",
    "Get a new one, and set all three ALIBABA_CLOUD variables.",
);
const PARAMETERS: Explanation = of(
    "A parameter is missing or not one that the service takes.",
    "Compare the request with the message; `--dry-run` shows it.",
);
const UNKNOWN_OPERATION: Explanation =
    of("This address has no such operation.", "Check --endpoint and --wire.");
const THROTTLED: Explanation = of(
    "Too many requests were made in a short time.",
    "Wait, and run the command again; it backs off by itself.",
);
const UNAVAILABLE: Explanation = of("The service failed.", "Run the command again after a while.");

const fn of(meaning: &'static str, action: &'static str) -> Explanation {
    Explanation { meaning, action }
}

/// What an error means: by its code, or else by the status alone. `None` where nobody knows.
pub fn explain(status: u16, code: Option<&str>) -> Option<Explanation> {
    let code = code.unwrap_or_default();
    let known = CODES.iter().filter(|(known, _)| code.starts_with(known));
    let by_code = known.max_by_key(|(known, _)| known.len()).map(|(_, explanation)| *explanation);
    by_code.or(match status {
        400 => Some(PARAMETERS),
        401 | 403 => Some(DENIED),
        404 => Some(of(
            "The service knows neither this address nor this stream.",
            "Check the name, the region, --endpoint and --wire.",
        )),
        429 => Some(THROTTLED),
        500 | 503 => Some(UNAVAILABLE),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_says_more_than_a_status() {
        let enable = explain(400, Some("ServiceNotEnable")).expect("a known code");
        assert!(enable.action.contains("Activate"));
        assert_eq!(explain(403, Some("ServiceNotEnable")), Some(enable));
        assert_eq!(explain(400, Some("Throttling.User")), Some(THROTTLED));
        assert_eq!(
            explain(200, Some("EventStreamingNotExisted")).map(|it| it.meaning),
            Some("There is no stream of that name.")
        );
        assert_eq!(explain(403, Some("AccessDeniedByPreCheck")), Some(DENIED));
        assert_eq!(explain(403, None), Some(DENIED));
        assert_eq!(explain(418, Some("Teapot")), None);
    }

    #[test]
    fn every_line_of_the_table_can_be_reached() {
        for (code, explanation) in CODES {
            assert_eq!(explain(418, Some(code)), Some(*explanation), "{code}");
            assert!(explanation.meaning.ends_with('.') && explanation.action.ends_with('.'));
        }
    }
}
