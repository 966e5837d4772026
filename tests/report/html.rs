//! The page that is sent around: whole, harmless and small.

use cdc_preflight::report::{Format, Options, RunReport, render};
use regex::Regex;

use super::samples;

fn page(run: &RunReport) -> String {
    render(Format::Html, run, &Options::default())
}

/// The page for a snapshot: the style and the script have files of their own, and the version
/// changes.
pub(crate) fn shown(run: &RunReport) -> String {
    let version = format!("cdc-preflight {}", env!("CARGO_PKG_VERSION"));
    let page = page(run).replace(&version, "cdc-preflight VERSION");
    let cut =
        Regex::new(r"(?s)(<style>|<script>|sha256-).*?(</style>|</script>|')").expect("a pattern");
    cut.replace_all(&page, "$1…$2").into_owned()
}

#[test]
fn the_page_loads_nothing() {
    let page = page(&samples::closed());
    assert!(page.contains("default-src 'none'"), "no policy");
    for loading in ["src=", "@import", "url(", "<link", "<img", "http://", "https://"] {
        assert!(!page.contains(loading), "it has {loading:?}");
    }
}

#[test]
fn text_from_outside_makes_no_markup() {
    let plain = page(&samples::filled("x"));
    let elements = |page: &str| {
        let tag = Regex::new(r"<[a-z!/][^>]*>").expect("a pattern");
        let attributes = Regex::new("\"[^\"]*\"").expect("a pattern");
        let tags =
            tag.find_iter(page).map(|it| attributes.replace_all(it.as_str(), "").into_owned());
        tags.collect::<Vec<_>>()
    };
    let hostile = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "</title><script>x</script>",
        "</style><script>x</script>",
        "' onmouseover='x",
        "<!--",
        "]]>",
        "javascript:x",
        "{{ x }}",
        "${x}",
        "&lt;b&gt;",
    ];
    for text in hostile {
        assert_eq!(elements(&page(&samples::filled(text))), elements(&plain), "{text:?}");
    }
}

#[test]
fn a_thousand_findings_stay_small() {
    let page = page(&samples::thousand());
    assert!(page.contains("public.t1000"), "something is left out");
    let kilobytes = page.len() / 1024;
    assert!(kilobytes < 1024, "{kilobytes} KiB");
}
