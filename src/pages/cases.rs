//! The cases of a page: which facts give which outcome. They run as tests.

use super::section;

/// One case.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Case<'a> {
    /// The outcome.
    pub(super) outcome: &'a str,
    /// What is special about it, with the server that it starts from; empty for the plain case.
    pub(super) what: &'a str,
    /// The facts that differ from those of a healthy server, a line each.
    pub(super) facts: Vec<&'a str>,
}

/// The cases of a page, in its order.
pub(super) fn all(page: &str) -> Vec<Case<'_>> {
    let mut cases = Vec::new();
    let mut lines = section(page, "## Cases").lines();
    while let Some(line) = lines.next() {
        let Some(head) = line.strip_prefix("```case ") else { continue };
        let facts = lines.by_ref().take_while(|line| *line != "```").collect();
        let end = head.find([':', ' ']).unwrap_or(head.len());
        let what = head[end..].trim_start_matches([':', ' ']);
        cases.push(Case { outcome: &head[..end], what, facts });
    }
    cases
}

#[cfg(test)]
mod tests {
    use super::{Case, all};

    #[test]
    fn a_case_has_an_outcome_words_and_facts() {
        let page = "## Cases\n\n```case pass\n```\n\n```case fail: it is off on mysql 5.7\nlog_bin = \
                    OFF\n```\n\n## Break it\n";
        let plain = Case { outcome: "pass", what: "", facts: vec![] };
        let off =
            Case { outcome: "fail", what: "it is off on mysql 5.7", facts: vec!["log_bin = OFF"] };
        assert_eq!(all(page), [plain, off]);
    }
}
