//! Stories of those who mean harm, and of colleagues who look at more than they should.

use domain::{DAY, HOUR, MINUTE, SECOND, Time};
use rand::Rng;

use super::goods::{GOODS, WANTED};
use super::honest::Talk;
use super::people::ip;
use super::sim::ActorKind;
use super::words::{Speech, pick};
use super::world::{Thread, World};

impl World {
    /// Tells one harmful story that begins now.
    pub(super) fn villain(&mut self, place: usize, now: Time) {
        match self.rng.random_range(0..1000) {
            0..460 => self.scam(place, now),
            460..610 => self.gouge(place, now),
            610..750 => self.test_cards(place, now),
            750..850 => self.take_over(place, now),
            850..910 => self.crawl(place, now),
            910..945 => self.bomb_reviews(place, now),
            945..985 => self.peek(place, now),
            _ => self.collect_records(place, now),
        }
    }

    /// A fresh account lists what everybody wants, far too cheap, and leads those who ask away from the market.
    fn scam(&mut self, place: usize, now: Time) {
        let thread = self.thread(place, now, ActorKind::Scammer, true);
        let age = self.rng.random_range(10 * MINUTE..40 * HOUR);
        let scammer = self.newcomer(thread, now, age, false);
        let mut listings = Vec::new();
        let mut at = now.plus(self.rng.random_range(SECOND..MINUTE));
        let wares = self.rng.random_range(4..11);
        for n in 1..=wares {
            let good = &GOODS[pick(&mut self.rng, &WANTED)];
            let price = self.price(place, good, 0.25..0.5);
            listings.push(self.list(thread, at, scammer, good, price, (n >= 5).then_some("burst_new_seller")));
            at = at.plus(self.rng.random_range(20 * SECOND..4 * MINUTE));
        }
        let mut at = now.plus(self.rng.random_range(4 * MINUTE..12 * MINUTE));
        let mut victims = Vec::new();
        for _ in 0..self.rng.random_range(2..6) {
            let buyer = self.somebody_else(place, scammer);
            self.introduce(thread, buyer);
            let listing = listings[self.rng.random_range(0..listings.len())].clone();
            let talk = Talk { id: self.id('c'), listing, buyer };
            self.lure(thread, at, &talk);
            victims.push(buyer);
            at = at.plus(self.rng.random_range(30 * SECOND..8 * MINUTE));
        }
        at = at.plus(self.rng.random_range(10 * MINUTE..3 * HOUR));
        let mut told: Vec<usize> = Vec::new();
        for victim in victims {
            if self.rng.random_bool(0.6) {
                if !told.contains(&victim) {
                    told.push(victim);
                }
                let expect = (told.len() >= 3).then_some("several_reporters");
                self.report(thread, at, victim, scammer, "scam", expect);
                at = at.plus(self.rng.random_range(MINUTE..HOUR));
            }
        }
    }

    /// The scammer's side of a talk: an answer or two, then the way out.
    pub(super) fn lure(&mut self, thread: Thread, mut at: Time, talk: &Talk) {
        let sly = self.rng.random_bool(0.15);
        let script: &[(bool, Speech, Option<&'static str>)] = if sly {
            &[
                (true, Speech::Ask, None),
                (false, Speech::Sly, None),
                (true, Speech::Ask, None),
                (false, Speech::Sly, None),
            ]
        } else {
            &[
                (true, Speech::Ask, None),
                (false, Speech::Lure, Some("chat_off_platform")),
                (true, Speech::Ask, None),
                (false, Speech::Pay, Some("chat_pay_outside")),
            ]
        };
        for &(by_buyer, speech, expect) in script {
            self.message(thread, at, talk, by_buyer, speech, expect);
            at = at.plus(self.rng.random_range(6 * SECOND..2 * MINUTE));
        }
    }

    /// Scarce goods far above their cap, from an account like any other.
    fn gouge(&mut self, place: usize, now: Time) {
        let thread = self.thread(place, now, ActorKind::Gouger, true);
        let age = self.rng.random_range(5 * DAY..900 * DAY);
        let seller = self.newcomer(thread, now, age, false);
        let mut at = now;
        for _ in 0..self.rng.random_range(1..4) {
            let (good, cap) = self.capped(place);
            let price = (cap * self.rng.random_range(1.6..5.0)).round();
            self.list(thread, at, seller, good, price, Some("price_cap"));
            at = at.plus(self.rng.random_range(MINUTE..9 * MINUTE));
        }
    }

    /// One card after another with small amounts; most are refused.
    fn test_cards(&mut self, place: usize, now: Time) {
        let thread = self.thread(place, now, ActorKind::CardTester, true);
        let age = self.rng.random_range(10 * MINUTE..20 * DAY);
        let buyer = self.newcomer(thread, now, age, false);
        let tries = self.rng.random_range(7..18);
        self.try_cards(thread, now, buyer, tries, 8 * SECOND..30 * SECOND);
    }

    /// Tries `tries` cards, `pause` microseconds apart.
    pub(super) fn try_cards(
        &mut self,
        thread: Thread,
        mut at: Time,
        buyer: usize,
        tries: u32,
        pause: std::ops::Range<i64>,
    ) {
        for n in 1..=tries {
            let instrument = format!("i{:010x}", self.rng.random::<u64>() >> 24);
            let amount = f64::from(self.rng.random_range(100..300)) / 100.0;
            let refused = (n <= 5 || self.rng.random_bool(0.8)).then_some("declined");
            let order = self.id('o');
            // By the sixth card five are known to have been refused.
            let expect = (n >= 6).then_some("card_testing");
            self.pay(thread, at, &order, buyer, &instrument, amount, refused, expect);
            at = at.plus(self.rng.random_range(pause.clone()));
        }
    }

    /// Guessed passwords, then one device after another, then a large payment.
    fn take_over(&mut self, place: usize, now: Time) {
        let thread = self.thread(place, now, ActorKind::Takeover, true);
        let victim = self.somebody(place);
        self.introduce(thread, victim);
        let mut at = now;
        let ip = ip(&mut self.rng);
        for n in 0..self.rng.random_range(6..14) {
            let device = format!("dx{n:02}{:06x}", self.rng.random::<u32>() >> 8);
            self.signin(thread, at, victim, &device, &ip, false, None);
            at = at.plus(self.rng.random_range(2 * SECOND..20 * SECOND));
        }
        for n in 1..=self.rng.random_range(5..8) {
            let device = format!("dx{:08x}", self.rng.random::<u32>());
            self.signin(thread, at, victim, &device, &ip, true, (n >= 5).then_some("many_devices"));
            at = at.plus(self.rng.random_range(MINUTE..25 * MINUTE));
        }
        let good = &GOODS[WANTED[1]];
        let amount = self.price(place, good, 1.5..3.0);
        let (order, instrument) = (self.id('o'), self.one(place, victim).instrument.clone());
        self.pay(thread, at, &order, victim, &instrument, amount, None, None);
    }

    /// A program reads page after page.
    fn crawl(&mut self, place: usize, now: Time) {
        let thread = self.thread(place, now, ActorKind::Bot, true);
        let visitor = format!("v{:08x}", self.rng.random::<u32>());
        let mut at = now;
        for n in 1..=self.rng.random_range(80..140) {
            let path = format!("/l/l{n:06}");
            self.view(thread, at, None, &visitor, &path);
            at = at.plus(self.rng.random_range(200_000..600_000));
        }
    }

    /// New accounts give one seller one star after another.
    fn bomb_reviews(&mut self, place: usize, now: Time) {
        let thread = self.thread(place, now, ActorKind::ReviewBomber, true);
        let seller = self.shop();
        self.introduce(thread, seller);
        let mut at = now;
        for n in 1..=self.rng.random_range(8..13) {
            let age = self.rng.random_range(5 * MINUTE..2 * DAY);
            let buyer = self.newcomer(thread, now, age, false);
            self.review(thread, at, seller, buyer, None, Some((n >= 6).then_some("review_bombing")));
            at = at.plus(self.rng.random_range(20 * SECOND..4 * MINUTE));
        }
    }

    /// A colleague looks up neighbours: more than the work needs, fewer than an alarm needs.
    fn peek(&mut self, place: usize, now: Time) {
        let thread = self.thread(place, now, ActorKind::CuriousAgent, true);
        let agent = self.agent(place);
        let mut at = now;
        for _ in 0..self.rng.random_range(4..8) {
            self.reveal(thread, at, at, &agent, None, None);
            at = at.plus(self.rng.random_range(2 * MINUTE..9 * MINUTE));
        }
    }

    /// The insider goes through record after record.
    fn collect_records(&mut self, place: usize, now: Time) {
        let thread = self.thread(place, now, ActorKind::Insider, true);
        let insider = self.insider(place);
        let mut at = now;
        let records = self.rng.random_range(24..50);
        for n in 1..=records {
            self.reveal(thread, at, at, &insider, None, (n >= 16).then_some("reveal_burst"));
            at = at.plus(self.rng.random_range(20 * SECOND..80 * SECOND));
        }
    }
}
