//! A policy folder and the house: what people change is in both, what breaks in the folder is told and changes nothing.

mod common;

use std::fs;
use std::time::{Duration, Instant};

use common::{Folder, House, Place, default_pack, small};
use decision::pack::Files;
use engine::{Author, Changed};
use store::Location;

/// The pack with one word of a rule's file changed.
fn reworded(files: &Files) -> Files {
    let mut files = files.clone();
    let text = files["rules/listings.yaml"].replace("in an hour", "within an hour");
    assert_ne!(text, files["rules/listings.yaml"]);
    files.insert("rules/listings.yaml".to_owned(), text);
    files
}

#[track_caller]
fn waits(what: &str, mut there: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !there() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn the_house_and_its_folder_hold_the_same() {
    let (data, policy) = (Folder::new("folder-data"), Folder::new("folder-policy"));
    let first = default_pack();
    for (path, text) in first.iter().chain([(&"README.md".to_owned(), &"for people".to_owned())]) {
        let path = policy.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let place = Place { location: Location::Folder(data.0.clone()), folder: None };
    let house = House::with(&place, small(), &engine::folder::read(&policy.0).unwrap());
    house.engine.watch(policy.0.clone());
    let given = house.engine.pack().hash.clone();

    // A person's change reaches the folder, and the folder's watcher finds nothing new in it.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let ana = Author { name: "ana".to_owned(), maker: None };
    let second = reworded(&first);
    let changed = runtime.block_on(house.engine.activate(second.clone(), ana, "clearer".into(), None)).unwrap();
    let hash = house.engine.pack().hash.clone();
    assert_eq!(changed, Changed::Active(hash.clone()));
    assert!(hash != given && engine::folder::read(&policy.0).unwrap() == second);

    // A slip in the folder is told, and the policy stays; mended, it is in force.
    let file = policy.0.join("rules/listings.yaml");
    fs::write(&file, second["rules/listings.yaml"].replace("seller_listings", "seler_listings")).unwrap();
    waits("the slip is told", || !house.engine.folder_findings().is_empty());
    assert_eq!(house.engine.pack().hash, hash);
    fs::write(&file, &first["rules/listings.yaml"]).unwrap();
    waits("the mended folder is in force", || house.engine.pack().hash == given);
    waits("nothing is wrong any more", || house.engine.folder_findings().is_empty());
}
