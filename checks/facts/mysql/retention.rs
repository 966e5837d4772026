//! How long files of the binary log are kept.

use super::MySql;
use crate::Missing;

const DAY: f64 = 86_400.0;

/// How long files are kept, as far as the server's own variables decide on it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kept {
    /// Until they are deleted by hand.
    Forever,
    /// So many seconds.
    Seconds(u64),
}

impl MySql {
    /// How long files of the binary log are kept, by the server's own variables. Managed platforms
    /// decide by settings of their own.
    ///
    /// # Errors
    /// The reason why the variables are missing, or [`Missing::Malformed`].
    pub fn binlog_kept(&self) -> Result<Kept, Missing> {
        kept(self)
    }
}

/// MySQL 8 has seconds, and days besides until 8.4; MySQL 5.7 has days; MariaDB keeps both alike.
fn kept(db: &MySql) -> Result<Kept, Missing> {
    if db.optional_variable("binlog_expire_logs_auto_purge")? == Some("OFF") {
        return Ok(Kept::Forever);
    }
    let seconds = db.optional_variable("binlog_expire_logs_seconds")?;
    let days = db.optional_variable("expire_logs_days")?;
    let seconds_of = |text: &str| text.parse::<u64>().map_err(|_| malformed(text));
    let days_of = |text: &str| text.parse::<f64>().map_err(|_| malformed(text));
    let (seconds, days) = match (seconds, days) {
        (None, None) => return db.variable("binlog_expire_logs_seconds").map(|_| Kept::Forever),
        (seconds, days) => (
            seconds.map(seconds_of).transpose()?.unwrap_or(0),
            days.map(days_of).transpose()?.unwrap_or(0.0),
        ),
    };
    Ok(match (seconds, days) {
        (0, days) if days <= 0.0 => Kept::Forever,
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive")]
        (0, days) => Kept::Seconds((days * DAY) as u64),
        (seconds, _) => Kept::Seconds(seconds),
    })
}

fn malformed(text: &str) -> Missing {
    Missing::Malformed { what: "the retention of the binary log".into(), detail: text.into() }
}
