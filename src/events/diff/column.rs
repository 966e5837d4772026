//! Changes of columns: the form of their values, and what stands for them in each row.

use std::collections::{BTreeMap, BTreeSet};

use cdc_checks::Text;
use serde_json::Value;

use super::{Change, Class, Kind};
use crate::events::contract::{ColumnContract, TableContract};
use crate::events::image::{Image, Presence};
use crate::events::operation::Op;

/// Adds the changes of a table's columns.
pub(super) fn compare(old: &TableContract, new: &TableContract, changes: &mut Vec<Change>) {
    let (old_columns, new_columns) = (by_name(old), by_name(new));
    let mut presences = presences(old, new);
    for column in &old.columns {
        let Some(other) = new_columns.get(column.name.untrusted()) else {
            changes.push(gone(old, column));
            continue;
        };
        if let Some((class, kind)) = form(column, other) {
            let (was, is) = (told(column), told(other));
            changes.push(Change { class, kind, ..of_column(old, column, was, is) });
        }
        for presence in presences.remove(column.name.untrusted()).unwrap_or_default() {
            changes.push(Change {
                class: presence.class,
                kind: Kind::Presence,
                rows: presence.rows,
                ..of_column(old, column, presence.old, presence.new)
            });
        }
    }
    for column in new.columns.iter().filter(|one| !old_columns.contains_key(one.name.untrusted())) {
        let class = if is_sent(new, column) { Class::Forward } else { Class::Compatible };
        let change = of_column(new, column, Text::new("not there"), told(column));
        changes.push(Change { class, kind: Kind::ColumnAdded, ..change });
    }
}

fn by_name(table: &TableContract) -> BTreeMap<&str, &ColumnContract> {
    table.columns.iter().map(|column| (column.name.untrusted(), column)).collect()
}

fn of_column(table: &TableContract, column: &ColumnContract, old: Text, new: Text) -> Change {
    Change {
        class: Class::Compatible,
        kind: Kind::Type,
        table: Some(table.name.clone()),
        column: Some(column.name.clone()),
        rows: Vec::new(),
        old,
        new,
    }
}

fn gone(table: &TableContract, column: &ColumnContract) -> Change {
    let class = if is_sent(table, column) { Class::Backward } else { Class::Compatible };
    let change = of_column(table, column, told(column), Text::new("not there"));
    Change { class, kind: Kind::ColumnRemoved, ..change }
}

/// Whether any row of any event has the column.
fn is_sent(table: &TableContract, column: &ColumnContract) -> bool {
    let has = |image: &Option<Image>| match image {
        Some(Image::Row { columns } | Image::RowOrNull { columns }) => columns
            .iter()
            .any(|image| image.name == column.name && image.presence != Presence::Absent),
        Some(Image::Unknown) => true,
        Some(Image::Null) | None => false,
    };
    table.operations.iter().any(|operation| has(&operation.before) || has(&operation.after))
}

fn told(column: &ColumnContract) -> Text {
    let encoding = column.encoding.as_ref().map(|encoding| format!(" ({encoding})"));
    let database_type = column.database_type.untrusted();
    Text::new(format!("{database_type}: {}{}", column.json_type, encoding.unwrap_or_default()))
}

/// `None` where nothing about the form changes.
fn form(old: &ColumnContract, new: &ColumnContract) -> Option<(Class, Kind)> {
    let same_kind = old.json_type == new.json_type && old.encoding == new.encoding;
    if same_kind && old.schema == new.schema {
        let is_same = old.database_type == new.database_type;
        return (!is_same).then_some((Class::Compatible, Kind::Type));
    }
    if !same_kind {
        return Some((Class::Breaking, Kind::Type));
    }
    Some(match (contains(&old.schema, &new.schema), contains(&new.schema, &old.schema)) {
        (false, false) => (Class::Breaking, Kind::Type),
        (new_in_old, old_in_new) => (Class::of(new_in_old, old_in_new), Kind::Values),
    })
}

/// Whether every value of the second schema is one of the first: they are the same but for bounds
/// that are wider and labels that are more.
fn contains(outer: &Value, inner: &Value) -> bool {
    let (Some(outer), Some(inner)) = (outer.as_object(), inner.as_object()) else {
        return outer == inner;
    };
    // A schema without a word is not bound by it.
    outer.iter().all(|(word, bound)| {
        let own = inner.get(word);
        match word.as_str() {
            "minimum" | "minItems" | "minLength" => {
                own.is_some_and(|own| number(own) >= number(bound))
            }
            "maximum" | "maxItems" | "maxLength" => {
                own.is_some_and(|own| number(own) <= number(bound))
            }
            "enum" => own.is_some_and(|own| is_part(own, bound)),
            "items" => own.is_some_and(|own| contains(bound, own)),
            "anyOf" => own.is_some_and(|own| each_contains(bound, own)),
            _ => own == Some(bound),
        }
    }) && inner.keys().all(|word| {
        // A bound more makes the second narrower; any other word more makes it something else.
        outer.contains_key(word)
            || ["minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "enum"]
                .contains(&word.as_str())
    })
}

/// Bounds of 64 bits are compared as they are: a double would take neighbours for the same.
fn number(value: &Value) -> Option<i128> {
    value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from))
}

fn is_part(part: &Value, whole: &Value) -> bool {
    match (part.as_array(), whole.as_array()) {
        (Some(part), Some(whole)) => {
            let whole: BTreeSet<String> = whole.iter().map(ToString::to_string).collect();
            part.iter().all(|label| whole.contains(&label.to_string()))
        }
        _ => part == whole,
    }
}

fn each_contains(outer: &Value, inner: &Value) -> bool {
    match (outer.as_array(), inner.as_array()) {
        (Some(outer), Some(inner)) => {
            outer.len() == inner.len()
                && outer.iter().zip(inner).all(|(outer, inner)| contains(outer, inner))
        }
        _ => outer == inner,
    }
}

/// What stands for a column in some rows, before and after.
struct PresenceChange {
    class: Class,
    rows: Vec<String>,
    old: Text,
    new: Text,
}

/// The changes of every column that both tables have, the same change of several rows once.
fn presences<'a>(
    old: &'a TableContract,
    new: &'a TableContract,
) -> BTreeMap<&'a str, Vec<PresenceChange>> {
    let mut changes: BTreeMap<&str, Vec<PresenceChange>> = BTreeMap::new();
    for (row, old_image, new_image) in rows(old, new) {
        let in_new: BTreeMap<&str, &Presence> =
            new_image.iter().map(|column| (column.name.untrusted(), &column.presence)).collect();
        for column in old_image {
            let Some(other) = in_new.get(column.name.untrusted()) else { continue };
            if column.presence == **other {
                continue;
            }
            let change = PresenceChange {
                class: presence_class(&column.presence, other),
                rows: vec![row.clone()],
                old: presence_told(&column.presence),
                new: presence_told(other),
            };
            add(changes.entry(column.name.untrusted()).or_default(), change);
        }
    }
    changes
}

fn add(known: &mut Vec<PresenceChange>, change: PresenceChange) {
    match known.iter_mut().find(|one| one.old == change.old && one.new == change.new) {
        Some(one) => one.rows.extend(change.rows),
        None => known.push(change),
    }
}

type Columns<'a> = &'a [crate::events::image::ColumnImage];

/// The rows that both tables' events have.
fn rows<'a>(
    old: &'a TableContract,
    new: &'a TableContract,
) -> Vec<(String, Columns<'a>, Columns<'a>)> {
    let columns = |image: &'a Option<Image>| match image {
        Some(Image::Row { columns } | Image::RowOrNull { columns }) => Some(columns.as_slice()),
        Some(Image::Null | Image::Unknown) | None => None,
    };
    let mut rows = Vec::new();
    for op in Op::ALL {
        let (Some(old), Some(new)) = (old.operation(op), new.operation(op)) else { continue };
        for (side, old, new) in
            [("before", &old.before, &new.before), ("after", &old.after, &new.after)]
        {
            if let (Some(old), Some(new)) = (columns(old), columns(new)) {
                rows.push((format!("{}.{side}", op.letter()), old, new));
            }
        }
    }
    rows
}

/// What a consumer may find. A value of the right type, a default for NULL among them, counts as one.
struct Found {
    value: bool,
    null: bool,
    placeholder: Option<Value>,
    made_up: bool,
}

fn found(presence: &Presence) -> Option<Found> {
    let value = Found { value: true, null: false, placeholder: None, made_up: false };
    Some(match presence {
        Presence::Absent | Presence::Unknown | Presence::UnknownNull => return None,
        Presence::Fabricated { .. } => Found { made_up: true, ..value },
        Presence::NullAsDefault { .. } | Presence::Value => value,
        Presence::UnchangedPlaceholder { placeholder, nullable } => Found {
            null: *nullable,
            placeholder: Some(placeholder.clone().unwrap_or_default()),
            ..value
        },
        Presence::ValueOrNull => Found { null: true, ..value },
    })
}

impl Found {
    /// Whether whoever expects this is content with the other.
    fn covers(&self, other: &Self) -> bool {
        (self.value || !other.value)
            && (self.null || !other.null)
            && (self.made_up || !other.made_up)
            && (other.placeholder.is_none() || self.placeholder == other.placeholder)
    }
}

fn presence_class(old: &Presence, new: &Presence) -> Class {
    match (old, new) {
        // As if the column were removed or added.
        (_, Presence::Absent | Presence::Unknown) => return Class::Backward,
        (Presence::Absent | Presence::Unknown, _) => return Class::Forward,
        _ => {}
    }
    match (found(old), found(new)) {
        (Some(old), Some(new)) => Class::of(old.covers(&new), new.covers(&old)),
        // A null that means "not sent" in the place of a value, or the other way round.
        _ => Class::Breaking,
    }
}

fn presence_told(presence: &Presence) -> Text {
    let shown = |value: &Option<Value>| {
        value.as_ref().map_or_else(|| "something not known".into(), ToString::to_string)
    };
    Text::new(match presence {
        Presence::Absent => "left out".to_owned(),
        Presence::Fabricated { value } => format!("made up: {}", shown(value)),
        Presence::NullAsDefault { default } => format!("true, {default} for NULL"),
        Presence::UnchangedPlaceholder { placeholder, .. } => {
            format!("true, or {} where large and unchanged", shown(placeholder))
        }
        Presence::Unknown => "not known".to_owned(),
        Presence::UnknownNull => "null, not sent".to_owned(),
        Presence::Value => "true, never null".to_owned(),
        Presence::ValueOrNull => "true, or null".to_owned(),
    })
}
