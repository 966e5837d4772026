//! Events that were captured from a real engine, against what is foretold of the same tables on a
//! real server.

use cdc_preflight::events::describe;
use cdc_preflight::gather::{self, Deadlines, LiveProbe, TlsOptions};
use cdc_preflight::request::{self, Input};
use serde_json::json;
use testbed::{Options, Product, Server};

use crate::observed::{Capture, Compared, captures};

/// Makes the tables of every scenario that was captured from this version, each in a database of
/// its own, and compares.
pub(crate) async fn are_foretold(product: Product) -> Compared {
    let Product::Postgres(major) = product else { return Compared::default() };
    let is_of = |capture: &Capture| capture.server_version().starts_with(&format!("{major}."));
    let captures: Vec<Capture> = captures("pg-").into_iter().filter(is_of).collect();
    let mut compared = Compared::default();
    if captures.is_empty() {
        return compared;
    }
    let options = Options::new().setting("wal_level", "logical");
    let server = Server::start(product, options).await.expect("the server starts");
    for (number, capture) in captures.iter().enumerate() {
        let database = format!("capture_{number}");
        server.execute(&format!("create database {database}")).await.expect("a database");
        let setup = format!("set client_min_messages = warning; {}", capture.text("setup_sql"));
        server.execute_in(&database, &setup).await.expect("the tables");
        compared.add(compare(&server, &database, capture).await);
    }
    server.stop().await.expect("the server stops");
    compared
}

async fn compare(server: &Server, database: &str, capture: &Capture) -> Compared {
    let manifest = json!({"requests": [{"configurePostgreSQLSource": {
        "RegionId": "cn-hangzhou",
        "HostName": server.host(),
        "Port": server.port(),
        "User": server.admin_user(),
        "Password": server.admin_password(),
        "DatabaseName": database,
        "SchemaName": "public",
        "TableNames": capture.text("tables"),
    }}]});
    let input = Input::text("request.json", manifest.to_string());
    let request = request::load(input, &|_| None).expect("a request").requests.remove(0);
    let (deadlines, probe) = (Deadlines::default(), LiveProbe::Off);
    let facts = gather::gather(&request, &TlsOptions::default(), deadlines, probe).await;
    let mut intent = request.intent();
    capture.set(&mut intent);
    let contract = describe(&facts, &intent).expect("the tables were read");
    capture.compare(&contract)
}
