//! What is for sale: made-up brands, names in the market's languages, usual prices.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::words::{Tongue, pick};

/// A kind of thing people sell.
pub(super) struct Good {
    pub(super) category: &'static str,
    pub(super) brand: &'static str,
    /// In English, French, simplified and traditional Chinese.
    names: [&'static str; 4],
    /// The usual price in euros.
    pub(super) euros: f64,
}

impl Good {
    /// What it is called in a language; English where there is no name of its own.
    pub(super) const fn name(&self, tongue: Tongue) -> &'static str {
        match tongue {
            Tongue::Fr => self.names[1],
            Tongue::ZhHans => self.names[2],
            Tongue::ZhHant => self.names[3],
            Tongue::En | Tongue::Ms | Tongue::De => self.names[0],
        }
    }
}

const fn good(category: &'static str, brand: &'static str, euros: f64, names: [&'static str; 4]) -> Good {
    Good { category, brand, names, euros }
}

/// Things anybody sells.
pub(super) static GOODS: [Good; 24] = [
    good("phones", "Pebblo", 310.0, ["Pebblo 5 phone", "téléphone Pebblo 5", "Pebblo 5 手机", "Pebblo 5 手機"]),
    good(
        "phones",
        "Kestrix",
        540.0,
        ["Kestrix Air phone", "téléphone Kestrix Air", "Kestrix Air 手机", "Kestrix Air 手機"],
    ),
    good(
        "cameras",
        "Heronix",
        260.0,
        ["Heronix film camera", "appareil argentique Heronix", "Heronix 胶片相机", "Heronix 菲林相機"],
    ),
    good(
        "cameras",
        "Heronix",
        120.0,
        ["Heronix 50 mm lens", "objectif Heronix 50 mm", "Heronix 50mm 镜头", "Heronix 50mm 鏡頭"],
    ),
    good(
        "bikes",
        "Tamarro",
        180.0,
        ["Tamarro city bike", "vélo de ville Tamarro", "Tamarro 城市自行车", "Tamarro 城市單車"],
    ),
    good("bikes", "Tamarro", 65.0, ["children's bike", "vélo enfant", "儿童自行车", "兒童單車"]),
    good("clothes", "", 35.0, ["wool coat", "manteau en laine", "羊毛大衣", "羊毛大褸"]),
    good("clothes", "Ombrine", 22.0, ["Ombrine raincoat", "imperméable Ombrine", "Ombrine 雨衣", "Ombrine 雨褸"]),
    good("shoes", "Marrow & Pine", 48.0, ["leather boots", "bottines en cuir", "皮靴", "皮靴"]),
    good("bags", "Ombrine", 90.0, ["Ombrine leather bag", "sac en cuir Ombrine", "Ombrine 皮包", "Ombrine 手袋"]),
    good("home", "", 28.0, ["brass desk lamp", "lampe de bureau en laiton", "黄铜台灯", "黃銅枱燈"]),
    good("home", "", 140.0, ["oak table", "table en chêne", "橡木桌", "橡木枱"]),
    good("home", "", 75.0, ["two-seat sofa", "canapé deux places", "双人沙发", "雙人梳化"]),
    good(
        "kitchen",
        "Quillon",
        42.0,
        ["Quillon rice cooker", "cuiseur à riz Quillon", "Quillon 电饭煲", "Quillon 電飯煲"],
    ),
    good("kitchen", "", 18.0, ["set of six bowls", "lot de six bols", "六只碗套装", "六隻碗套裝"]),
    good("books", "", 8.0, ["box of crime novels", "lot de romans policiers", "一箱侦探小说", "一箱偵探小說"]),
    good("books", "", 12.0, ["atlas of the sea", "atlas des mers", "海洋图集", "海洋圖集"]),
    good("toys", "", 15.0, ["wooden train set", "train en bois", "木制火车玩具", "木製火車玩具"]),
    good("games", "Foxfern", 38.0, ["Foxfern board game", "jeu de société Foxfern", "Foxfern 桌游", "Foxfern 桌遊"]),
    good(
        "games",
        "Nimbl",
        210.0,
        ["Nimbl handheld console", "console portable Nimbl", "Nimbl 掌机", "Nimbl 手提遊戲機"],
    ),
    good("music", "", 160.0, ["student violin", "violon d'étude", "练习小提琴", "練習小提琴"]),
    good(
        "music",
        "Sorrel",
        95.0,
        ["Sorrel record player", "platine vinyle Sorrel", "Sorrel 唱片机", "Sorrel 黑膠唱盤"],
    ),
    good("garden", "", 24.0, ["three clay pots", "trois pots en terre", "三个陶盆", "三個陶盆"]),
    good("sports", "Tamarro", 55.0, ["yoga mat and weights", "tapis et haltères", "瑜伽垫和哑铃", "瑜伽墊同啞鈴"]),
];

/// Things whose price the default pack caps, with their cap in the order of the markets sg, fr, hk.
pub(super) static CAPPED: [(Good, [f64; 3]); 3] = [
    (
        good(
            "medical_masks",
            "",
            18.0,
            ["surgical masks, box of 50", "masques chirurgicaux, boîte de 50", "外科口罩 50只装", "外科口罩 50個裝"],
        ),
        [40.0, 30.0, 250.0],
    ),
    (
        good(
            "hand_sanitiser",
            "",
            5.0,
            ["hand sanitiser 500 ml", "gel hydroalcoolique 500 ml", "免洗洗手液 500ml", "免洗搓手液 500ml"],
        ),
        [15.0, 12.0, 90.0],
    ),
    (good("test_kits", "", 6.0, ["home test kit", "autotest", "自测盒", "自測套裝"]), [20.0, 15.0, 120.0]),
];

/// What scammers offer: things many people want.
pub(super) const WANTED: [usize; 5] = [0, 1, 2, 9, 19];

/// A title as a seller would write it.
pub(super) fn title(rng: &mut ChaCha8Rng, good: &Good, tongue: Tongue) -> String {
    let name = good.name(tongue);
    let note = match tongue {
        Tongue::Fr => pick(rng, &["très bon état", "peu servi", "comme neuf", "à saisir", "bon état", "avec boîte"]),
        Tongue::ZhHans => pick(rng, &["九成新", "几乎全新", "自用", "带盒", "急出", "成色好"]),
        Tongue::ZhHant => pick(rng, &["九成新", "近乎全新", "自用", "連盒", "急放", "成色靚"]),
        _ => pick(rng, &["good condition", "hardly used", "like new", "boxed", "moving out", "well kept"]),
    };
    if rng.random_bool(0.7) { format!("{name}, {note}") } else { name.to_owned() }
}

/// What stands under the title.
pub(super) fn description(rng: &mut ChaCha8Rng, tongue: Tongue) -> &'static str {
    match tongue {
        Tongue::Fr => pick(
            rng,
            &[
                "Remise en main propre ou envoi suivi.",
                "Vendu avec sa boîte, non fumeur.",
                "Petite trace au dos, voir photos. Envoi sous deux jours.",
                "Acheté il y a deux ans, facture disponible.",
            ],
        ),
        Tongue::ZhHans => {
            pick(rng, &["可自取或快递。", "有盒子，功能正常。", "背面有小划痕，见图。", "两年前购入，有发票。"])
        }
        Tongue::ZhHant => {
            pick(rng, &["可面交或寄出。", "有盒，功能正常。", "背面有少少花痕，見圖。", "兩年前購入，有單。"])
        }
        _ => pick(
            rng,
            &[
                "Collection or tracked delivery.",
                "Comes with its box, from a quiet home.",
                "Small mark on the back, see photos. Sent within two days.",
                "Bought two years ago, receipt available.",
            ],
        ),
    }
}
