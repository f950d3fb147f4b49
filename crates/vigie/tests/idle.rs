//! A house without work is quick to open and costs next to nothing. The bounds leave room for a debug
//! build on a busy machine; `docs/performance.md` has the release figures.

mod outside;

use std::time::{Duration, Instant};

use outside::{Folder, House};

#[test]
fn an_empty_house_opens_at_once_and_idles() {
    let folder = Folder::new("idle");
    let house = House::start(&folder.0, &[]);
    assert!(house.start < Duration::from_secs(5), "first answer after {:?}", house.start);
    let (Some(before), started) = (house.processor(), Instant::now()) else { return };
    std::thread::sleep(Duration::from_secs(4));
    let used = house.processor().unwrap() - before;
    let share = used.as_secs_f64() / started.elapsed().as_secs_f64();
    assert!(share < 0.03, "{:.1} % of a core while nothing happens", share * 100.0);
    let (resident, _) = house.memory().unwrap();
    // A debug build maps some 20 MiB more of itself, and what its allocator keeps varies;
    // the bound that is meant is the one of a release build.
    let most = if cfg!(debug_assertions) { 110 } else { 60 };
    assert!(resident < most, "{resident} MiB resident while nothing happens");
}
