//! Lock-out: failed sign-ins cost growing waits, per login and per address, in bounded memory.

use std::collections::HashMap;

use domain::{HOUR, MINUTE, SECOND, Time};

/// Failures a login has for free.
const FREE_PER_LOGIN: u32 = 5;
/// Failures an address has for free; many people may sit behind one.
const FREE_PER_ADDRESS: u32 = 20;
/// The longest wait.
const LONGEST: i64 = 15 * MINUTE;
/// Failures this old are forgotten.
const MEMORY: i64 = HOUR;
/// Most logins and most addresses remembered.
const MOST: usize = 10_000;

/// The caller must wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many failed sign-ins; try again in {} seconds", self.seconds())]
pub struct Locked {
    /// Microseconds until the next try is looked at.
    pub wait: i64,
}

impl Locked {
    /// The wait in whole seconds, rounded up, at least one: what `Retry-After` says.
    #[must_use]
    pub const fn seconds(&self) -> i64 {
        let whole = self.wait.saturating_add(SECOND - 1) / SECOND;
        if whole < 1 { 1 } else { whole }
    }
}

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    last: Time,
}

impl Failures {
    /// When the next try is looked at: after `free` failures one second, doubling up to [`LONGEST`].
    fn open_at(self, free: u32) -> Time {
        match self.count.checked_sub(free) {
            None => self.last,
            Some(over) => self.last.plus((SECOND << over.min(20)).min(LONGEST)),
        }
    }
}

/// Remembers failed sign-ins. Lives in memory: a restart forgets, and costs an attacker more than it gives.
#[derive(Default)]
pub struct LockOut {
    logins: HashMap<String, Failures>,
    addresses: HashMap<String, Failures>,
}

impl LockOut {
    /// Whether a try by this login from this address may be looked at now.
    ///
    /// # Errors
    /// [`Locked`] with the wait that remains.
    pub fn check(&self, login: &str, address: &str, now: Time) -> Result<(), Locked> {
        let open = |map: &HashMap<String, Failures>, key: &str, free| {
            map.get(key).filter(|f| now.since(f.last) < MEMORY).map_or(now, |f| f.open_at(free))
        };
        let at = open(&self.logins, &key(login), FREE_PER_LOGIN).max(open(&self.addresses, address, FREE_PER_ADDRESS));
        match at.since(now) {
            wait if wait > 0 => Err(Locked { wait }),
            _ => Ok(()),
        }
    }

    /// Notes a failed try.
    pub fn failed(&mut self, login: &str, address: &str, now: Time) {
        note(&mut self.logins, key(login), now);
        note(&mut self.addresses, address.to_owned(), now);
    }

    /// Notes a success: the login starts afresh. The address does not, or one good account would buy
    /// unlimited tries on the others.
    pub fn succeeded(&mut self, login: &str) {
        self.logins.remove(&key(login));
    }

    /// How many logins and addresses are remembered.
    #[must_use]
    pub fn remembered(&self) -> (usize, usize) {
        (self.logins.len(), self.addresses.len())
    }
}

/// Logins are compared without case; a long one is cut so that memory stays bounded.
fn key(login: &str) -> String {
    login.chars().take(64).collect::<String>().to_lowercase()
}

fn note(map: &mut HashMap<String, Failures>, key: String, now: Time) {
    if map.len() >= MOST && !map.contains_key(&key) {
        map.retain(|_, f| now.since(f.last) < MEMORY);
        if map.len() >= MOST {
            // Still full: forget the key with the fewest failures, the oldest among them. A flood of new
            // names then pushes out itself and not the name under attack.
            let weakest = map.iter().min_by_key(|(_, f)| (f.count, f.last)).map(|(k, _)| k.clone());
            weakest.and_then(|k| map.remove(&k));
        }
    }
    let entry = map.entry(key).or_insert(Failures { count: 0, last: now });
    if now.since(entry.last) >= MEMORY {
        entry.count = 0;
    }
    entry.count = entry.count.saturating_add(1);
    entry.last = entry.last.max(now);
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Time = Time(1_700_000_000 * SECOND);

    #[test]
    fn waits_grow_and_end() {
        let mut lock = LockOut::default();
        let mut now = START;
        let mut waits = Vec::new();
        for _ in 0..20 {
            assert_eq!(lock.check("mira", "10.0.0.1", now), Ok(()));
            lock.failed("mira", "10.0.0.1", now);
            if let Err(locked) = lock.check("mira", "10.0.0.1", now) {
                waits.push(locked.seconds());
                now = now.plus(locked.wait);
            }
        }
        assert_eq!(waits[..5], [1, 2, 4, 8, 16]);
        assert!(waits.windows(2).all(|w| w[0] <= w[1]));
        assert_eq!(waits.last(), Some(&(LONGEST / SECOND)));
        assert_eq!(lock.check("mira", "10.0.0.1", now.plus(MEMORY)), Ok(()));
    }

    #[test]
    fn a_login_is_locked_from_everywhere_in_any_case() {
        let mut lock = LockOut::default();
        for i in 0..FREE_PER_LOGIN {
            lock.failed("Mira", &format!("10.0.0.{i}"), START);
        }
        assert!(lock.check("mIRA", "192.0.2.9", START).is_err());
        assert!(lock.check("noor", "192.0.2.9", START).is_ok());
        lock.succeeded("mira");
        assert!(lock.check("MIRA", "192.0.2.9", START).is_ok());
    }

    #[test]
    fn an_address_that_tries_many_logins_is_locked_even_after_a_success() {
        let mut lock = LockOut::default();
        for i in 0..FREE_PER_ADDRESS {
            lock.failed(&format!("login{i}"), "10.0.0.1", START);
        }
        lock.succeeded("login0");
        assert!(lock.check("fresh", "10.0.0.1", START).is_err());
        assert!(lock.check("fresh", "10.0.0.2", START).is_ok());
    }

    #[test]
    fn memory_is_bounded_and_a_flood_does_not_free_the_attacked() {
        let mut lock = LockOut::default();
        for _ in 0..8 {
            lock.failed("mira", "10.0.0.1", START);
        }
        for i in 0..(MOST + 500) {
            lock.failed(&format!("noise{i}"), &format!("a{i}"), START.plus(1));
        }
        assert_eq!(lock.remembered(), (MOST, MOST));
        assert!(lock.check("mira", "10.9.9.9", START.plus(2)).is_err());
    }
}
