//! The connector finds room for its sessions.

use super::parameter;
use super::session::login_role;
use crate::facts::Postgres;
use crate::facts::postgres::Server;
use crate::quote::postgres::ident;
use crate::{Check, Cost, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Text, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/connections-free",
    title: "sessions are free",
    level: Level::Required,
    tags: &["capacity", "settings"],
    doc: include_str!("connections_free.md"),
    judge,
    remedy,
};

/// What limits sessions.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
enum Limiter {
    Account,
    Database,
    Server,
}

/// A limit, and what it leaves when this visit's own session, which is counted, has ended.
struct Limit {
    by: Limiter,
    all: i64,
    free: i64,
}

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let server = db.server()?;
    let needed = i64::from(want.profile.sessions);
    let limit = tightest(server)?;
    let percent = i64::from(want.thresholds.connections_warn_percent);
    let is_short = limit.by == Limiter::Server && (limit.free - 1) * 100 < limit.all * percent;
    let outcome = match limit.free {
        free if free < needed => Outcome::Fail,
        _ if is_short => Outcome::Warn,
        _ => Outcome::Pass,
    };
    let whose = match limit.by {
        Limiter::Account => "the account",
        Limiter::Database => "the database",
        Limiter::Server => "the server",
    };
    Ok(Finding::server(outcome)
        .expected(format!("{needed} or more"))
        .observed(format!("{} free of {} that {whose} allows", limit.free.max(0), limit.all))
        .into())
}

/// The limit that leaves least.
fn tightest(server: &Server) -> Result<Limit, Missing> {
    let sessions = server.recorded(server.sessions.as_ref(), "the sessions")?;
    let limit = |by, all: i64, used: i64| Limit { by, all, free: all - used + 1 };
    let mut limits = vec![limit(Limiter::Server, open_to_all(server)?, sessions.all)];
    if let Some(role) = server.role.as_ref().filter(|role| role.connection_limit >= 0) {
        limits.push(limit(Limiter::Account, role.connection_limit.into(), sessions.own));
    }
    if let Some(all) = server.database.connection_limit.filter(|all| *all >= 0) {
        limits.push(limit(Limiter::Database, all, sessions.database.unwrap_or_default()));
    }
    let is_superuser = server.role.as_ref().is_some_and(|role| role.superuser);
    limits.retain(|limit| limit.by == Limiter::Server || !is_superuser);
    limits.into_iter().min_by_key(|limit| (limit.free, limit.by)).ok_or(Missing::NotAsked {
        what: "the limits of sessions".into(),
        why: "there are none".into(),
    })
}

/// The sessions that accounts without privileges can have.
fn open_to_all(server: &Server) -> Result<i64, Missing> {
    let all = server.setting_number("max_connections")?;
    let for_superusers = server.setting_number("superuser_reserved_connections")?;
    // PostgreSQL 16 and newer have it.
    let for_members = server.setting_number("reserved_connections").unwrap_or_default();
    Ok(all - for_superusers - for_members)
}

fn remedy(_: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let Ok(limit) = db.server().and_then(tightest) else { return Remedy::none() };
    match limit.by {
        Limiter::Account => unlimited(&format!("ROLE {}", login_role(db, want)), limit.all),
        Limiter::Database => {
            unlimited(&format!("DATABASE {}", ident(want.database.untrusted())), limit.all)
        }
        Limiter::Server => {
            let all = db.server().and_then(|server| server.setting_number("max_connections"));
            let enough = all.unwrap_or(limit.all) + limit.all.max(20);
            let mut raise = parameter::set(db, "max_connections", &enough.to_string());
            let note = raise.note.as_ref().map_or("", Text::untrusted);
            raise.note = Some(Text::new(format!("{note} {STANDBYS_FIRST}").trim()));
            raise
        }
    }
    .into()
}

fn unlimited(what: &str, before: i64) -> Step {
    Step::dba(format!("ALTER {what} CONNECTION LIMIT -1;"))
        .undo(format!("ALTER {what} CONNECTION LIMIT {before};"))
        .costs(Cost::Live)
        .note("Or a limit with room for the connector's sessions.")
}

/// A standby refuses to follow a primary that allows more sessions than itself.
const STANDBYS_FIRST: &str = "Standbys first: one that allows fewer than its primary stops.";
