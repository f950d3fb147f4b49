//! Anything may be typed into the rule editor: no text makes the compiler panic or hang, and every refusal points into the text.

use std::sync::Arc;

use decision::cel::{Arg, Context, Env, Host, NoFacts, Reading, Type};
use proptest::prelude::*;

const TOKENS: &[&str] = &[
    "a",
    "o",
    "o.s",
    "o.n",
    "x",
    "has",
    "size",
    "matches",
    "exists",
    "all",
    "map",
    "filter",
    "exists_one",
    "optMap",
    "cel",
    "bind",
    "optional",
    "none",
    "of",
    "true",
    "false",
    "null",
    "in",
    "as",
    "for",
    "if",
    "1",
    "0",
    "1u",
    "0x",
    "0xF",
    "1.5",
    "1e9",
    "1e999",
    "9223372036854775808",
    "-9223372036854775808",
    ".5",
    "''",
    "'x'",
    "\"",
    "'",
    "'''",
    "\"\"\"",
    "r'",
    "b'x'",
    "br'\\'",
    "'\\u12'",
    "'\\U00110000'",
    "'\\xZZ'",
    "'\\400'",
    "'(['",
    "`a b`",
    "`",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ".",
    ",",
    ":",
    "?",
    "!",
    "-",
    "+",
    "*",
    "/",
    "%",
    "<",
    "<=",
    ">",
    ">=",
    "==",
    "=",
    "!=",
    "&&",
    "||",
    "&",
    "|",
    "?.",
    "[?",
    ".?",
    "//",
    "\n",
    " ",
    "\t",
    "é",
    "微信",
    "\u{0}",
    "@",
    "#",
    "$",
    ";",
    "TestAllTypes{}",
    "{?'a': 1}",
    "[?a]",
    "x, x",
    "duration('1h')",
    "timestamp('x')",
    "last('1h')",
    "strings.quote",
];

struct Market;

impl Host for Market {
    fn method(&self, _: &str, name: &str, _: &[Arg]) -> Option<Result<Reading, String>> {
        (name == "last").then_some(Ok(Reading { id: 1, ty: Type::Int }))
    }
    fn call(&self, _: &str, _: &[Arg]) -> Option<Result<Reading, String>> {
        None
    }
}

fn compile(env: &Env, text: &str) -> Result<(), TestCaseError> {
    match env.compile(text) {
        Ok(program) => {
            let slots = vec![];
            let _ = program.eval(&Context { slots: &slots, facts: &NoFacts });
        }
        Err(found) => {
            let lines = text.split('\n').count() as u32;
            prop_assert!(!found.is_empty());
            for d in found {
                prop_assert!((1..=lines.max(1)).contains(&d.line) && d.column >= 1 && d.length >= 1, "{text:?}: {d:?}");
            }
        }
    }
    Ok(())
}

fn env() -> Env {
    let o = Type::object("o", [("s", Type::String), ("n", Type::Int)]);
    Env::standard().with_var("o", o).with_var("a", Type::Dyn).with_host(Arc::new(Market))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn token_soup_is_answered(tokens in proptest::collection::vec(proptest::sample::select(TOKENS), 1..14), glue in any::<bool>()) {
        let text = tokens.join(if glue { "" } else { " " });
        compile(&env(), &text)?;
        compile(&env().unchecked(), &text)?;
    }

    #[test]
    fn any_text_is_answered(text in "\\PC{0,40}") {
        compile(&env(), &text)?;
    }
}
