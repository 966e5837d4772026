//! Everything about the selected tables in one statement for every [`CHUNK`] of them.

use std::collections::{BTreeMap, BTreeSet};

use cdc_checks::facts::MySql;
use cdc_checks::facts::mysql::{
    AbsentTable, Column, ForeignKey, Identity, KeyPart, Line, Table, TableSize, Tables, UniqueKey,
    Version,
};
use cdc_checks::{Fact, Missing, Selection, TableName, Text, quote};

use super::session::{Row, Session};

/// MariaDB turns lists of 1000 names and more into a join, and then opens every table there is.
pub(super) const CHUNK: usize = 500;

/// Reads the selected tables.
pub(super) async fn read(
    session: &mut Session,
    selection: &Selection,
    identity: Option<&Identity>,
    discovered: &Fact<Vec<TableName>>,
) -> Fact<Tables> {
    let wanted = match selection {
        Selection::Schemas(_) => discovered.get().cloned(),
        Selection::Tables(tables) => Ok(tables.clone()),
    };
    match wanted {
        Ok(wanted) => named(session, &wanted, identity).await.into(),
        Err(missing) => Fact::Missing(missing),
    }
}

async fn named(
    session: &mut Session,
    wanted: &[TableName],
    identity: Option<&Identity>,
) -> Result<Tables, Missing> {
    let mut visible = BTreeMap::new();
    let mut leftovers = BTreeSet::new();
    for chunk in wanted.chunks(CHUNK) {
        let answer = session.query(&statement(chunk, identity)).await;
        let rows = answer.map_err(|f| f.missing("the selected tables", "SELECT on them"))?;
        let mut rows: Vec<Row<'_>> = rows.iter().collect();
        rows.sort_by_key(|row| (row.text(0) != "T", row.text(PLACE).parse().unwrap_or(0_u32)));
        for row in rows {
            match row.text(0).as_str() {
                "L" => _ = leftovers.insert(TableName::new(row.text(1), row.text(2))),
                _ => add(&mut visible, row),
            }
        }
    }
    visible.values_mut().for_each(|table: &mut Table| table.foreign_keys.retain(matters));
    let leftovers = leftovers.into_iter().collect();
    Ok(Tables { leftovers, ..sort_out(wanted, &visible, identity) })
}

/// Reads the tables whose names differ from missing ones by case alone: connectors that do not mind
/// case take them for those that were asked for.
pub(super) async fn in_another_case(
    session: &mut Session,
    tables: Fact<Tables>,
    identity: Option<&Identity>,
) -> Fact<Tables> {
    let Fact::Known(mut tables) = tables else { return tables };
    let mut meant: Vec<TableName> = tables.absent.iter().filter_map(in_its_own_case).collect();
    meant.dedup();
    meant.retain(|name| tables.found.iter().all(|table| table.name != *name));
    if !meant.is_empty()
        // Without an answer they stay missing, each with the near name.
        && let Ok(read) = named(session, &meant, identity).await
    {
        tables.found.extend(read.found);
    }
    let found: BTreeSet<&TableName> = tables.found.iter().map(|table| &table.name).collect();
    tables.absent.retain(|absent| in_its_own_case(absent).is_none_or(|it| !found.contains(&it)));
    Fact::Known(tables)
}

fn in_its_own_case(absent: &AbsentTable) -> Option<TableName> {
    absent.near.iter().find(|near| near.is_alike(&absent.name)).cloned()
}

/// How large the tables are that were found.
///
/// The figures of the moment, for which the server calls into the engine for every table: MySQL 8
/// would keep them for a day otherwise.
pub(super) async fn sizes(session: &mut Session, db: &MySql) -> Fact<Vec<TableSize>> {
    let mut sizes = Vec::new();
    let Some(tables) = db.tables.known() else {
        return Fact::Missing(Missing::NotReached { because: "mysql/table-exists".into() });
    };
    let names: Vec<TableName> = tables.found.iter().map(|table| table.name.clone()).collect();
    for chunk in names.chunks(CHUNK) {
        let fresh = "SET SESSION lock_wait_timeout = 5 \
                     /*!80000 , SESSION information_schema_stats_expiry = 0 */";
        let lists = Lists::of(chunk);
        let select = format!(
            "SELECT table_schema, table_name, IFNULL(table_rows, 0), IFNULL(data_length, 0) \
             FROM information_schema.tables WHERE {}",
            lists.within("table_schema")
        );
        match session.query(&format!("{fresh}; {select}")).await {
            Ok(rows) => sizes.extend(rows.iter().map(size)),
            Err(failure) => {
                return Fact::Missing(failure.missing("the size of the tables", "SELECT on them"));
            }
        }
    }
    Fact::Known(sizes)
}

fn size(row: Row<'_>) -> TableSize {
    let number = |index| row.text(index).parse().unwrap_or(0);
    TableSize { name: TableName::new(row.text(0), row.text(1)), rows: number(2), bytes: number(3) }
}

/// The tables that are visible, by the name that the server stores.
type Visible = BTreeMap<TableName, Table>;

/// The column of the place within the table.
const PLACE: usize = 9;

/// The names stand three times: as pairs for the answer, and one by one so that MySQL 5.7 and
/// MariaDB filter by name before they open a table. Statistics are left out on purpose: they cost
/// a call into the engine for every table.
struct Lists {
    pairs: String,
    schemas: String,
    tables: String,
}

impl Lists {
    fn of(names: &[TableName]) -> Self {
        let literal = |text: &Text| quote::mysql::literal(text.untrusted());
        let list = |of: &dyn Fn(&TableName) -> String| {
            let mut all: Vec<String> = names.iter().map(of).collect();
            all.sort();
            all.dedup();
            all.join(", ")
        };
        Self {
            pairs: list(&|name| format!("({}, {})", literal(&name.schema), literal(&name.name))),
            schemas: list(&|name| literal(&name.schema)),
            tables: list(&|name| literal(&name.name)),
        }
    }

    fn within(&self, schema: &str) -> String {
        let Self { pairs, schemas, tables } = self;
        format!(
            "({schema}, table_name) IN ({pairs}) AND {schema} IN ({schemas}) \
             AND table_name IN ({tables})"
        )
    }
}

fn statement(names: &[TableName], identity: Option<&Identity>) -> String {
    let lists = Lists::of(names);
    let references = if hides_rules(identity) { REFERENCES } else { "" };
    let template = [include_str!("sql/tables.sql"), references].concat();
    let mut parts = template.split(['{', '}']);
    let mut statement = parts.next().unwrap_or_default().to_owned();
    // In one go: a name may look like a place to fill in.
    while let (Some(place), Some(rest)) = (parts.next(), parts.next()) {
        statement += &match place {
            "constraints" => lists.within("constraint_schema"),
            "schemas" => lists.schemas.clone(),
            _ => lists.within("table_schema"),
        };
        statement += rest;
    }
    statement
}

/// MariaDB, and MySQL before 8.0, show what foreign keys do only to accounts that have more on the
/// table than SELECT; that there are any, they show here.
const REFERENCES: &str = "
UNION ALL
SELECT 'R', table_schema, table_name, constraint_name, '', '',
       referenced_table_schema, referenced_table_name, '', 1, NULL
  FROM information_schema.key_column_usage WHERE referenced_table_name IS NOT NULL AND {tables}
";

fn hides_rules(identity: Option<&Identity>) -> bool {
    identity.is_none_or(|server| match server.line() {
        Line::MariaDb => true,
        Line::MySql => server.version_number().is_ok_and(|own| own < Version::new(8, 0, 0)),
    })
}

fn add(visible: &mut Visible, row: Row<'_>) {
    let name = TableName::new(row.text(1), row.text(2));
    if row.text(0) == "T" {
        visible.insert(name.clone(), table(name, row));
        return;
    }
    // A table may be created between the parts of the statement: then it has no row of its own.
    let Some(table) = visible.get_mut(&name) else { return };
    match row.text(0).as_str() {
        "C" => table.columns.push(column(row)),
        "F" | "R" => add_foreign_key(&mut table.foreign_keys, foreign_key(row)),
        "U" => add_key_part(&mut table.unique_keys, row),
        _ => {}
    }
}

fn table(name: TableName, row: Row<'_>) -> Table {
    Table {
        name,
        kind: row.text(5).into(),
        engine: row.text(4).into(),
        options: row.text(6).into(),
        columns: Vec::new(),
        unique_keys: Vec::new(),
        foreign_keys: Vec::new(),
    }
}

fn column(row: Row<'_>) -> Column {
    Column {
        name: row.text(3).into(),
        data_type: row.text(4).into(),
        extra: row.text(5).into(),
        nullable: row.text(6) == "YES",
        collation: row.text(7).into(),
        has_default: row.get(10).is_some(),
        default: row.get(10).map(Text::new),
        may_select: row.text(8).split(',').any(|privilege| privilege.trim() == "select"),
    }
}

fn foreign_key(row: Row<'_>) -> ForeignKey {
    ForeignKey {
        name: row.text(3).into(),
        on_delete: row.text(4).into(),
        on_update: row.text(5).into(),
        parent: TableName::new(row.text(6), row.text(7)),
    }
}

/// Adds a key, unless it is there with its rules: those come first.
fn add_foreign_key(keys: &mut Vec<ForeignKey>, key: ForeignKey) {
    if !keys.iter().any(|own| own.name == key.name) {
        keys.push(key);
    }
}

/// Whether the engine changes rows of the child by this key on its own, or nobody may see whether.
fn matters(key: &ForeignKey) -> bool {
    let acts =
        |rule: &Text| matches!(rule.untrusted(), "" | "CASCADE" | "SET NULL" | "SET DEFAULT");
    acts(&key.on_delete) || acts(&key.on_update)
}

fn add_key_part(keys: &mut Vec<UniqueKey>, row: Row<'_>) {
    let part = KeyPart {
        column: row.get(4).map(Text::new),
        nullable: row.text(6) == "YES",
        prefix: !row.text(7).is_empty(),
    };
    let name = Text::new(row.text(3));
    match keys.iter_mut().find(|key| key.name == name) {
        Some(key) => key.parts.push(part),
        None => keys.push(UniqueKey { name, parts: vec![part] }),
    }
}

/// Puts the tables into the order of the request. The server may have matched names more freely
/// than it does when a table is opened, so each is compared by the server's own rule again.
fn sort_out(wanted: &[TableName], visible: &Visible, identity: Option<&Identity>) -> Tables {
    let mut tables = Tables::default();
    for name in wanted {
        match lookup(visible, name, identity) {
            Some(table) if tables.found.contains(table) => {}
            Some(table) => tables.found.push(table.clone()),
            None => tables.absent.push(AbsentTable { name: name.clone(), near: Vec::new() }),
        }
    }
    tables
}

fn lookup<'a>(
    visible: &'a Visible,
    name: &TableName,
    identity: Option<&Identity>,
) -> Option<&'a Table> {
    let same = |one: &Text, other: &Text| {
        identity.is_some_and(|server| server.same_name(one.untrusted(), other.untrusted()))
    };
    visible.get(name).or_else(|| {
        let mut tables = visible.values();
        tables.find(|table| {
            same(&table.name.schema, &name.schema) && same(&table.name.name, &name.name)
        })
    })
}
