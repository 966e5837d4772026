//! How fast the binary log grows.

use super::retention_actual;
use crate::facts::MySql;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/write-rate",
    title: "how fast the binary log grows",
    level: Level::Informational,
    tags: &["probe", "binlog", "retention"],
    doc: include_str!("write_rate.md"),
    judge,
    remedy,
};

const HOUR: u64 = 3600;
/// A log that is younger tells nothing.
const LEAST_SECONDS: u64 = 60;

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    Ok(match bytes_per_hour(db)? {
        Ok(rate) => {
            let observed = format!("{} an hour", bytes(rate));
            Finding::server(Outcome::Pass).observed(observed).into()
        }
        Err(left_out) => left_out,
    })
}

/// How many bytes an hour were written, on average over the files that are there; the inner error
/// is the verdict where it cannot be told.
pub(crate) fn bytes_per_hour(db: &MySql) -> Result<Result<u64, Verdict>, Missing> {
    let oldest = match retention_actual::probe(db)? {
        Ok(oldest) => oldest,
        Err(left_out) => return Ok(Err(left_out)),
    };
    if oldest.age_seconds < LEAST_SECONDS {
        return Ok(Err(Verdict::not_applicable("the log is younger than a minute")));
    }
    let files = db.binlog_files.get()?;
    let sizes = files.iter().map(|file| u128::from(file.bytes)).sum::<u128>();
    let rate = sizes * u128::from(HOUR) / u128::from(oldest.age_seconds);
    Ok(Ok(u64::try_from(rate).unwrap_or(u64::MAX)))
}

/// A size for people.
pub(super) fn bytes(size: u64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let (mut size, mut unit) = (size.saturating_mul(10), "B");
    for next in units {
        if size < 10 * 1024 {
            break;
        }
        (size, unit) = (size / 1024, next);
    }
    match (size / 10, size % 10) {
        (whole, 0) => format!("{whole} {unit}"),
        (whole, tenth) => format!("{whole}.{tenth} {unit}"),
    }
}

fn remedy(_: &Finding, _: &MySql, _: &Intent) -> Remedy {
    Remedy::none()
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn sizes_have_the_unit_that_fits() {
        let cases = [(0, "0 B"), (1023, "1023 B"), (1024, "1 KiB"), (1536, "1.5 KiB")];
        for (size, words) in cases {
            assert_eq!(bytes(size), words);
        }
        assert_eq!(bytes(10 << 30), "10 GiB");
    }
}
