//! YAML with places: a small tree that knows the line and column of everything, so that every
//! finding can name them. Anchors are refused: a policy file says what it means where it means it.

use saphyr_parser::{Event, Parser, ScalarStyle, Span};
use serde_json::Value;

use crate::cel::closest;
use crate::diagnostic::{Diagnostic, Severity};

/// Files larger than this are refused.
const LIMIT_BYTES: usize = 1024 * 1024;
/// Deeper nesting is refused.
const LIMIT_DEPTH: usize = 32;

/// A place in a file, both from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub line: u32,
    pub column: u32,
}

/// A node and where it begins.
#[derive(Clone, Debug)]
pub struct Node {
    pub place: Place,
    pub kind: Kind,
}

/// What a node is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A scalar's text, and whether it was written plainly (so that `5` and `true` may mean more than text).
    Scalar(String, Style),
    List(Vec<Node>),
    Map(Vec<(Name, Node)>),
}

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    Plain,
    Quoted,
    Block,
}

/// A key of a map.
#[derive(Clone, Debug)]
pub struct Name {
    pub place: Place,
    pub text: String,
}

/// Reads one document. An empty file is an empty map.
pub fn parse(file: &str, text: &str) -> Result<Node, Diagnostic> {
    let start = Place { line: 1, column: 1 };
    if text.len() > LIMIT_BYTES {
        return Err(error(file, start, format!("the file is larger than {LIMIT_BYTES} bytes")));
    }
    let mut parser = Parser::new_from_str(text);
    let mut root = None;
    loop {
        match next(file, &mut parser)? {
            (Event::StreamEnd, _) => break,
            (Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing, _) => {}
            (_, span) if root.is_some() => return Err(error(file, place(&span), "a policy file holds one document")),
            (event, span) => root = Some(node(file, &mut parser, event, span, 0)?),
        }
    }
    Ok(match root {
        Some(Node { kind: Kind::Scalar(text, Style::Plain), place }) if text.is_empty() || text == "~" => {
            Node { place, kind: Kind::Map(Vec::new()) }
        }
        Some(root) => root,
        None => Node { place: start, kind: Kind::Map(Vec::new()) },
    })
}

type Source<'a> = Parser<'a, saphyr_parser::StrInput<'a>>;

fn next<'a>(file: &str, parser: &mut Source<'a>) -> Result<(Event<'a>, Span), Diagnostic> {
    match parser.next_event() {
        Some(Ok(pair)) => Ok(pair),
        Some(Err(fault)) => {
            let at = fault.marker();
            let place = Place { line: at.line() as u32, column: at.col() as u32 + 1 };
            Err(error(file, place, format!("this is not YAML: {}", fault.info())))
        }
        None => Err(error(file, Place { line: 1, column: 1 }, "the file ends too early")),
    }
}

fn node<'a>(
    file: &str,
    parser: &mut Source<'a>,
    event: Event<'a>,
    span: Span,
    depth: usize,
) -> Result<Node, Diagnostic> {
    let place = place(&span);
    if depth > LIMIT_DEPTH {
        return Err(error(file, place, format!("nested deeper than {LIMIT_DEPTH}")));
    }
    let kind = match event {
        Event::Scalar(text, style, 0, _) => {
            let style = match style {
                ScalarStyle::Plain => Style::Plain,
                ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
                ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
            };
            Kind::Scalar(text.into_owned(), style)
        }
        Event::SequenceStart(0, _) => {
            let mut items = Vec::new();
            loop {
                match next(file, parser)? {
                    (Event::SequenceEnd, _) => break Kind::List(items),
                    (event, span) => items.push(node(file, parser, event, span, depth + 1)?),
                }
            }
        }
        Event::MappingStart(0, _) => map(file, parser, depth)?,
        _ => return Err(error(file, place, "anchors and aliases are not allowed; write it out")),
    };
    Ok(Node { place, kind })
}

fn map<'a>(file: &str, parser: &mut Source<'a>, depth: usize) -> Result<Kind, Diagnostic> {
    let mut entries: Vec<(Name, Node)> = Vec::new();
    loop {
        let (event, span) = next(file, parser)?;
        let at = place(&span);
        let text = match event {
            Event::MappingEnd => return Ok(Kind::Map(entries)),
            Event::Scalar(text, _, 0, _) => text.into_owned(),
            _ => return Err(error(file, at, "a key must be a plain word")),
        };
        if entries.iter().any(|(name, _)| name.text == text) {
            return Err(error(file, at, format!("`{text}` stands here twice")));
        }
        let (event, span) = next(file, parser)?;
        entries.push((Name { place: at, text }, node(file, parser, event, span, depth + 1)?));
    }
}

fn place(span: &Span) -> Place {
    Place { line: span.start.line() as u32, column: span.start.col() as u32 + 1 }
}

fn error(file: &str, place: Place, message: impl Into<String>) -> Diagnostic {
    Diagnostic {
        file: file.to_owned(),
        line: place.line,
        column: place.column,
        length: 0,
        severity: Severity::Error,
        message: message.into(),
        suggestion: None,
    }
}

impl Node {
    /// The node as JSON: plain scalars become null, booleans and numbers where they read as such.
    pub fn to_json(&self) -> Value {
        match &self.kind {
            Kind::Scalar(text, Style::Plain) => match text.as_str() {
                "" | "~" | "null" => Value::Null,
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                _ => text
                    .parse::<i64>()
                    .map(Value::from)
                    .or_else(|_| text.parse::<f64>().map(Value::from))
                    .unwrap_or_else(|_| Value::from(text.as_str())),
            },
            Kind::Scalar(text, _) => Value::from(text.as_str()),
            Kind::List(items) => items.iter().map(Node::to_json).collect(),
            Kind::Map(entries) => {
                Value::Object(entries.iter().map(|(name, node)| (name.text.clone(), node.to_json())).collect())
            }
        }
    }
}

/// Collects findings while one file is read.
pub struct Reader<'a> {
    pub file: &'a str,
    pub found: &'a mut Vec<Diagnostic>,
}

impl Reader<'_> {
    /// Notes an error at a place.
    pub fn error(&mut self, place: Place, message: impl Into<String>) {
        self.found.push(error(self.file, place, message));
    }

    /// Notes an unknown word with the nearest known one.
    pub fn unknown<'n>(&mut self, place: Place, what: &str, word: &str, known: impl IntoIterator<Item = &'n str>) {
        let mut finding = error(self.file, place, format!("unknown {what} `{word}`"));
        finding.length = word.chars().count() as u32;
        finding.suggestion = closest(word, known);
        self.found.push(finding);
    }

    /// Notes something the author should look at.
    pub fn warning(&mut self, place: Place, message: impl Into<String>) {
        let mut finding = error(self.file, place, message);
        finding.severity = Severity::Warning;
        self.found.push(finding);
    }

    /// The entries of a map; anything else is an error and gives none.
    pub fn map<'n>(&mut self, node: &'n Node, what: &str) -> &'n [(Name, Node)] {
        match &node.kind {
            Kind::Map(entries) => entries,
            _ => {
                self.error(node.place, format!("{what} must be a map of names"));
                &[]
            }
        }
    }

    /// The entries of a map whose keys are all known.
    pub fn record<'n>(&mut self, node: &'n Node, what: &str, known: &[&str]) -> Record<'n> {
        let entries = self.map(node, what);
        for (name, _) in entries {
            if !known.contains(&name.text.as_str()) {
                self.unknown(name.place, &format!("key in {what}"), &name.text, known.iter().copied());
            }
        }
        Record { place: node.place, entries }
    }

    /// The items of a list; a lone scalar or map counts as a list of one.
    pub fn list<'n>(&mut self, node: &'n Node) -> Vec<&'n Node> {
        match &node.kind {
            Kind::List(items) => items.iter().collect(),
            _ => vec![node],
        }
    }

    /// A scalar's text.
    pub fn text(&mut self, node: &Node, what: &str) -> Option<String> {
        match &node.kind {
            Kind::Scalar(text, _) => Some(text.clone()),
            _ => {
                self.error(node.place, format!("{what} must be a text"));
                None
            }
        }
    }

    /// A list of texts, or one text alone.
    pub fn texts(&mut self, node: &Node, what: &str) -> Vec<String> {
        self.list(node).into_iter().filter_map(|item| self.text(item, what)).collect()
    }

    /// A value that `read` makes of a scalar's text.
    pub fn parsed<T>(&mut self, node: &Node, what: &str, read: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let text = self.text(node, what)?;
        match read(text.trim()) {
            Ok(value) => Some(value),
            Err(fault) => {
                self.error(node.place, format!("{what}: {fault}"));
                None
            }
        }
    }

    /// `true` or `false`.
    pub fn flag(&mut self, node: &Node, what: &str) -> bool {
        self.parsed(node, what, |t| t.parse::<bool>().map_err(|_| format!("`{t}` is neither true nor false")))
            .unwrap_or(false)
    }

    /// A number within bounds.
    pub fn number(&mut self, node: &Node, what: &str, low: f64, high: f64) -> Option<f64> {
        self.parsed(node, what, |t| match t.parse::<f64>() {
            Ok(n) if (low..=high).contains(&n) => Ok(n),
            _ => Err(format!("`{t}` is no number from {low} to {high}")),
        })
    }
}

/// A map whose keys have been checked.
pub struct Record<'n> {
    pub place: Place,
    entries: &'n [(Name, Node)],
}

impl<'n> Record<'n> {
    /// The node under a key.
    pub fn get(&self, key: &str) -> Option<&'n Node> {
        self.entries.iter().find(|(name, _)| name.text == key).map(|(_, node)| node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_name_their_place() {
        for (text, line, part) in [
            ("a: 1\nb: [1, 2\nc: 3", 3, "not YAML"),
            ("a: 1\na: 2", 2, "twice"),
            ("a: &x 1\nb: *x", 1, "anchors"),
            ("--- \na: 1\n---\nb: 2", 4, "one document"),
        ] {
            let fault = parse("f.yaml", text).unwrap_err();
            assert!(fault.message.contains(part), "{text}: {fault}");
            assert_eq!(fault.line, line, "{text}: {fault}");
        }
        assert!(parse("f.yaml", &"[".repeat(5_000)).is_err());
    }

    #[test]
    fn scalars_keep_their_meaning() {
        let node = parse("f.yaml", "a: 5\nb: '5'\nc: true\nd: [1.5, x]\n").unwrap();
        assert_eq!(node.to_json(), serde_json::json!({"a": 5, "b": "5", "c": true, "d": [1.5, "x"]}));
        assert!(matches!(parse("f.yaml", "# nothing\n").unwrap().kind, Kind::Map(entries) if entries.is_empty()));
    }
}
