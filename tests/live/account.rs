//! What an account with no more than the documented privileges cannot find out.

use cdc_preflight::checks::{Outcome, Report};
use testbed::Product;

use crate::fixture::Fixture;

/// What stays undetermined is what the README lists as hidden from such an account, and no more.
pub(crate) async fn is_told_all_that_the_documentation_does_not_hide(product: Product) {
    let Product::Postgres(major) = product else { panic!("{product} is not PostgreSQL") };
    let fixture = Fixture::start(product).await.expect("the server starts");
    let by_version: &[&str] = if major < 16 { &["postgres/auth-method"] } else { &[] };
    let report = report(&fixture).await;
    assert_eq!(undetermined(&report), by_version, "{product}");
    assert!(!report.results.iter().any(|result| result.closes_gate()), "{product}: {report:?}");

    let writer = fixture.hold("begin; create table held (id int)").await;
    let while_writing = self::report(&fixture).await;
    let expected = [by_version, &["postgres/long-transactions"]].concat();
    assert_eq!(undetermined(&while_writing), expected, "{product}");
    drop(writer);
}

async fn report(fixture: &Fixture) -> Report {
    let facts = fixture.facts_read_only(&[], &fixture.trusting()).await;
    cdc_preflight::checks::judge(&facts, &fixture.request(&[]).intent())
}

fn undetermined(report: &Report) -> Vec<&str> {
    let unknown = report.results.iter().filter(|one| one.outcome == Outcome::Undetermined);
    unknown.map(|one| one.check.id).collect()
}
