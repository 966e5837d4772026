//! Rules about more than one member of an object.

use super::table::MAX_TAGS;
use crate::request::document::Reader;
use crate::request::source::Complaint;
use crate::request::tree::{Content, Entry, Map};

impl Reader<'_> {
    /// Rules about more than one member.
    pub(super) fn check_together(&mut self, map: &Map) {
        let find = |name: &str| map.entries.iter().find(|entry| entry.key == name);
        let number = |name| match find(name).map(|entry| &entry.value.content) {
            Some(Content::Number(number)) => Some(*number),
            _ => None,
        };
        if let (Some(min), Some(max)) =
            (number("MinCapacityUnitCount"), number("MaxCapacityUnitCount"))
            && min > max
            && let Some(entry) = find("MinCapacityUnitCount")
        {
            let message = "MinCapacityUnitCount is larger than MaxCapacityUnitCount";
            let help = format!("Write at most {max}.");
            self.error(&entry.value.span, message, help);
        }
        self.check_offset(map);
        if let Some(Entry { key_span, value, .. }) = find("Tags")
            && let Content::List(tags) = &value.content
            && tags.len() > MAX_TAGS
        {
            let message = format!("a stream has at most {MAX_TAGS} Tags");
            self.error(key_span, message, format!("Remove {}.", tags.len() - MAX_TAGS));
        }
        let network = find("NetworkType").or_else(|| find("Network"));
        // A database's network is judged by request/vpc.
        if let Some(Entry { key_span, value, .. }) = network
            && matches!(&value.content, Content::Text(text) if text == "PrivateNetwork")
            && find("DatabaseName").is_none()
        {
            for part in ["VpcId", "VSwitchIds", "SecurityGroupId"] {
                if find(part).is_none() {
                    let message = format!("PrivateNetwork needs {part}");
                    self.error(key_span, message, format!("Add {part}."));
                }
            }
        }
    }

    /// Where a RocketMQ source begins: a time goes with the word for it, and with no other.
    fn check_offset(&mut self, map: &Map) {
        const BY_TIME: &str = "CONSUME_FROM_TIMESTAMP";
        let find = |name: &str| map.entries.iter().find(|entry| entry.key == name);
        let offset = find("Offset").map(|entry| (&entry.key_span, &entry.value.content));
        match (offset, find("Timestamp")) {
            (Some((span, Content::Text(word))), None) if word == BY_TIME => {
                let help = "Add Timestamp: milliseconds since 1970.";
                self.error(span, format!("{BY_TIME} needs Timestamp"), help);
            }
            (Some((_, Content::Text(word))), Some(entry)) if word != BY_TIME => {
                let message = format!("Timestamp counts only with Offset {BY_TIME}");
                let help = "Remove it, or write that Offset.";
                self.complaints.push(Complaint::warning(&entry.key_span, message, help));
            }
            _ => {}
        }
    }
}
