//! A real headless browser for tests of pages.
//!
//! ```no_run
//! # async fn example() -> browser::Result<()> {
//! use browser::Browser;
//!
//! let browser = Browser::start().await?;
//! browser.goto("data:text/html,<title>Hello</title>").await?;
//! assert_eq!(browser.page().title().await?, "Hello");
//! assert_eq!(browser.console().await?, Vec::<String>::new());
//! # Ok(())
//! # }
//! ```
//!
//! It is Debian's Chromium, installed by the first test that needs it where that is possible
//! without asking; elsewhere a missing browser is an error that says what to install. All browsers
//! of a process share one driver, and are gone when the process is.

#![forbid(unsafe_code)]

mod driver;

use std::path::Path;

use serde_json::json;
pub use thirtyfour::prelude::ElementWaitable;
pub use thirtyfour::{By, Key, TypingData, WebDriver, WebElement};
use thirtyfour::{ChromiumLikeCapabilities, DesiredCapabilities, LoggingPrefsLogLevel};

/// The result of every fallible operation of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a page could not be looked at.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The browser is missing, or its driver does not start.
    #[error(transparent)]
    Start(#[from] testbed::Error),
    /// The browser could not do what it was told.
    #[error(transparent)]
    Browser(#[from] thirtyfour::error::WebDriverError),
    /// A path that no address can be made of.
    #[error("{0:?} is no absolute path")]
    Path(std::path::PathBuf),
}

/// A browser window with a profile of its own.
#[derive(Debug)]
pub struct Browser {
    page: WebDriver,
}

impl Drop for Browser {
    /// The driver's own way to close blocks the thread until the browser is gone, and for good
    /// where that thread drives the connection. One that was not closed ends with the process.
    fn drop(&mut self) {
        // Nothing to leave open where it was closed.
        let _ = self.page.clone().leak();
    }
}

/// What a page is told of the medium that shows it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Medium {
    /// A light screen.
    Light,
    /// A dark screen.
    Dark,
    /// Paper.
    Print,
}

impl Browser {
    /// Opens a browser.
    ///
    /// # Errors
    /// It is missing and cannot be installed here, or does not start.
    pub async fn start() -> Result<Self> {
        Self::open(true).await
    }

    /// Opens a browser that runs no script.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn without_scripts() -> Result<Self> {
        Self::open(false).await
    }

    async fn open(scripts: bool) -> Result<Self> {
        let driver = driver::shared().await?;
        let mut capabilities = DesiredCapabilities::chrome();
        for argument in [
            "--headless",
            // Tests run as root in containers, where neither works.
            "--no-sandbox",
            "--disable-dev-shm-usage",
            // The browser ends when its driver does: nothing is left behind.
            "--remote-debugging-pipe",
            "--disable-gpu",
            "--hide-scrollbars",
            "--window-size=1280,900",
        ] {
            capabilities.add_arg(argument)?;
        }
        capabilities.set_browser_log_level(LoggingPrefsLogLevel::All)?;
        if !scripts {
            const BLOCK: u8 = 2;
            let preferences =
                json!({ "profile.managed_default_content_settings.javascript": BLOCK });
            capabilities.add_experimental_option("prefs", preferences)?;
        }
        let address = format!("http://127.0.0.1:{}", driver.port());
        let page = WebDriver::new(address, capabilities).await?;
        Ok(Self { page })
    }

    /// The page, for what this type has no word for.
    pub fn page(&self) -> &WebDriver {
        &self.page
    }

    /// Goes to an address and waits until the page is loaded.
    ///
    /// # Errors
    /// The browser cannot load it.
    pub async fn goto(&self, address: &str) -> Result<()> {
        Ok(self.page.goto(address).await?)
    }

    /// Opens a file as a user does who double-clicks it.
    ///
    /// # Errors
    /// The path is not absolute, or the browser cannot load it.
    pub async fn open_file(&self, path: &Path) -> Result<()> {
        let address = url::Url::from_file_path(path).map_err(|()| Error::Path(path.to_owned()))?;
        self.goto(address.as_str()).await
    }

    /// What the console has been told since the last call: errors of scripts, violations of the
    /// page's policy, what could not be loaded, and everything else.
    ///
    /// # Errors
    /// The browser is gone.
    pub async fn console(&self) -> Result<Vec<String>> {
        let entries = self.page.browser_log().await?;
        Ok(entries.into_iter().map(|it| format!("{}: {}", it.level, it.message)).collect())
    }

    /// Sets the size of the page, in CSS pixels.
    ///
    /// # Errors
    /// The browser is gone.
    pub async fn resize(&self, width: u32, height: u32) -> Result<()> {
        let size = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false,
        });
        self.command("Emulation.setDeviceMetricsOverride", size).await
    }

    /// Tells the page that it is shown on this medium.
    ///
    /// # Errors
    /// The browser is gone.
    pub async fn show_on(&self, medium: Medium) -> Result<()> {
        let (media, scheme) = match medium {
            Medium::Light => ("screen", "light"),
            Medium::Dark => ("screen", "dark"),
            Medium::Print => ("print", "light"),
        };
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        let told = json!({ "media": media, "features": features });
        self.command("Emulation.setEmulatedMedia", told).await
    }

    /// A picture of the page as far as it is visible, as PNG.
    ///
    /// # Errors
    /// The browser is gone.
    pub async fn screenshot(&self) -> Result<Vec<u8>> {
        Ok(self.page.screenshot_as_png().await?)
    }

    /// The page on paper, as PDF.
    ///
    /// # Errors
    /// The browser is gone.
    pub async fn print(&self) -> Result<Vec<u8>> {
        Ok(self.page.print_page(Default::default()).await?)
    }

    /// Closes the browser. One that is dropped ends with the process at the latest.
    ///
    /// # Errors
    /// The browser is gone already.
    pub async fn close(self) -> Result<()> {
        Ok(self.page.clone().quit().await?)
    }

    async fn command(&self, method: &str, parameters: serde_json::Value) -> Result<()> {
        self.page.cdp().send_raw(method, parameters).await?;
        Ok(())
    }
}
