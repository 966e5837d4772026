//! `checks list` and `checks explain`: the catalogue.

use cdc_checks::catalogue;
use serde_json::json;

use super::Stopped;
use super::args::ListFormat;
use super::exit::Exit;
use super::tell::Terminal;

pub(super) fn list(format: ListFormat, terminal: &Terminal) -> Result<Exit, Stopped> {
    let text = match format {
        ListFormat::Human => {
            let lines = catalogue::all().map(|check| {
                format!("{:<32} {:<13}  {}\n", check.id, check.level.as_str(), check.title)
            });
            lines.collect()
        }
        ListFormat::Json => {
            let checks = catalogue::all().map(|check| {
                json!({
                    "id": check.id,
                    "area": check.area(),
                    "level": check.level,
                    "title": check.title,
                    "tags": check.tags,
                })
            });
            format!("{:#}\n", checks.collect::<serde_json::Value>())
        }
    };
    terminal.print(&text)?;
    Ok(Exit::Open)
}

pub(super) fn explain(id: &str, terminal: &Terminal) -> Result<Exit, Stopped> {
    let Some(check) = catalogue::find(id) else {
        let near = catalogue::all()
            .map(|check| (strsim::jaro_winkler(check.id, id), check.id))
            .max_by(|one, other| one.0.total_cmp(&other.0));
        let hint = near.filter(|(likeness, _)| *likeness > 0.7);
        let hint = hint.map(|(_, id)| format!("; did you mean {id}?")).unwrap_or_default();
        terminal.error(&format!("there is no check {id:?}{hint}"));
        terminal.note("`cdc-preflight checks list` names them all");
        return Err(Exit::Usage);
    };
    let level = check.level.as_str();
    terminal.print(&format!("# {}\n\n{} ({level})\n\n{}", check.id, check.title, check.doc))?;
    Ok(Exit::Open)
}
