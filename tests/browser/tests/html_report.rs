//! The HTML report in a real browser, opened from a disk as somebody does who was sent it.

#[path = "../../report/samples.rs"]
#[allow(dead_code, reason = "other formats are tried on the other samples")]
mod samples;

use std::path::PathBuf;

use browser::{Browser, By, ElementWaitable as _, Key, Medium, Result, WebElement};
use cdc_preflight::report::{Format, Options, RunReport, render};
use tempfile::TempDir;

/// A report in a file of its own.
struct Opened {
    browser: Browser,
    _folder: TempDir,
}

fn write(run: &RunReport) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a directory");
    let path = folder.path().join("report.html");
    std::fs::write(&path, render(Format::Html, run, &Options::default())).expect("written");
    (folder, path)
}

impl Opened {
    async fn new(run: &RunReport) -> Result<Self> {
        Self::with(Browser::start().await?, run).await
    }

    async fn with(browser: Browser, run: &RunReport) -> Result<Self> {
        let (folder, path) = write(run);
        browser.open_file(&path).await?;
        Ok(Self { browser, _folder: folder })
    }

    async fn find(&self, css: &str) -> Result<WebElement> {
        Ok(self.browser.page().find(By::Css(css)).await?)
    }

    /// Ids of the checks that can be seen.
    async fn seen(&self) -> Result<Vec<String>> {
        let mut seen = Vec::new();
        for check in self.browser.page().find_all(By::Css("article[data-check]")).await? {
            if check.is_displayed().await? {
                seen.push(check.id().await?.unwrap_or_default());
            }
        }
        Ok(seen)
    }

    /// Nothing went wrong in the page; the end of every test.
    async fn close(self) -> Result<()> {
        assert_eq!(self.browser.console().await?, Vec::<String>::new(), "the console has a word");
        self.browser.close().await
    }
}

#[tokio::test]
async fn the_verdict_comes_first_and_every_finding_can_be_seen() -> Result<()> {
    let opened = Opened::new(&samples::closed()).await?;
    assert_eq!(opened.find("h1").await?.text().await?, "Gate closed");
    assert!(opened.browser.page().title().await?.starts_with("Gate closed"));
    assert_eq!(opened.seen().await?.len(), 6);
    opened.close().await
}

#[tokio::test]
async fn findings_are_filtered_by_words_outcome_level_and_area() -> Result<()> {
    let opened = Opened::new(&samples::closed()).await?;
    // A slash leads to the field from anywhere.
    opened.find("body").await?.send_keys("/").await?;
    let field = opened.browser.page().active_element().await?;
    field.send_keys("PUBLIC.orders").await?;
    let about_orders = ["t1-postgres-table-select", "t1-postgres-replica-identity"];
    assert_eq!(opened.seen().await?, about_orders);
    assert_eq!(opened.find("#shown").await?.text().await?, "2 of 10 checks shown");
    opened.find(".chip:has([value=warn])").await?.click().await?;
    assert_eq!(opened.seen().await?, about_orders[1..]);
    opened.find("[type=reset]").await?.click().await?;
    assert_eq!(opened.seen().await?.len(), 6);
    opened.find("[name=level]").await?.send_keys("recommended").await?;
    assert_eq!(opened.seen().await?.len(), 2);
    opened.find("[type=reset]").await?.click().await?;
    opened.find("[name=area]").await?.send_keys("request").await?;
    assert_eq!(opened.seen().await?, ["t1-request-vpc"]);
    opened.close().await
}

/// Adds a field to the page and pastes into it: what a user's paste would bring.
async fn pasted(browser: &Browser) -> Result<String> {
    let script = "document.body.prepend(document.createElement('textarea'))";
    browser.page().execute(script, Vec::new()).await?;
    let field = browser.page().find(By::Tag("textarea")).await?;
    field.click().await?;
    field.send_keys(Key::Control + "v").await?;
    Ok(field.prop("value").await?.unwrap_or_default())
}

#[tokio::test]
async fn a_statement_is_copied_as_it_stands() -> Result<()> {
    let opened = Opened::new(&samples::closed()).await?;
    let button = opened.find("#t1-postgres-wal-level .copy").await?;
    button.click().await?;
    button.wait_until().has_text("Copied").await?;
    assert_eq!(pasted(&opened.browser).await?, "ALTER SYSTEM SET wal_level = 'logical';");
    opened.close().await
}

#[tokio::test]
async fn what_cannot_be_copied_is_selected() -> Result<()> {
    let opened = Opened::new(&samples::closed()).await?;
    let deny = "Object.defineProperty(navigator, 'clipboard', { value: undefined }); \
                document.execCommand = () => false;";
    opened.browser.page().execute(deny, Vec::new()).await?;
    let button = opened.find("#t1-postgres-wal-level .copy").await?;
    button.click().await?;
    button.wait_until().has_text("Selected: copy it with the keyboard").await?;
    let selected = opened.browser.page().execute("return String(getSelection())", vec![]).await?;
    assert_eq!(selected.json().as_str(), Some("ALTER SYSTEM SET wal_level = 'logical';"));
    opened.close().await
}

#[tokio::test]
async fn without_scripts_everything_is_there_and_a_click_selects() -> Result<()> {
    let browser = Browser::without_scripts().await?;
    let opened = Opened::with(browser, &samples::closed()).await?;
    assert_eq!(opened.seen().await?.len(), 6);
    for hidden in ["#filter", ".copy"] {
        assert!(!opened.find(hidden).await?.is_displayed().await?, "{hidden} does nothing");
    }
    let code = opened.find("#t1-postgres-wal-level pre code").await?;
    assert_eq!(code.css_value("user-select").await?, "all");
    opened.close().await
}

#[tokio::test]
async fn hostile_text_is_shown_and_never_runs() -> Result<()> {
    let attack = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'\
                  </script>\u{202e}";
    let opened = Opened::new(&samples::filled(attack)).await?;
    assert_ne!(opened.browser.page().title().await?, "owned", "it ran");
    let shown = opened.find(".finding .names code").await?.text().await?;
    assert_eq!(shown, attack.replace('\u{202e}', "\\u{202e}"));
    assert_eq!(opened.browser.page().find_all(By::Css("img")).await?.len(), 0);
    opened.close().await
}

#[tokio::test]
async fn several_targets_have_a_summary_that_leads_to_them() -> Result<()> {
    let opened = Opened::new(&samples::several()).await?;
    assert_eq!(opened.find("h1").await?.text().await?, "1 of 2 gates closed");
    let rows = opened.browser.page().find_all(By::Css(".targets tbody tr")).await?;
    assert_eq!(rows.len(), 2);
    opened.find(".targets a[href='#t2']").await?.click().await?;
    assert!(opened.browser.page().current_url().await?.as_str().ends_with("#t2"));
    opened.close().await
}

/// The colour behind the page.
async fn background(opened: &Opened) -> Result<String> {
    Ok(opened.find("body").await?.css_value("background-color").await?)
}

#[tokio::test]
async fn the_page_is_dark_in_the_dark_and_plain_on_paper() -> Result<()> {
    let opened = Opened::new(&samples::closed()).await?;
    opened.browser.show_on(Medium::Light).await?;
    assert_eq!(background(&opened).await?, "rgba(246, 247, 249, 1)");
    opened.browser.show_on(Medium::Dark).await?;
    assert_eq!(background(&opened).await?, "rgba(20, 24, 30, 1)");
    opened.browser.show_on(Medium::Print).await?;
    assert_eq!(background(&opened).await?, "rgba(255, 255, 255, 1)");
    assert!(!opened.find("#filter").await?.is_displayed().await?, "a filter on paper");
    assert!(opened.browser.print().await?.starts_with(b"%PDF"), "no paper");
    opened.close().await
}

#[tokio::test]
async fn nothing_sticks_out_of_a_narrow_screen() -> Result<()> {
    let long = format!("a_table_with_a_long_name_{}", "x".repeat(120));
    let opened = Opened::new(&samples::filled(&long)).await?;
    opened.browser.resize(360, 740).await?;
    let script = "return document.documentElement.scrollWidth";
    let width = opened.browser.page().execute(script, Vec::new()).await?;
    assert_eq!(width.json().as_u64(), Some(360));
    opened.close().await
}

#[tokio::test]
async fn a_thousand_findings_are_filtered_at_once() -> Result<()> {
    let opened = Opened::new(&samples::thousand()).await?;
    let field = opened.find("[type=search]").await?;
    let begin = std::time::Instant::now();
    field.send_keys("nothing of that name").await?;
    assert_eq!(opened.find("#shown").await?.text().await?, "0 of 2 checks shown");
    assert!(begin.elapsed().as_secs() < 60, "{:?}", begin.elapsed());
    opened.close().await
}
