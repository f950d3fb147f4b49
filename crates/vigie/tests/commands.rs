//! The commands as a person or a script runs them: what they print, and how they end.

mod outside;

use std::path::Path;
use std::process::Output;

use outside::{Folder, House, get, vigie};
use serde_json::Value;

fn run(words: &[&str], data: &Path) -> Output {
    vigie().args(words).arg("--data").arg(data).output().unwrap()
}

/// The one JSON object a command printed, and nothing else.
#[track_caller]
fn object(output: &Output, code: i32) -> Value {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{out}{err}");
    assert_eq!(out.lines().count(), 1, "{out}");
    let value: Value = serde_json::from_str(out.trim()).unwrap_or_else(|e| panic!("{e}: {out}"));
    assert!(value.is_object());
    value
}

#[test]
fn a_market_is_simulated_imported_counted_replayed_and_carried_elsewhere() {
    let folder = Folder::new("commands");
    let (data, file) = (folder.0.join("data"), folder.0.join("events.ndjson"));
    let name = file.to_str().unwrap();
    let told = vigie().args(["simulate", "--seed", "3", "--events", "3000", "--json", "--out", name]).output().unwrap();
    assert_eq!(object(&told, 0)["events"], 3000);
    assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 3000);

    let first = object(&run(&["import", name, "--json"], &data), 0);
    assert_eq!((&first["accepted"], &first["rejected"]), (&Value::from(3000), &Value::from(0)), "{first}");
    let again = object(&run(&["import", name, "--json"], &data), 0);
    assert_eq!((&again["accepted"], &again["duplicates"]), (&Value::from(0), &Value::from(3000)));

    let stat = object(&run(&["log", "stat", "--json"], &data), 0);
    let events = stat["events"].as_u64().unwrap();
    // The house writes facts of its own beside: at least that a policy came into force.
    assert!((3003..3200).contains(&events), "{stat}");
    assert!(stat["hits"].as_u64() > Some(0), "{stat}");

    let verified = object(&run(&["replay", "--verify", "--json"], &data), 0);
    assert_eq!((&verified["events"], &verified["different"]), (&stat["events"], &Value::from(0)), "{verified}");
    let diff = object(&run(&["replay", "--diff", "--json"], &data), 0);
    assert_eq!(diff["changed_hits"], 0, "the same policy changes nothing: {diff}");

    let backup = folder.0.join("backup.vigie");
    let kept = object(&run(&["backup", backup.to_str().unwrap(), "--json"], &data), 0);
    assert_eq!(kept["events"], stat["events"]);
    let other = folder.0.join("other");
    object(&run(&["restore", backup.to_str().unwrap(), "--json"], &other), 0);
    object(&run(&["replay", "--verify", "--json"], &other), 0);
    let twice = run(&["restore", backup.to_str().unwrap(), "--json"], &other);
    assert_eq!(twice.status.code(), Some(1), "a store that is there is not overwritten");
}

#[test]
fn bad_lines_are_named_and_good_ones_kept() {
    let folder = Folder::new("import");
    let (data, file) = (folder.0.join("data"), folder.0.join("events.ndjson"));
    let good = r#"{"specversion":"1.0","id":"1","source":"t","type":"page.viewed","market":"sg","data":{"path":"/"}}"#;
    std::fs::write(&file, format!("{good}\n\nnot an event\n{}\n", good.replace("\"sg\"", "\"atlantis\""))).unwrap();
    let told = object(&run(&["import", file.to_str().unwrap(), "--json"], &data), 1);
    assert_eq!((&told["accepted"], &told["rejected"]), (&Value::from(1), &Value::from(2)), "{told}");
    let fields: Vec<&str> =
        told["first_rejected"].as_array().unwrap().iter().filter_map(|r| r["field"].as_str()).collect();
    assert!(fields.contains(&"market"), "{told}");
}

#[test]
fn a_table_is_imported_through_a_map_of_its_columns() {
    let folder = Folder::new("table");
    let (data, file, map) = (folder.0.join("data"), folder.0.join("orders.csv"), folder.0.join("orders.map"));
    let rows = "No,Placed,Buyer,Total\nA-1,2026-03-01 09:30,u1,12.50\n\"A-2\",2026-03-02,\"u,2\",3\nA-3,2026-03-02,u3,3 euros\nA-4,,u4,9\n";
    std::fs::write(&file, rows).unwrap();
    let text = "type: =order.placed\nid: No\ntime: Placed\nmarket: =sg\ndata.order: No\ndata.buyer: Buyer\ndata.seller: =s1\ndata.amount: Total\n";
    std::fs::write(&map, text).unwrap();
    let words = ["import", file.to_str().unwrap(), "--map", map.to_str().unwrap(), "--json"];
    let told = object(&run(&words, &data), 1);
    assert_eq!((&told["accepted"], &told["rejected"]), (&Value::from(3), &Value::from(1)), "{told}");
    let bad = &told["first_rejected"][0];
    assert_eq!((&bad["line"], &bad["field"]), (&Value::from(4), &Value::from("data.amount (column Total)")));
    std::fs::write(&file, rows.replace("3 euros", "3.00")).unwrap();
    let again = object(&run(&words, &data), 0);
    assert_eq!((&again["accepted"], &again["duplicates"]), (&Value::from(1), &Value::from(3)), "only what is new");
    std::fs::write(&map, "type: =order.placed\ndata.x: Nope\n").unwrap();
    assert_eq!(run(&words, &data).status.code(), Some(2), "a map that does not fit is wrong use");
}

#[test]
fn wrong_use_ends_with_two_and_a_failed_check_with_one() {
    let folder = Folder::new("codes");
    let data = &folder.0;
    for words in [
        &["nonsense"][..],
        &["key", "new"],
        &["key", "new", "--scope", "root"],
        &["agent", "new", "--login", "x", "--name", "x", "--role", "king"],
        &["serve", "--listen", "here"],
        &["import", "no-such-file"],
        &["simulate", "--start", "yesterday"],
    ] {
        let ended = if words[0] == "simulate" || words[0] == "nonsense" {
            vigie().args(words).output().unwrap()
        } else {
            run(words, data)
        };
        assert_eq!(ended.status.code(), Some(2), "{words:?}: {}", String::from_utf8_lossy(&ended.stderr));
        assert!(ended.stdout.is_empty() && !ended.stderr.is_empty(), "{words:?}");
    }
    let pack = data.join("pack");
    std::fs::create_dir_all(&pack).unwrap();
    std::fs::write(pack.join("vigie.yaml"), "name: x\nmarkts: {}\n").unwrap();
    let checked = vigie().args(["check", pack.to_str().unwrap(), "--json"]).output().unwrap();
    let told = object(&checked, 1);
    let found = told["diagnostics"].as_array().unwrap();
    assert!(told["ok"] == false && found.iter().any(|d| d["suggestion"] == "markets"), "{told}");
    let fine = vigie().args(["check", "--json"]).output().unwrap();
    assert_eq!(object(&fine, 0)["tests"]["failed"], 0);
}

#[test]
fn a_key_is_printed_alone_and_opens_a_house_that_runs_already() {
    let folder = Folder::new("key");
    let house = House::start(&folder.0, &[]);
    let made = run(&["key", "new", "--scope", "read"], &folder.0);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let key = String::from_utf8(made.stdout).unwrap();
    assert_eq!((key.lines().count(), &key[..3]), (1, "vk_"));
    assert_eq!(get(house.port, "/v1/stats", Some(key.trim())).unwrap().status, 200);
    let stat = object(&run(&["log", "stat", "--json"], &folder.0), 0);
    assert!(stat["events"].is_u64(), "beside a running house: {stat}");
    let backup = folder.0.join("beside.vigie");
    object(&run(&["backup", backup.to_str().unwrap(), "--json"], &folder.0), 0);
}

#[test]
fn on_postgresql_a_house_stops_in_order_and_is_carried_elsewhere() {
    let folder = Folder::new("postgres");
    let (file, data) = (folder.0.join("events.ndjson"), folder.0.join("data"));
    let name = file.to_str().unwrap();
    let told = vigie().args(["simulate", "--seed", "5", "--events", "300", "--json", "--out", name]).output().unwrap();
    assert_eq!(object(&told, 0)["events"], 300);
    let (one, other) = (testkit::postgres::database(), testkit::postgres::database());
    let on = |store: &str, words: &[&str]| run(&[words, &["--store", store]].concat(), &data);
    object(&on(&one, &["import", name, "--json"]), 0);
    let kept = folder.0.join("kept.vigie");
    let kept = kept.to_str().unwrap();
    assert!(object(&on(&one, &["backup", kept, "--json"]), 0)["events"].as_u64() >= Some(300));
    object(&on(&other, &["restore", kept, "--json"]), 0);
    assert_eq!(object(&on(&other, &["replay", "--verify", "--json"]), 0)["different"], 0);

    let mut house = House::start(&folder.0, &["--store", &other]);
    assert_eq!(get(house.port, "/healthz", None).unwrap().status, 200);
    assert_eq!(house.stop(), Some(0), "asked to stop, it ends in order");
}

#[test]
fn a_slip_in_a_path_is_told_and_makes_no_store() {
    let folder = Folder::new("slip");
    let nowhere = folder.0.join("nowhere");
    let kept = folder.0.join("kept.vigie");
    let commands: [&[&str]; 4] =
        [&["replay", "--verify"], &["log", "stat"], &["backup", kept.to_str().unwrap()], &["replay", "--diff"]];
    for words in commands {
        let ended = run(words, &nowhere);
        let told = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(2), "{words:?}: {told}");
        assert!(told.contains("there is no store in") && !nowhere.exists() && !kept.exists(), "{words:?}: {told}");
    }
}
