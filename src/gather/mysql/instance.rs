//! Who answers: on the session that the visit has, and on a second one.

use cdc_checks::facts::MySql;
use cdc_checks::facts::mysql::Instance;
use cdc_checks::{Fact, Missing};

use super::login;
use super::session::{Rows, Session};
use crate::gather::Target;

/// MySQL reads the comment, MariaDB has no such variable and passes it over.
const WHO: &str = "SELECT @@hostname, @@server_id /*!50700 , @@server_uuid */";
/// With fewer sessions than this, a connector of the same account might be in the way.
const ENOUGH: u64 = 3;

/// Asks on both, and leaves the second.
pub(super) async fn read(
    session: &mut Session,
    target: &Target,
    db: &MySql,
) -> Fact<Vec<Instance>> {
    both(session, target, db).await.into()
}

async fn both(
    session: &mut Session,
    target: &Target,
    db: &MySql,
) -> Result<Vec<Instance>, Missing> {
    let limit = db.identity.get()?.max_user_connections;
    if (1..ENOUGH).contains(&limit) {
        return Err(Missing::NotAsked {
            what: "who answers on a second connection".into(),
            why: format!("the account may open {limit} only").into(),
        });
    }
    let first = who(session).await?;
    let reception = login::log_in(target).await;
    let Some(conn) = reception.conn else {
        return Err(reception.login.get().err().unwrap_or_else(unknown));
    };
    let mut again = Session::new(conn, &target.deadlines);
    let second = who(&mut again).await;
    again.leave().await;
    Ok(vec![first, second?])
}

async fn who(session: &mut Session) -> Result<Instance, Missing> {
    let answer = session.query(WHO).await;
    let rows = answer.map_err(|failure| failure.missing("who answers", "USAGE"))?;
    instance(&rows).ok_or_else(unknown)
}

fn instance(rows: &Rows) -> Option<Instance> {
    rows.first().map(|row| Instance {
        hostname: row.text(0).into(),
        server_id: row.text(1).into(),
        server_uuid: row.text(2).into(),
    })
}

fn unknown() -> Missing {
    Missing::Malformed { what: "who answers".into(), detail: "no answer".into() }
}
