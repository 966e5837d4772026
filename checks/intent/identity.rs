//! Replica identities that a connector gives tables when it starts.

use serde::{Deserialize, Serialize};

use super::TableName;
use crate::facts::postgres::{ReplicaIdentity, Table};

/// The replica identity that a connector gives tables when it starts, for which it has to own them.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityAutoset {
    /// The tables, as `schema.table`, in which `.*` stands for anything.
    pub tables: String,
    /// The identity.
    pub identity: AutosetIdentity,
}

/// A replica identity that a connector can give a table.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum AutosetIdentity {
    /// The primary key.
    Default,
    /// The whole old row.
    Full,
    /// None.
    Nothing,
}

impl IdentityAutoset {
    /// Reads `schema.table:FULL,other.*:NOTHING`.
    ///
    /// # Errors
    /// What is not understood.
    pub(super) fn read(text: &str) -> Result<Vec<Self>, String> {
        text.split(',').map(|one| Self::read_one(one.trim())).collect()
    }

    fn read_one(text: &str) -> Result<Self, String> {
        let (tables, identity) = text.rsplit_once(':').ok_or("it has the form TABLE:IDENTITY")?;
        let identity = match identity.to_uppercase().as_str() {
            "DEFAULT" => AutosetIdentity::Default,
            "FULL" => AutosetIdentity::Full,
            "NOTHING" => AutosetIdentity::Nothing,
            _ => return Err("of the identities DEFAULT, FULL and NOTHING are understood".into()),
        };
        let is_other_pattern = |c: char| "*+?[](){}|^$\\".contains(c);
        if tables.replace(".*", "").contains(is_other_pattern) {
            return Err("of patterns only .* is understood".into());
        }
        Ok(Self { tables: tables.into(), identity })
    }

    /// Whether it means this table.
    pub fn matches(&self, table: &TableName) -> bool {
        let name = format!("{}.{}", table.schema.untrusted(), table.name.untrusted());
        let Some((first, others)) = self.tables.split_once(".*") else {
            return self.tables == name;
        };
        let Some(mut rest) = name.strip_prefix(first) else { return false };
        let (middle, last) = others.rsplit_once(".*").unwrap_or(("", others));
        for piece in middle.split(".*") {
            let Some((_, behind)) = rest.split_once(piece) else { return false };
            rest = behind;
        }
        rest.ends_with(last)
    }

    /// The identity that the table then has.
    pub fn identity_of(&self, table: &Table) -> ReplicaIdentity {
        match self.identity {
            AutosetIdentity::Default if table.has_usable_primary_key() => {
                ReplicaIdentity::PrimaryKey
            }
            AutosetIdentity::Default => ReplicaIdentity::None,
            AutosetIdentity::Full => ReplicaIdentity::Full,
            AutosetIdentity::Nothing => ReplicaIdentity::Nothing,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test")]
mod tests {
    use super::{IdentityAutoset, TableName};

    #[test]
    fn tables_are_meant_by_name_or_by_the_one_pattern() {
        let table = TableName::new("public", "orders");
        let cases = [
            ("public.orders:FULL", true),
            ("public.order:FULL", false),
            ("public.*:full", true),
            (".*:NOTHING", true),
            ("public.o.*s:DEFAULT", true),
            ("public.x.*s:DEFAULT", false),
            ("other.*:FULL", false),
        ];
        for (text, expected) in cases {
            let rules = IdentityAutoset::read(text).unwrap();
            assert_eq!(rules[0].matches(&table), expected, "{text}");
        }
        assert_eq!(IdentityAutoset::read("a.b:FULL, c.d:NOTHING").unwrap().len(), 2);
        for text in ["a.b", "a.b:INDEX i", "a.[bc]:FULL", ""] {
            assert!(IdentityAutoset::read(text).is_err(), "{text}");
        }
    }
}
