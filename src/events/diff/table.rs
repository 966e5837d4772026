//! Changes of tables: whether they are there, their keys, what their operations give.

use std::collections::BTreeMap;

use cdc_checks::{TableName, Text};

use super::{Change, Class, Kind, column};
use crate::events::contract::{Contract, Key, TableContract};
use crate::events::image::Image;
use crate::events::operation::{Delivery, Op, OperationContract};

/// Adds the changes of one database.
pub(super) fn compare(old: &Contract, new: &Contract, changes: &mut Vec<Change>) {
    let mut whole = |kind, old: &str, new: &str| {
        changes.push(Change {
            class: Class::Breaking,
            kind,
            table: None,
            column: None,
            rows: Vec::new(),
            old: old.into(),
            new: new.into(),
        });
    };
    if old.envelope != new.envelope {
        whole(Kind::Envelope, old.envelope.as_str(), new.envelope.as_str());
    }
    if old.engine != new.engine {
        whole(Kind::Envelope, old.engine.as_str(), new.engine.as_str());
    }
    let by_name = |contract: &'_ Contract| -> BTreeMap<TableName, usize> {
        let names = contract.tables.iter().map(|table| table.name.clone());
        names.enumerate().map(|(place, name)| (name, place)).collect()
    };
    let (old_places, new_places) = (by_name(old), by_name(new));
    for table in &old.tables {
        let found = new_places.get(&table.name).and_then(|place| new.tables.get(*place));
        match found {
            Some(found) => tables(table, found, changes),
            None => changes.push(removed(table)),
        }
    }
    let added = new.tables.iter().filter(|table| !old_places.contains_key(&table.name));
    changes.extend(added.map(self::added));
}

/// A table that gives no events any more.
pub(super) fn removed(table: &TableContract) -> Change {
    of_table(table, Class::Backward, Kind::TableRemoved, "there", "no event comes any more")
}

/// A table that gave none.
pub(super) fn added(table: &TableContract) -> Change {
    of_table(table, Class::Forward, Kind::TableAdded, "not there", "there")
}

/// A change that concerns a table as a whole.
fn of_table(
    table: &TableContract,
    class: Class,
    kind: Kind,
    old: impl Into<Text>,
    new: impl Into<Text>,
) -> Change {
    Change {
        class,
        kind,
        table: Some(table.name.clone()),
        column: None,
        rows: Vec::new(),
        old: old.into(),
        new: new.into(),
    }
}

fn tables(old: &TableContract, new: &TableContract, changes: &mut Vec<Change>) {
    if let Some(class) = key_class(&old.key, &new.key) {
        changes.push(of_table(old, class, Kind::Key, key(&old.key), key(&new.key)));
    }
    let split = |table: &TableContract| {
        table.key_change.as_ref().map_or("nothing of its own", |change| change.delivery.as_str())
    };
    let (old_split, new_split) = (split(old), split(new));
    if old.key_change.is_some() && new.key_change.is_some() && old_split != new_split {
        changes.push(of_table(old, Class::Breaking, Kind::KeyChange, old_split, new_split));
    }
    for op in Op::ALL {
        if let (Some(one), Some(other)) = (old.operation(op), new.operation(op)) {
            operation(old, one, other, changes);
        }
    }
    column::compare(old, new, changes);
}

/// `None` where the key is the same.
fn key_class(old: &Key, new: &Key) -> Option<Class> {
    match (old, new) {
        (Key::Columns { columns: old, .. }, Key::Columns { columns: new, .. }) => {
            (old != new).then_some(Class::Breaking)
        }
        (Key::None, Key::None) | (Key::Unknown, Key::Unknown) => None,
        // Who does without a key is not hurt by one.
        (Key::None, Key::Columns { .. }) | (Key::Unknown, _) => Some(Class::Forward),
        (Key::Columns { .. }, Key::None) | (_, Key::Unknown) => Some(Class::Backward),
    }
}

fn key(key: &Key) -> Text {
    match key {
        Key::Columns { columns, .. } => {
            Text::new(columns.iter().map(Text::untrusted).collect::<Vec<_>>().join(", "))
        }
        Key::None => "none".into(),
        Key::Unknown => "not known".into(),
    }
}

fn operation(
    table: &TableContract,
    old: &OperationContract,
    new: &OperationContract,
    changes: &mut Vec<Change>,
) {
    if old.delivery != new.delivery {
        let gives = |delivery| delivery == Delivery::Delivered;
        let class = match (gives(old.delivery), gives(new.delivery)) {
            (true, false) => Class::Backward,
            (false, true) => Class::Forward,
            // An engine that stops gives no events of other tables either.
            (false, false) if new.delivery == Delivery::StopsEngine => Class::Backward,
            _ => Class::Compatible,
        };
        changes.push(Change {
            rows: vec![old.op.letter().to_owned()],
            ..of_table(table, class, Kind::Delivery, old.delivery.as_str(), new.delivery.as_str())
        });
    }
    for (side, old_image, new_image) in
        [("before", &old.before, &new.before), ("after", &old.after, &new.after)]
    {
        let (Some(old_image), Some(new_image)) = (old_image, new_image) else { continue };
        let class = match (old_image, new_image) {
            (Image::Null, Image::Null)
            | (Image::Row { .. }, Image::Row { .. })
            | (Image::RowOrNull { .. }, Image::RowOrNull { .. })
            | (Image::Unknown, Image::Unknown) => continue,
            (Image::Null, Image::Row { .. }) | (Image::Row { .. }, Image::Null) => Class::Breaking,
            (_, Image::Unknown) | (Image::Null | Image::Row { .. }, Image::RowOrNull { .. }) => {
                Class::Backward
            }
            (Image::Unknown, _) | (Image::RowOrNull { .. }, Image::Null | Image::Row { .. }) => {
                Class::Forward
            }
        };
        changes.push(Change {
            rows: vec![format!("{}.{side}", old.op.letter())],
            ..of_table(table, class, Kind::Row, word(old_image), word(new_image))
        });
    }
}

fn word(image: &Image) -> &'static str {
    match image {
        Image::Null => "null",
        Image::Row { .. } => "a row",
        Image::RowOrNull { .. } => "a row or null",
        Image::Unknown => "not known",
    }
}
