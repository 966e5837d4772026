//! The server id under which the probe reads: a server throws out the older of two readers with
//! one id, so that it has to be nobody else's.

use uuid::Uuid;

/// A random id of the upper half, where neither people nor connectors choose theirs; never 0, which
/// stays in the list of readers until the server is restarted.
pub(super) fn choose(taken: impl Fn(u32) -> bool) -> u32 {
    loop {
        let id = upper(Uuid::new_v4().as_fields().0);
        if !taken(id) {
            return id;
        }
    }
}

fn upper(random: u32) -> u32 {
    // The very last one is the highest that a server may have.
    (random | 1 << 31).min(u32::MAX - 1)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::{choose, upper};

    #[test]
    fn an_id_is_of_the_upper_half_and_not_the_last() {
        assert_eq!(upper(0), 0x8000_0000);
        assert_eq!(upper(u32::MAX), 0xffff_fffe);
        assert_eq!(upper(0x1234_5678), 0x9234_5678);
    }

    #[test]
    fn an_id_that_is_taken_is_not_chosen() {
        let asked = Cell::new(Vec::new());
        let chosen = choose(|id| {
            let mut before = asked.take();
            before.push(id);
            let is_taken = before.len() < 4;
            asked.set(before);
            is_taken
        });
        assert_eq!(asked.take().last(), Some(&chosen));
    }
}
