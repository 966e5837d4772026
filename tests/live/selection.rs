//! Which tables a request selects: names in another case, and catalogues of thousands of relations.

use cdc_preflight::checks::facts::Source;
use cdc_preflight::checks::facts::postgres::Tables;
use cdc_preflight::checks::{Facts, Outcome, Report, judge};
use testbed::Product;

use crate::fixture::Fixture;

fn overlay(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn tables(facts: &Facts) -> &Tables {
    let Source::Postgres(db) = &facts.source else { panic!("not PostgreSQL") };
    db.tables.get().expect("the tables were read in time")
}

fn names(tables: &Tables) -> Vec<String> {
    tables.found.iter().map(|table| table.name.display().untrusted().to_owned()).collect()
}

fn outcomes(report: &Report, id: &str) -> Vec<Outcome> {
    let result = report.results.iter().find(|result| result.check.id == id).expect("a check");
    result.subjects.iter().map(|subject| subject.finding.outcome).collect()
}

/// A name in another case leads to the real table, whose own facts are judged; an exact name wins.
pub(crate) async fn finds_names_in_another_case(product: Product) {
    let fixture = Fixture::start(product).await.expect("the server starts");
    let create = r#"
        create table "MixedCase" (id int, at date) partition by range (at);
        create table mixed_2026 partition of "MixedCase" for values from ('2026-01-01') to ('2027-01-01');
        create table "Orders" (id int);
        create table "Übung" (id int primary key);
        grant select on "MixedCase", "Orders", "Übung" to cdc_user"#;
    fixture.execute(create).await.expect("tables");
    let pairs = overlay(&[
        ("SchemaName", "PUBLIC"),
        ("TableNames", "MIXEDCASE,mixedcase,orders,ÜBUNG,übung,nothing"),
    ]);
    let facts = fixture.facts_read_only(&pairs, &fixture.trusting()).await;
    let report = judge(&facts, &fixture.request(&pairs).intent());
    let tables = tables(&facts);
    // Connectors fold the letters of ASCII alone.
    assert_eq!(names(tables), ["public.MixedCase", "public.orders", "public.Übung"]);
    let absent: Vec<_> = tables.absent.iter().map(|table| table.name.name.untrusted()).collect();
    assert_eq!(absent, ["übung", "nothing"]);
    assert!(tables.absent.iter().all(|table| !table.schema_exists), "PUBLIC is no schema");
    let twins: Vec<_> = tables.found.iter().map(|table| table.twins.len()).collect();
    assert_eq!(twins, [0, 1, 0], "{tables:?}");
    assert_eq!(tables.found[0].leaves.as_ref().expect("a root").count, 1, "counted once");
    let exist = outcomes(&report, "postgres/table-exists");
    use Outcome::{Fail, Warn};
    assert_eq!(exist, [Warn, Warn, Warn, Warn, Fail, Fail]);
    // The partition has no key: the real table was judged.
    assert_eq!(outcomes(&report, "postgres/identity-partitions"), [Fail]);
}

/// The same on a MySQL or MariaDB that minds case. The tables of the fixture are not changed.
pub(crate) async fn finds_names_of_mysql_in_another_case(product: Product) {
    let fixture = Fixture::shared(product).await;
    let pairs = overlay(&[("TableNames", "Products,orders,ORDERS,nothing")]);
    let facts = fixture.facts_read_only(&pairs, &fixture.trusting()).await;
    let Source::MySql(db) = &facts.source else { panic!("{product}") };
    let tables = db.tables.known().expect("tables");
    let names: Vec<_> = tables.found.iter().map(|table| table.name.name.untrusted()).collect();
    let absent: Vec<_> = tables.absent.iter().map(|table| table.name.name.untrusted()).collect();
    assert_eq!(
        (names.as_slice(), absent.as_slice()),
        (&["orders", "products"][..], &["nothing"][..])
    );
    let report = judge(&facts, &fixture.request(&pairs).intent());
    use Outcome::{Fail, Pass, Warn};
    assert_eq!(outcomes(&report, "mysql/table-exists"), [Pass, Warn, Fail], "{product}");
}

/// Thousands of relations are read within the statement's limit, and what comes of partitions and
/// children does not grow with their number.
pub(crate) async fn reads_a_large_catalogue(product: Product) {
    let fixture = Fixture::start(product).await.expect("the server starts");
    let create = "
        create schema large;
        do $$ begin
          for n in 1..2000 loop
            execute format('create table large.t%s (id int primary key, note text, at date)', n);
          end loop;
        end $$;
        create schema tree;
        create table tree.root (id int, primary key (id)) partition by range (id);
        create table tree.parent (id int primary key);
        do $$ begin
          for n in 1..500 loop
            execute format('create table tree.p%s partition of tree.root for values from (%s) to (%s)',
              n, n * 10, n * 10 + 10);
            execute format('create table tree.c%s () inherits (tree.parent)', n);
          end loop;
        end $$;
        grant usage on schema large, tree to cdc_user;
        grant select on all tables in schema large to cdc_user;
        grant select on all tables in schema tree to cdc_user";
    fixture.execute(create).await.expect("many relations");
    let read = async |schema: &str, names: &str| {
        let pairs = overlay(&[("SchemaName", schema), ("TableNames", names)]);
        fixture.facts_read_only(&pairs, &fixture.trusting()).await
    };
    let whole = read("large", "absent").await;
    assert_eq!(tables(&whole).found.len(), 2000);
    let listed: Vec<String> = (1..=1000).map(|n| format!("T{n}")).collect();
    let listed = read("large", &listed.join(",")).await;
    assert_eq!(tables(&listed).found.len(), 1000);
    let bytes = |facts: &Facts| serde_json::to_string(tables(facts)).expect("JSON").len();
    assert!(bytes(&listed) < 2_000_000, "{} bytes for 1,000 tables", bytes(&listed));
    let tree = read("tree", "root,parent").await;
    let [root, parent] = tables(&tree).found.as_slice() else { panic!("{tree:?}") };
    assert_eq!(root.leaves.as_ref().expect("partitions").count, 500);
    let children = parent.inheritance.as_ref().expect("children");
    assert_eq!((children.children, children.children_without_identity), (500, 500));
    assert!(bytes(&tree) < 5_000, "{} bytes for two tables", bytes(&tree));
}
