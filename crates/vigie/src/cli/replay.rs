//! `vigie replay`: the log folded again, under the policies then in force or under a candidate.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use clap::Args;
use decision::Pack;
use domain::Time;
use engine::replay::{Progress, Replayer};
use serde_json::json;
use store::{Store, log};

use super::{Failure, open_known, say};
use crate::config::StoreFlags;
use crate::pack;

#[derive(Args)]
pub(super) struct Replay {
    #[command(flatten)]
    store: StoreFlags,
    /// Compare every decision with the stored one, byte for byte (the default without --diff)
    #[arg(long, conflicts_with = "diff")]
    verify: bool,
    /// Show what the pack of --policy would have changed
    #[arg(long)]
    diff: bool,
    /// Only this market
    #[arg(long, value_name = "MARKET")]
    market: Option<String>,
    /// With --diff: only events received from then on
    #[arg(long, value_name = "TIME", requires = "diff")]
    from: Option<String>,
    /// With --diff: only events received before then
    #[arg(long, value_name = "TIME", requires = "diff")]
    to: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Replay {
    pub(super) fn run(self) -> Result<(), Failure> {
        let (_, store) = open_known(&self.store)?;
        if let Some(market) = &self.market
            && !store.read(log::markets)?.iter().any(|(_, name)| name == market)
        {
            return Err(Failure::Usage(format!("the log has no market `{market}`")));
        }
        let replayer = Replayer::open(&store).map_err(Failure::failed)?;
        if self.diff { self.difference(&store, &replayer) } else { self.verification(&replayer) }
    }

    fn verification(&self, replayer: &Replayer) -> Result<(), Failure> {
        let start = Instant::now();
        let found = replayer.verify(self.market.as_deref(), &Progress::default()).map_err(Failure::failed)?;
        let seconds = start.elapsed().as_secs_f64();
        let rate = (found.events as f64 / seconds.max(1e-9)).round();
        if self.json {
            say(json!({
                "ok": found.different == 0, "events": found.events, "decisions": found.decisions,
                "different": found.different, "differences": found.differences, "unsure": found.unsure,
                "begins": found.begins.iter().map(|(market, seq)| json!({"market": market, "seq": seq})).collect::<Vec<_>>(), "seconds": (seconds * 1e3).round() / 1e3,
                "events_per_s": rate, "encoder": false,
            }));
        } else {
            for one in &found.differences {
                say(format!("{} {}: stored {:?}, replayed {:?}", one.market, one.seq, one.stored, one.replayed));
            }
            for (market, seq) in &found.begins {
                say(format!("{market}: the log begins at {seq}; what came before is gone by retention"));
            }
            if found.unsure > 0 {
                say(format!("{} decisions there may hang on what is gone and came out otherwise", found.unsure));
            }
            let verdict = if found.different == 0 { "every decision came out again" } else { "decisions differ" };
            say(format!("{verdict}: {} events, {} decisions, {rate} events/s", found.events, found.decisions));
        }
        if found.different == 0 { Ok(()) } else { Err(Failure::Failed(String::new())) }
    }

    fn difference(&self, store: &Store, replayer: &Replayer) -> Result<(), Failure> {
        let time = |text: &Option<String>| text.as_deref().map(Time::parse).transpose().map_err(Failure::Usage);
        let (from, to) = (time(&self.from)?, time(&self.to)?);
        let files = pack::files(self.store.policy.as_deref()).map_err(|e| Failure::Usage(e.to_string()))?;
        let pack = Pack::compile(&files).map_err(|found| {
            let first = found.first().map(ToString::to_string).unwrap_or_default();
            Failure::Failed(format!("the candidate does not hold: {first}"))
        })?;
        let (pack, progress) = (Arc::new(pack), Progress::default());
        let markets = store.read(log::markets)?;
        let (mut parts, start) = (serde_json::Map::new(), Instant::now());
        let mut changed = 0;
        for (no, name) in markets.into_iter().filter(|(_, name)| self.market.as_ref().is_none_or(|m| m == name)) {
            let range = store.read(|q| {
                let first = from.map_or(Ok(1), |t| log::seq_at(q, no, t))?;
                let last = to.map_or(Ok(log::MAX_SEQ), |t| log::seq_at(q, no, t).map(|seq| seq.saturating_sub(1)))?;
                Ok::<_, store::Error>((first, last))
            })?;
            let found = replayer.backtest(&pack, Some(&name), range.0, range.1, &progress).map_err(Failure::failed)?;
            changed += found.new_hits + found.lost_hits;
            if !self.json {
                say(format!(
                    "{name}: {} events, {} new hits, {} lost, {} same, {} verdicts changed, {} people",
                    found.events,
                    found.new_hits,
                    found.lost_hits,
                    found.same_hits,
                    found.verdicts_changed,
                    found.people_affected
                ));
                for row in found.by_rule.iter().filter(|r| r.new + r.lost > 0) {
                    say(format!("  {:<28} {:>7} before {:>7} after", row.rule, row.before, row.after));
                }
            }
            parts.insert(name, serde_json::to_value(found).unwrap_or_default());
        }
        if self.json {
            let seconds = (start.elapsed().as_secs_f64() * 1e3).round() / 1e3;
            let done = progress.done.load(Relaxed);
            say(
                json!({"ok": true, "policy": pack.hash, "changed_hits": changed, "markets": parts, "replayed": done, "seconds": seconds, "encoder": false}),
            );
        }
        Ok(())
    }
}
