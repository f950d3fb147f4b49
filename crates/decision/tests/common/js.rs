//! Reads the literal that a JavaScript module exports: objects with bare keys, arrays, strings of three quotes, numbers.

use serde_json::{Map, Value as Json};

/// The literal of `export const name = …`.
pub fn exported(text: &str, name: &str) -> Json {
    let head = format!("export const {name} = ");
    let start = text.find(&head).unwrap_or_else(|| panic!("the module exports no {name}")) + head.len();
    let mut reader = Reader { chars: text[start..].chars().collect(), at: 0 };
    reader.value()
}

struct Reader {
    chars: Vec<char>,
    at: usize,
}

impl Reader {
    fn peek(&mut self) -> char {
        while self.chars[self.at].is_whitespace() {
            self.at += 1;
        }
        self.chars[self.at]
    }

    fn next(&mut self) -> char {
        let c = self.peek();
        self.at += 1;
        c
    }

    fn value(&mut self) -> Json {
        match self.peek() {
            '{' => self.object(),
            '[' => self.array(),
            '"' | '\'' | '`' => {
                let mut text = self.string();
                while self.peek() == '+' {
                    self.at += 1;
                    self.peek();
                    text += &self.string();
                }
                Json::String(text)
            }
            _ => self.word(),
        }
    }

    fn object(&mut self) -> Json {
        let mut members = Map::new();
        self.next();
        loop {
            let key = match self.peek() {
                '}' => {
                    self.at += 1;
                    return Json::Object(members);
                }
                ',' => {
                    self.at += 1;
                    continue;
                }
                '"' | '\'' => self.string(),
                _ => self.bare(),
            };
            assert_eq!(self.next(), ':', "after the key {key}");
            let value = self.value();
            members.insert(key, value);
        }
    }

    fn array(&mut self) -> Json {
        let mut items = Vec::new();
        self.next();
        loop {
            match self.peek() {
                ']' => {
                    self.at += 1;
                    return Json::Array(items);
                }
                ',' => self.at += 1,
                _ => items.push(self.value()),
            }
        }
    }

    fn bare(&mut self) -> String {
        let start = self.at;
        while self.chars[self.at].is_alphanumeric() || "_$.+-".contains(self.chars[self.at]) {
            self.at += 1;
        }
        assert!(self.at > start, "unexpected {:?}", self.chars[start]);
        self.chars[start..self.at].iter().collect()
    }

    fn word(&mut self) -> Json {
        let word = self.bare();
        match word.as_str() {
            "undefined" => Json::Null,
            other => serde_json::from_str(other).unwrap_or_else(|_| panic!("unknown word {other}")),
        }
    }

    fn string(&mut self) -> String {
        let quote = self.next();
        let mut out: Vec<u16> = Vec::new();
        loop {
            let c = self.chars[self.at];
            self.at += 1;
            match c {
                c if c == quote => return String::from_utf16_lossy(&out),
                '\\' => self.escape(&mut out),
                c => out.extend(c.encode_utf16(&mut [0; 2]).iter()),
            }
        }
    }

    fn escape(&mut self, out: &mut Vec<u16>) {
        let c = self.chars[self.at];
        self.at += 1;
        match c {
            'n' => out.push(10),
            't' => out.push(9),
            'r' => out.push(13),
            'b' => out.push(8),
            'f' => out.push(12),
            'v' => out.push(11),
            '0' => out.push(0),
            'x' => out.push(self.hex(2) as u16),
            'u' if self.chars[self.at] == '{' => {
                let end = (self.at..).find(|i| self.chars[*i] == '}').expect("a closing brace");
                let digits: String = self.chars[self.at + 1..end].iter().collect();
                let code = u32::from_str_radix(&digits, 16).expect("hexadecimal digits");
                self.at = end + 1;
                let c = char::from_u32(code).expect("a code point");
                out.extend(c.encode_utf16(&mut [0; 2]).iter());
            }
            'u' => out.push(self.hex(4) as u16),
            '\n' => {}
            other => out.extend(other.encode_utf16(&mut [0; 2]).iter()),
        }
    }

    fn hex(&mut self, digits: usize) -> u32 {
        let text: String = self.chars[self.at..self.at + digits].iter().collect();
        self.at += digits;
        u32::from_str_radix(&text, 16).expect("hexadecimal digits")
    }
}
