//! The site of all checks in a real browser, opened from a disk.

use browser::{Browser, By, Result};
use cdc_checks::Language;
use cdc_preflight::pages;

#[tokio::test]
async fn a_check_is_found_and_its_page_leads_on() -> Result<()> {
    let folder = tempfile::tempdir().expect("a directory");
    let files = pages::write_site(folder.path(), Language::English).expect("written");
    let browser = Browser::start().await?;
    browser.open_file(&folder.path().join("index.html")).await?;
    let page = browser.page();
    page.find(By::Css("[type=search]")).await?.send_keys("binlog-format").await?;
    let shown = page.find(By::Css("#shown")).await?.text().await?;
    assert!(shown.ends_with(&format!("of {}", files - 1)), "{shown}");
    page.find(By::LinkText("mysql/binlog-format")).await?.click().await?;
    assert_eq!(page.find(By::Tag("h1")).await?.text().await?, "the binary log records rows");
    page.find(By::Css(".sheet li a")).await?.click().await?;
    assert!(!page.find_all(By::Css(".word.fail")).await?.is_empty(), "no cases");
    assert_eq!(browser.console().await?, Vec::<String>::new());
    browser.close().await
}

#[tokio::test]
async fn no_link_leads_nowhere() -> Result<()> {
    let folder = tempfile::tempdir().expect("a directory");
    pages::write_site(folder.path(), Language::English).expect("written");
    let browser = Browser::without_scripts().await?;
    browser.open_file(&folder.path().join("postgres/wal-level.html")).await?;
    for link in browser.page().find_all(By::Css("a[href]")).await? {
        let address = link.prop("href").await?.expect("an address");
        let path = url::Url::parse(&address).expect("an address").to_file_path().expect("a file");
        assert!(path.is_file(), "{address}");
    }
    browser.close().await
}
