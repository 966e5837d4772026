//! What pages load: one style, a few scripts and an icon, embedded in the program.
//!
//! The digest in the name is that of the content, so that browsers may keep a file for ever and
//! never have an old one.

use std::sync::LazyLock;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::pages;
use crate::report::html as report;
use crate::serve::extract::Segment;
use crate::serve::problem::{Kind, Problem};

/// A file that pages load.
pub(super) struct Asset {
    /// Where it is.
    pub(super) path: String,
    media_type: &'static str,
    content: String,
}

impl Asset {
    fn new(stem: &str, extension: &str, media_type: &'static str, content: String) -> Self {
        let digest = Sha256::digest(content.as_bytes());
        let digest: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Self { path: format!("/assets/{stem}-{digest}.{extension}"), media_type, content }
    }

    fn script(stem: &str, content: &str) -> Self {
        Self::new(stem, "js", "text/javascript; charset=utf-8", content.to_owned())
    }
}

/// The style of reports, of the catalogue, and what the pages of the service have besides.
pub(super) static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    let style = [report::STYLE, pages::STYLE, include_str!("web.css")].concat();
    Asset::new("style", "css", "text/css; charset=utf-8", style)
});
/// Filters and copy buttons of reports.
pub(super) static REPORT: LazyLock<Asset> =
    LazyLock::new(|| Asset::script("report", report::SCRIPT));
/// The filter of the catalogue.
pub(super) static CATALOGUE: LazyLock<Asset> =
    LazyLock::new(|| Asset::script("catalogue", pages::SCRIPT));
/// Reads a file into the form, and shows what is wrong with it without leaving the page.
pub(super) static GIVE: LazyLock<Asset> =
    LazyLock::new(|| Asset::script("give", include_str!("give.js")));
/// Shows steps as they happen.
pub(super) static WATCH: LazyLock<Asset> =
    LazyLock::new(|| Asset::script("watch", include_str!("watch.js")));
/// The icon.
pub(super) static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("icon", "svg", "image/svg+xml", include_str!("icon.svg").into()));

/// A file that pages load.
pub(super) async fn show(Segment(name): Segment<String>) -> Result<Response, Problem> {
    let all = [&STYLE, &REPORT, &CATALOGUE, &GIVE, &WATCH, &ICON];
    let named = |asset: &&&LazyLock<Asset>| asset.path.strip_prefix("/assets/") == Some(&name);
    let asset = all.iter().find(named);
    let asset = asset.ok_or_else(|| Problem::new(Kind::NotFound, "There is no such file."))?;
    let head = [
        (header::CONTENT_TYPE, asset.media_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((head, asset.content.clone()).into_response())
}
