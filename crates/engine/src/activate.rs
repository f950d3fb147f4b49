//! How a policy comes into force: compiled, approved by a second person where it lets more through, and put into every
//! market's log by its worker.

use std::sync::{Arc, MutexGuard, PoisonError};

use decision::Pack;
use decision::pack::{Files, widened};
use tokio::sync::oneshot;

use crate::error::{Busy, Error, Refusal};
use crate::proposal::{self, LIMIT_OPEN, Proposal};
use crate::worker::{Activation, Work};
use crate::{Engine, Known, policy, recover};

/// Who writes a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// An agent's login or a key's id.
    pub name: String,
    /// Of a key: the agent who made it, who is the same person to an approval.
    pub maker: Option<String>,
}

/// What became of a change of policy.
#[derive(Clone, Debug, PartialEq)]
pub enum Changed {
    /// The pack of this hash is in force.
    Active(String),
    /// It waits for a second person.
    Proposed(Box<Proposal>),
}

/// A compiled pack on its way into force.
struct Change<'a> {
    pack: &'a Arc<Pack>,
    author: &'a str,
    note: &'a str,
    approved: Option<(String, String)>,
}

impl Engine {
    /// Compiles files and puts them in force in every market: stored as a version, new aggregates backfilled, logged.
    /// A change that adds or widens an allow rule is kept as a proposal instead, until somebody else approves it.
    /// Where `base` is given, it must be the policy in force.
    ///
    /// # Errors
    /// The findings; a stale base; too many open proposals.
    pub async fn activate(
        self: &Arc<Self>,
        files: Files,
        author: Author,
        note: String,
        base: Option<String>,
    ) -> Result<Changed, Refusal> {
        self.off_thread(move |engine| {
            let pack = Arc::new(Pack::compile(&files).map_err(Refusal::Policy)?);
            let _turn = engine.turn();
            let before = engine.pack();
            if base.is_some_and(|base| base != before.hash) {
                return Err(stale());
            }
            let rules = widened(&before, &pack);
            if !rules.is_empty() {
                return engine
                    .propose(&pack, &before, rules, author, note)
                    .map(|proposal| Changed::Proposed(Box::new(proposal)));
            }
            engine.switch(&Change { pack: &pack, author: &author.name, note: &note, approved: None })?;
            engine.write_folder(&before, &pack);
            Ok(Changed::Active(pack.hash.clone()))
        })
        .await
    }

    /// Approves a proposal, which is in force then; gives its pack's hash.
    ///
    /// # Errors
    /// When `by` wrote it, it is decided, or the policy has changed since it was written.
    pub async fn approve(self: &Arc<Self>, id: String, by: String) -> Result<String, Refusal> {
        self.off_thread(move |engine| {
            let _turn = engine.turn();
            let read = engine.shared.store.read(|q| proposal::with_files(q, &id)).map_err(down)?;
            let (proposal, files) = read.ok_or_else(|| missing(&id))?;
            if proposal.is_by(&by) {
                return Err(Refusal::Forbidden("somebody else must approve what you propose".to_owned()));
            }
            if proposal.state != proposal::State::Open {
                return Err(Refusal::Conflict(format!("this proposal was {} before", proposal.state.name())));
            }
            let pack = Arc::new(Pack::compile(&files).map_err(Refusal::Policy)?);
            let now = engine.pack();
            if pack.hash != now.hash && proposal.base != now.hash {
                return Err(Refusal::Conflict(
                    "the policy has changed since this was proposed; it must be proposed anew".to_owned(),
                ));
            }
            let approved = Some((id.clone(), by.clone()));
            engine.switch(&Change { pack: &pack, author: &proposal.author, note: &proposal.note, approved })?;
            engine.write_folder(&now, &pack);
            let at = engine.now();
            engine
                .shared
                .store
                .write(|tx| proposal::decide(tx, &id, proposal::State::Approved, &by, "", at))
                .map_err(down)?;
            Ok(pack.hash.clone())
        })
        .await
    }

    /// Declines a proposal, or withdraws it when `by` wrote it.
    ///
    /// # Errors
    /// When it is decided already, or not there.
    pub async fn decline(self: &Arc<Self>, id: String, by: String, why: String) -> Result<Proposal, Refusal> {
        self.off_thread(move |engine| {
            let _turn = engine.turn();
            let known = engine.shared.store.read(|q| proposal::get(q, &id)).map_err(down)?;
            let known = known.ok_or_else(|| missing(&id))?;
            let state = if known.is_by(&by) { proposal::State::Withdrawn } else { proposal::State::Declined };
            let at = engine.now();
            let decided = engine.shared.store.write(|tx| {
                let done = proposal::decide(tx, &id, state, &by, &why, at)?;
                Ok::<_, store::Error>((done, proposal::get(tx, &id)?))
            });
            match decided.map_err(down)? {
                (true, Some(proposal)) => Ok(proposal),
                _ => Err(Refusal::Conflict(format!("this proposal was {} before", known.state.name()))),
            }
        })
        .await
    }

    /// Puts what the policy folder holds in force; its two approvers stand in its text. False when it is in force already.
    pub(crate) fn activate_files(&self, pack: &Arc<Pack>, note: &str) -> Result<bool, Refusal> {
        let _turn = self.turn();
        self.switch(&Change { pack, author: "files", note, approved: None })
    }

    /// Keeps the policy folder, where there is one, the same as what people put in force.
    fn write_folder(&self, before: &Pack, after: &Pack) {
        if let Some(watcher) = &*self.watcher.lock().unwrap_or_else(PoisonError::into_inner) {
            watcher.write(&before.files, &after.files);
        }
    }

    /// Whether some market is not in this policy.
    pub(crate) fn behind(&self, pack: &Pack) -> bool {
        let markets = self.shared.markets.read().unwrap_or_else(PoisonError::into_inner);
        markets.values().any(|known| known.pack.hash != pack.hash)
    }

    async fn off_thread<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Engine) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let engine = self.clone();
        tokio::task::spawn_blocking(move || work(&engine)).await.map_err(|fault| Refusal::Busy(Busy::down(fault)))?
    }

    fn turn(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn propose(
        &self,
        pack: &Pack,
        before: &Pack,
        rules: Vec<String>,
        author: Author,
        note: String,
    ) -> Result<Proposal, Refusal> {
        let at = self.now();
        let proposal = Proposal {
            id: format!("p-{}", uuid::Uuid::now_v7().simple()),
            state: proposal::State::Open,
            author: author.name,
            maker: author.maker,
            note,
            at,
            base: before.hash.clone(),
            hash: pack.hash.clone(),
            rules,
            decided_by: None,
            decided_at: None,
            why: None,
        };
        let written = self.shared.store.write(|tx| {
            if proposal::open(tx)? >= LIMIT_OPEN {
                return Ok::<_, store::Error>(false);
            }
            proposal::put(tx, &proposal, &pack.files).map(|()| true)
        });
        if written.map_err(down)? {
            return Ok(proposal);
        }
        Err(Refusal::Conflict(format!("{LIMIT_OPEN} proposals are open; decide some of them first")))
    }

    /// Puts a compiled policy in force in every market it names, one after the other; false when it is already.
    fn switch(&self, change: &Change<'_>) -> Result<bool, Refusal> {
        if !self.behind(change.pack) {
            return Ok(false);
        }
        for market in change.pack.manifest.markets.keys() {
            let side = match self.shared.known(market) {
                Some(known) => self.backfill(market, &known, change.pack).map_err(down)?,
                None => None,
            };
            let activation = Activation {
                pack: change.pack.clone(),
                author: change.author.to_owned(),
                note: change.note.to_owned(),
                approved: change.approved.clone(),
                at: self.shared.now(),
                side,
            };
            let (reply, receiver) = oneshot::channel();
            self.queue.push(Work::Activate { market: market.clone(), change: Box::new(activation), reply }, 1)?;
            receiver.blocking_recv().unwrap_or_else(|_| Err(Refusal::Busy(Busy::down("the batch was dropped"))))?;
        }
        Ok(true)
    }

    /// Folds the log into a policy's new aggregates beside the worker.
    fn backfill(&self, name: &str, known: &Known, pack: &Arc<Pack>) -> Result<Option<recover::Side>, Error> {
        let old: Vec<u32> = policy::definitions(&known.pack).iter().map(profile::AggregateDef::id).collect();
        let new = policy::definitions(pack).into_iter().filter(|def| !old.contains(&def.id()));
        let names: Vec<String> = new.map(|def| def.name).collect();
        if names.is_empty() {
            return Ok(None);
        }
        let upto = self.shared.store.read(|q| store::log::last_seq(q, known.no))?;
        Ok(Some(recover::backfill(&self.shared, name, known.no, pack, &names, None, upto)?))
    }
}

fn stale() -> Refusal {
    Refusal::Conflict("the policy has changed since you began; look at the new one first".to_owned())
}

fn missing(id: &str) -> Refusal {
    Refusal::Missing(format!("there is no proposal {id}"))
}

fn down(fault: impl std::fmt::Display) -> Refusal {
    Refusal::Busy(Busy::down(fault))
}
