//! Stories of people who mean well: nearly all of them.

use domain::{DAY, HOUR, MINUTE, SECOND, Time};
use rand::Rng;
use serde_json::Value;

use super::goods::{GOODS, description, title};
use super::people::{AGENT_STRINGS, ip};
use super::sim::ActorKind;
use super::words::{Speech, pick, say};
use super::world::{Listing, Post, Thread, World};

/// A talk between two people about a listing.
pub(super) struct Talk {
    pub(super) id: String,
    pub(super) listing: Listing,
    pub(super) buyer: usize,
}

impl World {
    /// Tells one honest story that begins now.
    pub(super) fn honest(&mut self, place: usize, now: Time) {
        match self.rng.random_range(0..1000) {
            0..310 => self.browse(place, now),
            310..640 => self.chat(place, now),
            640..790 => self.sell(place, now),
            790..810 => self.restock(place, now),
            810..910 => self.sign_in(place, now),
            910..950 => self.register(place, now),
            950..996 => self.desk_work(place, now),
            _ => self.flag(place, now),
        }
    }

    /// Looks around, and perhaps puts something into the cart.
    fn browse(&mut self, place: usize, now: Time) {
        let thread = self.thread(place, now, ActorKind::Honest, false);
        let visitor = format!("v{:08x}", self.rng.random::<u32>());
        let signed_in = self.rng.random_bool(0.6).then(|| self.somebody(place));
        let mut at = now;
        if let Some(person) = signed_in {
            self.introduce(thread, person);
            self.session(thread, person, now);
        }
        for _ in 0..self.rng.random_range(2..9) {
            at = at.plus(self.rng.random_range(3 * SECOND..90 * SECOND));
            let listing = self.some_listing(place);
            let path = match self.rng.random_range(0..3) {
                0 => format!("/c/{}", listing.good.category),
                _ => format!("/l/{}", listing.id),
            };
            self.view(thread, at, signed_in, &visitor, &path);
        }
        if let (Some(person), true) = (signed_in, self.rng.random_bool(0.2)) {
            let listing = self.some_listing(place);
            let (id, currency) = (self.one(place, person).id.clone(), self.places[place].place.currency);
            let members = [
                ("user", Value::from(id.as_str())),
                ("listing", listing.id.into()),
                ("items", 1.into()),
                ("amount", listing.price.into()),
                ("currency", currency.into()),
            ];
            let at = at.plus(self.rng.random_range(SECOND..MINUTE));
            self.put(Post::new(thread, at, "cart.updated", &id, members).by_user(&id));
        }
    }

    /// One page.
    pub(super) fn view(&mut self, thread: Thread, at: Time, person: Option<usize>, visitor: &str, path: &str) {
        let members = [("visitor", Value::from(visitor)), ("path", path.into())];
        let mut post = Post::new(thread, at, "page.viewed", path, members);
        if let Some(person) = person {
            let person = self.one(thread.place, person);
            post = post.by_user(&person.id).with("user", person.id.as_str()).with("device", person.device.as_str());
        }
        self.put(post);
    }

    fn session(&mut self, thread: Thread, person: usize, at: Time) {
        let (ip, agent) = (ip(&mut self.rng), pick(&mut self.rng, &AGENT_STRINGS));
        let country = self.places[thread.place].place.country;
        let person = self.one(thread.place, person);
        let id = person.id.clone();
        let members = [
            ("user", Value::from(id.as_str())),
            ("device", person.device.as_str().into()),
            ("ip", ip.into()),
            ("country", country.into()),
            ("agent_string", agent.into()),
        ];
        self.put(Post::new(thread, at, "session.started", &id, members).by_user(&id));
    }

    /// A buyer and a seller talk, and some of them come to a deal.
    fn chat(&mut self, place: usize, now: Time) {
        let listing = self.some_listing(place);
        let buyer = self.somebody_else(place, listing.seller);
        let thread = self.thread(place, now, ActorKind::Honest, false);
        self.introduce(thread, listing.seller);
        self.introduce(thread, buyer);
        let talk = Talk { id: self.id('c'), listing, buyer };
        let harmless = self.rng.random_bool(0.006);
        let mut at = now;
        for n in 0..self.rng.random_range(2..8) {
            let speech = match n % 2 {
                0 if n == 2 && harmless => Speech::Harmless,
                0 => Speech::Ask,
                _ => Speech::Answer,
            };
            self.message(thread, at, &talk, n % 2 == 0, speech, None);
            at = at.plus(self.rng.random_range(8 * SECOND..6 * MINUTE));
        }
        if self.rng.random_bool(0.35) {
            self.order(thread, at, &talk.listing, buyer);
        }
    }

    /// One message of a talk. In Singapore the chat asks before it delivers, elsewhere it tells what it delivered.
    pub(super) fn message(
        &mut self,
        thread: Thread,
        at: Time,
        talk: &Talk,
        by_buyer: bool,
        speech: Speech,
        expect: Option<&'static str>,
    ) {
        let place = thread.place;
        let (sender, recipient) =
            if by_buyer { (talk.buyer, talk.listing.seller) } else { (talk.listing.seller, talk.buyer) };
        // Two people write in the buyer's language: sellers answer as they are asked.
        let tongue = self.one(place, talk.buyer).tongue;
        let item = talk.listing.good.name(tongue);
        let text = say(&mut self.rng, tongue, speech, item, talk.listing.price as u32);
        let message = self.id('m');
        let (sender, recipient) = (self.one(place, sender).id.clone(), self.one(place, recipient).id.clone());
        let post = |kind, at| {
            let members = [
                ("message", Value::from(message.as_str())),
                ("conversation", talk.id.as_str().into()),
                ("sender", sender.as_str().into()),
                ("recipient", recipient.as_str().into()),
                ("listing", talk.listing.id.as_str().into()),
                ("text", text.as_str().into()),
            ];
            Post::new(thread, at, kind, &message, members).by_user(&sender).expect(expect)
        };
        if place == 0 {
            let attempt = self.put(post("message.submitted", at).ask());
            self.put(post("message.sent", at.plus(200_000)).after(attempt));
        } else {
            self.put(post("message.sent", at));
        }
    }

    /// An order from the basket to the review, with what may go wrong on the way.
    fn order(&mut self, thread: Thread, now: Time, listing: &Listing, buyer: usize) {
        let place = thread.place;
        let (order, currency) = (self.id('o'), self.places[place].place.currency);
        let (buyer_id, seller_id) = (self.one(place, buyer).id.clone(), self.one(place, listing.seller).id.clone());
        let amount = listing.price;
        let post = |at, kind| {
            let members = [
                ("order", Value::from(order.as_str())),
                ("buyer", buyer_id.as_str().into()),
                ("seller", seller_id.as_str().into()),
                ("listing", listing.id.as_str().into()),
                ("amount", amount.into()),
                ("currency", currency.into()),
            ];
            Post::new(thread, at, kind, &order, members)
        };
        let mut at = now.plus(self.rng.random_range(20 * SECOND..4 * MINUTE));
        self.put(post(at, "order.placed").by_user(&buyer_id));
        let instrument = self.one(place, buyer).instrument.clone();
        let mistypes = if self.rng.random_bool(0.05) { self.rng.random_range(1..3) } else { 0 };
        for _ in 0..mistypes {
            at = at.plus(self.rng.random_range(10 * SECOND..MINUTE));
            self.pay(thread, at, &order, buyer, &instrument, amount, Some("wrong_code"), None);
        }
        at = at.plus(self.rng.random_range(10 * SECOND..2 * MINUTE));
        self.pay(thread, at, &order, buyer, &instrument, amount, None, None);
        if self.rng.random_bool(0.06) {
            at = at.plus(self.rng.random_range(10 * MINUTE..10 * HOUR));
            self.put(post(at, "order.cancelled").by_user(&buyer_id));
            let members = [
                ("order", Value::from(order.as_str())),
                ("buyer", buyer_id.as_str().into()),
                ("seller", seller_id.as_str().into()),
                ("amount", amount.into()),
                ("currency", currency.into()),
            ];
            self.put(Post::new(thread, at.plus(MINUTE), "refund.issued", &order, members));
            return;
        }
        at = at.plus(self.rng.random_range(2 * HOUR..30 * HOUR));
        self.put(post(at, "order.shipped").by_user(&seller_id));
        at = at.plus(self.rng.random_range(DAY..4 * DAY));
        self.put(post(at, "order.delivered"));
        at = at.plus(self.rng.random_range(HOUR..2 * DAY));
        match self.rng.random_range(0..100) {
            0..3 => {
                self.put(post(at, "order.disputed").by_user(&buyer_id));
            }
            3..40 => self.review(thread, at, listing.seller, buyer, Some(listing), None),
            _ => {}
        }
    }

    /// A review: praise, or blame when stars are given as one.
    pub(super) fn review(
        &mut self,
        thread: Thread,
        at: Time,
        seller: usize,
        buyer: usize,
        listing: Option<&Listing>,
        blame: Option<Option<&'static str>>,
    ) {
        let tongue = self.one(thread.place, buyer).tongue;
        let stars = match blame {
            Some(_) => 1,
            None => pick(&mut self.rng, &[5, 5, 5, 5, 4, 4, 3, 2]),
        };
        let speech = if stars <= 2 { Speech::Blame } else { Speech::Praise };
        let good = listing.map_or(&GOODS[0], |listing| listing.good);
        let text = say(&mut self.rng, tongue, speech, good.name(tongue), 1);
        let review = self.id('r');
        let (seller, buyer) = (self.one(thread.place, seller).id.clone(), self.one(thread.place, buyer).id.clone());
        let members = [
            ("review", Value::from(review.as_str())),
            ("seller", seller.into()),
            ("buyer", buyer.as_str().into()),
            ("stars", stars.into()),
            ("text", text.into()),
        ];
        let mut post = Post::new(thread, at, "review.posted", &review, members).by_user(&buyer).expect(blame.flatten());
        if let Some(listing) = listing {
            post = post.with("listing", listing.id.as_str());
        }
        self.put(post);
    }

    /// One attempt to pay and what became of it.
    #[expect(clippy::too_many_arguments, reason = "a payment has that many parts")]
    pub(super) fn pay(
        &mut self,
        thread: Thread,
        at: Time,
        order: &str,
        buyer: usize,
        instrument: &str,
        amount: f64,
        refused: Option<&'static str>,
        expect: Option<&'static str>,
    ) {
        let place = self.places[thread.place].place;
        let (payment, buyer) = (self.id('p'), self.one(thread.place, buyer).id.clone());
        let post = |at, kind| {
            let members = [
                ("payment", Value::from(payment.as_str())),
                ("order", order.into()),
                ("buyer", buyer.as_str().into()),
                ("instrument", instrument.into()),
                ("amount", amount.into()),
                ("currency", place.currency.into()),
                ("country", place.country.into()),
            ];
            Post::new(thread, at, kind, &payment, members).by_user(&buyer)
        };
        let attempt = self.put(post(at, "payment.attempted").ask().expect(expect));
        let done = at.plus(self.rng.random_range(SECOND..4 * SECOND));
        match refused {
            Some(reason) => self.put(post(done, "payment.failed").with("reason", reason).after(attempt)),
            None => self.put(post(done, "payment.completed").after(attempt)),
        };
    }

    /// Somebody clears a wardrobe.
    fn sell(&mut self, place: usize, now: Time) {
        let thread = self.thread(place, now, ActorKind::Honest, false);
        let seller = self.somebody(place);
        self.introduce(thread, seller);
        let mut at = now;
        for _ in 0..self.rng.random_range(1..4) {
            let good = &GOODS[self.rng.random_range(0..GOODS.len())];
            let price = self.price(place, good, 0.6..1.2);
            self.list(thread, at, seller, good, price, None);
            at = at.plus(self.rng.random_range(2 * MINUTE..20 * MINUTE));
        }
    }

    /// A shop of many years fills its shelves: many listings, verified, nothing wrong.
    fn restock(&mut self, place: usize, now: Time) {
        let thread = self.thread(place, now, ActorKind::Professional, false);
        let seller = self.shop();
        self.introduce(thread, seller);
        let mut at = now;
        for _ in 0..self.rng.random_range(8..30) {
            let (good, price) = if self.rng.random_bool(0.15) {
                let (good, cap) = self.capped(place);
                (good, (cap * self.rng.random_range(0.5..0.95) * 2.0).floor() / 2.0)
            } else {
                let good = &GOODS[self.rng.random_range(0..GOODS.len())];
                (good, self.price(place, good, 0.9..1.4))
            };
            self.list(thread, at, seller, good, price, None);
            at = at.plus(self.rng.random_range(10 * SECOND..2 * MINUTE));
        }
    }

    /// Puts one thing up for sale: asked first, published when let through.
    pub(super) fn list(
        &mut self,
        thread: Thread,
        at: Time,
        seller: usize,
        good: &'static super::goods::Good,
        price: f64,
        expect: Option<&'static str>,
    ) -> Listing {
        let place = self.places[thread.place].place;
        let listing = self.remember_listing(thread.place, seller, good, price);
        let tongue = self.one(thread.place, seller).tongue;
        let (title, about) = (title(&mut self.rng, good, tongue), description(&mut self.rng, tongue));
        let seller = self.one(thread.place, seller).id.clone();
        let post = |at, kind| {
            let members = [
                ("listing", Value::from(listing.id.as_str())),
                ("seller", seller.as_str().into()),
                ("title", title.as_str().into()),
                ("description", about.into()),
                ("category", good.category.into()),
                ("price", price.into()),
                ("currency", place.currency.into()),
                ("country", place.country.into()),
            ];
            let post = Post::new(thread, at, kind, &listing.id, members).by_user(&seller);
            if good.brand.is_empty() { post } else { post.with("brand", good.brand) }
        };
        let attempt = self.put(post(at, "listing.submitted").ask().expect(expect));
        let published = at.plus(self.rng.random_range(SECOND..5 * SECOND));
        self.put(post(published, "listing.published").after(attempt));
        listing
    }

    /// Signs in, now and then after a wrong password, sometimes on a second device.
    fn sign_in(&mut self, place: usize, now: Time) {
        let thread = self.thread(place, now, ActorKind::Honest, false);
        let person = self.somebody(place);
        self.introduce(thread, person);
        let ip = ip(&mut self.rng);
        let own = self.one(place, person).device.clone();
        let device = if self.rng.random_bool(0.15) { format!("{own}b") } else { own };
        let mut at = now;
        if self.rng.random_bool(0.12) {
            for _ in 0..self.rng.random_range(1..3) {
                self.signin(thread, at, person, &device, &ip, false, None);
                at = at.plus(self.rng.random_range(5 * SECOND..30 * SECOND));
            }
        }
        self.signin(thread, at, person, &device, &ip, true, None);
    }

    /// One sign-in or one failure.
    #[expect(clippy::too_many_arguments, reason = "a sign-in has that many parts")]
    pub(super) fn signin(
        &mut self,
        thread: Thread,
        at: Time,
        person: usize,
        device: &str,
        ip: &str,
        success: bool,
        expect: Option<&'static str>,
    ) {
        let country = self.places[thread.place].place.country;
        let id = self.one(thread.place, person).id.clone();
        let members = [
            ("user", Value::from(id.as_str())),
            ("device", device.into()),
            ("ip", ip.into()),
            ("country", country.into()),
        ];
        let kind = if success { "signin.succeeded" } else { "signin.failed" };
        self.put(Post::new(thread, at, kind, &id, members).by_user(&id).expect(expect));
    }

    /// A new person comes, links a card, and looks around.
    fn register(&mut self, place: usize, now: Time) {
        let thread = self.thread(place, now, ActorKind::Honest, false);
        let person = self.newcomer(thread, now, 0, true);
        self.session(thread, person, now.plus(SECOND));
        if self.rng.random_bool(0.5) {
            let person = self.one(place, person);
            let (id, instrument) = (person.id.clone(), person.instrument.clone());
            let kind = pick(&mut self.rng, &["card", "card", "bank", "wallet"]);
            let members =
                [("user", Value::from(id.as_str())), ("instrument", instrument.as_str().into()), ("kind", kind.into())];
            let at = now.plus(self.rng.random_range(MINUTE..10 * MINUTE));
            self.put(Post::new(thread, at, "instrument.linked", &instrument, members).by_user(&id));
        }
    }

    /// A colleague helps one or two people and looks at what the work needs.
    fn desk_work(&mut self, place: usize, now: Time) {
        let thread = self.thread(place, now, ActorKind::Agent, false);
        let agent = self.agent(place);
        let mut at = now;
        for _ in 0..self.rng.random_range(1..3) {
            let ticket = self.id('t');
            self.reveal(thread, at, at, &agent, Some(&ticket), None);
            at = at.plus(self.rng.random_range(3 * MINUTE..15 * MINUTE));
        }
    }

    /// A look at one person's data, which happened at `time` and is told at `at`.
    pub(super) fn reveal(
        &mut self,
        thread: Thread,
        at: Time,
        time: Time,
        agent: &str,
        ticket: Option<&str>,
        expect: Option<&'static str>,
    ) {
        let person = self.somebody(thread.place);
        self.introduce(thread, person);
        let user = self.one(thread.place, person).id.clone();
        let record = format!("user:{user}");
        let field = pick(&mut self.rng, &["phone", "email"]);
        let members = [
            ("agent", Value::from(agent)),
            ("record", record.as_str().into()),
            ("user", user.as_str().into()),
            ("field", field.into()),
        ];
        let mut post = Post::new(thread, at, "record.revealed", &record, members);
        if let Some(ticket) = ticket {
            let reason =
                pick(&mut self.rng, &["call back about an order", "address check", "refund by bank", "locked out"]);
            post = post.with("ticket", ticket).with("reason", reason);
        }
        self.put(post.by_agent(agent).happened(time).expect(expect));
    }

    /// One person reports another: often a misunderstanding.
    fn flag(&mut self, place: usize, now: Time) {
        let thread = self.thread(place, now, ActorKind::Honest, false);
        let reported = self.somebody(place);
        let reporter = self.somebody_else(place, reported);
        self.introduce(thread, reported);
        self.introduce(thread, reporter);
        self.report(thread, now, reporter, reported, "rude", None);
    }

    /// One report.
    pub(super) fn report(
        &mut self,
        thread: Thread,
        at: Time,
        reporter: usize,
        reported: usize,
        reason: &str,
        expect: Option<&'static str>,
    ) {
        let flag = self.id('f');
        let (by, of) = (self.one(thread.place, reporter).id.clone(), self.one(thread.place, reported).id.clone());
        let members = [
            ("flag", Value::from(flag.as_str())),
            ("reporter", by.as_str().into()),
            ("reported", of.as_str().into()),
            ("reason", reason.into()),
        ];
        self.put(Post::new(thread, at, "flag.raised", &of, members).by_user(&by).expect(expect));
    }
}
