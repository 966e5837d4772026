//! What the last events of the binary log are: kinds, tables and the words that statements begin
//! with. No value of a row is kept.

use std::time::Duration;

use cdc_checks::facts::mysql::{
    BinlogFile, Sample, SampleEnd, SampledStatement, SampledTable, Tables,
};
use cdc_checks::{TableName, Text};
use mysql_async::Error;
use mysql_async::binlog::EventType;
use mysql_async::binlog::events::{Event, EventData, RowsEventData};
use tokio::time::{Instant, timeout_at};

use super::dump::{Dump, Start, Stopped};
use super::statement;

/// As much is read at most, but for the event that reaches it.
const BYTES: u64 = 8 << 20;

/// As long is read at most.
const TIME: Duration = Duration::from_secs(2);

/// As many tables and statements are told apart at most.
const MANY: usize = 1000;

/// MariaDB's compressed events of rows: both versions of inserts, updates and deletes.
const COMPRESSED_ROWS: std::ops::RangeInclusive<u8> = 0xa6..=0xab;

/// The first of the newest files that together are small enough; the newest where it is too large
/// by itself. `None` where there is no file.
pub(super) fn start(files: &[BinlogFile]) -> Option<Start> {
    let mut left = BYTES;
    let fits = |file: &&BinlogFile| match left.checked_sub(file.bytes) {
        Some(rest) => {
            left = rest;
            true
        }
        None => false,
    };
    let first = files.iter().rev().take_while(fits).last().or(files.last())?;
    Some(Start::of(first.name.untrusted()))
}

/// The names of the selected tables.
pub(super) fn names(tables: &Tables) -> Vec<TableName> {
    tables.found.iter().map(|table| table.name.clone()).collect()
}

/// Counts events until the log, the time or the patience ends.
pub(super) async fn read(
    mut dump: Dump,
    file: String,
    selected: Vec<TableName>,
) -> Result<Sample, Stopped> {
    let end = Instant::now() + TIME;
    let mut sample = Sample { from_file: Text::new(file), ..Sample::default() };
    sample.ended = loop {
        if sample.bytes >= BYTES {
            break SampleEnd::Bytes;
        }
        match timeout_at(end, dump.next()).await {
            Ok(Ok(Some(event))) => count(&mut sample, &event, &dump, &selected)?,
            Ok(Ok(None)) => break SampleEnd::Log,
            Ok(Err(Stopped::TooLarge)) => break SampleEnd::LargeEvent,
            Ok(Err(stopped)) => return Err(stopped),
            Err(_) => break SampleEnd::Time,
        }
    };
    dump.leave().await;
    Ok(sample)
}

fn count(
    sample: &mut Sample,
    event: &Event,
    dump: &Dump,
    selected: &[TableName],
) -> Result<(), Stopped> {
    let kind = event.header().event_type_raw();
    sample.events += 1;
    sample.bytes += u64::from(event.header().event_size());
    *sample.kinds.entry(kind).or_default() += 1;
    if COMPRESSED_ROWS.contains(&kind) {
        count_rows(sample, dump, number_in(event.data()), |table| table.compressed += 1);
        return Ok(());
    }
    let interesting = is_rows(kind)
        || kind == EventType::QUERY_EVENT as u8
        || kind == EventType::EXECUTE_LOAD_QUERY_EVENT as u8;
    if !interesting {
        return Ok(());
    }
    match event.read_data().map_err(Error::from)? {
        Some(EventData::RowsEvent(rows)) => {
            let (partial, json) = (leaves_out(&rows), is_partial_json(&rows));
            count_rows(sample, dump, rows.table_id(), |table| {
                table.partial_images += u64::from(partial);
                table.partial_json += u64::from(json);
            });
        }
        Some(EventData::QueryEvent(query)) => {
            count_statement(sample, &query.query(), &query.schema(), selected);
        }
        Some(EventData::ExecuteLoadQueryEvent(query)) => {
            count_statement(sample, &query.query(), &query.schema(), selected);
        }
        _ => {}
    }
    Ok(())
}

fn is_rows(kind: u8) -> bool {
    (EventType::WRITE_ROWS_EVENT_V1 as u8..=EventType::DELETE_ROWS_EVENT_V1 as u8).contains(&kind)
        || (EventType::WRITE_ROWS_EVENT as u8..=EventType::DELETE_ROWS_EVENT as u8).contains(&kind)
        || kind == EventType::PARTIAL_UPDATE_ROWS_EVENT as u8
}

/// The number of the table, with which every event of rows begins.
fn number_in(data: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    for (to, from) in bytes.iter_mut().zip(data.iter().take(6)) {
        *to = *from;
    }
    u64::from_le_bytes(bytes)
}

fn leaves_out(rows: &RowsEventData<'_>) -> bool {
    let images = [rows.columns_before_image(), rows.columns_after_image()];
    images.into_iter().flatten().any(|columns| !columns.all())
}

fn is_partial_json(rows: &RowsEventData<'_>) -> bool {
    matches!(rows, RowsEventData::PartialUpdateRowsEvent(_))
}

fn count_rows(sample: &mut Sample, dump: &Dump, number: u64, also: impl FnOnce(&mut SampledTable)) {
    let Some(map) = dump.table(number) else { return };
    let name = TableName::new(map.database_name(), map.table_name());
    let known = sample.tables.iter_mut().position(|table| table.name == name);
    let index = known.unwrap_or_else(|| {
        let table =
            SampledTable { name, events: 0, partial_images: 0, partial_json: 0, compressed: 0 };
        sample.tables.push(table);
        sample.tables.len() - 1
    });
    if let Some(table) = sample.tables.get_mut(index) {
        table.events += 1;
        also(table);
    }
    sample.tables.truncate(MANY);
}

fn count_statement(sample: &mut Sample, text: &str, database: &str, selected: &[TableName]) {
    let Some(verb) = statement::changing_verb(text) else { return };
    let table = selected.iter().find(|table| statement::names(text, database, table)).cloned();
    let (verb, database) = (Text::new(verb), Text::new(database));
    let same = |one: &&mut SampledStatement| {
        one.verb == verb && one.database == database && one.table == table
    };
    if let Some(one) = sample.statements.iter_mut().find(same) {
        one.count += 1;
    } else if sample.statements.len() < MANY {
        sample.statements.push(SampledStatement { verb, database, table, count: 1 });
    }
}

#[cfg(test)]
mod tests {
    use cdc_checks::facts::mysql::BinlogFile;

    use super::{BYTES, number_in, start};

    fn begins(sizes: &[u64]) -> Option<String> {
        let file = |(index, bytes): (usize, &u64)| BinlogFile {
            name: format!("log.{}", index + 1).into(),
            bytes: *bytes,
        };
        let files: Vec<BinlogFile> = sizes.iter().enumerate().map(file).collect();
        start(&files).map(|start| start.file)
    }

    #[test]
    fn it_begins_with_as_many_files_as_fit() {
        assert_eq!(begins(&[]), None);
        assert_eq!(begins(&[10]).as_deref(), Some("log.1"));
        assert_eq!(begins(&[BYTES, 10, 20]).as_deref(), Some("log.2"));
        assert_eq!(begins(&[10, BYTES - 10, 10]).as_deref(), Some("log.2"));
        assert_eq!(begins(&[10, BYTES + 1]).as_deref(), Some("log.2"));
    }

    #[test]
    fn a_table_has_a_number_of_six_bytes() {
        assert_eq!(number_in(&[1, 2, 0, 0, 0, 0, 9, 9]), 0x0201);
        assert_eq!(number_in(&[1]), 1);
    }
}
