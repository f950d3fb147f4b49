//! Which language a message is in: by script first, then by its small words, and by letter statistics for what
//! remains. The same text always gives the same answer.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::fold::{is_han, is_letter, is_wordly};
use crate::han::{Writing, writing};

/// How much of a text is read, in bytes: a language shows early.
const LIMIT_READ: usize = 600;

/// A language the house speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lang {
    /// English.
    En,
    /// French.
    Fr,
    /// Chinese in simplified characters.
    ZhHans,
    /// Chinese in traditional characters.
    ZhHant,
    /// Japanese.
    Ja,
    /// Korean.
    Ko,
    /// German.
    De,
    /// Spanish.
    Es,
    /// Italian.
    It,
    /// Portuguese.
    Pt,
    /// Indonesian.
    Id,
    /// Malay.
    Ms,
    /// Thai.
    Th,
}

impl Lang {
    /// Every language, in the house's order.
    pub const ALL: [Lang; 13] = [
        Lang::En,
        Lang::Fr,
        Lang::ZhHans,
        Lang::ZhHant,
        Lang::Ja,
        Lang::Ko,
        Lang::De,
        Lang::Es,
        Lang::It,
        Lang::Pt,
        Lang::Id,
        Lang::Ms,
        Lang::Th,
    ];

    /// The BCP 47 tag as files, rules and the API write it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::Fr => "fr",
            Lang::ZhHans => "zh-Hans",
            Lang::ZhHant => "zh-Hant",
            Lang::Ja => "ja",
            Lang::Ko => "ko",
            Lang::De => "de",
            Lang::Es => "es",
            Lang::It => "it",
            Lang::Pt => "pt",
            Lang::Id => "id",
            Lang::Ms => "ms",
            Lang::Th => "th",
        }
    }

    /// Reads a tag written by [`Lang::code`].
    #[must_use]
    pub fn parse(code: &str) -> Option<Lang> {
        Lang::ALL.into_iter().find(|lang| lang.code() == code)
    }
}

/// The language of a text and how sure that is, 0 to 1 in thousandths; none when nothing tells.
#[must_use]
pub fn language(text: &str) -> Option<(Lang, f64)> {
    let end = text.floor_char_boundary(LIMIT_READ);
    let text = &text[..end];
    let words = without_addresses(text);
    let text = words.as_deref().unwrap_or(text);
    let scripts = Scripts::count(text);
    let (lang, confidence) =
        scripts.unspaced().or_else(|| if scripts.latin >= 2 { latin(text, &scripts) } else { None })?;
    Some((lang, (confidence.clamp(0.0, 1.0) * 1000.0).round() / 1000.0))
}

/// A text without web and mail addresses, whose letters are of no language; none when it has none.
fn without_addresses(text: &str) -> Option<String> {
    let is_address = |word: &&str| word.contains('@') || word.contains("://") || word.starts_with("www.");
    let words = text.split(char::is_whitespace);
    (text.contains('@') || text.contains("://") || text.contains("www."))
        .then(|| words.filter(|word| !is_address(word)).collect::<Vec<_>>().join(" "))
}

/// Characters of written Cantonese, and characters that only Japanese writes so.
const CANTONESE: &str = "畀俾唔嘅喺冇咗啲嗰佢嘢咁哋瞓攞揾搵";
const JAPANESE: &str = "円経験込売発駅図価帰働読続単検様権戻総応顔徴済届払渡気広対労実変";

/// Letters of a text by script.
#[derive(Default)]
struct Scripts {
    latin: u32,
    han: u32,
    simplified: u32,
    traditional: u32,
    kana: u32,
    japanese: u32,
    hangul: u32,
    thai: u32,
    other: u32,
}

impl Scripts {
    fn count(text: &str) -> Scripts {
        let mut count = Scripts::default();
        for c in text.chars() {
            match c {
                _ if c.is_ascii() => count.latin += u32::from(c.is_ascii_alphabetic()),
                'À'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' => count.latin += 1,
                _ if is_han(c) => {
                    count.han += 1;
                    count.japanese += u32::from(JAPANESE.contains(c));
                    match writing(c) {
                        Writing::Either if CANTONESE.contains(c) => count.traditional += 1,
                        Writing::Simplified => count.simplified += 1,
                        Writing::Traditional => count.traditional += 1,
                        Writing::Either => {}
                    }
                }
                '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}' | '\u{FF66}'..='\u{FF9D}' => count.kana += 1,
                '\u{AC00}'..='\u{D7A3}' | '\u{1100}'..='\u{11FF}' | '\u{3131}'..='\u{318E}' => count.hangul += 1,
                '\u{E01}'..='\u{E5B}' => count.thai += 1,
                _ if is_letter(c) => count.other += 1,
                _ => {}
            }
        }
        count
    }

    /// Decides by script alone. A Chinese, Japanese or Korean character says about as much as four Latin letters, so
    /// a brand name in Latin letters does not turn a Chinese sentence English.
    fn unspaced(&self) -> Option<(Lang, f64)> {
        let east = f64::from(4 * (self.han + self.kana + self.hangul));
        let all = east + f64::from(self.latin + self.thai + self.other);
        if all == 0.0 {
            return None;
        }
        let thai = f64::from(self.thai);
        if thai * 2.0 >= all {
            return Some((Lang::Th, 0.5 + thai / all / 2.0));
        }
        if east * 2.0 < all {
            return None;
        }
        let share = 0.5 + east / all / 2.0;
        if self.hangul > self.kana && self.hangul * 3 > self.han {
            return Some((Lang::Ko, share));
        }
        // One の in a Chinese shop's name is decoration; a Japanese sentence has more.
        if (self.kana + 2 * self.japanese.min(self.kana)) * 8 > self.han {
            return Some((Lang::Ja, share));
        }
        Some(match (self.simplified, self.traditional) {
            (0, 0) => (Lang::ZhHans, share * 0.5),
            (s, t) if s >= t => (Lang::ZhHans, share * f64::from(s) / f64::from(s + t)),
            (s, t) => (Lang::ZhHant, share * f64::from(t) / f64::from(s + t)),
        })
    }
}

/// The languages written in Latin letters, in the order of the vote's columns.
const LATIN: [Lang; 8] = [Lang::En, Lang::Fr, Lang::De, Lang::Es, Lang::It, Lang::Pt, Lang::Id, Lang::Ms];

/// Small words that most sentences hold. A word of several languages shares its vote among them.
const SMALL_WORDS: [&str; 8] = [
    "the a an is are was were be been it its i i'm you your he she we they this that these those my me to of in \
     on at for with and or but not no yes do does did have has had can could will would should if when what where \
     how who why which please thanks thank hello hi still available any from by as so just only one more there \
     here want need send price don't can't it's much ok sorry good buy sell get us let know best meet today \
     tomorrow pay i'll i've you're that's we're pls plz thx u ur got going back line out off",
    "le la les un une des du de et est sont était je tu il elle nous vous ils elles ce cet cette ces mon ma mes \
     ton votre vos son sa ses notre en au aux dans sur pour par avec sans pas ne que qui quoi où quand comment \
     mais ou si oui non merci bonjour bonsoir salut svp c'est j'ai n'est d'accord toujours disponible encore plus \
     très bien être avoir fait peut peux pouvez voulez prix envoi envoyer combien déjà chez aussi rien moi toi ça \
     cela l'article nos euros frais avant j'en prends prendre pensez faut payer suis stp c vas vais après \
     première faites fais moins c'était ici sinon",
    "der die das ein eine einen einem einer und ist sind war ich du er sie es wir ihr mein dein ihre nicht kein \
     keine auf für mit von zu zum zur im in den dem des bei aus nach noch auch aber oder wenn wie was wo wann \
     warum hallo danke bitte ja nein kann können haben hat habe wird werden verfügbar preis versand sehr gut gern \
     nur schon mir mich dir guten tag über versenden hab hier ruf diese nummer an bist ihnen wegen zurück schick \
     schicken ich's bekommst geld lass uns ihren",
    "el la los las un una unos unas y es son era yo tú él ella nosotros ustedes mi tu su sus de del en al a por \
     para con sin no sí que qué quién cómo cuándo dónde cuánto pero o si hola gracias favor está están estoy \
     tengo tiene puedo puede quiero disponible precio envío muy bien más también todavía aún ya me te lo le se \
     hay buenas buenos días escríbeme número pasas pago pagar pagué envías envía envíalo llego llevo llama este \
     esta nada fuera solo luego ahora hoy aquí dinero dos pedido correo cuenta tienes puedes dame código tarjeta \
     mejor primero última date prisa estaré porque enlace recibir hablamos señal compartas nadie digas llamarte \
     dejas devuélveme reenvíame aceptas agregame empieza sigue desde casa mándame va",
    "il lo la i gli le un uno una e è sono era io tu lui lei noi voi loro mio tuo suo di del della dei da in nel \
     con su per tra non sì che chi cosa come quando dove quanto ma o se ciao grazie prego buongiorno ho hai ha \
     abbiamo posso può vorrei ancora disponibile prezzo spedizione molto bene più anche già mi ti ci si c'è \
     questo questa sera salve dopo euro giorno casa qui fuori scrivi scrivimi ecco carta prima poi soldi oggi va \
     pagare pagate pagato numero fai mandami prendo nuovo spedire spedisci te dell'app dall'app alla sei quasi \
     entro senza esperienza dispiace restiamo cancella chat lasci recapito scontrino preso gennaio chiamarmi \
     favore stasera sentiamoci sul faccio ricarica",
    "o a os as um uma uns umas e é são era eu tu ele ela nós você vocês meu minha seu sua de do da dos das em no \
     na nos nas por para com sem não sim que quem como quando onde quanto mas ou se olá oi obrigado obrigada está \
     estão tenho tem posso pode quero disponível preço envio muito bem mais também ainda já me te lhe isso este \
     esta bom dia boa tarde corre filme vai começar pago hoje noite segue envia banco comprovante pra pro tá tô \
     manda pelo pela dinheiro depois primeiro agora aqui fala código cartão conta fora até qual grátis anexo",
    "yang dan di ke dari ini itu ada tidak bukan saya aku kamu anda dia kita kami mereka untuk dengan apa siapa \
     kapan mana bagaimana berapa bisa gak nggak ga udah sudah belum masih mau ingin harga barang kirim terima \
     kasih halo kak mas mbak gan sis bang tolong jika kalau karena tapi tetapi atau juga banget aja saja dong sih \
     nih ya kok lagi cuma uang nomor rekening telepon nomer tf nya sinyal jelek kode minta segel buat lewat ntar \
     pesanan resi ongkir dulu dus nota gimana juta biar admin ribet nanti diskon dihapus abis baru ambil foto \
     voucher tau hapus langsung bukti \
     cepat sekarang dapat tekan balik luar isi lepas peluang lambat jual cepat gambar pukul lagi orang",
    "yang dan di ke dari ini itu ada tidak bukan saya aku awak anda dia kita kami mereka untuk dengan apa siapa \
     bila mana bagaimana berapa boleh tak nak dah sudah belum masih mahu hendak harga barang hantar terima kasih \
     hai encik puan tolong jika kalau kerana tapi tetapi atau juga sangat sahaja lagi lah kan tu ni dekat macam \
     kena duit wang beli bagi baru je kat jom pastu nombor wasap akaun mesej sebab guna pos kad tahniah baki \
     sikit lambat maklumat peluang separuh bagitahu padam resit luar jual cepat sekarang dapat pukul stesen sori \
     terjual wayang balik carta saiz line caj terlebih pulangkan jimat isi tekan lepas noti warranty gambar ambil",
];

/// By word: a bit for each column of [`LATIN`].
static VOTES: LazyLock<FxHashMap<&'static str, u8>> = LazyLock::new(|| {
    let mut votes = FxHashMap::default();
    for (column, words) in SMALL_WORDS.iter().enumerate() {
        for word in words.split_whitespace() {
            *votes.entry(word).or_default() |= 1 << column;
        }
    }
    votes
});

/// Decides among the languages in Latin letters.
fn latin(text: &str, scripts: &Scripts) -> Option<(Lang, f64)> {
    let (votes, words) = count_votes(text);
    let mut order: Vec<usize> = (0..LATIN.len()).collect();
    order.sort_by_key(|&column| (std::cmp::Reverse(votes[column]), column));
    let (best, second) = (votes[order[0]], votes[order[1]]);
    // 840 is one whole vote: it divides by every number of languages that may share a word.
    let lead = f64::from(best - second) / 840.0;
    let latin_share = f64::from(scripts.latin) / f64::from(scripts.latin + scripts.other + 4 * scripts.han).max(1.0);
    if lead >= 0.5 {
        let covered = f64::from(best) / 840.0 / f64::from(words.max(1));
        let sure = 0.5 + 0.3 * (lead / 3.0).min(1.0) + 0.2 * (covered * 2.0).min(1.0);
        return Some((LATIN[order[0]], sure * latin_share));
    }
    if scripts.latin < 12 {
        return (lead > 0.0).then(|| (LATIN[order[0]], 0.4 * latin_share));
    }
    let guess = by_letters(text)?;
    // Letter statistics know no Malay; the small words decide between the two.
    if guess.0 == Lang::Id && votes[7] > votes[6] {
        return Some((Lang::Ms, guess.1 * latin_share));
    }
    Some((guess.0, guess.1 * latin_share))
}

/// Votes by column in 840ths, and how many words there were.
fn count_votes(text: &str) -> ([u32; 8], u32) {
    let mut votes = [0; 8];
    let mut words = 0;
    let mut lower = String::with_capacity(16);
    for word in text.split(|c: char| !is_wordly(c) && !matches!(c, '\'' | '’')) {
        if word.is_empty() {
            continue;
        }
        words += 1;
        lower.clear();
        if word.is_ascii() {
            lower.extend(word.bytes().map(|b| b.to_ascii_lowercase() as char));
        } else {
            lower.extend(word.chars().flat_map(char::to_lowercase).map(|c| if c == '’' { '\'' } else { c }));
        }
        let mask = VOTES.get(lower.as_str()).copied().unwrap_or_default();
        if mask != 0 {
            let share = 840 / mask.count_ones();
            for (column, vote) in votes.iter_mut().enumerate().filter(|(column, _)| mask & (1 << column) != 0) {
                *vote += share;
                debug_assert!(column < 8);
            }
        }
    }
    (votes, words)
}

/// Letter statistics, among the languages in Latin letters.
fn by_letters(text: &str) -> Option<(Lang, f64)> {
    use whatlang::Lang as W;
    static DETECTOR: LazyLock<whatlang::Detector> = LazyLock::new(|| {
        whatlang::Detector::with_allowlist(vec![W::Eng, W::Fra, W::Deu, W::Spa, W::Ita, W::Por, W::Ind])
    });
    let info = DETECTOR.detect(text)?;
    let lang = match info.lang() {
        W::Eng => Lang::En,
        W::Fra => Lang::Fr,
        W::Deu => Lang::De,
        W::Spa => Lang::Es,
        W::Ita => Lang::It,
        W::Por => Lang::Pt,
        W::Ind => Lang::Id,
        _ => return None,
    };
    Some((lang, info.confidence() * 0.6))
}
