//! Checking of calls: the host's readings first, then functions and methods by their signatures.

use super::ast::{Expr, Span};
use super::check::{Checker, dotted, shared};
use super::env::{Arg, Reading, closest};
use super::fault::EvalError;
use super::fold;
use super::node::{Callee, Node, Op};
use super::stdlib::{self, Kind as P};
use super::types::Type;
use super::value::Value;

impl Checker<'_> {
    /// `name(args)` or `target.name(args)`.
    pub fn call(&mut self, target: Option<&Expr>, name: &str, args: &[Expr], at: Span) -> Node {
        let name = name.trim_start_matches('.');
        let receiver = target.and_then(|t| t.path()).filter(|p| !self.is_local(p[0]));
        let receiver = receiver.map(|p| dotted(&p));
        let mut checked: Vec<Option<Node>> = vec![None; args.len()];
        if target.is_none() || receiver.is_some() {
            match self.host_reading(receiver.as_deref(), name, args, &mut checked) {
                Some((text, Ok(reading))) => return self.reading(reading, text),
                Some((_, Err(message))) => {
                    return self.fail(at, message.clone(), None, EvalError::Invalid(message));
                }
                None => {}
            }
        }
        if let Some(receiver) = &receiver {
            let full = format!("{receiver}.{name}");
            if self.has_function(&full, false) {
                return self.apply(&full, None, args, checked, at);
            }
            if !self.is_declared(receiver) && !self.is_method_target(target) {
                return self.unknown_function(&full, at);
            }
        }
        let target = target.map(|t| (t, self.expr(t)));
        if let Some((_, node)) = &target
            && matches!(node.op, Op::Fail(_))
            && !self.env.lenient
        {
            return node.clone();
        }
        self.apply(name, target, args, checked, at)
    }

    fn is_local(&self, name: &str) -> bool {
        self.locals.iter().any(|(n, _)| n == name)
    }

    fn is_declared(&self, path: &str) -> bool {
        let root = path.split('.').next().unwrap_or(path);
        self.env.vars.iter().any(|(n, _)| n == root) || self.env.layout.slot(path).is_some()
    }

    /// Whether a receiver that is no variable is still something to call a method on; if not, the whole dotted name is the unknown function.
    fn is_method_target(&self, target: Option<&Expr>) -> bool {
        let path = target.and_then(|t| t.path()).unwrap_or_default();
        let namespaces = ["strings", "optional", "math", "cel"];
        !matches!(path.as_slice(), [root] if namespaces.contains(root))
    }

    fn has_function(&self, name: &str, method: bool) -> bool {
        stdlib::named(name, method).next().is_some()
            || self.env.functions.iter().any(|f| f.name == name && f.method == method)
    }

    /// Asks the host, with the call's text as the record will show it. Arguments that had to be checked for that are left in `checked`:
    /// checking them again would double the work at every level of nesting.
    fn host_reading(
        &mut self,
        receiver: Option<&str>,
        name: &str,
        args: &[Expr],
        checked: &mut [Option<Node>],
    ) -> Option<(String, Result<Reading, String>)> {
        let host = self.env.host.clone()?;
        let views: Vec<Arg> = args.iter().zip(checked).map(|(a, node)| self.view(a, node)).collect();
        let answer = match receiver {
            Some(r) => host.method(r, name, &views)?,
            None => host.call(name, &views)?,
        };
        let texts: Vec<String> = views.iter().map(arg_text).collect();
        let prefix = receiver.map(|r| format!("{r}.")).unwrap_or_default();
        Some((format!("{prefix}{name}({})", texts.join(", ")), answer))
    }

    fn view(&mut self, arg: &Expr, checked: &mut Option<Node>) -> Arg {
        if let Some(path) = arg.path().filter(|p| !self.is_local(p[0])) {
            return Arg::Path(dotted(&path));
        }
        let node = checked.insert(self.expr(arg));
        match &node.op {
            Op::Const(value) => Arg::Literal(value.clone()),
            _ => Arg::Computed(node.ty.clone()),
        }
    }

    fn unknown_function(&mut self, name: &str, at: Span) -> Node {
        let host = self.env.host.as_ref().map(|h| h.names()).unwrap_or_default();
        let mut known: Vec<String> = stdlib::all_names().map(str::to_owned).collect();
        known.extend(self.env.functions.iter().map(|f| f.name.clone()));
        known.extend(host);
        let meant = closest(name, known.iter().map(String::as_str));
        let error = EvalError::NoSuchOverload(format!("unbound function {name}"));
        self.fail(at, format!("there is no function {name}"), meant, error)
    }

    /// Finds what may answer the call among functions or, with a target, methods.
    fn apply(
        &mut self,
        name: &str,
        target: Option<(&Expr, Node)>,
        args: &[Expr],
        checked: Vec<Option<Node>>,
        at: Span,
    ) -> Node {
        let method = target.is_some();
        let mut nodes: Vec<Node> = target.map(|(_, n)| n).into_iter().collect();
        for (arg, checked) in args.iter().zip(checked) {
            nodes.push(checked.unwrap_or_else(|| self.expr(arg)));
        }
        if !self.has_function(name, method) {
            return self.unknown_function(name, at);
        }
        let mut callees: Vec<Callee> = stdlib::named(name, method)
            .filter(|s| s.params.len() == nodes.len())
            .filter(|s| s.params.iter().zip(&nodes).all(|(p, n)| p.takes(&n.ty)))
            .map(Callee::Std)
            .collect();
        let hosts = self.env.functions.iter().filter(|f| f.name == name && f.method == method);
        callees.extend(
            hosts
                .filter(|f| f.params.len() == nodes.len())
                .filter(|f| f.params.iter().zip(&nodes).all(|(p, n)| n.ty.fits(p)))
                .map(|f| Callee::Host(f.clone())),
        );
        if callees.is_empty() {
            let types: Vec<&Type> = nodes.iter().map(|n| &n.ty).collect();
            return self.no_overload(at, name, &types, None);
        }
        if let Some(failed) = self.bad_default(name, &nodes, at) {
            return failed;
        }
        if name == "matches"
            && let Some(Value::String(pattern)) = nodes[1].as_const()
        {
            return match self.env.regex(pattern) {
                Ok(regex) => Node::new(Op::Matches(Box::new(nodes.swap_remove(0)), regex), Type::Bool),
                Err(message) => {
                    self.fail(args.last().map_or(at, |a| a.at), message.clone(), None, EvalError::Invalid(message))
                }
            };
        }
        let ty = result_type(name, &callees, &nodes);
        let node = Node::new(Op::Call { name: shared(name), callees, args: nodes }, ty);
        self.literal_time(name, node, args, at)
    }

    /// `orValue` must give what the optional holds.
    fn bad_default(&mut self, name: &str, nodes: &[Node], at: Span) -> Option<Node> {
        match (name, nodes) {
            ("orValue", [Node { ty: Type::Optional(inner), .. }, default]) if !default.ty.fits(inner) => {
                Some(self.no_overload(at, name, &[&nodes[0].ty, &default.ty], None))
            }
            _ => None,
        }
    }

    /// A duration or timestamp that is written down wrongly is a fault of the text, not of the event.
    fn literal_time(&mut self, name: &str, node: Node, args: &[Expr], at: Span) -> Node {
        if !matches!(name, "duration" | "timestamp") {
            return node;
        }
        match fold::try_const(&node) {
            Some(Err(error)) => {
                let at = args.first().map_or(at, |a| a.at);
                self.fail(at, error.to_string(), None, error)
            }
            _ => node,
        }
    }
}

fn arg_text(arg: &Arg) -> String {
    match arg {
        Arg::Literal(Value::String(s)) => format!("'{}'", s.replace('\\', "\\\\").replace('\'', "\\'")),
        Arg::Literal(v) => v.to_json().to_string(),
        Arg::Path(p) => p.clone(),
        Arg::Computed(_) => "…".to_owned(),
    }
}

/// The type of a call's result, from the arguments where the signature alone does not say.
fn result_type(name: &str, callees: &[Callee], args: &[Node]) -> Type {
    let inner = |n: &Node| match &n.ty {
        Type::Optional(t) => (**t).clone(),
        _ => Type::Dyn,
    };
    match (name, args) {
        ("optional.of" | "optional.ofNonZeroValue", [a]) => Type::optional(a.ty.clone()),
        ("value", [o]) => inner(o),
        ("orValue", [o, d]) => inner(o).join(&d.ty),
        ("or", [a, b]) => a.ty.join(&b.ty),
        ("reverse" | "distinct" | "sort" | "slice", [list, ..]) => list.ty.clone(),
        _ => {
            let mut results = callees.iter().map(|c| match c {
                Callee::Std(s) => s.result.to_type(),
                Callee::Host(f) => f.result.clone(),
            });
            let first = results.next().unwrap_or(Type::Dyn);
            results.fold(first, |a, b| a.join(&b))
        }
    }
}

impl P {
    /// Whether an argument of static type `ty` may be this.
    fn takes(self, ty: &Type) -> bool {
        match (self, ty) {
            (P::Any, _) | (_, Type::Dyn) => true,
            (P::List, Type::List(_)) | (P::Optional, Type::Optional(_)) => true,
            (P::Map, Type::Map(..) | Type::Object(_)) => true,
            (P::Number, t) => t.is_number(),
            (p, t) => t.fits(&p.to_type()),
        }
    }
}
