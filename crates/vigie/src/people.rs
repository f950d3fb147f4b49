//! Who is there: sign-in, sessions, keys and agents, kept in memory beside their rows.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use access::{Agent, ApiKey, Directory, LockOut, Locked, Session};
use domain::{SECOND, Time};
use tokio::sync::Semaphore;

/// How many passwords are hashed at once; each takes 19 MiB while it lasts.
const HASHING: usize = 2;
/// How many sign-ins may wait for that before the next is told to come back.
const WAITING: usize = 32;

/// Gives the memory of password hashing back to the system. The allocator keeps a freed block of 19 MiB at hand until
/// it is next asked for one of that size, which in a quiet house may be never; so it is asked, without touching it.
pub fn give_back() {
    let asked = std::thread::Builder::new().name("give back".into()).spawn(|| {
        for size in [24, 48, 24, 48] {
            std::thread::sleep(std::time::Duration::from_millis(250));
            drop(std::hint::black_box(Vec::<u8>::with_capacity(size << 20)));
        }
    });
    if let Err(error) = asked {
        tracing::debug!(%error, "memory is given back later");
    }
}

/// The people and programs of the house.
pub struct People {
    directory: RwLock<Directory>,
    lock: Mutex<LockOut>,
    hashing: Semaphore,
    waiting: Semaphore,
    refreshed: Mutex<Time>,
    changes: AtomicU64,
}

/// Why a sign-in failed.
#[derive(Debug, PartialEq, Eq)]
pub enum SignInFault {
    /// Login or password is wrong; which one is not said.
    Wrong,
    /// Too many failures; wait.
    Locked(Locked),
    /// Too many sign-ins at once.
    Busy,
}

impl People {
    /// Starts from a directory read from the store.
    #[must_use]
    pub fn new(directory: Directory) -> People {
        People {
            directory: RwLock::new(directory),
            lock: Mutex::new(LockOut::default()),
            hashing: Semaphore::new(HASHING),
            waiting: Semaphore::new(WAITING),
            refreshed: Mutex::new(Time(0)),
            changes: AtomicU64::new(0),
        }
    }

    /// The directory, to read.
    pub fn read(&self) -> RwLockReadGuard<'_, Directory> {
        self.directory.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The directory, to change after a commit.
    pub fn write(&self) -> RwLockWriteGuard<'_, Directory> {
        self.changes.fetch_add(1, Ordering::AcqRel);
        self.directory.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, LockOut> {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Checks a login and a password as of `now` from `address`.
    ///
    /// # Errors
    /// [`SignInFault`]; every wrong try is noted for the lock-out.
    pub async fn check(
        &self,
        login: &str,
        password: String,
        address: &str,
        now: Time,
    ) -> Result<Arc<Agent>, SignInFault> {
        self.lock().check(login, address, now).map_err(SignInFault::Locked)?;
        let agent = self.read().agent(login).filter(|a| a.active());
        let hash = agent.as_ref().map(|a| a.hash.clone());
        match (self.verify(password, hash).await.ok_or(SignInFault::Busy)?, agent) {
            (true, Some(agent)) => {
                self.lock().succeeded(login);
                Ok(agent)
            }
            _ => {
                self.lock().failed(login, address, now);
                Err(SignInFault::Wrong)
            }
        }
    }

    /// Verifies a password off the async threads; `None` when too many wait already.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Option<bool> {
        let _place = self.waiting.try_acquire().ok()?;
        let _turn = self.hashing.acquire().await.ok()?;
        let verified =
            tokio::task::spawn_blocking(move || access::verify_password(&password, hash.as_deref())).await.ok();
        give_back();
        verified
    }

    /// Hashes a new password off the async threads; `None` when too many wait already.
    pub async fn hash(&self, password: String) -> Option<Result<String, access::PasswordFault>> {
        let _place = self.waiting.try_acquire().ok()?;
        let _turn = self.hashing.acquire().await.ok()?;
        let hashed = tokio::task::spawn_blocking(move || access::hash_password(&password)).await.ok();
        give_back();
        hashed
    }

    /// How often it was changed so far.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    /// Puts a directory just read in the place of the old one, unless something changed since `changes` was asked:
    /// what was read may be older than that change.
    pub fn replace(&self, directory: Directory, changes: u64) {
        let mut place = self.directory.write().unwrap_or_else(PoisonError::into_inner);
        if self.changes() == changes {
            *place = directory;
        }
    }

    /// Whether the rows may be read again now: at most once a second, so that guessing keys costs no queries.
    #[must_use]
    pub fn may_refresh(&self, now: Time) -> bool {
        let mut last = self.refreshed.lock().unwrap_or_else(PoisonError::into_inner);
        let may = now.since(*last) >= SECOND;
        if may {
            *last = now;
        }
        may
    }

    /// The agent and session behind a token.
    #[must_use]
    pub fn by_token(&self, token: &str, now: Time) -> Option<(Arc<Agent>, Session)> {
        self.read().by_token(token, now)
    }

    /// The key a program shows.
    #[must_use]
    pub fn by_key(&self, secret: &str) -> Option<Arc<ApiKey>> {
        self.read().by_key(secret)
    }
}
