//! The default pack on the generated market: every event fits its schema, harm is met by the rule meant for it, and
//! honest people are left alone. What the house knows is kept here the slowest plain way.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;

use decision::cel::Value;
use decision::pack::{Files, Function, Pack};
use decision::{Chat, ChatView, Prepared, Window, World, decide, foldings, prepare};
use domain::{Decision, Effect, EntityRef, Mode, SECOND, Time, Verdict};
use testkit::market::{ActorKind, Config, Market, Sim};

fn default_pack() -> Pack {
    fn folder(root: &Path, at: &Path, files: &mut Files) {
        for entry in std::fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folder(root, &path, files);
            } else {
                let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
                files.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policy");
    let mut files = Files::new();
    folder(&root, &root, &mut files);
    Pack::compile(&files)
        .unwrap_or_else(|found| panic!("{}", found.iter().map(|d| format!("{d}\n")).collect::<String>()))
}

/// An entity of a market.
type Who = (String, EntityRef);

/// What was folded into one key, and when.
type Entries = Vec<(Time, Option<Value>)>;

/// Everything ever folded, kept as it came.
struct House<'a> {
    pack: &'a Pack,
    folded: HashMap<(usize, Who), Entries>,
    labels: HashMap<(Who, String), Time>,
    registered: HashMap<Who, Time>,
    /// Types and subjects of attempts, whose confirmation folds nothing.
    attempts: HashSet<(String, String, String)>,
    withheld: HashSet<String>,
    chats: HashMap<Who, Chat>,
}

struct Eyes<'a>(&'a House<'a>, &'a Prepared, Option<ChatView>);

impl Eyes<'_> {
    fn who(&self, entity: usize) -> Who {
        (self.1.event.market.clone(), self.1.entities[entity].entity.clone())
    }
}

impl World for Eyes<'_> {
    fn aggregate(&self, aggregate: usize, entity: usize, window: Window) -> Option<Value> {
        let now = self.1.event.time;
        let since = match window {
            Window::Last(span) => now.plus(-span),
            Window::Today => now.plus(-domain::DAY),
            Window::All => Time(i64::MIN),
        };
        let none = Vec::new();
        let entries = self.0.folded.get(&(aggregate, self.who(entity))).unwrap_or(&none);
        let inside: Vec<_> = entries.iter().filter(|(time, _)| *time > since && *time <= now).collect();
        let numbers =
            || inside.iter().filter_map(|(_, value)| if let Some(Value::Double(n)) = value { Some(*n) } else { None });
        Some(match self.0.pack.aggregates[aggregate].function {
            Function::Count => Value::Int(inside.len() as i64),
            Function::CountDistinct => {
                let distinct: BTreeSet<String> = inside.iter().map(|(_, value)| format!("{value:?}")).collect();
                Value::Int(distinct.len() as i64)
            }
            Function::Max => Value::Double(numbers().reduce(f64::max)?),
            Function::Last => inside.iter().max_by_key(|(time, _)| *time)?.1.clone()?,
            Function::Sum => Value::Double(numbers().sum()),
            other => panic!("no rule of the default pack reads {other:?}"),
        })
    }
    fn has_label(&self, entity: usize, label: &str) -> bool {
        self.0.labels.get(&(self.who(entity), label.to_owned())).is_some_and(|until| self.1.event.time < *until)
    }
    fn registered_at(&self, entity: usize) -> Option<Time> {
        self.0.registered.get(&self.who(entity)).copied()
    }
    fn chat(&self) -> Option<&ChatView> {
        self.2.as_ref()
    }
    fn may_tell(&self, to: &EntityRef, what: &str, place: &EntityRef) -> bool {
        let chat = self.0.chats.get(&(self.1.event.market.clone(), place.clone()));
        chat.is_none_or(|chat| chat.may_tell(&to.id, what))
    }
    fn is_tripped(&self, _: usize) -> bool {
        false
    }
}

impl<'a> House<'a> {
    fn new(pack: &'a Pack) -> House<'a> {
        House {
            pack,
            folded: HashMap::new(),
            labels: HashMap::new(),
            registered: HashMap::new(),
            attempts: HashSet::new(),
            withheld: HashSet::new(),
            chats: HashMap::new(),
        }
    }

    /// Takes an event in as the house would; nothing when the market did not send it.
    fn take(&mut self, sim: &Sim) -> Option<Decision> {
        if sim.after.as_ref().is_some_and(|attempt| self.withheld.contains(attempt)) {
            return None;
        }
        let prepared = prepare(self.pack, sim.event.clone()).unwrap_or_else(|fault| panic!("{fault}: {:?}", sim.event));
        let event = &prepared.event;
        let subject = event.subject.clone().unwrap_or_default();
        if event.kind == "account.registered" {
            self.registered.insert((event.market.clone(), prepared.entities[0].entity.clone()), event.time);
        }
        if self.pack.schemas[&event.kind].confirmed_by.is_some() {
            self.attempts.insert((event.market.clone(), event.kind.clone(), subject.clone()));
        }
        let confirms = self.pack.schemas.iter().any(|(kind, schema)| {
            schema.confirmed_by.as_deref() == Some(event.kind.as_str())
                && self.attempts.contains(&(event.market.clone(), kind.clone(), subject.clone()))
        });
        if !confirms {
            let folded = &mut self.folded;
            foldings(self.pack, &prepared, |folding| {
                let who = (event.market.clone(), prepared.entities[folding.entity].entity.clone());
                folded.entry((folding.aggregate, who)).or_default().push((event.time, folding.value));
            });
        }
        let turn = decision::chat::turn_of(&self.pack.schemas[&event.kind], &prepared);
        let heard = turn.map(|(speaker, field, place)| {
            let who = (event.market.clone(), prepared.entities[place].entity.clone());
            let chat = self.chats.entry(who).or_default();
            if confirms { chat.view() } else { chat.step(speaker, field, &prepared.signals) }
        });
        let decision = decide(self.pack, &prepared, 1, &Eyes(self, &prepared, heard));
        for effect in decision.iter().flat_map(|d| &d.effects) {
            if let Effect::Message { to, text, place: Some(place) } = effect {
                let chat = self.chats.entry((event.market.clone(), place.clone())).or_default();
                chat.tell(&to.id, text);
            }
            if let Effect::Label { entity, name, ttl } = effect {
                let until = ttl.map_or(Time(i64::MAX), |ttl| event.time.plus(ttl));
                self.labels.insert(((event.market.clone(), entity.clone()), name.clone()), until);
            }
        }
        if decision.as_ref().is_some_and(|d| d.verdict >= Verdict::Hold) {
            self.withheld.insert(sim.event.id.clone());
        }
        decision
    }
}

fn has_enqueue(decision: &Decision, in_queue: &str) -> bool {
    decision.effects.iter().any(|effect| matches!(effect, Effect::Enqueue { queue, .. } if queue == in_queue))
}

/// Whom a rule is to find: a colleague's alarm lasts longer than one story, all else is known by its story.
fn culprit(sim: &Sim) -> String {
    let agent = sim.event.data.get("agent").and_then(|agent| agent.as_str());
    agent.map_or_else(|| sim.truth.story.to_string(), str::to_owned)
}

#[test]
fn harm_is_met_and_honest_people_are_left_alone() {
    let pack = default_pack();
    let mut house = House::new(&pack);
    let mut hit: HashSet<(String, String)> = HashSet::new();
    let mut expected: HashMap<&str, (u32, u32)> = HashMap::new();
    let (mut honest, mut bothered) = (0_u32, HashMap::<String, u32>::new());
    let config = Config { rhythm: false, ..Config::default() };
    for sim in Market::new(11, &config).take(60_000) {
        let decision = house.take(&sim);
        let harmless = matches!(sim.truth.actor, ActorKind::Honest | ActorKind::Professional | ActorKind::Agent);
        honest += u32::from(harmless);
        for found in decision.iter().flat_map(|d| &d.hits) {
            hit.insert((culprit(&sim), found.rule.clone()));
            if harmless && found.mode != Mode::Shadow && found.verdict > Verdict::Allow {
                *bothered.entry(found.rule.clone()).or_default() += 1;
            }
        }
        if let Some(rule) = sim.truth.expect {
            let met = hit.contains(&(culprit(&sim), rule.to_owned()));
            let count = expected.entry(rule).or_default();
            count.0 += u32::from(met);
            count.1 += 1;
        }
    }
    for rule in [
        "chat_off_platform",
        "chat_pay_outside",
        "burst_new_seller",
        "price_cap",
        "card_testing",
        "many_devices",
        "several_reporters",
        "review_bombing",
        "reveal_burst",
    ] {
        let (met, all) = expected[rule];
        // Labels that say "told already" may silence a second story about the same shop.
        assert!(all > 0 && met * 10 >= all * 8, "{rule}: {met} of {all}");
    }
    let total: u32 = bothered.values().sum();
    assert!(honest > 40_000 && total * 1_000 < honest * 3, "{total} of {honest}: {bothered:?}");
}

#[test]
fn the_opening_scene_warns_holds_and_opens_cases() {
    let pack = default_pack();
    let mut house = House::new(&pack);
    let start = Config::default().start;
    let (mut warned, mut held, mut cases, mut alarms, mut blocked) = (0, 0, 0, 0, 0);
    for sim in Market::demo(1, start, 60_000.0) {
        if sim.at > start.plus(10 * SECOND) {
            break;
        }
        let Some(decision) = house.take(&sim) else { continue };
        let warns = decision.hits.iter().any(|hit| hit.verdict == Verdict::Warn && hit.mode == Mode::Live);
        warned += u32::from(warns && sim.event.kind.starts_with("message."));
        held += u32::from(decision.verdict == Verdict::Hold && sim.event.kind == "listing.submitted");
        blocked += u32::from(decision.verdict == Verdict::Block);
        cases += u32::from(decision.effects.iter().any(|effect| matches!(effect, Effect::Enqueue { .. })));
        alarms += u32::from(has_enqueue(&decision, "security"));
    }
    assert!(warned >= 3 && held >= 3 && cases >= 3 && alarms >= 1, "{warned} {held} {cases} {alarms} {blocked}");
}

#[test]
fn bench_events_fit_the_default_pack() {
    let pack = default_pack();
    for event in Market::bench_events(1, &testkit::market::BenchConfig::default()).take(5_000) {
        prepare(&pack, event).unwrap();
    }
}
