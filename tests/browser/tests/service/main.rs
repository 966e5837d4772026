//! The service's pages in a real browser, on a real PostgreSQL and a simulated EventBridge.

mod stage;

use browser::{Browser, By, ElementWaitable as _, Key, Medium, Result};
use cdc_preflight::serve::access::{Access, NewToken, Scope, Scopes, create_token};
use stage::{Stage, Window};

/// What a user reads who cannot see, and what everybody needs: names, order, contrast.
const ACCESSIBLE: &str = include_str!("accessible.js");

async fn inaccessible(window: &Window) -> Result<Vec<String>> {
    let found = window.browser.page().execute(ACCESSIBLE, Vec::new()).await?;
    let found = found.json().as_array().cloned().unwrap_or_default();
    Ok(found.iter().map(|it| it.as_str().unwrap_or_default().to_owned()).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_given_mended_sent_and_compared() -> Result<()> {
    let stage = Stage::start("whole").await;
    let window = stage.window().await?;
    stage.break_account().await;

    // A fault is told beside the form, and leads to its line.
    window.goto("/").await?;
    let faulty = stage.document("${file:pg}").replace("HostName", "HostNam");
    window.fill("#document", &faulty).await?;
    window.click("#give [type=submit]").await?;
    let fault = window.wait_for("#fault .faults li[data-line='9']").await?.text().await?;
    assert!(fault.contains("Line 9") && fault.contains("HostNam"), "{fault}");
    assert_eq!(window.value("#document").await?, faulty, "what was typed is still there");
    window.click("#fault .faults li[data-line='9'] button").await?;
    let selected = "const it = document.getElementById('document'); \
                    return it.value.slice(it.selectionStart, it.selectionEnd)";
    assert!(window.script(selected).await?.as_str().unwrap_or_default().contains("HostNam"));
    let told = window.browser.console().await?;
    assert!(told.iter().all(|line| line.contains("422")), "{told:?}");

    // It is watched, and its report comes by itself.
    window.fill("#document", &stage.document("${file:pg}")).await?;
    window.click("#give [type=submit]").await?;
    window.wait_for_title("Gate closed").await?;
    window.wait_for(".finding.fail").await?;
    window.picture("closed").await?;
    assert!(window.find(".submission button").await?.prop("disabled").await?.is_some());
    let report = window.browser.page().current_url().await?;

    // The remedy is copied as it stands, and does what it says.
    window.click(".code .copy").await?;
    window.find(".code .copy").await?.wait_until().has_text("Copied").await?;
    let remedy = window.pasted().await?;
    assert!(remedy.contains("ALTER ROLE"), "{remedy}");
    stage.mend(&remedy).await;

    // Proven again, it is open, and is sent after a second word.
    window.browser.goto(report.as_str()).await?;
    window.click(".inline button").await?;
    window.wait_for_title("Gate open").await?;
    window.picture("open").await?;
    window.click(".send [name=confirmed]").await?;
    window.click(".send button").await?;
    let receipt = window.wait_for(".receipt").await?.text().await?;
    assert!(receipt.to_lowercase().contains("accepted"), "{receipt}");
    assert!(receipt.contains("createEventStreaming"), "{receipt}");
    assert_eq!(stage.streams(), 1);
    window.picture("sent").await?;
    // Sent again by the same page or another one: it is the same, and nothing is sent.
    window.click(".send [name=confirmed]").await?;
    window.script("document.body.dataset.page = 'old'").await?;
    window.click(".send button").await?;
    window.wait_for("body:not([data-page]) .receipt").await?;
    assert_eq!(stage.streams(), 1, "once");

    // The events are told, and the downloads are there.
    let events = window.wait_for(".events").await?.text().await?;
    assert!(events.contains("orders"), "{events}");
    for link in window.browser.page().find_all(By::Css("a[download]")).await? {
        let address = link.prop("href").await?.unwrap_or_default();
        assert!(link.attr("download").await?.is_some_and(|name| name.contains('.')), "{address}");
        let script = format!("return fetch('{address}').then((answer) => answer.status)");
        assert_eq!(window.script(&script).await?, 200, "{address}");
    }

    // The history has both.
    window.goto("/?gate=closed").await?;
    assert_eq!(window.count("#history tbody tr").await?, 1);
    window.click("#history tbody a").await?;
    assert_eq!(window.browser.page().current_url().await?, report);
    assert!(window.foreign().await?.is_empty());
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_is_watched_over_time() -> Result<()> {
    let stage = Stage::start("drift").await;
    let window = stage.window().await?;
    window.goto("/sources").await?;
    window.fill("#name", "orders").await?;
    window.fill("#document", &stage.document("${file:pg}")).await?;
    window.fill("[name=every]", "6").await?;
    window.click("#give [type=submit]").await?;
    window.wait_for("#settings-title").await?;
    for (number, is_broken) in [false, true, false, true].into_iter().enumerate() {
        match is_broken {
            true => stage.break_account().await,
            false => stage.mend("alter role cdc_user replication").await,
        }
        window.goto("/sources/orders").await?;
        window.click(".inline button").await?;
        let title = if is_broken { "Gate closed" } else { "Gate open" };
        window.wait_for_title(title).await?;
        window.goto("/sources/orders").await?;
        assert_eq!(window.count(".runs tbody tr").await?, number + 1);
    }
    let told = window.find("#chart-told").await?.prop("textContent").await?.unwrap_or_default();
    assert!(told.starts_with("4 runs: the gate was open in 2 and closed in 2."), "{told}");
    window.picture("source").await?;
    // The last two are chosen: what broke is new.
    window.click(".runs ~ p button, form[action='/diff'] button").await?;
    let changed = window.wait_for(".card .index").await?.text().await?;
    assert!(changed.to_lowercase().contains("new"), "{changed}");
    assert!(changed.contains("postgres/"), "{changed}");
    window.picture("diff").await?;
    window.goto("/sources").await?;
    window.picture("sources").await?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_works_without_scripts() -> Result<()> {
    let stage = Stage::start("scriptless").await;
    let window = stage.with(Browser::without_scripts().await?);
    stage.mend("alter role cdc_user replication").await;
    window.goto("/").await?;
    assert!(!window.find(".file").await?.is_displayed().await?, "a file cannot be read");
    window.fill("#document", "requests: [").await?;
    window.click("#give [type=submit]").await?;
    let fault = window.wait_for(".problem .faults").await?.text().await?;
    assert!(fault.contains("Line 1"), "{fault}");
    window.browser.page().back().await?;
    assert_eq!(window.value("#document").await?, "requests: [", "it is still there");
    window.fill("#document", &stage.document("${file:pg}")).await?;
    window.click("#give [type=submit]").await?;
    window.wait_for_title("Gate open").await?;
    assert!(!window.find("#filter").await?.is_displayed().await?, "it would do nothing");
    window.click(".send [name=confirmed]").await?;
    window.click(".send button").await?;
    window.wait_for(".receipt").await?;
    assert_eq!(stage.streams(), 1);
    window.browser.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_used_and_not_shown_again() -> Result<()> {
    let stage = Stage::start("secret").await;
    let window = stage.window().await?;
    stage.mend("alter role cdc_user replication").await;
    window.goto("/").await?;
    window.fill("#document", &stage.document(stage::PASSWORD)).await?;
    window.click("#give [type=submit]").await?;
    window.wait_for_title("Gate open").await?;
    let shown = "return document.documentElement.outerHTML";
    let page = window.script(shown).await?.as_str().unwrap_or_default().to_owned();
    assert!(!page.contains(stage::PASSWORD), "{page}");
    assert_eq!(window.value("#document").await?, "", "it is asked for again");
    window.fill("#document", &stage.document(stage::PASSWORD)).await?;
    window.click(".send [name=confirmed]").await?;
    window.click(".send button").await?;
    window.wait_for(".receipt").await?;
    let page = window.script(shown).await?.as_str().unwrap_or_default().to_owned();
    assert!(!page.contains(stage::PASSWORD), "{page}");
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keyboard_is_enough() -> Result<()> {
    let stage = Stage::start("keyboard").await;
    let window = stage.window().await?;
    stage.mend("alter role cdc_user replication").await;
    window.goto("/").await?;
    window.press(Key::Tab + "").await?;
    assert_eq!(window.active("textContent").await?, "Skip to the content", "first of all");
    window.tab_to("#document").await?;
    let outline = "const style = getComputedStyle(document.activeElement); \
                   return style.outlineStyle + style.outlineWidth";
    assert_eq!(window.script(outline).await?, "solid2px", "the focus can be seen");
    window.type_in(&stage.document("${file:pg}")).await?;
    window.tab_to("#give [type=submit]").await?;
    window.press(Key::Enter + "").await?;
    window.wait_for_title("Gate open").await?;
    window.tab_to(".send [name=confirmed]").await?;
    window.press(Key::Space + "").await?;
    window.tab_to(".send button").await?;
    window.press(Key::Enter + "").await?;
    window.wait_for(".receipt").await?;
    assert_eq!(stage.streams(), 1);
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_can_be_read_by_everybody() -> Result<()> {
    let stage = Stage::start("everybody").await;
    let window = stage.window().await?;
    let paths = stage.fill(&window).await?;
    for path in &paths {
        window.browser.resize(1280, 900).await?;
        for medium in [Medium::Light, Medium::Dark] {
            window.browser.show_on(medium).await?;
            window.goto(path).await?;
            assert_eq!(inaccessible(&window).await?, Vec::<String>::new(), "{path} {medium:?}");
        }
        let name = path.split('?').next().unwrap_or_default().replace('/', "_");
        window.picture(&format!("dark{name}")).await?;
        window.browser.show_on(Medium::Light).await?;
        window.browser.resize(320, 700).await?;
        window.goto(path).await?;
        let width = window.script("return document.documentElement.scrollWidth").await?;
        assert_eq!(width, 320, "{path} sticks out of a narrow screen");
        window.picture(&format!("narrow{name}")).await?;
        assert!(window.foreign().await?.is_empty());
    }
    window.browser.show_on(Medium::Print).await?;
    assert!(window.browser.print().await?.starts_with(b"%PDF"), "no paper");
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_logs_in_with_a_token_and_out_again() -> Result<()> {
    let stage = Stage::guarded("login", Access::Tokens).await;
    let window = stage.window().await?;
    let scopes = Scopes::from_iter([Scope::Read]);
    let new = NewToken { name: "ann".into(), scopes, days: 1 };
    let created = create_token(stage.service.store.as_ref(), new).await;
    let token = created.map(|(token, _)| token.expose()).expect("a token");
    window.goto("/sources").await?;
    window.wait_for_title("Log in").await?;
    assert_eq!(inaccessible(&window).await?, Vec::<String>::new());
    window.picture("login").await?;
    window.fill("#token", "cdcp_0123_wrong").await?;
    window.click("main [type=submit]").await?;
    window.wait_for(".problem").await?;
    window.fill("#token", &token).await?;
    window.click("main [type=submit]").await?;
    window.wait_for_title("Sources").await?;
    assert_eq!(window.script("return document.cookie").await?, "", "no script reads it");
    window.click(".logout button").await?;
    window.wait_for_title("Log in").await?;
    window.goto("/").await?;
    window.wait_for_title("Log in").await?;
    let told = window.browser.console().await?;
    assert!(told.iter().all(|line| line.contains("401")), "{told:?}");
    window.browser.close().await
}
