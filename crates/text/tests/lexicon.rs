//! Lexicons over real-looking messages in many languages: what hits, where, and what must not.

use proptest::prelude::*;
use text::{LIMIT_HITS, LexiconTexts, Lexicons};

fn lists(entries: &[(&str, &str, &[&str])]) -> LexiconTexts {
    let mut texts = LexiconTexts::new();
    for (language, list, terms) in entries {
        let by_list = texts.entry((*language).to_owned()).or_default();
        by_list.entry((*list).to_owned()).or_default().extend(terms.iter().map(|term| (*term).to_owned()));
    }
    texts
}

fn sample() -> Lexicons {
    Lexicons::compile(&lists(&[
        ("en", "app", &["whatsapp", "telegram", r"re:\bline id\b", "off the app"]),
        ("en", "pay", &["bank transfer", "western union", r"re:\bgift cards?\b", r"re:(?i)deposit\s+first"]),
        ("fr", "app", &["télégram", "en dehors de l'appli"]),
        ("fr", "pay", &["virement bancaire", r"re:\bcartes? cadeaux?\b", r"re:\bvirement (instantané|immédiat)\b"]),
        ("zh-Hans", "app", &["微信", r"re:加我?(v|vx)", "加whatsapp"]),
        ("zh-Hans", "pay", &["微信转账", "银行转账"]),
        ("zh-Hant", "pay", &["銀行轉帳"]),
        ("ja", "app", &["ライン交換"]),
        ("ko", "app", &["카톡으로", "카카오톡"]),
        ("th", "app", &["แอดไลน์"]),
        ("de", "pay", &["überweisung vorab"]),
    ]))
    .unwrap()
}

#[test]
fn hits_with_their_place() {
    let lexicons = sample();
    let cases: &[(&str, &[(&str, &str)])] = &[
        ("Add me on WhatsApp please", &[("app", "WhatsApp")]),
        ("WHATSAPP/telegram", &[("app", "WHATSAPP"), ("app", "telegram")]),
        ("ｗｈａｔｓａｐｐ me", &[("app", "ｗｈａｔｓａｐｐ")]),
        ("what\u{200B}sapp", &[("app", "what\u{200B}sapp")]),
        ("w h a t s a p p me", &[("app", "w h a t s a p p")]),
        ("W.h.a.t.s.A.p.p", &[("app", "W.h.a.t.s.A.p.p")]),
        ("t-e-l-e-g-r-a-m ok?", &[("app", "t-e-l-e-g-r-a-m")]),
        ("my Line ID is kite", &[("app", "Line ID")]),
        ("pay by bank\n  transfer", &[("pay", "bank\n  transfer")]),
        ("two gift cards, one gift card", &[("pay", "gift cards"), ("pay", "gift card")]),
        ("DEPOSIT  first", &[("pay", "DEPOSIT  first")]),
        ("Écrivez sur Telegram", &[("app", "Telegram")]),
        ("sur Te\u{301}le\u{301}gram", &[("app", "Te\u{301}le\u{301}gram")]),
        ("en dehors de l’appli", &[("app", "en dehors de l’appli")]),
        ("virement instantane svp", &[("pay", "virement instantane")]),
        ("Virement Instantané svp", &[("pay", "Virement Instantané")]),
        ("des cartes cadeaux", &[("pay", "cartes cadeaux")]),
        ("加我微信聊", &[("app", "微信")]),
        ("加我 微 信 聊", &[("app", "微 信")]),
        ("微信转账就行", &[("app", "微信"), ("pay", "微信转账")]),
        ("加V", &[("app", "加V")]),
        ("加Ｗｈａｔｓａｐｐ吧", &[("app", "加Ｗｈａｔｓａｐｐ")]),
        ("可以銀行轉帳嗎", &[("pay", "銀行轉帳")]),
        ("ﾗｲﾝ交換しませんか", &[("app", "ﾗｲﾝ交換")]),
        ("카톡으로 연락주세요", &[("app", "카톡으로")]),
        ("ขอแอดไลน์หน่อย", &[("app", "แอดไลน์")]),
        ("ÜBERWEISUNG VORAB", &[("pay", "ÜBERWEISUNG VORAB")]),
    ];
    for (text, expect) in cases {
        let hits = lexicons.scan(text);
        let got: Vec<(&str, &str)> = hits
            .iter()
            .map(|hit| (lexicons.lists()[hit.list as usize].as_str(), &text[hit.start as usize..hit.end as usize]))
            .collect();
        assert_eq!(&got, expect, "{text}");
    }
}

#[test]
fn leaves_ordinary_talk_alone() {
    let lexicons = sample();
    for text in [
        "",
        " ",
        "Is this still available?",
        "telegrams from 1910, whatsapper",
        "I work at the blood bank, transfers are on Monday",
        "a b c d e f g",
        "online identity",
        "Bonjour, est-ce que le canapé est toujours disponible ?",
        "virements",
        "请问可以便宜一点吗，明天面交",
        "微小的信",
        "請問還有貨嗎",
        "まだありますか",
        "아직 있나요?",
        "ยังมีอยู่ไหมคะ",
        "1 2 3 4 5 6 7 8",
        "🙂👍🏽🇫🇷",
    ] {
        assert_eq!(lexicons.scan(text), [], "{text}");
    }
}

#[test]
fn refuses_terms_by_name() {
    for (term, part) in [
        ("", "letter"),
        ("  \u{200B}", "letter"),
        ("!!!", "letter"),
        ("re:(", "unclosed group"),
        ("re:a*", "empty text"),
        ("re:", "empty text"),
        ("re:(a{1000}){1000}", "too big"),
    ] {
        let error = Lexicons::compile(&lists(&[("fr", "l", &["fine", term])])).unwrap_err();
        assert_eq!((error.language.as_str(), error.list.as_str(), error.term.as_str()), ("fr", "l", term));
        assert!(error.message.contains(part), "{term}: {}", error.message);
    }
    let long = "x".repeat(201);
    assert!(Lexicons::compile(&lists(&[("en", "l", &[&long])])).unwrap_err().message.contains("200"));
}

#[test]
fn nothing_compiles_to_nothing() {
    let none = Lexicons::compile(&LexiconTexts::new()).unwrap();
    assert!(none.lists().is_empty());
    assert_eq!(none.scan("whatsapp"), []);
}

#[test]
fn hits_are_bounded() {
    let hits = sample().scan(&"whatsapp bank transfer ".repeat(1000));
    assert_eq!(hits.len(), LIMIT_HITS);
    assert!(hits.is_sorted());
}

/// A plain term by the slowest honest way: every window of the folded words.
fn twin(text: &str, term: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric();
    let text = text.to_ascii_lowercase();
    (0..text.len()).any(|at| {
        text[at..].starts_with(term)
            && !text[..at].chars().next_back().is_some_and(word)
            && !text[at + term.len()..].chars().next().is_some_and(word)
    })
}

proptest! {
    #[test]
    fn spans_lie_inside_on_boundaries(text in "(whatsapp|WhatsApp|微 ?信|télé|gram|virement|w h a t s a p p|\u{200B}|\u{301}|ﾗｲﾝ交換|ﬃ|[ .x微é]|\\PC){0,30}") {
        let lexicons = sample();
        for hit in lexicons.scan(&text) {
            prop_assert!(hit.start < hit.end);
            prop_assert!(text.get(hit.start as usize..hit.end as usize).is_some());
            prop_assert!((hit.list as usize) < lexicons.lists().len());
        }
    }

    #[test]
    fn ascii_terms_agree_with_a_plain_search(text in "(whatsapp|Bank|transfer|[ax,.] ?| ){0,12}") {
        // Collapsed spaces and spelled letters are the scanner's own doing; keep them out of the twin's way.
        prop_assume!(!text.contains("  "));
        let lexicons = Lexicons::compile(&lists(&[("en", "l", &["whatsapp", "bank transfer"])])).unwrap();
        let expect = twin(&text, "whatsapp") || twin(&text, "bank transfer");
        prop_assert_eq!(!lexicons.scan(&text).is_empty(), expect, "{}", text);
    }
}
