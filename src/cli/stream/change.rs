//! Changes a stream, once.

use serde_json::Value;

use super::Format;
use super::args::ChangeArgs;
use super::show;
use crate::Exit;
use crate::cli::Stopped;
use crate::cli::once::{self, Due, Once, Sent};
use crate::cli::service;
use crate::cli::tell::Terminal;
use crate::eventbridge::journal::Submitted;
use crate::request::Operation;

/// Calls an operation that changes the stream of that name.
pub(super) async fn change_named(
    args: &ChangeArgs,
    operation: Operation,
    body: Value,
    terminal: &Terminal,
) -> Result<Exit, Stopped> {
    let service = args.common.service(operation, terminal)?;
    let call = service::plain(operation, &body, terminal)?;
    let once = Once::new(&args.once, terminal)?;
    let due = Due::stream(&service, &args.name, &call);
    once.settle(std::slice::from_ref(&due)).await?;
    change(&once, &due, &args.name, args.common.format, terminal).await
}

/// Makes the call, unless it was accepted before, and tells what came of it.
pub(super) async fn change(
    once: &Once<'_>,
    due: &Due<'_>,
    name: &str,
    format: Format,
    terminal: &Terminal,
) -> Result<Exit, Stopped> {
    let operation = due.call.operation();
    match once.call(due).await? {
        Sent::Before(past) => {
            show::before(operation, name, &past, format, terminal)?;
            Ok(Exit::Open)
        }
        Sent::Now(submitted) => {
            let Submitted { receipt, recorded } = *submitted;
            let exit = show::exchange(operation, name, &receipt, format, terminal)?;
            recorded.map_err(|error| once::unrecorded(&error, terminal))?;
            Ok(exit)
        }
    }
}
