//! The only door to the `cel` crate in the product: its parser reads the text, and its tree becomes ours at once.
//!
//! The crate's own macro expansion is left off. Macros stay calls in its tree and are recognised here, so the
//! checker can speak of `exists` where the author wrote `exists`.

use cel::common::ast::{self as theirs, EntryExpr, IdedExpr, LiteralValue, SourceInfo, operators};

use super::ast::{Binary, Expr, Kind, Loop, LoopKind, Span};
use super::scan;
use super::value::Value;

/// A syntax error and its place.
pub(crate) type SyntaxError = (Span, String);

/// Reads an expression, or says why it cannot be read. Length and depth are bounded.
pub(crate) fn parse(source: &str) -> Result<Expr, Vec<SyntaxError>> {
    scan::check(source).map_err(|e| vec![e])?;
    let parser = cel::Env::default()
        .with_optional_support(true)
        .parser()
        .enable_optional_syntax(true)
        .enable_ident_escape_syntax(true)
        .max_recursion_depth(scan::MAX_DEPTH as u16);
    let (tree, info) = parser
        .parse_with_source_info(source)
        .map_err(|errors| errors.errors.iter().map(|e| (place(source, e.pos), e.msg.clone())).collect::<Vec<_>>())?;
    let reader = Reader { source, info };
    reader.expr(tree).map_err(|e| vec![e])
}

/// The crate counts lines and characters; we point with bytes.
fn place(source: &str, (line, column): (isize, isize)) -> Span {
    let mut start = 0usize;
    for (n, text) in source.split_inclusive('\n').enumerate() {
        if n as isize + 1 == line {
            let skip = usize::try_from(column - 1).unwrap_or(0);
            start += text.char_indices().nth(skip).map_or(text.len(), |(i, _)| i);
            break;
        }
        start += text.len();
    }
    let start = start.min(source.len());
    let width = source[start..].chars().next().map_or(1, char::len_utf8);
    Span { start: start as u32, end: (start + width) as u32 }
}

struct Reader<'s> {
    source: &'s str,
    info: SourceInfo,
}

impl Reader<'_> {
    fn span(&self, id: u64) -> Span {
        let (start, stop) = self.info.offset_for(id).unwrap_or_default();
        let clamp = |n: u32| {
            let mut n = (n as usize).min(self.source.len());
            while !self.source.is_char_boundary(n) {
                n -= 1;
            }
            n as u32
        };
        let start = clamp(start);
        Span { start, end: clamp(stop.saturating_add(1)).max(start + 1) }
    }

    /// The name that stands next to a `.` or an opening bracket, for messages that speak of the name.
    fn name_span(&self, near: Span, name: &str, before: bool) -> Span {
        let found = if before {
            self.source[..near.start as usize].rfind(name)
        } else {
            self.source[near.start as usize..].find(name).map(|i| i + near.start as usize)
        };
        found.map_or(near, |i| Span { start: i as u32, end: (i + name.len()) as u32 })
    }

    fn boxed(&self, e: IdedExpr) -> Result<Box<Expr>, SyntaxError> {
        self.expr(e).map(Box::new)
    }

    fn expr(&self, e: IdedExpr) -> Result<Expr, SyntaxError> {
        let at = self.span(e.id);
        let kind = match e.expr {
            theirs::Expr::Literal(l) => Kind::Literal(literal(l)),
            theirs::Expr::Ident(name) => Kind::Ident(name),
            theirs::Expr::Select(s) => {
                let operand = self.boxed(*s.operand)?;
                let at = self.name_span(at, &s.field, false);
                return Ok(Expr { kind: Kind::Select { operand, field: s.field, optional: false }, at });
            }
            theirs::Expr::List(list) => {
                let optional = list.optional_indices;
                let items = list.elements.into_iter().enumerate();
                Kind::List(
                    items
                        .map(|(i, e)| Ok((self.expr(e)?, optional.contains(&i))))
                        .collect::<Result<_, SyntaxError>>()?,
                )
            }
            theirs::Expr::Map(map) => Kind::Map(
                map.entries
                    .into_iter()
                    .map(|entry| match entry.expr {
                        EntryExpr::MapEntry(m) => Ok((self.expr(m.key)?, self.expr(m.value)?, m.optional)),
                        EntryExpr::StructField(_) => Err((at, "expected a map entry".to_owned())),
                    })
                    .collect::<Result<_, SyntaxError>>()?,
            ),
            theirs::Expr::Struct(s) => {
                return Err((at, format!("messages such as {} cannot be built here", s.type_name)));
            }
            theirs::Expr::Call(call) => return self.call(call, at),
            theirs::Expr::Comprehension(_) | theirs::Expr::Unspecified => {
                return Err((at, "this expression is not supported".to_owned()));
            }
        };
        Ok(Expr { kind, at })
    }

    fn call(&self, call: theirs::CallExpr, at: Span) -> Result<Expr, SyntaxError> {
        let name = call.func_name;
        if call.target.is_none()
            && let Some(kind) = operator(&name)
        {
            return Ok(Expr { kind: self.operation(kind, call.args, at)?, at });
        }
        let at = self.name_span(at, name.trim_start_matches('.'), true);
        let target = call.target.map(|t| self.boxed(*t)).transpose()?;
        let args = call.args.into_iter().map(|a| self.expr(a)).collect::<Result<Vec<_>, _>>()?;
        Ok(Expr { kind: macros(target, name, args, at)?, at })
    }

    fn operation(&self, op: Operator, args: Vec<IdedExpr>, at: Span) -> Result<Kind, SyntaxError> {
        let mut args = args.into_iter().map(|a| self.boxed(a));
        let mut next = || args.next().unwrap_or_else(|| Err((at, "an operand is missing".to_owned())));
        Ok(match op {
            Operator::Binary(b) => Kind::Binary(b, next()?, next()?),
            Operator::And => Kind::And(next()?, next()?),
            Operator::Or => Kind::Or(next()?, next()?),
            Operator::Not => Kind::Not(next()?),
            Operator::Negate => Kind::Negate(next()?),
            Operator::If => Kind::If(next()?, next()?, next()?),
            Operator::Index(optional) => Kind::Index { operand: next()?, index: next()?, optional },
            Operator::OptSelect => {
                let operand = next()?;
                match next()?.kind {
                    Kind::Literal(Value::String(field)) => {
                        Kind::Select { operand, field: field.to_string(), optional: true }
                    }
                    _ => return Err((at, "expected a field's name after .?".to_owned())),
                }
            }
        })
    }
}

enum Operator {
    Binary(Binary),
    And,
    Or,
    Not,
    Negate,
    If,
    Index(bool),
    OptSelect,
}

fn operator(name: &str) -> Option<Operator> {
    use Operator as O;
    Some(match name {
        operators::LOGICAL_AND => O::And,
        operators::LOGICAL_OR => O::Or,
        operators::LOGICAL_NOT => O::Not,
        operators::NEGATE => O::Negate,
        operators::CONDITIONAL => O::If,
        operators::INDEX => O::Index(false),
        operators::OPT_INDEX => O::Index(true),
        operators::OPT_SELECT => O::OptSelect,
        operators::ADD => O::Binary(Binary::Add),
        operators::SUBSTRACT => O::Binary(Binary::Sub),
        operators::MULTIPLY => O::Binary(Binary::Mul),
        operators::DIVIDE => O::Binary(Binary::Div),
        operators::MODULO => O::Binary(Binary::Rem),
        operators::EQUALS => O::Binary(Binary::Eq),
        operators::NOT_EQUALS => O::Binary(Binary::Ne),
        operators::LESS => O::Binary(Binary::Lt),
        operators::LESS_EQUALS => O::Binary(Binary::Le),
        operators::GREATER => O::Binary(Binary::Gt),
        operators::GREATER_EQUALS => O::Binary(Binary::Ge),
        operators::IN => O::Binary(Binary::In),
        _ => return None,
    })
}

fn literal(literal: LiteralValue) -> Value {
    match literal {
        LiteralValue::Null => Value::Null,
        LiteralValue::Boolean(b) => Value::Bool(*b.inner()),
        LiteralValue::Int(i) => Value::Int(*i.inner()),
        LiteralValue::UInt(u) => Value::UInt(*u.inner()),
        LiteralValue::Double(d) => Value::Double(*d.inner()),
        LiteralValue::String(s) => Value::String(s.inner().into()),
        LiteralValue::Bytes(b) => Value::Bytes(b.inner().into()),
    }
}

/// Recognises the standard's macros by name, target and number of arguments; any other call stays one.
fn macros(target: Option<Box<Expr>>, name: String, mut args: Vec<Expr>, at: Span) -> Result<Kind, SyntaxError> {
    let Some(target) = target else {
        if name == "has" && args.len() == 1 {
            return match args.remove(0).kind {
                Kind::Select { operand, field, optional } => Ok(Kind::Has { operand, field, optional }),
                _ => Err((at, "has() takes a field, such as has(listing.title)".to_owned())),
            };
        }
        return Ok(Kind::Call { target: None, name, args });
    };
    if name == "bind" && args.len() == 3 && matches!(&target.kind, Kind::Ident(n) if n == "cel") {
        let body = Box::new(args.remove(2));
        let value = Box::new(args.remove(1));
        return Ok(Kind::Bind { name: variable(&args[0])?, value, body });
    }
    if matches!(name.as_str(), "optMap" | "optFlatMap") && args.len() == 2 {
        let body = Box::new(args.remove(1));
        let flat = name == "optFlatMap";
        return Ok(Kind::OptMap { target, name: variable(&args[0])?, body, flat });
    }
    let Some((kind, vars, filtered)) = loop_shape(&name, args.len()) else {
        return Ok(Kind::Call { target: Some(target), name, args });
    };
    let names = args[..vars].iter().map(variable).collect::<Result<Vec<_>, _>>()?;
    if names.len() == 2 && names[0] == names[1] {
        return Err((args[1].at, format!("the two variables of {name} have the same name")));
    }
    let mut rest = args.into_iter().skip(vars);
    let filter = if filtered { rest.next() } else { None };
    match rest.next() {
        Some(body) => Ok(Kind::Loop(Box::new(Loop { kind, range: *target, vars: names, filter, body }))),
        None => Err((at, format!("{name} needs an expression"))),
    }
}

/// The loop a macro makes, how many variables it names, and whether a condition comes first.
fn loop_shape(name: &str, args: usize) -> Option<(LoopKind, usize, bool)> {
    Some(match (name, args) {
        ("all", 2 | 3) => (LoopKind::All, args - 1, false),
        ("exists", 2 | 3) => (LoopKind::Exists, args - 1, false),
        ("exists_one" | "existsOne", 2 | 3) => (LoopKind::ExistsOne, args - 1, false),
        ("map", 2 | 3) => (LoopKind::Map, 1, args == 3),
        ("filter", 2) => (LoopKind::Filter, 1, false),
        ("transformList", 3 | 4) => (LoopKind::Map, 2, args == 4),
        ("transformMap", 3 | 4) => (LoopKind::TransformMap, 2, args == 4),
        ("transformMapEntry", 3 | 4) => (LoopKind::TransformMapEntry, 2, args == 4),
        _ => return None,
    })
}

fn variable(e: &Expr) -> Result<String, SyntaxError> {
    match &e.kind {
        Kind::Ident(name) if !name.starts_with('.') => Ok(name.clone()),
        _ => Err((e.at, "expected a simple name for the variable".to_owned())),
    }
}
