//! Look-alikes: characters that a reader takes for a plain letter or digit, and traditional Chinese characters with
//! their simplified twin. Only the reading of messages uses them; lexicon terms are compared as written.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

/// What a character stands for when somebody writes around a filter; none when it is just itself.
pub(crate) fn look_alike(c: char) -> Option<&'static str> {
    match c {
        '\u{4E00}'..='\u{9FFF}' | '\u{3040}'..='\u{30FF}' | '\u{AC00}'..='\u{D7A3}' => None,
        '\u{2776}'..='\u{277E}' => number(c, '\u{2776}', 1),
        '\u{2780}'..='\u{2788}' => number(c, '\u{2780}', 1),
        '\u{278A}'..='\u{2792}' => number(c, '\u{278A}', 1),
        '\u{24F5}'..='\u{24FD}' => number(c, '\u{24F5}', 1),
        '\u{24FF}' => Some("0"),
        '\u{1F51F}' => Some("10"),
        '\u{660}'..='\u{669}' => number(c, '\u{660}', 0),
        '\u{6F0}'..='\u{6F9}' => number(c, '\u{6F0}', 0),
        '\u{966}'..='\u{96F}' => number(c, '\u{966}', 0),
        '\u{9E6}'..='\u{9EF}' => number(c, '\u{9E6}', 0),
        '\u{E50}'..='\u{E59}' => number(c, '\u{E50}', 0),
        '\u{17E0}'..='\u{17E9}' => number(c, '\u{17E0}', 0),
        '\u{1040}'..='\u{1049}' => number(c, '\u{1040}', 0),
        '\u{1F150}'..='\u{1F169}' => letter(c, '\u{1F150}'),
        '\u{1F170}'..='\u{1F189}' => letter(c, '\u{1F170}'),
        '\u{1F1E6}'..='\u{1F1FF}' => letter(c, '\u{1F1E6}'),
        '\u{B5}'
        | '\u{180}'..='\u{2FF}'
        | '\u{370}'..='\u{58F}'
        | '\u{13A0}'..='\u{13FF}'
        | '\u{1D00}'..='\u{1D7F}'
        | '\u{2C60}'..='\u{2C7F}'
        | '\u{A4D0}'..='\u{A4FF}'
        | '\u{A720}'..='\u{A7FF}'
        | '\u{2B55}' => TWINS.get(&c).copied(),
        _ => None,
    }
}

fn number(c: char, first: char, value: usize) -> Option<&'static str> {
    ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"].get(c as usize - first as usize + value).copied()
}

fn letter(c: char, first: char) -> Option<&'static str> {
    let at = c as usize - first as usize;
    "abcdefghijklmnopqrstuvwxyz".get(at..=at)
}

/// By plain letter: letters of other alphabets and phonetic signs that look like it.
const ALIKE: [(&str, &str); 26] = [
    ("a", "аАαΑᴀɑɐꓮᎪ"),
    ("b", "ВвьβΒʙƅꓐᏴ"),
    ("c", "сСϲᴄꓚᏟ"),
    ("d", "ԁᴅꓓᎠɗ"),
    ("e", "еЕёЁεΕᴇꓰᎬǝєЄ"),
    ("f", "ꜰꓝƒ"),
    ("g", "ɡɢԍցꓖᏀ"),
    ("h", "һНнհΗʜꓧᎻ"),
    ("i", "іІїЇιΙɪꓲɩ"),
    ("j", "јЈյᴊꓙᎫ"),
    ("k", "кКκΚᴋꓗᏦ"),
    ("l", "ӏʟꓡᏞլ"),
    ("m", "мМΜᴍꓟᎷ"),
    ("n", "пПηոɴΝꓠ"),
    ("o", "оОοΟσօᴏꓳ⭕"),
    ("p", "рРρΡᴘꓑᏢ"),
    ("q", "ԛզ"),
    ("r", "гГʀꓣᎡЯя"),
    ("s", "ѕЅςꜱꓢՏᏚ"),
    ("t", "тТτΤᴛꓔᎢ"),
    ("u", "υսᴜꓴцμµ"),
    ("v", "ѵνᴠꓦᏙ"),
    ("w", "ѡшШԝωΩᴡꓪᎳ"),
    ("x", "хХχΧꓫ"),
    ("y", "уУγΥʏꓬү"),
    ("z", "ᴢΖꓜᏃ"),
];

static TWINS: LazyLock<FxHashMap<char, &'static str>> =
    LazyLock::new(|| ALIKE.iter().flat_map(|&(plain, alike)| alike.chars().map(move |c| (c, plain))).collect());

/// The simplified twin of a traditional character, among those that messages about contact, payment and delivery use.
pub(crate) fn simplified(c: char) -> Option<&'static str> {
    SIMPLE.get(&c).copied()
}

static SIMPLE: LazyLock<FxHashMap<char, &'static str>> = LazyLock::new(|| {
    let mut map = FxHashMap::default();
    for pair in PAIRS.split_whitespace() {
        let mut chars = pair.char_indices();
        if let (Some((_, from)), Some((at, _))) = (chars.next(), chars.next()) {
            map.insert(from, &pair[at..]);
        }
    }
    map
});

const PAIRS: &str = "\
    個个 們们 這这 來来 對对 說说 話话 請请 問问 還还 嗎吗 時时 間间 過过 給给 沒没 買买 賣卖 錢钱 單单 號号 碼码 電电 帳账 賬账 戶户 銀银 轉转 匯汇 訂订 貨货 運运 發发 費费 優优 價价 \
    貴贵 質质 實实 貼贴 圖图 張张 傳传 後后 從从 見见 現现 聯联 繫系 係系 絡络 網网 鏈链 連连 結结 點点 擊击 開开 關关 離离 邊边 裡里 裏里 內内 車车 東东 國国 際际 風风 險险 騙骗 無无 \
    與与 為为 會会 應应 該该 讓让 換换 擔担 備备 註注 冊册 記记 錄录 證证 驗验 認认 識识 講讲 談谈 訊讯 細细 詳详 聽听 覺觉 視视 觀观 親亲 刪删 別别 剛刚 動动 務务 員员 圍围 團团 場场 \
    報报 壞坏 處处 夠够 奧奥 學学 寫写 專专 將将 尋寻 導导 屬属 帶带 幣币 幫帮 幾几 廣广 強强 當当 復复 徵征 態态 慮虑 戲戏 掃扫 損损 搶抢 據据 擇择 擬拟 擋挡 攝摄 數数 斷断 於于 暫暂 \
    條条 業业 極极 樣样 檔档 檢检 歡欢 歲岁 氣气 決决 況况 滿满 漲涨 潔洁 濟济 燈灯 狀状 獨独 獲获 環环 產产 畢毕 畫画 異异 盡尽 監监 盤盘 稅税 種种 穩稳 節节 範范 簡简 簽签 紀纪 約约 \
    紅红 級级 純纯 紙纸 終终 組组 絕绝 統统 經经 維维 緊紧 線线 編编 總总 縣县 續续 罰罚 義义 聞闻 聲声 職职 腦脑 舉举 舊旧 莊庄 萬万 葉叶 蓋盖 薦荐 藍蓝 藥药 蘋苹 蝦虾 術术 衛卫 複复 \
    規规 計计 許许 設设 評评 詞词 試试 誰谁 課课 調调 論论 諮咨 謝谢 譯译 議议 護护 變变 負负 財财 責责 貸贷 貿贸 資资 賴赖 購购 賺赚 贈赠 趕赶 跡迹 軟软 較较 載载 輕轻 輸输 辦办 達达 \
    違违 遞递 遠远 適适 選选 郵邮 醫医 釋释 針针 鎖锁 鏡镜 鐘钟 長长 門门 閉闭 隊队 陽阳 隨随 雙双 難难 雲云 靜静 響响 頁页 項项 順顺 須须 預预 領领 頭头 題题 額额 類类 顧顾 飛飞 餘余 \
    驚惊 體体 麼么 齊齐 龍龙 佔占 併并 彙汇 搵揾 檯台 臺台 鑰钥 閱阅 隱隐 雖虽 鐵铁 淨净 減减 頻频 顆颗 鬆松 黃黄 補补 裝装 殘残 殺杀 滙汇 瞞瞒 矚瞩 蘇苏 訪访 誤误 諾诺 譽誉 貪贪 賠赔 \
    賞赏 軍军 鄰邻 鈔钞 鋪铺 錯错 閒闲 闆板 願愿 飯饭 館馆 騰腾 驅驱 麗丽 寶宝 爾尔 爭争 牆墙 獎奖 瀏浏 覽览 盜盗 憑凭 億亿 僅仅 償偿 儘尽 儲储 兌兑 協协 啟启 喚唤 嚴严 壓压 夾夹 妝妆 \
    姊姐 嬰婴 屆届 彈弹 徑径 恆恒 懸悬 戰战 拋抛 掛挂 揮挥 撥拨 擴扩 攜携 敗败 棄弃 標标 樓楼 機机 權权 歷历 歸归 殼壳 測测 滅灭 漢汉 潤润 濕湿 灣湾 營营 爛烂 牽牵 瑪玛 甦苏 療疗 皺皱 \
    睏困 確确 礎础 禮礼 稱称 窮穷";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn look_alikes_stand_for_plain_ones() {
        for (alike, plain) in
            [('а', "a"), ('⓿', "0"), ('🅰', "a"), ('🇼', "w"), ('➋', "2"), ('๙', "9"), ('ꓪ', "w"), ('µ', "u")]
        {
            assert_eq!(look_alike(alike), Some(plain), "{alike}");
        }
        for plain in ['a', 'é', '微', 'ก', 'ж', '한', '1'] {
            assert_eq!(look_alike(plain), None, "{plain}");
        }
        assert_eq!(simplified('轉'), Some("转"));
        assert_eq!(simplified('转'), None);
    }

    #[test]
    fn a_look_alike_stands_for_one_letter_only() {
        let all: Vec<char> = ALIKE.iter().flat_map(|(_, alike)| alike.chars()).collect();
        assert_eq!(TWINS.len(), all.len());
    }
}
