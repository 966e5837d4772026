//! From text to fields and tests, with the place of everything that is wrong.

use std::ops::Range;

use serde_json::Value;

use super::json::{Kind, Member, Node};
use super::test::{Block, Comparison, Excluded, Operator, Scalar, Test};
use super::{Alternative, Field};
use crate::request::Complaint;

/// The attributes of CloudEvents, and those that EventBridge adds.
const ATTRIBUTES: &[&str] = &[
    "aliyunaccountid",
    "aliyuneventbusname",
    "aliyunoriginalaccountid",
    "aliyunpublishaddr",
    "aliyunpublishtime",
    "aliyunregionid",
    "datacontenttype",
    "dataschema",
    "id",
    "source",
    "specversion",
    "subject",
    "time",
    "type",
];

const OPERATORS: &[&str] =
    &["anything-but", "cidr", "contains", "exists", "numeric", "prefix", "suffix"];

/// Objects within objects; more is an accident.
const MAX_DEPTH: usize = 64;

/// The largest number that can be compared with, on either side of zero.
const MAX_NUMBER: f64 = 1.0e9;

/// The fields of a pattern, in the order of the text.
pub(super) fn fields(text: &str) -> Result<Vec<Field>, Vec<Complaint>> {
    let mut reader = Reader::default();
    match Node::root(text) {
        Ok(root) => reader.pattern(root),
        Err(error) => reader.complaints.push(not_json(text, &error)),
    }
    if reader.complaints.is_empty() { Ok(reader.fields) } else { Err(reader.complaints) }
}

fn not_json(text: &str, error: &serde_json::Error) -> Complaint {
    let lines = text.split_inclusive('\n').take(error.line().saturating_sub(1));
    let at = lines.map(str::len).sum::<usize>() + error.column().saturating_sub(1);
    let at = text.floor_char_boundary(at.min(text.len()));
    let said = error.to_string();
    let reason = said.split(" at line ").next().unwrap_or_default();
    Complaint::error(&(at..at), format!("this is no JSON: {reason}"), "")
}

#[derive(Default)]
struct Reader {
    fields: Vec<Field>,
    complaints: Vec<Complaint>,
}

impl Reader {
    fn error(&mut self, span: &Range<usize>, message: impl Into<String>, help: &str) {
        self.complaints.push(Complaint::error(span, message, help));
    }

    /// The parts of a value; of text that is no JSON inside, which the outer reading excludes, none.
    fn kind<'a>(&mut self, node: Node<'a>) -> Option<Kind<'a>> {
        node.kind()
            .map_err(|error| self.error(&node.span(), format!("this is no JSON: {error}"), ""))
            .ok()
    }

    fn pattern(&mut self, root: Node<'_>) {
        match self.kind(root) {
            Some(Kind::Object(members)) => {
                self.unlike(&members);
                for member in members {
                    self.attribute(member);
                }
            }
            Some(_) => {
                let help = "Write {\"source\": [\"...\"]}, or {} for every event.";
                self.error(&root.span(), "a pattern is an object", help);
            }
            None => {}
        }
    }

    /// Complains of names that stand there twice: the last one would win without a word.
    fn unlike(&mut self, members: &[Member<'_>]) {
        for (index, member) in members.iter().enumerate() {
            if members.iter().take(index).any(|other| other.name == member.name) {
                let message = format!("{:?} stands here twice", member.name);
                self.error(&member.name_span, message, "Write its values into one list.");
            }
        }
    }

    fn attribute(&mut self, member: Member<'_>) {
        if member.name == "data" {
            return self.data(vec![member.name], member.value);
        }
        if !ATTRIBUTES.contains(&member.name.as_str()) {
            let message = format!("an event has no attribute {:?}", member.name);
            let near = nearest(&member.name, ATTRIBUTES);
            let help = near.map_or_else(
                || "What the event carries is under \"data\".".into(),
                |near| format!("Did you mean {near:?}? What the event carries is under \"data\"."),
            );
            return self.error(&member.name_span, message, &help);
        }
        self.field(vec![member.name], member.value);
    }

    fn data(&mut self, path: Vec<String>, node: Node<'_>) {
        match self.kind(node) {
            Some(Kind::Object(members)) if members.is_empty() => {
                self.error(&node.span(), "an empty object matches nothing", "Leave it out.");
            }
            Some(Kind::Object(_)) if path.len() > MAX_DEPTH => {
                self.error(&node.span(), "this is nested too deeply", "");
            }
            Some(Kind::Object(members)) => {
                self.unlike(&members);
                for member in members {
                    let mut inner = path.clone();
                    inner.push(member.name);
                    self.data(inner, member.value);
                }
            }
            Some(Kind::Array(_)) if path.len() > 1 => self.field(path, node),
            Some(_) if path.len() == 1 => {
                self.error(&node.span(), "\"data\" holds an object", "");
            }
            Some(_) => self.bare(node),
            None => {}
        }
    }

    fn bare(&mut self, node: Node<'_>) {
        let help = format!("Write [{}].", node.written());
        self.error(&node.span(), "the values of a field stand in a list", &help);
    }

    fn field(&mut self, path: Vec<String>, node: Node<'_>) {
        let items = match self.kind(node) {
            Some(Kind::Array(items)) => items,
            Some(_) => return self.bare(node),
            None => return,
        };
        if items.is_empty() {
            let help = "Name a value, or leave the field out.";
            return self.error(&node.span(), "an empty list matches nothing", help);
        }
        let read = items.into_iter().filter_map(|item| self.alternative(item));
        let alternatives = read.collect();
        self.fields.push(Field { path, span: node.span(), alternatives });
    }

    fn alternative(&mut self, node: Node<'_>) -> Option<Alternative> {
        let tests = match self.kind(node)? {
            Kind::Scalar(value) => vec![Test::Equals(written(node, &value))],
            Kind::Array(_) => {
                self.error(&node.span(), "a list stands in a list", "Write its values directly.");
                return None;
            }
            Kind::Object(members) if members.is_empty() => {
                let help = format!("Name one of {}.", OPERATORS.join(", "));
                self.error(&node.span(), "an operator is missing", &help);
                return None;
            }
            Kind::Object(members) => {
                self.unlike(&members);
                members.iter().filter_map(|member| self.operator(member)).collect()
            }
        };
        Some(Alternative { span: node.span(), tests })
    }

    fn operator(&mut self, member: &Member<'_>) -> Option<Test> {
        let node = member.value;
        match member.name.as_str() {
            "prefix" => self.some_text(node).map(Test::Prefix),
            "suffix" => self.some_text(node).map(Test::Suffix),
            "contains" => self.some_text(node).map(Test::Contains),
            "exists" => self.truth(node).map(Test::Exists),
            "cidr" => self.block(node).map(Test::Cidr),
            "numeric" => self.comparisons(node).map(Test::Numeric),
            "anything-but" => self.excluded(node).map(Test::AnythingBut),
            other => {
                let message = format!("there is no operator {other:?}");
                let near = nearest(other, OPERATORS)
                    .map_or_else(|| OPERATORS.join(", "), |near| format!("{near:?}"));
                self.error(&member.name_span, message, &format!("Did you mean {near}?"));
                None
            }
        }
    }

    fn some_text(&mut self, node: Node<'_>) -> Option<String> {
        match self.kind(node)? {
            Kind::Scalar(Value::String(text)) if !text.is_empty() => Some(text),
            _ => {
                self.error(&node.span(), "this operator takes a text that is not empty", "");
                None
            }
        }
    }

    fn truth(&mut self, node: Node<'_>) -> Option<bool> {
        match self.kind(node)? {
            Kind::Scalar(Value::Bool(truth)) => Some(truth),
            _ => {
                self.error(&node.span(), "\"exists\" takes true or false", "");
                None
            }
        }
    }

    fn block(&mut self, node: Node<'_>) -> Option<Block> {
        let block = match self.kind(node)? {
            Kind::Scalar(Value::String(text)) => Block::parse(&text),
            _ => None,
        };
        if block.is_none() {
            let help = "Write \"10.0.0.0/24\" or \"10.0.0.1\".";
            self.error(&node.span(), "\"cidr\" takes a block of IPv4 addresses", help);
        }
        block
    }

    fn comparisons(&mut self, node: Node<'_>) -> Option<Vec<Comparison>> {
        const HELP: &str = "Write [\">\", 0] or [\">\", 0, \"<=\", 5].";
        let items = match self.kind(node)? {
            Kind::Array(items) if matches!(items.len(), 2 | 4) => items,
            _ => {
                self.error(&node.span(), "\"numeric\" takes one or two comparisons", HELP);
                return None;
            }
        };
        let read = items.chunks_exact(2).map(|pair| match pair {
            [sign, number] => self.comparison(*sign, *number),
            _ => None,
        });
        let comparisons = read.collect::<Option<Vec<_>>>()?;
        if let [first, second] = comparisons.as_slice() {
            let is_range = first.operator.is_lower() && second.operator.is_upper()
                || first.operator.is_upper() && second.operator.is_lower();
            if !is_range {
                let message = "two comparisons bound a range, from below and from above";
                self.error(&node.span(), message, HELP);
                return None;
            }
        }
        Some(comparisons)
    }

    fn comparison(&mut self, sign: Node<'_>, number: Node<'_>) -> Option<Comparison> {
        let operator = match self.kind(sign)? {
            Kind::Scalar(Value::String(text)) => Operator::of(&text),
            _ => None,
        };
        if operator.is_none() {
            self.error(&sign.span(), "this is no comparison", "Write =, !=, >, >=, < or <=.");
        }
        let value = match self.kind(number)? {
            Kind::Scalar(Value::Number(value)) => value.as_f64(),
            _ => None,
        };
        let value = value.filter(|value| value.abs() <= MAX_NUMBER);
        if value.is_none() {
            let message = "this is no number between -1000000000 and 1000000000";
            self.error(&number.span(), message, "");
        }
        Some(Comparison { operator: operator?, number: value? })
    }

    fn excluded(&mut self, node: Node<'_>) -> Option<Vec<Excluded>> {
        match self.kind(node)? {
            Kind::Scalar(value) => Some(vec![Excluded::Equal(written(node, &value))]),
            Kind::Array(items) if items.is_empty() => {
                self.error(&node.span(), "an empty list leaves nothing out", "");
                None
            }
            Kind::Array(items) => items.into_iter().map(|item| self.excluded_one(item)).collect(),
            Kind::Object(members) => match members.as_slice() {
                [member] if member.name == "prefix" => {
                    self.some_text(member.value).map(|text| vec![Excluded::Prefix(text)])
                }
                [member] if member.name == "suffix" => {
                    self.some_text(member.value).map(|text| vec![Excluded::Suffix(text)])
                }
                _ => {
                    let message = "\"anything-but\" takes values, one prefix or one suffix";
                    self.error(&node.span(), message, "");
                    None
                }
            },
        }
    }

    fn excluded_one(&mut self, node: Node<'_>) -> Option<Excluded> {
        match self.kind(node)? {
            Kind::Scalar(value) => Some(Excluded::Equal(written(node, &value))),
            _ => {
                let message = "the list of \"anything-but\" takes text, numbers, truth and null";
                self.error(&node.span(), message, "");
                None
            }
        }
    }
}

/// The scalar as it is written: 300 and 300.0 are not the same.
fn written(node: Node<'_>, value: &Value) -> Scalar {
    match value {
        Value::Number(_) => Scalar::Text(node.written().into()),
        other => Scalar::of(other).unwrap_or(Scalar::Null),
    }
}

/// The name that looks most like it.
fn nearest(name: &str, names: &[&'static str]) -> Option<&'static str> {
    let nearness = |known: &&&str| (strsim::jaro_winkler(known, name) * 1000.0) as u32;
    names.iter().filter(|known| nearness(known) > 800).max_by_key(nearness).copied()
}
