//! Problems as people know them from compilers: the place, the line, a mark and help.

use annotate_snippets::{Annotation, AnnotationKind, Level, Origin, Renderer, Snippet};

use super::problem::{Place, Problem, Problems, Severity};

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
    let group = match &problem.place {
        None => title.element(Origin::path(problem.file.as_str())),
        Some(place) => title.element(snippet(&problem.file, place)),
    };
    let group = match problem.help.as_str() {
        "" => group,
        help => group.element(Level::HELP.message(help)),
    };
    let rendered = renderer.render(&[group]);
    match &problem.place {
        Some(place) => with_true_column(&rendered, &problem.file, place),
        None => rendered,
    }
}

fn snippet<'a>(file: &'a str, place: &'a Place) -> Snippet<'a, Annotation<'a>> {
    Snippet::source(place.excerpt.line.as_str())
        .path(file)
        .line_start(place.line)
        .fold(false)
        .annotation(AnnotationKind::Primary.span(place.excerpt.marked.clone()))
}

/// The renderer counts columns in the line that is shown, where a mask may stand for a secret of
/// another length; the header is to name the column in the file.
fn with_true_column(rendered: &str, file: &str, place: &Place) -> String {
    let before = place.excerpt.line.get(..place.excerpt.marked.start).unwrap_or_default();
    let shown = before.chars().count() + 1;
    let header = |column| format!("{file}:{}:{column}", place.line);
    rendered.replacen(&header(shown), &header(place.column), 1)
}
