//! Reports in Chinese.

use cdc_checks::Language;
use cdc_preflight::report::{Format, Options, render};

use super::samples;

fn chinese(format: Format) -> String {
    let options = Options { language: Language::Chinese, verbose: true, ..Options::default() };
    render(format, &samples::closed(), &options)
}

#[test]
fn the_page_speaks_chinese() {
    let page = chinese(Format::Html);
    for words in ["<html lang=\"zh\">", "不可提交", "<h1>", "预写日志带有逻辑变更", "复制"]
    {
        assert!(page.contains(words), "{words} is missing");
    }
    for words in [">Gate closed<", ">Filter", ">Copy<", "Undo", ">found<"] {
        assert!(!page.contains(words), "{words} is left");
    }
}

#[test]
fn formats_for_programs_have_no_language() {
    for format in [Format::Json, Format::Short, Format::Sarif, Format::Junit, Format::Github] {
        let options = Options { verbose: true, ..Options::default() };
        let english = render(format, &samples::closed(), &options);
        assert_eq!(chinese(format), english, "{format:?}");
    }
}
