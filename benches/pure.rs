//! How long it takes to judge facts and to describe events. The facts are those of recorded servers,
//! with as many tables as are wanted. See `benches/README.md` for what is aimed at.

#![allow(clippy::expect_used, missing_docs, reason = "a benchmark that cannot start has to stop")]

use std::hint::black_box;

use cdc_checks::facts::postgres::SelectScope;
use cdc_checks::facts::{Fact, Facts, Source};
use cdc_checks::{Intent, Selection, TableName, Text, judge};
use cdc_preflight::events::{DatabaseKind, Format, describe, render};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

criterion_group!(benches, judging, describing);
criterion_main!(benches);

const ENGINES: [DatabaseKind; 2] = [DatabaseKind::MySql, DatabaseKind::Postgres];

fn judging(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("judge");
    for engine in ENGINES {
        for tables in [10, 1_000] {
            let (facts, intent) = recorded(engine, tables, 5);
            group.bench_function(BenchmarkId::new(engine.as_str(), tables), |bencher| {
                bencher.iter(|| judge(black_box(&facts), black_box(&intent)));
            });
        }
        // Every table has a finding, and a remedy.
        let (mut facts, intent) = recorded(engine, 1_000, 5);
        close(&mut facts);
        group.bench_function(
            BenchmarkId::new(engine.as_str(), "1000 that are closed"),
            |bencher| {
                bencher.iter(|| judge(black_box(&facts), black_box(&intent)));
            },
        );
    }
    group.finish();
}

fn describing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("describe");
    group.sample_size(20);
    for engine in ENGINES {
        let (facts, intent) = recorded(engine, 1_000, 50);
        group.bench_function(BenchmarkId::new(engine.as_str(), "1000 x 50"), |bencher| {
            bencher.iter(|| describe(black_box(&facts), black_box(&intent)).expect("a contract"));
        });
        let contract = describe(&facts, &intent).expect("a contract");
        group.bench_function(BenchmarkId::new("schemas", engine.as_str()), |bencher| {
            bencher.iter(|| render(black_box(&contract), Format::JsonSchema).expect("schemas"));
        });
    }
    group.finish();
}

/// A recorded server with so many tables of so many columns, all of them selected.
fn recorded(engine: DatabaseKind, tables: usize, columns: usize) -> (Facts, Intent) {
    let recording = match engine {
        DatabaseKind::MySql => include_str!("../tests/facts/mysql.json"),
        DatabaseKind::Postgres => include_str!("../tests/facts/postgres.json"),
    };
    let mut facts: Facts = serde_json::from_str(recording).expect("facts");
    let mut intent = Intent::of(&facts.request);
    let names = (0..tables).map(|number| Text::new(format!("table_{number}")));
    let mut selected = Vec::new();
    match &mut facts.source {
        Source::MySql(db) => {
            let Fact::Known(known) = &mut db.tables else { panic!("tables") };
            let mut like = known.found.first().expect("a table").clone();
            let column = like.columns.last().expect("a column").clone();
            like.columns.extend((like.columns.len()..columns).map(|number| {
                let name = Text::new(format!("column_{number}"));
                cdc_checks::facts::mysql::Column { name, ..column.clone() }
            }));
            known.found = names
                .map(|name| TableName { schema: like.name.schema.clone(), name })
                .inspect(|name| selected.push(name.clone()))
                .map(|name| cdc_checks::facts::mysql::Table { name, ..like.clone() })
                .collect();
        }
        Source::Postgres(db) => {
            let Fact::Known(known) = &mut db.tables else { panic!("tables") };
            let mut like = known.found.first().expect("a table").clone();
            let column = like.columns.last().expect("a column").clone();
            like.columns.extend((like.columns.len()..columns).map(|number| {
                let name = Text::new(format!("column_{number}"));
                cdc_checks::facts::postgres::Column { name, ..column.clone() }
            }));
            known.found = names
                .map(|name| TableName { schema: like.name.schema.clone(), name })
                .inspect(|name| selected.push(name.clone()))
                .map(|name| cdc_checks::facts::postgres::Table { name, ..like.clone() })
                .collect();
        }
        Source::RabbitMq(_) => unreachable!("no recording of a database is of a broker"),
    }
    intent.selection = Selection::Tables(selected);
    (facts, intent)
}

/// Takes SELECT away from every table.
fn close(facts: &mut Facts) {
    match &mut facts.source {
        Source::MySql(db) => {
            db.grants = Fact::Known(Vec::new());
            let Fact::Known(known) = &mut db.tables else { panic!("tables") };
            let columns = known.found.iter_mut().flat_map(|table| &mut table.columns);
            columns.for_each(|column| column.may_select = false);
        }
        Source::Postgres(db) => {
            let Fact::Known(known) = &mut db.tables else { panic!("tables") };
            known.found.iter_mut().for_each(|table| table.select = SelectScope::None);
        }
        Source::RabbitMq(_) => unreachable!("no recording of a database is of a broker"),
    }
}
