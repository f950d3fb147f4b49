//! The opening scene of the demo: one of each, within ten seconds.

use domain::{DAY, HOUR, MINUTE, SECOND, Time};

use super::goods::{CAPPED, GOODS};
use super::honest::Talk;
use super::sim::ActorKind;
use super::words::Speech;
use super::world::World;

impl World {
    /// Lays the scene's events onto the queue, from `start` on.
    pub(super) fn opening(&mut self, start: Time) {
        self.open_with_lure(0, start, 400 * 1_000);
        self.open_with_burst(1, start, 1_500 * 1_000);
        self.open_with_gouging(2, start, 3_200 * 1_000);
        self.open_with_lure(1, start, 3_800 * 1_000);
        self.open_with_reports(0, start, 4_600 * 1_000);
        self.open_with_cards(2, start, 5_200 * 1_000);
        self.open_with_lure(2, start, 6_000 * 1_000);
        self.open_with_insider(0, start, 7_000 * 1_000);
    }

    /// A friendly question, then the way out of the chat.
    fn open_with_lure(&mut self, place: usize, start: Time, after: i64) {
        let at = start.plus(after);
        let thread = self.thread(place, start, ActorKind::Scammer, true);
        let scammer = self.newcomer(thread, start, 3 * HOUR, false);
        let buyer = self.somebody(place);
        self.introduce(thread, buyer);
        let good = &GOODS[0];
        let price = self.price(place, good, 0.3..0.4);
        let listing = self.remember_listing(place, scammer, good, price);
        let talk = Talk { id: self.id('c'), listing, buyer };
        self.message(thread, at.plus(100_000), &talk, true, Speech::Ask, None);
        self.message(thread, at.plus(1_100_000), &talk, false, Speech::Lure, Some("chat_off_platform"));
        self.message(thread, at.plus(1_900_000), &talk, false, Speech::Pay, Some("chat_pay_outside"));
    }

    /// An account of an hour puts up seven phones.
    fn open_with_burst(&mut self, place: usize, start: Time, after: i64) {
        let at = start.plus(after);
        let thread = self.thread(place, start, ActorKind::Scammer, true);
        let seller = self.newcomer(thread, start, HOUR, false);
        for n in 1..=7 {
            let good = &GOODS[(n % 2) as usize];
            let price = self.price(place, good, 0.3..0.45);
            let expect = (n >= 5).then_some("burst_new_seller");
            self.list(thread, at.plus(n * 500_000), seller, good, price, expect);
        }
    }

    /// Masks at four times their cap.
    fn open_with_gouging(&mut self, place: usize, start: Time, after: i64) {
        let at = start.plus(after);
        let thread = self.thread(place, start, ActorKind::Gouger, true);
        let seller = self.newcomer(thread, start, 200 * DAY, false);
        let (good, caps) = &CAPPED[0];
        self.list(thread, at.plus(100_000), seller, good, caps[place] * 4.0, Some("price_cap"));
    }

    /// Three people report the same seller.
    fn open_with_reports(&mut self, place: usize, start: Time, after: i64) {
        let at = start.plus(after);
        let thread = self.thread(place, start, ActorKind::Scammer, true);
        let reported = self.newcomer(thread, start, 9 * DAY, false);
        let mut by: Vec<usize> = Vec::new();
        while by.len() < 3 {
            let reporter = self.somebody(place);
            if !by.contains(&reporter) {
                by.push(reporter);
                self.introduce(thread, reporter);
                let expect = (by.len() == 3).then_some("several_reporters");
                self.report(thread, at.plus(by.len() as i64 * 700_000), reporter, reported, "never_arrived", expect);
            }
        }
    }

    /// Eight cards, half a second apart; each refusal is back before the next try.
    fn open_with_cards(&mut self, place: usize, start: Time, after: i64) {
        let at = start.plus(after);
        let thread = self.thread(place, start, ActorKind::CardTester, true);
        let buyer = self.newcomer(thread, start, 2 * HOUR, false);
        self.try_cards(thread, at, buyer, 8, 4 * SECOND + 100_000..5 * SECOND);
    }

    /// The back office tells of the last half hour in one go: one colleague, twenty records, no ticket.
    fn open_with_insider(&mut self, place: usize, start: Time, after: i64) {
        let at = start.plus(after);
        let thread = self.thread(place, start, ActorKind::Insider, true);
        let insider = self.insider(place);
        for n in 0..20 {
            let told = at.plus(n * 60_000);
            let looked = at.plus((n - 20) * 80 * SECOND + MINUTE);
            self.reveal(thread, told, looked, &insider, None, (n >= 15).then_some("reveal_burst"));
        }
    }
}
