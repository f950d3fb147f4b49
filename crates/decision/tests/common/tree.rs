//! Generated expressions: a small typed tree that can be written as CEL, and evaluated naively as the twin of the compiler.

use proptest::prelude::*;

/// A generated expression; each variant knows its type by construction.
#[derive(Clone, Debug)]
pub enum Tree {
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(String),
    /// A variable of the object `o`.
    Var(&'static str),
    Has(&'static str),
    Not(Box<Tree>),
    Negate(Box<Tree>),
    Binary(&'static str, Box<Tree>, Box<Tree>),
    If(Box<Tree>, Box<Tree>, Box<Tree>),
    InTexts(Box<Tree>, Vec<String>),
    InInts(Box<Tree>, Vec<i64>),
    /// `a.method(b)` on texts.
    Affix(&'static str, Box<Tree>, Box<Tree>),
    Matches(Box<Tree>, &'static str),
    Size(Box<Tree>),
    ToDouble(Box<Tree>),
    /// `list.exists(x, x op tree)` and `all`.
    Loop(&'static str, &'static str, &'static str, Box<Tree>),
    /// `element in list`.
    Member(Box<Tree>, &'static str),
}

/// A value of the twin.
#[derive(Clone, Debug, PartialEq)]
pub enum Val {
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(String),
    Ints(Vec<i64>),
    Texts(Vec<String>),
}

/// Why the twin has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    Missing,
    Error,
}

/// The variables, with what a twin sees in them.
pub type Vars<'v> = &'v dyn Fn(&str) -> Result<Val, Lack>;

pub const PATTERNS: &[&str] = &[
    "(?i)(whats ?app|telegram)",
    "(?i)(wechat|telegram|line id 2)",
    "(?i)kiss",
    "ab+c",
    "^foo",
    "whats",
    "é|微信",
    "(?i)é",
    "[0-9]{3}",
    "(?i)k[0-2]",
    "x?y?",
    "a[bc]d",
];

const WORDS: &[&str] = &[
    "",
    "foo",
    "whatsapp",
    "Whats App",
    "TELEGRAM",
    "微信 é",
    "KISS ſ",
    "\u{212a}iss",
    "kisſ",
    "abbc 123",
    "k1",
    "É",
    "a'b\\c",
];

impl Tree {
    /// The expression as CEL.
    pub fn text(&self) -> String {
        match self {
            Tree::Bool(b) => b.to_string(),
            Tree::Int(i) if *i < 0 => format!("({i})"),
            Tree::Int(i) => i.to_string(),
            Tree::Double(d) => format!("({d:?})"),
            Tree::Text(s) => quoted(s),
            Tree::Var(name) => format!("o.{name}"),
            Tree::Has(name) => format!("has(o.{name})"),
            Tree::Not(x) => format!("!({})", x.text()),
            Tree::Negate(x) => format!("-({})", x.text()),
            Tree::Binary(op, a, b) => format!("({} {op} {})", a.text(), b.text()),
            Tree::If(c, a, b) => format!("({} ? {} : {})", c.text(), a.text(), b.text()),
            Tree::InTexts(x, items) => {
                let items: Vec<String> = items.iter().map(|s| quoted(s)).collect();
                format!("({} in [{}])", x.text(), items.join(", "))
            }
            Tree::InInts(x, items) => {
                let items: Vec<String> = items.iter().map(ToString::to_string).collect();
                format!("({} in [{}])", x.text(), items.join(", "))
            }
            Tree::Affix(name, a, b) => format!("({}).{name}({})", a.text(), b.text()),
            Tree::Matches(x, pattern) => format!("({}).matches({})", x.text(), quoted(pattern)),
            Tree::Size(x) => format!("size({})", x.text()),
            Tree::ToDouble(x) => format!("double({})", x.text()),
            Tree::Loop(name, list, op, x) => format!("o.{list}.{name}(x, x {op} {})", x.text()),
            Tree::Member(x, list) => format!("({} in o.{list})", x.text()),
        }
    }

    /// The value, walked naively.
    pub fn eval(&self, vars: Vars<'_>) -> Result<Val, Lack> {
        use Val as V;
        Ok(match self {
            Tree::Bool(b) => V::Bool(*b),
            Tree::Int(i) => V::Int(*i),
            Tree::Double(d) => V::Double(*d),
            Tree::Text(s) => V::Text(s.clone()),
            Tree::Var(name) => vars(name)?,
            Tree::Has(name) => V::Bool(vars(name) != Err(Lack::Missing)),
            Tree::Not(x) => V::Bool(!truth(&x.eval(vars)?)),
            Tree::Negate(x) => match x.eval(vars)? {
                V::Int(i) => V::Int(i.checked_neg().ok_or(Lack::Error)?),
                V::Double(d) => V::Double(-d),
                _ => return Err(Lack::Error),
            },
            Tree::Binary("&&", a, b) => logic(a.eval(vars), b.eval(vars), false)?,
            Tree::Binary("||", a, b) => logic(a.eval(vars), b.eval(vars), true)?,
            Tree::Binary(op, a, b) => binary(op, a.eval(vars)?, b.eval(vars)?)?,
            Tree::If(c, a, b) => return if truth(&c.eval(vars)?) { a.eval(vars) } else { b.eval(vars) },
            Tree::InTexts(x, items) => V::Bool(items.iter().any(|i| x_is(&x.eval(vars), i))).after(x.eval(vars))?,
            Tree::InInts(x, items) => match x.eval(vars)? {
                V::Int(i) => V::Bool(items.contains(&i)),
                _ => return Err(Lack::Error),
            },
            Tree::Affix(name, a, b) => match (a.eval(vars)?, b.eval(vars)?) {
                (V::Text(a), V::Text(b)) => V::Bool(match *name {
                    "contains" => a.contains(&b),
                    "startsWith" => a.starts_with(&b),
                    _ => a.ends_with(&b),
                }),
                _ => return Err(Lack::Error),
            },
            Tree::Matches(x, pattern) => match x.eval(vars)? {
                V::Text(s) => V::Bool(regex::Regex::new(pattern).expect("a pattern").is_match(&s)),
                _ => return Err(Lack::Error),
            },
            Tree::Size(x) => V::Int(match x.eval(vars)? {
                V::Text(s) => s.chars().count() as i64,
                V::Ints(l) => l.len() as i64,
                V::Texts(l) => l.len() as i64,
                _ => return Err(Lack::Error),
            }),
            Tree::ToDouble(x) => match x.eval(vars)? {
                V::Int(i) => V::Double(i as f64),
                _ => return Err(Lack::Error),
            },
            Tree::Loop(name, list, op, x) => {
                let exists = *name == "exists";
                let mut sum = Ok(V::Bool(!exists));
                for item in items(vars(list)?) {
                    let one = x.eval(vars).and_then(|x| binary(op, item, x));
                    sum = logic(sum, one, exists);
                }
                sum?
            }
            Tree::Member(x, list) => {
                let item = x.eval(vars)?;
                V::Bool(items(vars(list)?).contains(&item))
            }
        })
    }
}

trait After: Sized {
    fn after(self, first: Result<Val, Lack>) -> Result<Self, Lack>;
}

impl After for Val {
    fn after(self, first: Result<Val, Lack>) -> Result<Val, Lack> {
        first.map(|_| self)
    }
}

fn x_is(x: &Result<Val, Lack>, text: &str) -> bool {
    matches!(x, Ok(Val::Text(s)) if s == text)
}

fn items(list: Val) -> Vec<Val> {
    match list {
        Val::Ints(l) => l.into_iter().map(Val::Int).collect(),
        Val::Texts(l) => l.into_iter().map(Val::Text).collect(),
        _ => vec![],
    }
}

fn truth(v: &Val) -> bool {
    *v == Val::Bool(true)
}

/// `||` when `deciding` is true, else `&&`: a deciding side wins over any lack; of two lacks, a missing value is told before an error.
fn logic(a: Result<Val, Lack>, b: Result<Val, Lack>, deciding: bool) -> Result<Val, Lack> {
    let decides = |r: &Result<Val, Lack>| *r == Ok(Val::Bool(deciding));
    match (a, b) {
        (a, b) if decides(&a) || decides(&b) => Ok(Val::Bool(deciding)),
        (Ok(_), Ok(_)) => Ok(Val::Bool(!deciding)),
        (Err(Lack::Missing), _) | (_, Err(Lack::Missing)) => Err(Lack::Missing),
        _ => Err(Lack::Error),
    }
}

fn binary(op: &str, a: Val, b: Val) -> Result<Val, Lack> {
    use Val as V;
    let order = match (&a, &b) {
        (V::Int(x), V::Int(y)) => x.partial_cmp(y),
        (V::Double(x), V::Double(y)) => x.partial_cmp(y),
        (V::Text(x), V::Text(y)) => x.partial_cmp(y),
        (V::Bool(x), V::Bool(y)) => x.partial_cmp(y),
        _ => None,
    };
    Ok(match (op, a, b) {
        ("==", a, b) => V::Bool(a == b),
        ("!=", a, b) => V::Bool(a != b),
        ("<", ..) => V::Bool(order.is_some_and(|o| o.is_lt())),
        ("<=", ..) => V::Bool(order.is_some_and(|o| o.is_le())),
        (">", ..) => V::Bool(order.is_some_and(|o| o.is_gt())),
        (">=", ..) => V::Bool(order.is_some_and(|o| o.is_ge())),
        ("+", V::Text(a), V::Text(b)) => V::Text(a + &b),
        (op, V::Int(a), V::Int(b)) => V::Int(
            match op {
                "+" => a.checked_add(b),
                "-" => a.checked_sub(b),
                "*" => a.checked_mul(b),
                "/" => a.checked_div(b),
                _ => a.checked_rem(b),
            }
            .ok_or(Lack::Error)?,
        ),
        (op, V::Double(a), V::Double(b)) => V::Double(match op {
            "+" => a + b,
            "-" => a - b,
            "*" => a * b,
            _ => a / b,
        }),
        _ => return Err(Lack::Error),
    })
}

fn quoted(s: &str) -> String {
    format!("'{}'", s.replace('\\', "\\\\").replace('\'', "\\'"))
}

fn word() -> impl Strategy<Value = String> {
    proptest::sample::select(WORDS).prop_map(str::to_owned)
}

pub fn ints() -> impl Strategy<Value = i64> {
    prop_oneof![-3i64..4, Just(i64::MAX), Just(i64::MIN + 1), Just(1 << 53)]
}

pub fn doubles() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), Just(-1.5), Just(2.0), Just(1e300), -10.0..10.0f64]
}

/// A text of a few words.
pub fn texts() -> impl Strategy<Value = String> {
    proptest::collection::vec(word(), 0..4).prop_map(|w| w.join(" "))
}

fn boxed(t: impl Strategy<Value = Tree>) -> impl Strategy<Value = Box<Tree>> {
    t.prop_map(Box::new)
}

fn int_tree(depth: u32) -> BoxedStrategy<Tree> {
    let leaf = prop_oneof![ints().prop_map(Tree::Int), proptest::sample::select(&["i", "j"][..]).prop_map(Tree::Var)];
    if depth == 0 {
        return leaf.boxed();
    }
    let below = || boxed(int_tree(depth - 1));
    let op = proptest::sample::select(&["+", "-", "*", "/", "%"][..]);
    prop_oneof![
        3 => leaf,
        3 => (op, below(), below()).prop_map(|(op, a, b)| Tree::Binary(op, a, b)),
        1 => below().prop_map(Tree::Negate),
        1 => boxed(text_tree(depth - 1)).prop_map(Tree::Size),
        1 => proptest::sample::select(&["li", "ls"][..]).prop_map(|l| Tree::Size(Box::new(Tree::Var(l)))),
        1 => (boxed(bool_tree(depth - 1)), below(), below()).prop_map(|(c, a, b)| Tree::If(c, a, b)),
    ]
    .boxed()
}

fn double_tree(depth: u32) -> BoxedStrategy<Tree> {
    let leaf =
        prop_oneof![doubles().prop_map(Tree::Double), proptest::sample::select(&["d", "e"][..]).prop_map(Tree::Var)];
    if depth == 0 {
        return leaf.boxed();
    }
    let below = || boxed(double_tree(depth - 1));
    let op = proptest::sample::select(&["+", "-", "*", "/"][..]);
    prop_oneof![
        3 => leaf,
        3 => (op, below(), below()).prop_map(|(op, a, b)| Tree::Binary(op, a, b)),
        1 => below().prop_map(Tree::Negate),
        1 => boxed(int_tree(depth - 1)).prop_map(Tree::ToDouble),
        1 => (boxed(bool_tree(depth - 1)), below(), below()).prop_map(|(c, a, b)| Tree::If(c, a, b)),
    ]
    .boxed()
}

fn text_tree(depth: u32) -> BoxedStrategy<Tree> {
    let leaf = prop_oneof![word().prop_map(Tree::Text), proptest::sample::select(&["s", "t"][..]).prop_map(Tree::Var)];
    if depth == 0 {
        return leaf.boxed();
    }
    let below = || boxed(text_tree(depth - 1));
    prop_oneof![
        4 => leaf,
        1 => (below(), below()).prop_map(|(a, b)| Tree::Binary("+", a, b)),
        1 => (boxed(bool_tree(depth - 1)), below(), below()).prop_map(|(c, a, b)| Tree::If(c, a, b)),
    ]
    .boxed()
}

/// A condition at most `depth` operators deep.
pub fn bool_tree(depth: u32) -> BoxedStrategy<Tree> {
    let leaf = prop_oneof![
        1 => any::<bool>().prop_map(Tree::Bool),
        3 => Just(Tree::Var("b")),
        2 => proptest::sample::select(&["i", "d", "s", "b", "li"][..]).prop_map(Tree::Has),
    ];
    if depth == 0 {
        return leaf.boxed();
    }
    let below = || boxed(bool_tree(depth - 1));
    let order = || proptest::sample::select(&["==", "!=", "<", "<=", ">", ">="][..]);
    let affix = proptest::sample::select(&["contains", "startsWith", "endsWith"][..]);
    let (int, double, text) =
        (|| boxed(int_tree(depth - 1)), || boxed(double_tree(depth - 1)), || boxed(text_tree(depth - 1)));
    let quantifier = || proptest::sample::select(&["exists", "all"][..]);
    prop_oneof![
        1 => leaf,
        3 => (below(), below()).prop_map(|(a, b)| Tree::Binary("&&", a, b)),
        3 => (below(), below()).prop_map(|(a, b)| Tree::Binary("||", a, b)),
        1 => below().prop_map(Tree::Not),
        1 => (below(), below(), below()).prop_map(|(c, a, b)| Tree::If(c, a, b)),
        3 => (order(), int(), int()).prop_map(|(op, a, b)| Tree::Binary(op, a, b)),
        3 => (order(), double(), double()).prop_map(|(op, a, b)| Tree::Binary(op, a, b)),
        2 => (order(), text(), text()).prop_map(|(op, a, b)| Tree::Binary(op, a, b)),
        2 => (text(), proptest::collection::vec(word(), 0..12)).prop_map(|(x, l)| Tree::InTexts(x, l)),
        1 => (int(), proptest::collection::vec(-3i64..4, 0..5)).prop_map(|(x, l)| Tree::InInts(x, l)),
        1 => (affix, text(), text()).prop_map(|(n, a, b)| Tree::Affix(n, a, b)),
        3 => (text(), proptest::sample::select(PATTERNS)).prop_map(|(x, p)| Tree::Matches(x, p)),
        1 => (quantifier(), order(), int()).prop_map(|(q, op, x)| Tree::Loop(q, "li", op, x)),
        1 => (quantifier(), order(), text()).prop_map(|(q, op, x)| Tree::Loop(q, "ls", op, x)),
        1 => int().prop_map(|x| Tree::Member(x, "li")),
        1 => text().prop_map(|x| Tree::Member(x, "ls")),
    ]
    .boxed()
}
