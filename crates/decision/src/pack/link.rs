//! Linking: the expressions of rules and aggregates are checked and compiled against the event types they read.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::aggregate::{Function, Window};
use super::rule::{Part, Rule};
use super::schema::{FieldType, Schema};
use super::{Expr, Pack};
use crate::cel::{Arg, Env, Host, Loader, Program, Read, Reading, RuleSet, Source, Type, Value};
use crate::chat::{ChatView, turn_fields};
use crate::diagnostic::{Diagnostic, Severity};

/// Something the house knows when a rule runs; `field` is an index into the schema's fields.
#[derive(Clone, Debug, PartialEq)]
pub enum Known {
    /// `NAME.last('1h')`, `NAME.today()`, `NAME.all()`.
    Aggregate {
        /// Index into the pack's aggregates.
        aggregate: usize,
        /// The entity field that is the key.
        field: usize,
        /// The stretch of time.
        window: Window,
    },
    /// `account_age(user)`: time since the entity registered.
    Age {
        /// The entity field.
        field: usize,
    },
    /// `seller.has('verified')`.
    Label {
        /// The entity field.
        field: usize,
        /// The label's name.
        label: String,
    },
    /// `price_cap(category)`.
    Cap {
        /// The field that holds the category.
        field: usize,
    },
    /// `chat.risk`: what the guard knows of the event's conversation.
    Chat(ChatRead),
}

/// One thing rules read of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // The members of `ChatView`, documented there.
pub enum ChatRead {
    Risk,
    Alert,
    New,
    Turn,
    Stage,
    Acts,
}

impl ChatRead {
    const ALL: [(&'static str, ChatRead, Type); 6] = [
        ("chat.risk", ChatRead::Risk, Type::Double),
        ("chat.alert", ChatRead::Alert, Type::Bool),
        ("chat.new", ChatRead::New, Type::Bool),
        ("chat.turn", ChatRead::Turn, Type::Int),
        ("chat.stage", ChatRead::Stage, Type::String),
        ("chat.acts", ChatRead::Acts, Type::Dyn),
    ];

    /// Its value.
    pub(crate) fn of(self, chat: &ChatView) -> Value {
        match self {
            ChatRead::Risk => Value::Double(chat.risk),
            ChatRead::Alert => Value::Bool(chat.alert),
            ChatRead::New => Value::Bool(chat.new),
            ChatRead::Turn => Value::Int(chat.turn.into()),
            ChatRead::Stage => Value::String(chat.stage.as_str().into()),
            ChatRead::Acts => Value::from_json(&chat.acts.clone().into()),
        }
    }
}

/// One event type with everything that runs on it.
#[derive(Debug)]
pub struct Linked {
    pub(crate) env: Env,
    pub(crate) loader: Loader,
    pub(crate) set: RuleSet,
    /// Index of each of the set's rules in the pack.
    pub(crate) rules: Vec<usize>,
    /// What each of the set's rules reads, its reasons included.
    pub(crate) reads: Vec<Vec<Read>>,
    pub(crate) known: Vec<Known>,
    /// Aggregates this type is folded into.
    pub(crate) folds: Vec<Fold>,
    pub(crate) event_slots: EventSlots,
    /// Slot of `signals.lang`, and of each list.
    pub(crate) signal_slots: Vec<(String, u32)>,
}

/// How one event type enters one aggregate.
#[derive(Debug)]
pub(crate) struct Fold {
    pub aggregate: usize,
    /// The key's field.
    pub field: usize,
    pub when: Option<Program>,
    pub of: Option<Program>,
}

/// Slots of the `event` object's members.
#[derive(Debug, Default)]
pub(crate) struct EventSlots {
    pub kind: Option<u32>,
    pub market: Option<u32>,
    pub source: Option<u32>,
    pub time: Option<u32>,
}

/// What the checker asks when a name is no field.
struct Names {
    schema: Schema,
    aggregates: Vec<(String, String, String, Type)>,
    known: Mutex<Vec<Known>>,
}

impl Names {
    fn reading(&self, known: Known, ty: Type) -> Result<Reading, String> {
        let mut all = self.known.lock().unwrap_or_else(|e| e.into_inner());
        let id = all.iter().position(|k| *k == known).unwrap_or_else(|| {
            all.push(known);
            all.len() - 1
        });
        Ok(Reading { id: id as u32, ty })
    }

    /// The index of an entity field, optionally of one kind.
    fn entity(&self, name: &str, kind: Option<&str>) -> Result<usize, String> {
        let found = self.schema.fields.iter().position(|f| {
            f.name == name && matches!(&f.kind, FieldType::Entity(k) if kind.is_none_or(|kind| k == kind))
        });
        found.ok_or_else(|| match kind {
            Some(kind) => format!("`{name}` is no {kind} of {}", self.schema.kind),
            None => format!("`{name}` is no entity of {}", self.schema.kind),
        })
    }

    fn aggregate(&self, receiver: &str, name: &str, args: &[Arg]) -> Option<Result<Reading, String>> {
        let index = self.aggregates.iter().position(|(n, ..)| n == receiver)?;
        let (_, by, kind, ty) = &self.aggregates[index];
        let (key, rest) = match args {
            [Arg::Path(path), rest @ ..] => (path.as_str(), rest),
            rest => (by.as_str(), rest),
        };
        let window = match (name, rest) {
            ("last", [Arg::Literal(Value::String(span))]) => Window::last(span),
            ("last", _) => Err(format!("write the span as a text: {receiver}.last('1h')")),
            ("today", []) => Ok(Window::Today),
            ("all", []) => Ok(Window::All),
            ("today" | "all", _) => Err(format!("{receiver}.{name}() takes no span")),
            _ => return Some(Err(format!("an aggregate is read with last('1h'), today() or all(), not {name}()"))),
        };
        let hint = |fault: String| format!("{fault}; name another key: {receiver}.{name}(FIELD, …)");
        Some(window.and_then(|window| {
            let field = self.entity(key, Some(kind)).map_err(hint)?;
            self.reading(Known::Aggregate { aggregate: index, field, window }, ty.clone())
        }))
    }
}

impl Host for Names {
    fn method(&self, receiver: &str, name: &str, args: &[Arg]) -> Option<Result<Reading, String>> {
        if name == "has" && self.schema.field(receiver).is_some() {
            return Some(match args {
                [Arg::Literal(Value::String(label))] => self
                    .entity(receiver, None)
                    .and_then(|field| self.reading(Known::Label { field, label: label.to_string() }, Type::Bool)),
                _ => Err(format!("write the label as a text: {receiver}.has('verified')")),
            });
        }
        self.aggregate(receiver, name, args)
    }

    fn call(&self, name: &str, args: &[Arg]) -> Option<Result<Reading, String>> {
        match (name, args) {
            ("account_age", [Arg::Path(path)]) => {
                Some(self.entity(path, None).and_then(|field| self.reading(Known::Age { field }, Type::Duration)))
            }
            ("price_cap", [Arg::Path(path)]) => {
                Some(match self.schema.fields.iter().position(|f| &f.name == path && f.kind == FieldType::String) {
                    Some(field) => self.reading(Known::Cap { field }, Type::Double),
                    None => Err(format!("`{path}` is no text field of {}", self.schema.kind)),
                })
            }
            ("account_age" | "price_cap", _) => Some(Err(format!("{name} takes one field of the event"))),
            _ => None,
        }
    }

    fn path(&self, path: &str) -> Option<Result<Reading, String>> {
        if let Some((name, read, ty)) = ChatRead::ALL.into_iter().find(|(name, ..)| *name == path) {
            if turn_fields(&self.schema).is_none() {
                return Some(Err(format!("{} is no turn of a conversation, so it has no {name}", self.schema.kind)));
            }
            let ty = if read == ChatRead::Acts { Type::list(Type::String) } else { ty };
            return Some(self.reading(Known::Chat(read), ty));
        }
        let field = self.schema.field(path)?;
        field.personal.as_ref()?;
        Some(Err(format!("`{path}` is personal: rules read it through a lexicon, as signals.LIST")))
    }

    fn names(&self) -> Vec<String> {
        let own = ["account_age", "price_cap", "chat"].map(str::to_owned);
        self.aggregates.iter().map(|(name, ..)| name.clone()).chain(own).collect()
    }
}

/// Compiles everything; findings go to `found`.
pub(super) fn link(pack: &Pack, found: &mut Vec<Diagnostic>) -> BTreeMap<String, Linked> {
    pack.schemas.values().map(|schema| (schema.kind.clone(), one(pack, schema, found))).collect()
}

fn one(pack: &Pack, schema: &Schema, found: &mut Vec<Diagnostic>) -> Linked {
    let names = Arc::new(Names {
        schema: schema.clone(),
        aggregates: pack
            .aggregates
            .iter()
            .map(|a| (a.name.clone(), a.by.clone(), a.entity.clone(), aggregate_type(pack, a)))
            .collect(),
        known: Mutex::default(),
    });
    let env = environment(pack, schema).with_host(names.clone());
    let layout = env.layout().clone();
    let (mut rules, mut programs, mut reads) = (Vec::new(), Vec::new(), Vec::new());
    let mut drafts: Vec<Read> = Vec::new();
    for (index, rule) in pack.rules.iter().enumerate().filter(|(_, r)| r.events.contains(&schema.kind)) {
        let Some(program) = compile(&env, &rule.when, true, &rule.file, found) else { continue };
        let mut own: Vec<Read> = program.reads().to_vec();
        why_reads(&env, rule, &mut own, found);
        if rule.mode != domain::Mode::Draft {
            rules.push(index);
            programs.push(program);
            reads.push(own);
        } else {
            // A draft's tests read them too.
            drafts.extend(own);
        }
    }
    let folds = folds(pack, schema, &env, found);
    let slots = reads
        .iter()
        .flatten()
        .chain(&drafts)
        .chain(folds.iter().flat_map(|f| f.when.iter().chain(&f.of)).flat_map(Program::reads));
    let wanted: Vec<u32> = slots.filter_map(|r| if let Source::Slot(n) = r.source { Some(n) } else { None }).collect();
    let counted = wanted.clone();
    Linked {
        loader: layout.loader_of(wanted),
        event_slots: EventSlots {
            kind: layout.slot("event.type"),
            market: layout.slot("event.market"),
            source: layout.slot("event.source"),
            time: layout.slot("event.time"),
        },
        signal_slots: signal_names(pack)
            .into_iter()
            .chain(read_names())
            .filter_map(|name| layout.slot(&format!("signals.{name}")).map(|slot| (name, slot)))
            // Counting is done for those that something reads.
            .filter(|(_, slot)| counted.contains(slot))
            .collect(),
        known: names.known.lock().unwrap_or_else(|e| e.into_inner()).clone(),
        env,
        set: RuleSet::new(programs),
        rules,
        reads,
        folds,
    }
}

fn signal_names(pack: &Pack) -> Vec<String> {
    ["lang", "lure"].into_iter().chain(pack.lexicon.lists()).map(str::to_owned).collect()
}

/// `act.NAME` and `id.KIND`: what the house reads in every text.
fn read_names() -> impl Iterator<Item = String> {
    let acts = text::Act::ALL.into_iter().map(|act| format!("act.{}", act.name()));
    acts.chain(text::IdentifierKind::ALL.into_iter().map(|kind| format!("id.{}", kind.name())))
}

/// The names an expression on this event type may use.
fn environment(pack: &Pack, schema: &Schema) -> Env {
    let mut env = Env::standard();
    for field in schema.fields.iter().filter(|f| f.personal.is_none()) {
        let ty = match field.kind {
            FieldType::String | FieldType::Entity(_) | FieldType::Text => Type::String,
            FieldType::Int => Type::Int,
            FieldType::Double => Type::Double,
            FieldType::Bool => Type::Bool,
            FieldType::Time => Type::Timestamp,
            FieldType::Strings => Type::List(Box::new(Type::String)),
            FieldType::Any => continue,
        };
        env = env.with_var(field.name.as_str(), ty);
    }
    let event = [("type", Type::String), ("market", Type::String), ("source", Type::String), ("time", Type::Timestamp)];
    let signals = signal_names(pack).into_iter().map(|name| {
        let ty = match name.as_str() {
            "lang" => Type::String,
            "lure" => Type::Double,
            _ => Type::Int,
        };
        (name, ty)
    });
    let acts = Type::object("acts", text::Act::ALL.into_iter().map(|act| (act.name(), Type::Double)));
    let kinds = text::IdentifierKind::ALL.into_iter().map(|kind| (kind.name(), Type::Int));
    let read = [("act".to_owned(), acts), ("id".to_owned(), Type::object("identifiers", kinds))];
    let signals = signals.chain(read);
    env.with_var("event", Type::object("event", event)).with_var("signals", Type::object("signals", signals))
}

fn aggregate_type(pack: &Pack, aggregate: &super::Aggregate) -> Type {
    match aggregate.function {
        Function::Count | Function::CountDistinct | Function::SecondsSince => Type::Int,
        Function::First | Function::Last => {
            let of = aggregate.of.as_ref().map_or("", |e| e.text.trim());
            match aggregate
                .from
                .first()
                .and_then(|kind| pack.schemas.get(kind))
                .and_then(|s| s.field(of))
                .map(|f| &f.kind)
            {
                Some(FieldType::Int | FieldType::Double) => Type::Double,
                Some(FieldType::String | FieldType::Entity(_)) => Type::String,
                _ => Type::Dyn,
            }
        }
        _ => Type::Double,
    }
}

fn folds(pack: &Pack, schema: &Schema, env: &Env, found: &mut Vec<Diagnostic>) -> Vec<Fold> {
    let mut folds = Vec::new();
    for (index, aggregate) in pack.aggregates.iter().enumerate().filter(|(_, a)| a.from.contains(&schema.kind)) {
        let Some(field) = schema.fields.iter().position(|f| f.name == aggregate.by) else { continue };
        let file = "aggregates.yaml";
        let when = aggregate.when.as_ref().and_then(|e| compile(env, e, true, file, found));
        let of = aggregate.of.as_ref().and_then(|e| compile(env, e, false, file, found));
        // An aggregate reads the event alone: what it folds must not hang on other folds.
        for (program, expr) in when.iter().zip(&aggregate.when).chain(of.iter().zip(&aggregate.of)) {
            if program.reads().iter().any(|r| matches!(r.source, Source::Reading(_))) {
                found.push(finding(file, expr, 0, 0, "an aggregate reads fields of the event only"));
            }
        }
        folds.push(Fold { aggregate: index, field, when, of });
    }
    folds
}

/// Every `{…}` of a rule's reasons must be one read; it joins what the rule reads.
fn why_reads(env: &Env, rule: &Rule, own: &mut Vec<Read>, found: &mut Vec<Diagnostic>) {
    for part in rule.why.values().flat_map(|t| &t.0) {
        let Part::Read(expr) = part else { continue };
        let Some(program) = compile(env, expr, false, &rule.file, found) else { continue };
        match program.reads() {
            [read] if squeeze(&read.name) == squeeze(&expr.text) => {
                if !own.contains(read) {
                    own.push(read.clone());
                }
            }
            _ => found.push(finding(
                &rule.file,
                expr,
                0,
                0,
                format!("`{{{}}}` must be one field or one reading", expr.text),
            )),
        }
    }
}

/// A read's name without blanks: how reasons and reads are matched.
pub(crate) fn squeeze(name: &str) -> String {
    name.chars().filter(|c| !c.is_whitespace()).map(|c| if c == '"' { '\'' } else { c }).collect()
}

fn compile(env: &Env, expr: &Expr, condition: bool, file: &str, found: &mut Vec<Diagnostic>) -> Option<Program> {
    let compiled = if condition { env.compile_bool(&expr.text) } else { env.compile(&expr.text) };
    compiled
        .map_err(|faults| {
            for fault in faults {
                let mut at =
                    finding(file, expr, fault.line.saturating_sub(1), fault.column.saturating_sub(1), fault.message);
                at.length = fault.length;
                at.suggestion = fault.suggestion;
                found.push(at);
            }
        })
        .ok()
}

/// A finding inside an expression, `line` and `column` from 0 within it.
fn finding(file: &str, expr: &Expr, line: u32, column: u32, message: impl Into<String>) -> Diagnostic {
    // Every line of a block starts at the block's own indent; of other scalars only the first line's start is known.
    let column = if line == 0 || expr.block { expr.place.column + column } else { column + 1 };
    let line = expr.place.line + line;
    Diagnostic {
        file: file.to_owned(),
        line,
        column,
        length: 0,
        severity: Severity::Error,
        message: message.into(),
        suggestion: None,
    }
}
