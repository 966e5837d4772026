//! `testbed images [PRODUCT...]` builds the stand-in images ahead of time; `testbed run PRODUCT
//! [NAME=VALUE...]` keeps one server up for work by hand until Ctrl-C.

use std::io::Write;
use std::process::ExitCode;

use testbed::{Options, Product, Server, build_stand_ins};

const USAGE: &str = "usage: testbed images [PRODUCT...]
       testbed run PRODUCT [SETTING=VALUE...]
PRODUCT is postgres:13, :15, :17, :18, mysql:9.7, mariadb:10.11, :11.8 or rabbitmq:4.0-management";

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let result = match arguments.split_first() {
        Some((command, products)) if command == "images" => images(products),
        Some((command, rest)) if command == "run" => run(rest).await,
        _ => Err(USAGE.into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn images(names: &[String]) -> Outcome {
    let products: Result<Vec<Product>, _> = names.iter().map(|name| name.parse()).collect();
    let products = products?;
    Ok(build_stand_ins(if products.is_empty() { &Product::ALL } else { &products })?)
}

async fn run(arguments: &[String]) -> Outcome {
    let (product, settings) = arguments.split_first().ok_or(USAGE)?;
    let mut options = Options::new();
    for setting in settings {
        let (name, value) = setting.split_once('=').ok_or(USAGE)?;
        options = options.setting(name, value);
    }
    let server = Server::start(product.parse()?, options).await?;
    writeln!(
        std::io::stdout(),
        "{} at {}:{}, user {}, password {}; Ctrl-C ends it",
        server.product(),
        server.host(),
        server.port(),
        server.admin_user(),
        server.admin_password()
    )?;
    tokio::signal::ctrl_c().await?;
    Ok(server.stop().await?)
}
