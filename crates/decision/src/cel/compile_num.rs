//! Closures over int and double that neither box nor allocate.

use super::ast::Binary;
use super::compile::Compiler;
use super::fault::Fault;
use super::frame::{Frame, Run, weight};
use super::layout::Slot;
use super::node::{Node, Op};
use super::ops;
use super::types::Type;
use super::value::Value;

/// A number type the compiler specialises on.
pub(crate) trait Number: Copy + PartialOrd + Send + Sync + 'static {
    fn of_slot(slot: &Slot<'_>) -> Option<Self>;
    fn of_value(value: &Value) -> Option<Self>;
}

impl Number for i64 {
    fn of_slot(slot: &Slot<'_>) -> Option<i64> {
        match slot {
            Slot::Int(i) | Slot::Value(Value::Int(i)) => Some(*i),
            _ => None,
        }
    }
    fn of_value(value: &Value) -> Option<i64> {
        if let Value::Int(i) = value { Some(*i) } else { None }
    }
}

impl Number for f64 {
    fn of_slot(slot: &Slot<'_>) -> Option<f64> {
        match slot {
            Slot::Double(d) | Slot::Value(Value::Double(d)) => Some(*d),
            _ => None,
        }
    }
    fn of_value(value: &Value) -> Option<f64> {
        if let Value::Double(d) = value { Some(*d) } else { None }
    }
}

/// Where a number comes from.
pub(crate) enum Operand<T> {
    Const(T),
    Slot(u32),
    Run(Run<T>),
}

/// Reads a numeric slot.
#[inline]
pub(crate) fn slot<T: Number>(f: &Frame<'_>, n: u32) -> Result<T, Fault> {
    match f.slots.get(n as usize).and_then(T::of_slot) {
        Some(value) => Ok(value),
        None => Err(f.slot_fault(n)),
    }
}

impl<T: Number> Operand<T> {
    #[inline]
    fn get(&self, f: &mut Frame<'_>) -> Result<T, Fault> {
        match self {
            Operand::Const(c) => Ok(*c),
            Operand::Slot(n) => slot(f, *n),
            Operand::Run(run) => run(f),
        }
    }
}

impl Compiler {
    /// The operand of a node of type int or double.
    pub fn operand<T: Number>(&mut self, node: &Node, run: fn(&mut Self, &Node) -> Run<T>) -> Operand<T> {
        match &node.op {
            Op::Const(v) => match T::of_value(v) {
                Some(c) => Operand::Const(c),
                None => Operand::Run(run(self, node)),
            },
            Op::Slot(n) => Operand::Slot(*n),
            _ => Operand::Run(run(self, node)),
        }
    }

    /// A closure that gives an int.
    pub fn int(&mut self, node: &Node) -> Run<i64> {
        match &node.op {
            Op::Binary(op, a, b) if a.ty == Type::Int && b.ty == Type::Int => {
                let (op, a, b) = (*op, self.operand(a, Self::int), self.operand(b, Self::int));
                Box::new(move |f| ops::int(op, a.get(f)?, b.get(f)?))
            }
            Op::Call { name, args, .. } if &**name == "size" && args[0].ty == Type::String => {
                let text = self.text(&args[0]);
                Box::new(move |f| Ok(text.lend(f)?.chars().count() as i64))
            }
            _ => self.unboxed(node),
        }
    }

    /// A closure that gives a double.
    pub fn double(&mut self, node: &Node) -> Run<f64> {
        match &node.op {
            Op::Binary(Binary::Mul, a, b) if a.ty == Type::Double && b.ty == Type::Double => {
                match (self.operand(a, Self::double), self.operand(b, Self::double)) {
                    (Operand::Slot(n), Operand::Const(c)) | (Operand::Const(c), Operand::Slot(n)) => {
                        Box::new(move |f| Ok(slot::<f64>(f, n)? * c))
                    }
                    (a, b) => Box::new(move |f| Ok(a.get(f)? * b.get(f)?)),
                }
            }
            Op::Binary(op, a, b) if a.ty == Type::Double && b.ty == Type::Double => {
                let (op, a, b) = (*op, self.operand(a, Self::double), self.operand(b, Self::double));
                Box::new(move |f| Ok(ops::double(op, a.get(f)?, b.get(f)?)))
            }
            _ => self.unboxed(node),
        }
    }

    fn unboxed<T: Number>(&mut self, node: &Node) -> Run<T> {
        let value = match &node.op {
            Op::Slot(n) => {
                let n = *n;
                return Box::new(move |f| slot(f, n));
            }
            _ => self.value(node),
        };
        Box::new(move |f| {
            let value = value(f)?;
            T::of_value(&value).ok_or_else(|| Fault::overload(value.type_name().to_owned()))
        })
    }

    /// `a op b` that gives a number, text, list or instant.
    pub fn arithmetic(&mut self, op: Binary, a: &Node, b: &Node, ty: &Type) -> Run<Value> {
        if *ty == Type::Double && a.ty == Type::Double && b.ty == Type::Double && op != Binary::Rem {
            let (a, b) = (self.operand(a, Self::double), self.operand(b, Self::double));
            return Box::new(move |f| Ok(Value::Double(ops::double(op, a.get(f)?, b.get(f)?))));
        }
        if *ty == Type::Int && a.ty == Type::Int && b.ty == Type::Int {
            let (a, b) = (self.operand(a, Self::int), self.operand(b, Self::int));
            return Box::new(move |f| ops::int(op, a.get(f)?, b.get(f)?).map(Value::Int));
        }
        let (a, b) = (self.value(a), self.value(b));
        Box::new(move |f| {
            let value = ops::binary(op, &a(f)?, &b(f)?)?;
            f.charge(weight(&value))?;
            Ok(value)
        })
    }

    /// A comparison of two numbers of one type.
    pub fn compare<T: Number>(&mut self, op: Binary, a: Operand<T>, b: Operand<T>) -> Run<bool> {
        macro_rules! by_op {
            ($with:ident) => {
                match op {
                    Binary::Lt => $with!(<),
                    Binary::Le => $with!(<=),
                    Binary::Gt => $with!(>),
                    Binary::Ge => $with!(>=),
                    Binary::Eq => $with!(==),
                    _ => $with!(!=),
                }
            };
        }
        match (a, b) {
            (Operand::Slot(n), Operand::Const(c)) => {
                macro_rules! slot_const {
                    ($sign:tt) => {
                        Box::new(move |f| Ok(slot::<T>(f, n)? $sign c))
                    };
                }
                by_op!(slot_const)
            }
            (Operand::Slot(n), Operand::Slot(m)) => {
                macro_rules! slot_slot {
                    ($sign:tt) => {
                        Box::new(move |f| Ok(slot::<T>(f, n)? $sign slot::<T>(f, m)?))
                    };
                }
                by_op!(slot_slot)
            }
            (Operand::Slot(n), Operand::Run(run)) => {
                macro_rules! slot_run {
                    ($sign:tt) => {
                        Box::new(move |f| Ok(slot::<T>(f, n)? $sign run(f)?))
                    };
                }
                by_op!(slot_run)
            }
            (a, b) => {
                macro_rules! any {
                    ($sign:tt) => {
                        Box::new(move |f| Ok(a.get(f)? $sign b.get(f)?))
                    };
                }
                by_op!(any)
            }
        }
    }
}
