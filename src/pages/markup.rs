//! Pages of the catalogue as HTML.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Parser, Tag, TagEnd};

/// Markdown of the catalogue as HTML. `depth` is added to the level of every heading, so that it
/// fits below those around it. What a fenced block is for stands above it. HTML within the Markdown
/// is text.
pub(crate) fn html(markdown: &str, depth: usize) -> String {
    let deeper = |level: HeadingLevel| {
        HeadingLevel::try_from((level as usize + depth).min(6)).unwrap_or(HeadingLevel::H6)
    };
    let events = Parser::new(markdown).flat_map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => vec![Event::Text(text)],
        Event::Start(Tag::Heading { level, id, classes, attrs }) => {
            vec![Event::Start(Tag::Heading { level: deeper(level), id, classes, attrs })]
        }
        Event::End(TagEnd::Heading(level)) => vec![Event::End(TagEnd::Heading(deeper(level)))],
        Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) if !info.is_empty() => vec![
            Event::Start(Tag::Paragraph),
            Event::Start(Tag::Emphasis),
            Event::Text(info),
            Event::End(TagEnd::Emphasis),
            Event::End(TagEnd::Paragraph),
            Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)),
        ],
        other => vec![other],
    });
    let mut out = String::new();
    pulldown_cmark::html::push_html(&mut out, events);
    out
}

#[cfg(test)]
mod tests {
    use super::html;

    #[test]
    fn headings_go_down_and_html_is_text() {
        assert_eq!(html("### A\n", 2), "<h5>A</h5>\n");
        assert_eq!(html("a <script>x</script>", 0), "<p>a &lt;script&gt;x&lt;/script&gt;</p>\n");
        assert_eq!(
            html("```sql on mysql\nSET x;\n```\n", 0),
            "<p><em>sql on mysql</em></p>\n<pre><code>SET x;\n</code></pre>\n"
        );
    }
}
