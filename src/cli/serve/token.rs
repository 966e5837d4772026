//! `serve token`: who may call, from the machine of the store itself. So the first token is made.

use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::json;

use super::store::StoreArgs;
use crate::Exit;
use crate::cli::Stopped;
use crate::cli::checks::ListFormat;
use crate::cli::tell::Terminal;
use crate::serve::access::{
    Caller, Identity, LONGEST_DAYS, NAME_RULE, NewToken, Scope, Scopes, create_token, is_name,
};
use crate::serve::audit;
use crate::serve::store::{self, Store, StoredToken};

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a token and print it, this once
    #[command(after_help = CREATE_EXAMPLES)]
    Create(CreateArgs),
    /// List the tokens of the store
    List(ListArgs),
    /// Revoke a token, from now on and for good
    Revoke(RevokeArgs),
}

const CREATE_EXAMPLES: &str = "\
Scopes, of which none includes another:
  read     look at preflights, reports, sources, checks and metrics
  check    have databases visited: preflights, stored sources
  submit   send what was proven
  admin    make and revoke tokens, accept findings (waivers), read the audit log

Examples:
  cdc-preflight serve token create --name admin --scope admin
  cdc-preflight serve token create --name ci --scope read,check --expires 30d
  cdc-preflight serve token create --name portal --scope read,check,submit \\
      --store postgres://preflight@db.example.com/preflight";

#[derive(Args, Debug)]
pub(crate) struct CreateArgs {
    /// What to call it in the audit log
    #[arg(long, value_name = "NAME", value_parser = name)]
    name: String,
    /// What its holder may do: read, check, submit, admin; may be repeated
    #[arg(
        long,
        value_enum,
        value_name = "SCOPE",
        required = true,
        value_delimiter = ',',
        hide_possible_values = true
    )]
    scope: Vec<Scope>,
    /// Days until it is worth nothing, 3650 at most
    #[arg(long, value_name = "DAYS", default_value = "90d", value_parser = days)]
    expires: u32,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Args, Debug)]
pub(crate) struct ListArgs {
    /// How to print it
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: ListFormat,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Args, Debug)]
pub(crate) struct RevokeArgs {
    /// The id of the token: the part between its first two underscores
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    store: StoreArgs,
}

fn name(text: &str) -> Result<String, &'static str> {
    if is_name(text) { Ok(text.to_owned()) } else { Err(NAME_RULE) }
}

fn days(text: &str) -> Result<u32, String> {
    let days = text.strip_suffix('d').unwrap_or(text).parse().ok();
    let days = days.filter(|days| (1..=LONGEST_DAYS).contains(days));
    days.ok_or_else(|| format!("a number of days from 1d to {LONGEST_DAYS}d"))
}

pub(super) async fn run(command: TokenCommand, terminal: &Terminal) -> Result<Exit, Stopped> {
    match command {
        TokenCommand::Create(args) => create(args, terminal).await,
        TokenCommand::List(args) => list(&args, terminal).await,
        TokenCommand::Revoke(args) => revoke(args, terminal).await,
    }
}

async fn create(args: CreateArgs, terminal: &Terminal) -> Result<Exit, Stopped> {
    let store = open(&args.store, terminal).await?;
    let scopes: Scopes = args.scope.into_iter().collect();
    let new = NewToken { name: args.name, scopes, days: args.expires };
    let made = create_token(store.as_ref(), new).await;
    let (token, about) = made.map_err(|error| failed(terminal, &error))?;
    terminal.print(&format!("{}\n", token.expose()))?;
    terminal.note(&format!(
        "note: {} ({}) may {} until {}; it is shown this once",
        about.name,
        about.id,
        about.scopes,
        day(about.expires_at)
    ));
    record(store.as_ref(), "token-create", &about.id, terminal).await
}

async fn list(args: &ListArgs, terminal: &Terminal) -> Result<Exit, Stopped> {
    let store = open(&args.store, terminal).await?;
    let tokens = store.tokens().await.map_err(|error| failed(terminal, &error))?;
    let text = match args.format {
        ListFormat::Human => tokens.iter().map(line).collect(),
        ListFormat::Json => {
            let all = tokens.iter().map(|token| {
                json!({
                    "id": token.id,
                    "name": token.name,
                    "scopes": token.scopes.iter().collect::<Vec<_>>(),
                    "created_at": token.created_at,
                    "expires_at": token.expires_at,
                    "revoked_at": token.revoked_at,
                    "last_used_at": token.last_used_at,
                })
            });
            format!("{:#}\n", all.collect::<serde_json::Value>())
        }
    };
    terminal.print(&text)?;
    Ok(Exit::Open)
}

fn line(token: &StoredToken) -> String {
    let worth = match token.revoked_at {
        Some(at) => format!("revoked {}", day(at)),
        None if token.expires_at <= Timestamp::now() => {
            format!("expired {}", day(token.expires_at))
        }
        None => format!("until {}", day(token.expires_at)),
    };
    let used = token.last_used_at.map_or("never used".into(), |at| format!("used {}", day(at)));
    let (id, name, scopes) = (&token.id, &token.name, token.scopes.to_string());
    format!("{id}  {name:<24} {scopes:<23}  {worth:<18}  {used}\n")
}

fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

async fn revoke(args: RevokeArgs, terminal: &Terminal) -> Result<Exit, Stopped> {
    let store = open(&args.store, terminal).await?;
    let revoked = store.revoke_token(args.id.clone(), Timestamp::now()).await;
    if !revoked.map_err(|error| failed(terminal, &error))? {
        terminal.error("there is no such token, or not any more: `serve token list` shows them");
        return Err(Exit::Usage);
    }
    record(store.as_ref(), "token-revoke", &args.id, terminal).await
}

async fn open(args: &StoreArgs, terminal: &Terminal) -> Result<std::sync::Arc<dyn Store>, Stopped> {
    let address = args.address().map_err(|reason| {
        terminal.error(&reason);
        Exit::Usage
    })?;
    store::open(&address).await.map_err(|error| failed(terminal, &error))
}

/// The audit log has what is done here, too.
async fn record(
    store: &dyn Store,
    action: &str,
    id: &str,
    terminal: &Terminal,
) -> Result<Exit, Stopped> {
    let operator = Caller::new(Identity::Operator, Scopes::default());
    let entry = audit::entry(&operator, action, &format!("/v1/tokens/{id}"), "done");
    store.add_audit(entry).await.map_err(|error| failed(terminal, &error))?;
    Ok(Exit::Open)
}

fn failed(terminal: &Terminal, error: &dyn std::fmt::Display) -> Stopped {
    terminal.error(&error.to_string());
    Exit::Internal
}

#[cfg(test)]
mod tests {
    use super::{days, name};

    #[test]
    fn a_token_lasts_for_days() {
        assert_eq!((days("90d"), days("1"), days("3650d")), (Ok(90), Ok(1), Ok(3650)));
        for wrong in ["", "0d", "-1d", "3651d", "12h", "d", "never"] {
            assert!(days(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_name_is_short_and_plain() {
        assert!(name("ci-2.main_x").is_ok());
        for wrong in ["", "-ci", "a b", "a\n", &"a".repeat(65)] {
            assert!(name(wrong).is_err(), "{wrong}");
        }
    }
}
