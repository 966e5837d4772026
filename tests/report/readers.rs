//! Readers of the formats, as strict as those that they stand for: each gives the skeleton of what
//! it reads, the part that text from outside must not be able to change, and all of its text.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use cdc_preflight::checks::Engine;
use pulldown_cmark::{Event, Options, Parser, Tag};
use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart};
use regex::Regex;
use serde_json::Value;

/// What was read.
#[derive(Debug, Default, Eq, PartialEq)]
pub(crate) struct Read {
    pub(crate) skeleton: Vec<String>,
    pub(crate) text: String,
}

/// JSON: everything but the values.
pub(crate) fn json(document: &str) -> Read {
    let document: Value = serde_json::from_str(document).expect("one JSON document");
    let mut read = Read::default();
    value(&document, "", &mut read);
    read
}

fn value(document: &Value, path: &str, read: &mut Read) {
    match document {
        Value::Object(members) => {
            read.skeleton.push(format!("{path} {{}}"));
            members.iter().for_each(|(name, it)| value(it, &format!("{path}/{name}"), read));
        }
        Value::Array(items) => {
            read.skeleton.push(format!("{path} [{}]", items.len()));
            items.iter().for_each(|item| value(item, &format!("{path}/-"), read));
        }
        Value::String(text) => {
            read.skeleton.push(format!("{path} text"));
            read.text.push_str(text);
            read.text.push('\n');
        }
        other => read.skeleton.push(format!("{path} {other}")),
    }
}

/// One JSON document a line.
pub(crate) fn json_lines(lines: &str) -> Read {
    let mut all = Read::default();
    for read in lines.lines().map(json) {
        all.skeleton.push("line".into());
        all.skeleton.extend(read.skeleton);
        all.text.push_str(&read.text);
    }
    all
}

/// XML: elements with their attributes by name. Characters that XML 1.0 does not have are refused.
pub(crate) fn xml(document: &str) -> Read {
    let is_character = |c: char| {
        matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
            || c >= '\u{10000}'
    };
    assert_eq!(document.chars().find(|c| !is_character(*c)), None, "no character of XML");
    let mut reader = Reader::from_str(document);
    reader.config_mut().check_comments = true;
    let mut read = Read::default();
    loop {
        use quick_xml::events::Event;
        match reader.read_event().expect("well-formed XML") {
            Event::Eof => return read,
            Event::Start(element) => open("", &element, &mut read),
            Event::Empty(element) => open("/", &element, &mut read),
            Event::End(element) => {
                read.skeleton.push(format!("</{}>", String::from_utf8_lossy(&element)));
            }
            Event::Text(text) => read.text.push_str(&text.decode().expect("UTF-8")),
            Event::GeneralRef(reference) => read.text.push(character(&reference)),
            Event::Decl(_) => read.skeleton.push("<?xml?>".into()),
            other => panic!("nothing of this kind is written: {other:?}"),
        }
    }
}

fn open(end: &str, element: &BytesStart<'_>, read: &mut Read) {
    let mut names = Vec::new();
    for attribute in element.attributes() {
        let attribute = attribute.expect("an attribute");
        names.push(String::from_utf8_lossy(attribute.key.as_ref()).into_owned());
        let value = String::from_utf8_lossy(&attribute.value);
        read.text.push_str(&quick_xml::escape::unescape(&value).expect("known references"));
        read.text.push('\n');
    }
    let name = element.name();
    let name = String::from_utf8_lossy(name.as_ref());
    read.skeleton.push(format!("<{name} {}{end}>", names.join(" ")));
}

fn character(reference: &BytesRef<'_>) -> char {
    if let Some(c) = reference.resolve_char_ref().expect("a reference to a character") {
        return c;
    }
    match reference.decode().expect("UTF-8").as_ref() {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        other => panic!("no such entity: {other}"),
    }
}

/// The log of a build, as GitHub's runner and Azure's agent read it: their commands, by name and by
/// the names of what belongs to them.
pub(crate) fn build_log(log: &str) -> Read {
    let mut read = Read::default();
    // The runner takes every one of these for the end of a line.
    for line in log.split(['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}']) {
        assert!(!line.contains("##["), "a command of the old kind: {line:?}");
        assert!(!line.contains("##vso["), "a command of Azure: {line:?}");
        let Some(command) = line.trim_start().strip_prefix("::") else {
            read.text.push_str(line);
            read.text.push('\n');
            continue;
        };
        let (head, data) = command.split_once("::").expect("the end of a command's head");
        let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
        let mut names = Vec::new();
        for property in properties.split(',').filter(|it| !it.is_empty()) {
            let (name, value) = property.split_once('=').expect("name=value");
            names.push(name);
            read.text.push_str(&unescaped(value));
            read.text.push('\n');
        }
        read.text.push_str(&unescaped(data));
        read.text.push('\n');
        read.skeleton.push(format!("{name} {}", names.join(",")));
    }
    read
}

fn unescaped(value: &str) -> String {
    let value = value.replace("%3A", ":").replace("%2C", ",");
    value.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
}

/// Markdown as services read it, but for code: whether a statement stands in a block of code or
/// in a line depends on the statement.
pub(crate) fn markdown(document: &str) -> Read {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_GFM;
    let mut read = Read::default();
    for event in Parser::new_ext(document, options) {
        match event {
            Event::Start(Tag::Paragraph | Tag::CodeBlock(_)) | Event::End(_) => {}
            Event::Start(tag @ (Tag::Link { .. } | Tag::Image { .. })) => {
                panic!("nothing is linked: {tag:?}")
            }
            Event::Start(tag) => read.skeleton.push(format!("{tag:?}")),
            Event::Html(html) | Event::InlineHtml(html) => {
                let tag = html.trim();
                let ours = ["<details>", "</details>", "<summary>", "</summary>"].contains(&tag)
                    || tag.starts_with("<details><summary>") && !tag[18..].starts_with('<');
                assert!(ours, "not our HTML: {tag}");
                let tag = TITLE.replace(tag, "…</");
                read.skeleton.push(tag.into_owned());
            }
            Event::Code(text) | Event::Text(text) => read.text.push_str(&text),
            Event::SoftBreak | Event::HardBreak => read.text.push('\n'),
            other => panic!("nothing of this kind is written: {other:?}"),
        }
    }
    read
}

/// HTML, token by token: elements with the names of their attributes. The rules are those of the
/// standard's tokenizer, as far as this program's own pages go; anything else is refused.
pub(crate) fn html(page: &str) -> Read {
    let mut read = Read::default();
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        read.text.push_str(&entities(&rest[..at]));
        let tag = &rest[at..];
        let end = tag_end(tag);
        let name = tag_name(&tag[..end]);
        read.skeleton.push(skeleton(&tag[..end], &mut read.text));
        rest = &tag[end..];
        if let ("script" | "style" | "title", false) = (name, tag.starts_with("</")) {
            let close = format!("</{name}>");
            let length = rest.find(&close).expect("its end");
            if name == "title" {
                read.text.push_str(&entities(&rest[..length]));
            } else {
                assert!(!rest[..length].contains("<!--"), "a comment changes how a script ends");
            }
            rest = &rest[length..];
        }
    }
    read.text.push_str(&entities(rest));
    read
}

/// Behind the `>` that ends a tag: one in a quoted value does not.
fn tag_end(tag: &str) -> usize {
    let mut quoted = false;
    for (at, c) in tag.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '>' if !quoted => return at + 1,
            '<' if at > 0 && !quoted => panic!("a tag in a tag: {}", &tag[..at]),
            _ => {}
        }
    }
    panic!("a tag without an end: {tag:.80}")
}

fn tag_name(tag: &str) -> &str {
    let name = tag.trim_start_matches(['<', '/']);
    name.split([' ', '\n', '>']).next().unwrap_or_default()
}

/// What tags of our own look like, and their attributes.
static TAG: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"^</?[a-z0-9]+( [a-z-]+(="[^"<>]*")?)*>$"#).expect("a pattern"));
static ATTRIBUTE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#" ([a-z-]+)(?:="([^"]*)")?"#).expect("a pattern"));
static REFERENCE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("&(?:#([0-9]+)|([a-z]+));").expect("a pattern"));
static TITLE: LazyLock<Regex> = LazyLock::new(|| Regex::new("[^<>]+</").expect("a pattern"));
static NAME: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("\"([^\"]|\"\")*\"").expect("a pattern"));

fn skeleton(tag: &str, text: &mut String) -> String {
    if tag == "<!doctype html>" {
        return tag.into();
    }
    let name = tag_name(tag);
    assert!(name.chars().all(|c| c.is_ascii_alphanumeric()), "no element: {tag}");
    assert!(TAG.is_match(tag), "no tag of ours: {tag}");
    let mut names = Vec::new();
    for found in ATTRIBUTE.captures_iter(tag) {
        let (name, value) = (&found[1], found.get(2).map_or("", |value| value.as_str()));
        assert!(!name.starts_with("on") && name != "src" && name != "style", "it acts: {tag}");
        assert!(name != "href" || value.starts_with('#'), "it leads away: {tag}");
        text.push_str(&entities(value));
        names.push(name.to_owned());
    }
    let slash = if tag.starts_with("</") { "/" } else { "" };
    format!("<{slash}{name} {}>", names.join(" "))
}

/// Text with its references; a bare `&` is refused.
fn entities(text: &str) -> String {
    let bare = REFERENCE.replace_all(text, "");
    assert!(!bare.contains(['&', '<']), "markup: {bare:.200}");
    let decoded = REFERENCE.replace_all(text, |found: &regex::Captures<'_>| {
        let numbered = found.get(1).map(|number| number.as_str().parse().expect("a number"));
        let named = || match &found[2] {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            other => panic!("no such entity: {other}"),
        };
        numbered.map_or_else(named, |code| char::from_u32(code).expect("a character")).to_string()
    });
    decoded.into_owned()
}

/// The statements of a script as the database's own client reads it: their words and signs, with
/// whatever is quoted left out. Comments are left out, too.
pub(crate) fn statements(script: &str, engine: Engine) -> BTreeSet<String> {
    let mut statements = BTreeSet::new();
    let mut statement = String::new();
    let mut rest = script;
    while let Some(c) = rest.chars().next() {
        let at_line = statement.trim().is_empty();
        rest = match c {
            '-' if rest.starts_with("-- ") => after_line(rest),
            '#' if engine != Engine::Postgres => after_line(rest),
            '\\' => {
                assert!(at_line && engine == Engine::Postgres, "a command: {rest:.80}");
                let line = rest.lines().next().unwrap_or_default();
                statements.insert(NAME.replace(line, "\"\"").into_owned());
                after_line(rest)
            }
            '/' if rest.starts_with("/*") => panic!("no such comment is written: {rest:.80}"),
            '\'' | '"' | '`' => {
                statement.extend([c, c]);
                after_quoted(rest, c, engine)
            }
            ';' => {
                statements.insert(words(&statement));
                statement.clear();
                &rest[1..]
            }
            c => {
                statement.push(c);
                &rest[c.len_utf8()..]
            }
        };
    }
    assert_eq!(statement.trim(), "", "a statement without an end");
    statements
}

fn words(statement: &str) -> String {
    statement.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn after_line(rest: &str) -> &str {
    rest.split_once('\n').map_or("", |(_, rest)| rest)
}

/// Behind a quoted text that begins here: a doubled quote stands for itself.
fn after_quoted(rest: &str, quote: char, engine: Engine) -> &str {
    let mut rest = &rest[1..];
    loop {
        let escapes = engine == Engine::MySql && quote != '`';
        let at = rest.find(|c| c == quote || escapes && c == '\\').expect("the end of a quote");
        let (found, behind) = rest[at..].split_at(1);
        rest = match behind.strip_prefix(quote) {
            _ if found == "\\" => &behind[behind.chars().next().map_or(0, char::len_utf8)..],
            Some(behind) => behind,
            None => return behind,
        };
    }
}
