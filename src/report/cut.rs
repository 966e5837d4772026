//! A Markdown report that is cut without leaving anything open.

/// What is said at the end of a report that is cut.
const MORE: &str = "\nThe report is cut here: it is larger than what is taken.\n";

/// What closes a folded section.
const END: &str = "\n</details>\n";

/// The report, cut to so many bytes behind a whole line, with a word that it is. What was open
/// there, code or a folded section, is closed. Where not even that has room, it is empty.
pub fn cut(report: String, most: usize) -> String {
    if report.len() <= most {
        return report;
    }
    let mut out = String::new();
    let mut open = Open::default();
    for line in report.split_inclusive('\n') {
        let after = open.after(line);
        if out.len() + line.len() + after.end().len() + MORE.len() > most {
            break;
        }
        out.push_str(line);
        open = after;
    }
    let whole = out + &open.end() + MORE;
    if whole.len() <= most { whole } else { String::new() }
}

/// What is open behind a line.
#[derive(Clone, Debug, Default)]
struct Open {
    /// The backticks that end the code.
    fence: Option<String>,
    folds: usize,
}

impl Open {
    fn after(&self, line: &str) -> Self {
        let mut open = self.clone();
        let line = line.trim_end();
        let ticks = line.len() - line.trim_start_matches('`').len();
        match &self.fence {
            Some(fence) if line == fence => open.fence = None,
            Some(_) => {}
            // With another backtick behind them it is a span of code.
            None if ticks >= 3 && !line[ticks..].contains('`') => {
                open.fence = Some("`".repeat(ticks))
            }
            None if line.starts_with("<details>") => open.folds += 1,
            None if line == "</details>" => open.folds = open.folds.saturating_sub(1),
            None => {}
        }
        open
    }

    fn end(&self) -> String {
        let fence = self.fence.as_ref().map_or_else(String::new, |fence| format!("{fence}\n"));
        fence + &END.repeat(self.folds)
    }
}

#[cfg(test)]
mod tests {
    use super::{MORE, cut};

    #[test]
    fn a_span_of_code_opens_nothing() {
        let report = format!("```` ``` ````\n<details>\n{}</details>\n", "z\n".repeat(100));
        let end = cut(report, 140);
        assert!(end.ends_with(&format!("z\n\n</details>\n{MORE}")), "{end}");
    }

    #[test]
    fn what_is_open_is_closed() {
        let report =
            "# a\n<details><summary>x</summary>\n```sql\n<details>\n``\ny\n```\n</details>\n";
        let long = format!("{report}{}", "z\n".repeat(100));
        let at = |text: &str| long.find(text).expect("it is there") + text.len();
        let end = |size: usize| cut(long.clone(), size);
        let inside = end(at("<details>\n``\n") + "```\n\n</details>\n".len() + MORE.len());
        assert!(inside.ends_with(&format!("``\n```\n\n</details>\n{MORE}")), "{inside}");
        assert!(end(at("z\n") + MORE.len()).ends_with(&format!("</details>\nz\n{MORE}")));
        assert_eq!(end(10), "");
        assert_eq!(cut(report.to_owned(), report.len()), report);
        for size in 0..long.len() {
            assert!(end(size).len() <= size);
        }
    }
}
