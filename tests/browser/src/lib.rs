//! A real headless browser for tests of pages.

#![forbid(unsafe_code)]
