//! A field of a target: form, value and template.

use secrecy::ExposeSecret;

use super::Member;
use super::read::{holds_user, text_member};
use crate::eventbridge::transform::Transform;
use crate::request::document::{Reader, printed, shows};
use crate::request::source::{Complaint, Span};
use crate::request::tree::{Content, Entry, Map, Node};

impl Reader<'_> {
    /// A field of a target. `${...}` in a template is the service's, not ours.
    pub(super) fn transform(&mut self, map: Map, map_span: &Span, is_secret: bool) -> Member {
        let complaints = self.error_count();
        self.hide(&map, map_span, |entry| {
            let is_secret = is_secret && entry.key != "Form";
            shows(&entry.value.content, is_secret) && !holds_user(&entry.value.content)
        });
        let mut members = Vec::new();
        for Entry { key, key_span, value } in map.entries {
            let member = match (key.as_str(), value.content) {
                ("Form" | "Template", Content::Text(text)) => {
                    text_member(text, is_secret && key != "Form")
                }
                ("Value", content @ Content::Map(_)) => {
                    let message = "Value is a text to the service: this object is sent as its JSON";
                    let help = "Write its JSON in quotes.";
                    self.complaints.push(Complaint::warning(&key_span, message, help));
                    let carried = self.carried(Node { span: value.span, content }, false);
                    let json = carried.json(&|secret| secret.expose_secret().to_owned());
                    text_member(json.to_string(), is_secret)
                }
                (name, content) => {
                    if !["Form", "Value", "Template"].contains(&name) {
                        let message = format!("a field of a target has no {}", printed(name));
                        let help = "It has Form, Value and Template.";
                        self.complaints.push(Complaint::warning(&key_span, message, help));
                    }
                    self.carried(Node { span: value.span, content }, is_secret)
                }
            };
            members.push((key, member));
        }
        let member = Member::Map(members);
        // What could not be resolved has been complained about.
        if self.error_count() == complaints {
            self.check_transform(&member, map_span, is_secret);
        }
        member
    }

    fn check_transform(&mut self, member: &Member, span: &Span, is_secret: bool) {
        let field = member.json(&|secret| secret.expose_secret().to_owned());
        let Err(reason) = Transform::parse(&field) else { return };
        // The reason may repeat the value.
        let message = match is_secret {
            true => "this field of the target is not one that the service takes".into(),
            false => format!("this field of the target: {reason}"),
        };
        let help = "The forms are ORIGINAL, CONSTANT, JSONPATH and TEMPLATE.";
        self.error(&(span.start..span.start), message, help);
    }
}
