//! The parsed expression: a small tree of our own, each node with its place in the source.

use super::value::Value;

/// A range of bytes of the source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub start: u32,
    pub end: u32,
}

/// A node and where it stands: an operator, a name or a literal, whatever a message should point at.
#[derive(Clone, Debug)]
pub(crate) struct Expr {
    pub kind: Kind,
    pub at: Span,
}

/// What a node is.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Literal(Value),
    Ident(String),
    Select {
        operand: Box<Expr>,
        field: String,
        optional: bool,
    },
    Index {
        operand: Box<Expr>,
        index: Box<Expr>,
        optional: bool,
    },
    Call {
        target: Option<Box<Expr>>,
        name: String,
        args: Vec<Expr>,
    },
    /// Elements, and whether each is optional.
    List(Vec<(Expr, bool)>),
    /// Keys, values, and whether each entry is optional.
    Map(Vec<(Expr, Expr, bool)>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Not(Box<Expr>),
    Negate(Box<Expr>),
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    Binary(Binary, Box<Expr>, Box<Expr>),
    /// `has(operand.field)`.
    Has {
        operand: Box<Expr>,
        field: String,
        optional: bool,
    },
    Loop(Box<Loop>),
    /// `cel.bind(name, value, body)`.
    Bind {
        name: String,
        value: Box<Expr>,
        body: Box<Expr>,
    },
    /// `opt.optMap(name, body)`, or `optFlatMap` when `flat`.
    OptMap {
        target: Box<Expr>,
        name: String,
        body: Box<Expr>,
        flat: bool,
    },
}

/// A macro that walks a list or a map.
#[derive(Clone, Debug)]
pub(crate) struct Loop {
    pub kind: LoopKind,
    pub range: Expr,
    /// One variable, or two: index and element, or key and value.
    pub vars: Vec<String>,
    /// The condition of `map` and the transforms, where one is given.
    pub filter: Option<Expr>,
    pub body: Expr,
}

/// Which macro a loop is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoopKind {
    All,
    Exists,
    ExistsOne,
    Map,
    Filter,
    TransformMap,
    TransformMapEntry,
}

/// A binary operator that needs both operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    In,
}

impl Binary {
    /// The operator as written.
    pub fn sign(self) -> &'static str {
        match self {
            Binary::Add => "+",
            Binary::Sub => "-",
            Binary::Mul => "*",
            Binary::Div => "/",
            Binary::Rem => "%",
            Binary::Eq => "==",
            Binary::Ne => "!=",
            Binary::Lt => "<",
            Binary::Le => "<=",
            Binary::Gt => ">",
            Binary::Ge => ">=",
            Binary::In => "in",
        }
    }

    /// Whether this orders two values.
    pub fn is_order(self) -> bool {
        matches!(self, Binary::Lt | Binary::Le | Binary::Gt | Binary::Ge)
    }
}

impl Expr {
    /// The dotted name this spells, such as `listing.price`, with its segments; `None` for anything but identifiers and plain selections.
    pub fn path(&self) -> Option<Vec<&str>> {
        match &self.kind {
            Kind::Ident(name) => Some(vec![name]),
            Kind::Select { operand, field, optional: false } => {
                let mut path = operand.path()?;
                path.push(field);
                Some(path)
            }
            _ => None,
        }
    }
}
