//! The list of all checks as Markdown, for those who browse the project's sources.

use std::fmt::Write as _;

use cdc_checks::catalogue;

/// The list, with links to the pages as they are written. It is `docs/checks/README.md`.
pub fn markdown_index() -> String {
    let mut out =
        "# Checks\n\nWhat must hold for change data capture. `cdc-preflight checks site` \
                   writes all pages as HTML. Ids are permanent.\n"
            .to_owned();
    let mut area = "";
    for check in catalogue::all() {
        if check.area() != area {
            area = check.area();
            let head = "| check | level | what must hold | tags |\n| --- | --- | --- | --- |";
            // Writing to a string cannot fail.
            let _ = writeln!(out, "\n## {area}\n\n{head}");
        }
        let (id, level, title) = (check.id, check.level.as_str(), check.title);
        let source = format!("../../checks/{}.md", id.replace('-', "_"));
        let tags = check.tags.join(", ");
        let link = format!("<a id=\"{id}\"></a>[`{id}`]({source})");
        let _ = writeln!(out, "| {link} | {level} | {title} | {tags} |");
    }
    out
}
