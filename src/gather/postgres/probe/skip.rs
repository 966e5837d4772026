//! Where the probe is not tried: it could do harm, or it is known not to work.

use cdc_checks::Missing;
use cdc_checks::facts::postgres::Server;

use crate::gather::LiveProbe;

/// From this major version on, the first logical slot switches logical decoding on, and the last
/// one off again, which invalidates slots on standbys.
const SWITCHES_BY_ITSELF: u32 = 19;

/// Why the probe is left out, if it is.
pub(super) fn reason(asked: LiveProbe, server: &Result<Server, Missing>) -> Option<Missing> {
    let why = match (asked, server) {
        (LiveProbe::Never, _) => "this visit only reads (`--no-probe`)",
        (LiveProbe::Always, Ok(_)) => return None,
        (_, Err(_)) => "the server's facts, which decide on it, are missing",
        (LiveProbe::Safe, Ok(server)) => by_server(server)?,
    };
    Some(Missing::NotAsked { what: "the live probe".into(), why: why.into() })
}

fn by_server(server: &Server) -> Option<&'static str> {
    if server.in_recovery {
        // On older minor versions not even ending the session stops the creation of a slot there.
        return Some("the server is a standby, where a slot may wait without end");
    }
    if would_switch(server) {
        return Some("a slot would switch logical decoding on and off for the whole server");
    }
    if !may_replicate(server) {
        return Some("the account may not replicate: see postgres/replication-role");
    }
    if !has_free_slot(server) {
        return Some("no replication slot is free: see postgres/slots-free");
    }
    None
}

fn would_switch(server: &Server) -> bool {
    server.major() >= SWITCHES_BY_ITSELF
        && server.setting_text("effective_wal_level").is_ok_and(|level| level == "replica")
}

/// By its own attributes, or on Amazon's services by a membership; a role that is not shown is not
/// known to.
fn may_replicate(server: &Server) -> bool {
    let is_member = |name: &str| {
        server.member_of.as_ref().and_then(|roles| roles.get(name)).is_some_and(|active| *active)
    };
    let by_role = server.role.as_ref().is_some_and(|role| role.replication || role.superuser);
    by_role || is_member("rds_replication") || is_member("rds_superuser")
}

fn has_free_slot(server: &Server) -> bool {
    let all = server.setting_number("max_replication_slots").ok();
    let used = server.slots.as_ref().and_then(|slots| i64::try_from(slots.len()).ok());
    all.zip(used).is_some_and(|(all, used)| used < all)
}

#[cfg(test)]
mod tests {
    use cdc_checks::facts::{Facts, Source, postgres::Server};
    use cdc_checks::{Fact, Missing, Text};

    use super::reason;
    use crate::gather::LiveProbe;

    fn server() -> Server {
        let recorded = include_str!("../../../../tests/facts/postgres.json");
        let facts: Facts = serde_json::from_str(recorded).expect("a recording");
        let Source::Postgres(db) = facts.source else { panic!("a PostgreSQL recording") };
        let Fact::Known(server) = db.server else { panic!("a server") };
        server
    }

    fn why(change: impl FnOnce(&mut Server)) -> Option<String> {
        let mut server = server();
        change(&mut server);
        match reason(LiveProbe::Safe, &Ok(server))? {
            Missing::NotAsked { why, .. } => Some(why.untrusted().to_owned()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_healthy_server_is_probed() {
        assert_eq!(why(|_| ()), None);
        assert!(reason(LiveProbe::Never, &Ok(server())).is_some());
    }

    #[test]
    fn nothing_is_tried_where_it_could_hurt_or_cannot_work() {
        let says = |why: Option<String>, words: &str| {
            assert!(why.as_deref().is_some_and(|why| why.contains(words)), "{why:?}");
        };
        says(why(|server| server.in_recovery = true), "standby");
        says(why(|server| server.slots = None), "slots-free");
        says(why(|server| server.role = None), "replication-role");
        says(
            why(|server| server.role.as_mut().expect("a role").replication = false),
            "replication-role",
        );
        says(
            why(|server| {
                let number = server.settings.get_mut("max_replication_slots").expect("a setting");
                number.value = Some(Text::new("0"));
            }),
            "slots-free",
        );
        let new = |level: &'static str| {
            move |server: &mut Server| {
                server.version_num = 190_000;
                let mut effective = server.settings["wal_level"].clone();
                effective.value = Some(Text::new(level));
                server.settings.insert("effective_wal_level".into(), effective);
            }
        };
        says(why(new("replica")), "switch");
        assert_eq!(why(new("logical")), None);
    }

    #[test]
    fn amazons_role_counts_where_it_is_inherited() {
        let amazon = |inherits| {
            move |server: &mut Server| {
                server.role.as_mut().expect("a role").replication = false;
                server.member_of = Some([("rds_replication".to_owned(), inherits)].into());
            }
        };
        assert_eq!(why(amazon(true)), None);
        assert!(why(amazon(false)).is_some());
    }
}
