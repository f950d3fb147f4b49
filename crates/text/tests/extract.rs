//! Identifiers: what is found, in which form, and what only looks like one.

use text::{Identifier, IdentifierKind as Kind, Reader};

fn found(text: &str) -> Vec<Identifier> {
    Reader::new(&["lionmart.example"]).read(text).identifiers
}

fn check(cases: &[(&str, Kind, &str)]) {
    for (text, kind, value) in cases {
        let all = found(text);
        assert!(all.iter().any(|one| one.kind == *kind && one.value == *value), "{text}: {all:?}");
    }
}

#[test]
fn phones() {
    check(&[
        ("call 91234567", Kind::Phone, "91234567"),
        ("+65 9123 4567 ok", Kind::Phone, "+6591234567"),
        ("my no is 9123-4567!", Kind::Phone, "91234567"),
        ("(+33) 6 12 34 56 78", Kind::Phone, "+33612345678"),
        ("06 12 34 56 78", Kind::Phone, "0612345678"),
        ("06.12.34.56.78", Kind::Phone, "0612345678"),
        ("0 6 1 2 3 4 5 6 7 8", Kind::Phone, "0612345678"),
        ("0912-345-678", Kind::Phone, "0912345678"),
        ("wa 0812 3456 7890", Kind::Phone, "081234567890"),
        ("090-1234-5678", Kind::Phone, "09012345678"),
        ("010-1234-5678", Kind::Phone, "01012345678"),
        ("๐๘๑-๒๓๔-๕๖๗๘", Kind::Phone, "0812345678"),
        ("9️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣", Kind::Phone, "91234567"),
        ("➒①②③④⑤⑥⑦", Kind::Phone, "91234567"),
        ("９１２３４５６７", Kind::Phone, "91234567"),
        ("9l2345o7", Kind::Phone, "91234507"),
        ("一三八零零一三八零零零", Kind::Phone, "13800138000"),
        ("nine one two three four five six seven", Kind::Phone, "91234567"),
        ("nine double one three four five six seven", Kind::Phone, "91134567"),
        ("nine 1 two 3 four 5 six 7", Kind::Phone, "91234567"),
        ("zéro six douze trente-quatre cinquante-six soixante-dix-huit", Kind::Phone, "0612345678"),
        ("zero six quatre vingt dix neuf vingt deux trente trois quarante", Kind::Phone, "0699223340"),
        ("001 415 555 2671", Kind::Phone, "+14155552671"),
    ]);
}

#[test]
fn addresses() {
    check(&[
        ("mail Kite.Seller@Example.com pls", Kind::Email, "kite.seller@example.com"),
        ("kite at gmail dot com", Kind::Email, "kite@gmail.com"),
        ("kite.s (at) hotmail (dot) com", Kind::Email, "kite.s@hotmail.com"),
        ("kite arobase gmail point com", Kind::Email, "kite@gmail.com"),
        ("kite＠example．com", Kind::Email, "kite@example.com"),
        ("see https://shop.example/a?b=1.", Kind::Url, "https://shop.example/a?b=1"),
        ("go to www.kites.example now", Kind::Url, "www.kites.example"),
        ("wa.me/6591234567", Kind::Url, "wa.me/6591234567"),
        ("t.me/kiteseller", Kind::Url, "t.me/kiteseller"),
        ("paypa1-secure.com/login", Kind::Url, "paypa1-secure.com/login"),
    ]);
}

#[test]
fn handles_know_their_app() {
    for (text, app, value) in [
        ("line id: kite_99", "line", "kite_99"),
        ("my LINE is kite.sg99", "line", "kite.sg99"),
        ("ig @kite.sg", "instagram", "kite.sg"),
        ("telegram: @kiteseller", "telegram", "kiteseller"),
        ("加我微信 kite8899", "wechat", "kite8899"),
        ("V信：kite_8899", "wechat", "kite_8899"),
        ("카톡 아이디 kite8899", "kakaotalk", "kite8899"),
        ("ไอดีไลน์ kite8899", "line", "kite8899"),
        ("zalo kite8899", "zalo", "kite8899"),
        ("kakaotalk id kite8899", "kakaotalk", "kite8899"),
    ] {
        let all = found(text);
        assert!(
            all.iter().any(|one| one.kind == Kind::Handle && one.app == Some(app) && one.value == value),
            "{text}: {all:?}"
        );
    }
    for (text, app) in [
        ("whatsapp +65 9123 4567", "whatsapp"),
        ("9123 4567 on telegram", "telegram"),
        ("wa.me/6591234567", "whatsapp"),
    ] {
        let all = found(text);
        assert!(all.iter().any(|one| one.app == Some(app)), "{text}: {all:?}");
    }
}

#[test]
fn accounts_are_masked_at_once() {
    check(
        &[
            ("IBAN GB82 WEST 1234 5698 7654 32", Kind::Iban, "****5432"),
            ("fr1420041010050500013m02606", Kind::Iban, "****2606"),
            ("card 4242 4242 4242 4242 exp 1/30", Kind::Card, "****4242"),
            ("5555-5555-5555-4444", Kind::Card, "****4444"),
            ("0x52908400098527886E0F7030069857D2E4169EE7", Kind::Crypto, "0x52…9ee7"),
            ("send to 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", Kind::Crypto, "1a1z…ivfna".trim_end_matches("fna")),
            ("scan my QR code", Kind::Qr, "qr"),
            ("扫二维码", Kind::Qr, "qr"),
        ]
        .map(|(text, kind, value)| {
            (text, kind, if kind == Kind::Crypto && text.starts_with("send") { "1a1z…vfna" } else { value })
        }),
    );
    for text in ["4242 4242 4242 4242", "IBAN GB82 WEST 1234 5698 7654 32"] {
        assert!(found(text).iter().all(|one| one.value.len() <= 8), "{text}");
    }
}

#[test]
fn look_alike_hosts_are_suspicious() {
    for (text, suspicious) in [
        ("https://lionmart.example/item/3", false),
        ("https://help.lionmart.example", false),
        ("https://lionmart.example.pay-now.top/x", true),
        ("https://li0nmart.example/x", true),
        ("https://lion-mart.shop/x", true),
        ("https://lionmаrt.example/x", true),
        ("https://xn--lionmrt-2fg.example/x", true),
        ("https://paypal.com/me", false),
        ("https://www.paypal.com/me", false),
        ("https://paypa1.com/me", true),
        ("https://paypal-secure-login.com", true),
        ("https://dhl-parcel.top/get", true),
        ("https://dhl.com/track", false),
        ("https://kites.example/a", false),
        ("https://rnercari.com/x", true),
        ("https://wa.me/6591234567", false),
    ] {
        let all = found(text);
        let url = all.iter().find(|one| one.kind == Kind::Url).unwrap_or_else(|| panic!("{text}: {all:?}"));
        assert_eq!(url.suspicious, suspicious, "{text}: {url:?}");
    }
}

#[test]
fn what_only_looks_like_one() {
    for text in [
        "order 91234567",
        "order no: 98765432",
        "订单号 91234567",
        "serial number 9123456789",
        "price 85.000.000",
        "Rp 8.500.000",
        "$98765432",
        "size 6 7 8 9 10 11",
        "bought on 22.11.2024",
        "2024-11-22 14:30",
        "RX123456789SG",
        "imei 356938035643809",
        "iphone 13 pro 256gb",
        "3.5mm jack",
        "ok.thanks",
        "hello.my friend",
        "it is e.g. this",
        "version 1.2.3.4",
        "one two three go",
        "line 3 of the size chart",
        "signal is weak",
        "i was on line yesterday",
        "4242 4242 4242 4241",
        "70% off",
        "1/12 scale, 1:18",
    ] {
        assert_eq!(found(text), [], "{text}");
    }
}
