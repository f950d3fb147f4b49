//! The policy that is measured: the built-in schemas and lexicons under ten aggregates and fifty rules of mixed kind.

use std::fmt::Write as _;

use decision::pack::Files;

/// Ten folds over what the measured events bring.
const AGGREGATES: &str = "aggregates:
  seller_listings: {from: listing.submitted, by: seller, fn: count}
  seller_price: {from: listing.submitted, by: seller, fn: avg, of: price}
  seller_titles: {from: listing.submitted, by: seller, fn: count_distinct, of: category}
  sender_messages: {from: message.sent, by: sender, fn: count}
  sender_partners: {from: message.sent, by: sender, fn: count_distinct, of: recipient}
  buyer_attempts: {from: payment.attempted, by: buyer, fn: count}
  buyer_spend: {from: payment.completed, by: buyer, fn: sum, of: amount}
  card_buyers: {from: payment.attempted, by: instrument, fn: count_distinct, of: buyer}
  user_devices: {from: signin.succeeded, by: user, fn: count_distinct, of: device}
  user_views: {from: page.viewed, by: user, fn: count}
";

/// The pack's files, made from the built-in ones.
pub(super) fn files(built_in: Files) -> Files {
    let kept = |path: &String| !path.starts_with("rules/") && !path.starts_with("tests/") && path != "aggregates.yaml";
    let mut files: Files = built_in.into_iter().filter(|(path, _)| kept(path)).collect();
    files.insert("aggregates.yaml".to_owned(), AGGREGATES.to_owned());
    files.insert("rules/bench.yaml".to_owned(), rules());
    files
}

fn rules() -> String {
    let mut text = "rules:\n".to_owned();
    for n in 0..10 {
        let market = ["sg", "fr", "hk"][n % 3];
        let category = ["phones", "bags", "shoes", "toys", "books"][n % 5];
        let cap = 2_000 + 500 * n;
        let data = |price: usize| format!("listing: l, seller: s, category: {category}, price: {price}");
        rule(
            &mut text,
            &format!("cap_{n}"),
            "listing.submitted",
            &format!("event.market == '{market}' && category == '{category}' && price > {cap}.0"),
            &format!("market: {market}, data: {{{}}}", data(cap + 1)),
            &format!("market: {market}, data: {{{}}}", data(1)),
            "",
        );
        let least = 12 + n;
        rule(
            &mut text,
            &format!("burst_{n}"),
            "listing.submitted",
            &format!(
                "seller_listings.last('1h') >= {least} && !seller.has('verified') && price < seller_price.all() * 0.{}",
                5 + n % 5
            ),
            &format!("data: {{{}}}", data(1)),
            &format!("data: {{{}}}", data(900)),
            &format!(", reads: {{\"seller_listings.last('1h')\": {least}, \"seller_price.all()\": 100.0}}"),
        );
        rule(
            &mut text,
            &format!("title_{n}"),
            "listing.submitted",
            &format!("title.matches('(?i)(replica|mirror ?grade|{n}00 ?% ?cotton|aaa quality {n})')"),
            &format!("data: {{{}, title: 'A replica'}}", data(1)),
            &format!("data: {{{}, title: 'A lamp'}}", data(1)),
            "",
        );
        let most = 9 + n;
        rule(
            &mut text,
            &format!("pay_{n}"),
            "payment.attempted",
            &format!(
                "buyer_attempts.last('10m') > {most} || card_buyers.last('24h') > {} || (amount > 4{n}00.0 && buyer_spend.last('7d') < 10.0)",
                6 + n
            ),
            "data: {payment: p, buyer: b, instrument: i, amount: 1, currency: SGD}",
            "data: {payment: p, buyer: b, instrument: i, amount: 1, currency: SGD}",
            "",
        );
        rule(
            &mut text,
            &format!("chat_{n}"),
            "message.sent",
            &format!("signals.off_platform > {} && sender_partners.last('24h') >= {}", n % 2, 4 + n),
            "data: {message: m, conversation: c, sender: s, recipient: r, text: 'whatsapp or telegram, whatsapp'}",
            "data: {message: m, conversation: c, sender: s, recipient: r, text: hello}",
            &format!(", reads: {{\"sender_partners.last('24h')\": {}}}", 40),
        );
    }
    text
}

/// One live rule without budget, with its two tests.
fn rule(text: &mut String, name: &str, kind: &str, when: &str, hit: &str, miss: &str, reads: &str) {
    let pay = kind == "payment.attempted";
    let (hot, cold) = match pay {
        true => (
            ", reads: {\"buyer_attempts.last('10m')\": 90, \"card_buyers.last('24h')\": 1, \"buyer_spend.last('7d')\": 0.0}",
            ", reads: {\"buyer_attempts.last('10m')\": 1, \"card_buyers.last('24h')\": 1, \"buyer_spend.last('7d')\": 0.0}",
        ),
        false => (reads, reads),
    };
    // Writing into a String cannot fail.
    let _ = write!(
        text,
        "  {name}:\n    event: {kind}\n    when: \"{}\"\n    verdict: review\n    mode: live\n    why: measured\n    tests:\n    - {{given: {{event: {{{hit}}}{hot}}}, expect: review}}\n    - {{given: {{event: {{{miss}}}{cold}}}, expect: allow}}\n",
        when.replace('"', "\\\"")
    );
}
