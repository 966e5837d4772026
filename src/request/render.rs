//! Problems as people know them from compilers: the place, the line, a mark and help.

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};

use super::problem::{Problem, Problems, Severity};

/// All problems with their source lines, without secrets, for a terminal of that many columns.
/// `styled` adds colours.
pub fn render(problems: &Problems, styled: bool, width: usize) -> String {
    let renderer = if styled { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.term_width(width);
    problems.iter().map(|problem| one(problem, &renderer) + "\n\n").collect()
}

fn one(problem: &Problem, renderer: &Renderer) -> String {
    let level = match problem.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(problem.message.as_str());
    let origin = Origin::path(problem.file.as_str());
    let group = match &problem.place {
        None => title.element(origin),
        Some(place) => {
            let mark = AnnotationKind::Primary.span(place.excerpt.marked.clone());
            let snippet = Snippet::source(place.excerpt.line.as_str())
                .line_start(place.line)
                .fold(false)
                .annotation(mark);
            title.element(origin.line(place.line).char_column(place.column)).element(snippet)
        }
    };
    let group = match problem.help.as_str() {
        "" => group,
        help => group.element(Level::HELP.message(help)),
    };
    renderer.render(&[group])
}
