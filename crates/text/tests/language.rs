//! Languages of short messages as people of a market write them.

use proptest::prelude::*;
use text::{Lang, language};

#[test]
fn short_messages() {
    let cases: &[(&str, &[&str])] = &[
        (
            "en",
            &[
                "Hi, is this still available?",
                "Can you do 20?",
                "Where can we meet tomorrow?",
                "I'm interested, what is the best price",
                "Thanks, received in good condition",
                "When do you ship this to France?",
                "is it original",
            ],
        ),
        (
            "fr",
            &[
                "Bonjour, toujours disponible ?",
                "Vous faites l'envoi ?",
                "C’est combien avec les frais de port",
                "Je peux passer samedi matin",
                "merci beaucoup, bien reçu",
                "d'accord pour 30 euros",
            ],
        ),
        (
            "zh-Hans",
            &[
                "请问还有货吗",
                "可以便宜一点吗？",
                "iPhone 15 Pro 九成新还在吗",
                "加我微信聊吧，这边不方便说",
                "什么时候发货",
            ],
        ),
        ("zh-Hant", &["請問還有貨嗎", "可唔可以平啲？", "聽日喺地鐵站面交得唔得", "什麼時候出貨", "這個還在嗎 iPhone"]),
        (
            "ja",
            &[
                "まだありますか？",
                "値下げできますか",
                "送料込みですか",
                "発送はいつになりますか",
                "ありがとうございます",
            ],
        ),
        ("ko", &["아직 있나요?", "가격 조금만 깎아주세요", "직거래 가능한가요", "iPhone 상태 어때요"]),
        (
            "de",
            &[
                "Ist das noch zu haben?",
                "Was kostet der Versand?",
                "Können wir uns morgen treffen?",
                "Ich nehme es, danke",
            ],
        ),
        (
            "es",
            &[
                "¿Sigue disponible?",
                "Hola, ¿cuánto cuesta el envío?",
                "me lo puede enviar mañana",
                "muchas gracias, está muy bien",
            ],
        ),
        (
            "it",
            &[
                "È ancora disponibile?",
                "Ciao, quanto costa la spedizione?",
                "ho già pagato, grazie",
                "posso passare questa sera",
            ],
        ),
        (
            "pt",
            &["Ainda está disponível?", "Olá, quanto é o envio?", "você pode enviar hoje", "muito obrigado, já recebi"],
        ),
        (
            "id",
            &[
                "Masih ada kak?",
                "bisa kurang gak harganya",
                "kapan bisa dikirim ya",
                "barangnya sudah sampai, terima kasih kak",
            ],
        ),
        (
            "ms",
            &["Masih ada lagi tak?", "boleh kurang sikit tak", "bila boleh hantar", "saya nak beli, awak dekat mana"],
        ),
        ("th", &["ยังมีอยู่ไหมคะ", "ลดได้ไหมครับ", "ส่งวันไหน", "ขอบคุณค่ะ iPhone สภาพดี"]),
    ];
    let (mut right, mut all) = (0, 0);
    for (expect, texts) in cases {
        for text in *texts {
            let got = language(text);
            all += 1;
            right += usize::from(got.is_some_and(|(lang, _)| lang.code() == *expect));
            let got = got.map(|(lang, confidence)| (lang.code(), confidence));
            assert!(got.is_some_and(|(code, _)| code == *expect), "{expect}: {text}: {got:?}");
        }
    }
    assert_eq!(right, all);
}

#[test]
fn says_nothing_of_nothing() {
    for text in ["", " ", "!!! 123", "👍👍", "+65 0000 0000", "ok1 23", "ж", "Привет, как дела", "x"]
    {
        assert_eq!(language(text).map(|(lang, _)| lang).filter(|lang| *lang != Lang::En), None, "{text}");
    }
    for text in ["", "👍", "Привет, как дела", "42"] {
        assert_eq!(language(text), None, "{text}");
    }
}

#[test]
fn long_sentences_are_surer_than_short_ones() {
    let short = language("le canapé est là").unwrap().1;
    let long = language("Bonjour, est-ce que le canapé est toujours disponible et où peut-on le voir ?").unwrap().1;
    assert!(long > short && long > 0.8, "{short} {long}");
    // Common to both ways of writing: said, but not firmly.
    assert!(language("你好").unwrap().1 <= 0.5);
}

#[test]
fn codes_are_read_back() {
    for lang in Lang::ALL {
        assert_eq!(Lang::parse(lang.code()), Some(lang));
    }
    assert_eq!(Lang::parse("zh"), None);
}

proptest! {
    #[test]
    fn confidence_is_bounded_rounded_and_repeatable(text in "\\PC{0,60}|([a-zéàü]{1,7} ){0,12}|[的這这了嗎吗のはがA ]{0,20}") {
        let got = language(&text);
        prop_assert_eq!(got, language(&text));
        if let Some((_, confidence)) = got {
            prop_assert!((0.0..=1.0).contains(&confidence));
            let thousandths = (confidence * 1000.0).round();
            prop_assert_eq!(confidence, thousandths / 1000.0);
        }
    }
}
