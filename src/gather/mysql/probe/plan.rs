//! Whether the probe runs, and when.

use cdc_checks::facts::mysql::Identity;
use cdc_checks::{Fact, Missing};

use crate::gather::LiveProbe;

/// Whether and when the probe runs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::gather::mysql) enum Plan {
    /// After the visit's own session, which may be the only one that the account is allowed.
    Afterwards,
    /// Beside the visit's own session.
    Beside,
    /// Not at all.
    Not(Missing),
}

/// A visit and its probe take two sessions; the connector may be there already.
const SESSIONS_NEEDED: u64 = 3;

impl Plan {
    /// Decides by what was asked for and by what the account is allowed.
    pub(in crate::gather::mysql) fn of(asked: LiveProbe, identity: &Fact<Identity>) -> Self {
        match (asked, identity) {
            (LiveProbe::Never, _) => Self::not("this visit only reads (`--no-probe`)"),
            (_, Fact::Missing(_)) => {
                Self::not("the server's identity, which decides on it, is missing")
            }
            (_, Fact::Known(identity)) => match identity.max_user_connections {
                1..SESSIONS_NEEDED => Self::Afterwards,
                _ => Self::Beside,
            },
        }
    }

    fn not(why: &str) -> Self {
        Self::Not(Missing::NotAsked { what: "the live probe".into(), why: why.into() })
    }
}

#[cfg(test)]
mod tests {
    use cdc_checks::facts::mysql::Identity;
    use cdc_checks::{Fact, Missing};
    use serde_json::json;

    use super::Plan;
    use crate::gather::LiveProbe;

    fn allowed(sessions: u64) -> Fact<Identity> {
        let identity = json!({ "version": "9.7.4", "version_comment": "", "user": "u@h",
            "current_user": "u@%", "current_role": null, "hostname": "db",
            "max_user_connections": sessions });
        Fact::Known(serde_json::from_value(identity).expect("an identity"))
    }

    #[test]
    fn an_account_never_has_more_sessions_than_it_is_allowed() {
        let plan = |sessions| Plan::of(LiveProbe::Safe, &allowed(sessions));
        assert_eq!([0, 1, 2].map(plan), [Plan::Beside, Plan::Afterwards, Plan::Afterwards]);
        assert_eq!([3, 50].map(plan), [Plan::Beside, Plan::Beside]);
    }

    #[test]
    fn it_is_left_out_where_nobody_asked_and_where_nothing_is_known() {
        assert!(matches!(Plan::of(LiveProbe::Never, &allowed(0)), Plan::Not(_)));
        let because = "connection/auth".to_owned();
        let unknown = Fact::Missing(Missing::NotReached { because });
        assert!(matches!(Plan::of(LiveProbe::Safe, &unknown), Plan::Not(_)));
    }
}
