//! The guard's commands as a person runs them: what they measure and how they end.

mod outside;

use std::process::Output;

use outside::{Folder, vigie};
use serde_json::Value;

#[track_caller]
fn object(output: &Output) -> Value {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{out}{err}");
    assert_eq!(out.lines().count(), 1, "{out}");
    serde_json::from_str(out.trim()).unwrap_or_else(|e| panic!("{e}: {out}"))
}

/// Conversations in pairs: one honest, one with a lure at its end.
fn pairs() -> String {
    let honest = [
        ("buyer", "Hi, is the bike still available?"),
        ("seller", "Yes, it is two years old and works well."),
        ("buyer", "Would you take 40 if I come by tonight?"),
    ];
    let lures = [
        "Message me on WhatsApp +65 9123 4567 and pay me directly by bank transfer, we skip the fees",
        "Send the deposit first and delete this chat, then add me on telegram",
        "I sent you a code, tell me the code so I know you are real, then pay outside the app",
    ];
    let fine = ["Sure, see you at six at the station", "Please only pay in the app", "Does it come with the box?"];
    let mut lines = String::new();
    for (n, (lure, fine)) in lures.iter().zip(fine).enumerate() {
        for (label, last) in [(1, *lure), (0, fine)] {
            let turns: Vec<Value> = honest
                .iter()
                .chain(&[("seller", last)])
                .map(|(role, text)| serde_json::json!({"role": role, "text": text, "at": n}))
                .collect();
            let line = serde_json::json!({"id": format!("pair-{n}/{label}"), "source": "test", "label": label, "turns": turns});
            lines += &format!("{line}\n");
        }
    }
    lines
}

#[test]
fn conversations_are_measured_beside_keywords() {
    let folder = Folder::new("eval");
    let (file, scores) = (folder.0.join("talks.jsonl"), folder.0.join("scores.jsonl"));
    std::fs::write(&file, pairs()).unwrap();
    let mut command = vigie();
    command.args(["eval", "conversation", "--json", "--no-encoder", "--scores"]).arg(&scores).arg("--test").arg(&file);
    let told = object(&command.output().unwrap());
    assert_eq!((&told["n"], &told["base_rate"], &told["encoder"]), (&6.into(), &0.5.into(), &false.into()), "{told}");
    assert_eq!(told["pairwise_accuracy"], 1.0, "{told}");
    assert_eq!(told["alert_share_benign"], 0.0, "{told}");
    assert!(told["alert_share_fraud"].as_f64() > Some(0.3), "{told}");
    assert_eq!(told["median_first_alert_turn"], 4.0, "{told}");
    for part in [&told["per_source"]["test"], &told["per_language"]["en"], &told["keyword_twin"]] {
        for field in ["n", "base_rate", "roc_auc", "pr_auc", "pairwise_accuracy", "recall_at_1pct_false_alarms"] {
            assert!(part[field].is_number(), "{field}: {told}");
        }
    }
    assert!(told["keyword_twin"]["per_source"]["test"]["n"] == 6 && told["messages_per_s"].as_f64() > Some(0.0));
    let scores = std::fs::read_to_string(scores).unwrap();
    assert_eq!(scores.lines().count(), 6);
    let first: Value = serde_json::from_str(scores.lines().next().unwrap()).unwrap();
    assert!(first["alert_turn"] == 4 && first["reasons"].as_array().is_some_and(|all| !all.is_empty()), "{first}");
}

#[test]
fn honest_people_are_counted_and_bad_lines_named() {
    let folder = Folder::new("alarms");
    let file = folder.0.join("honest.jsonl");
    std::fs::write(&file, "{\"text\":\"Bonjour, c'est toujours disponible ?\"}\n{\"text\":\"see you at six\",\"lang\":\"en\"}\n{\"turns\":[{\"role\":\"a\",\"text\":\"还在吗？\"}]}\n").unwrap();
    let run = |file: &std::path::Path| {
        vigie().args(["eval", "false-alarms", "--json", "--no-encoder", "--test"]).arg(file).output().unwrap()
    };
    let told = object(&run(&file));
    assert_eq!((&told["n"], &told["flagged_share"]), (&3.into(), &0.0.into()), "{told}");
    assert!(told["per_language"]["fr"]["n"] == 1 && told["top_reasons"].is_array() && told["encoder"] == false);
    std::fs::write(&file, "{\"text\":\"a\"}\n{\"label\":0}\n").unwrap();
    let refused = run(&file);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("honest.jsonl:2: neither"), "{refused:?}");
    assert_eq!(run(&folder.0.join("nowhere")).status.code(), Some(2));
}

#[test]
fn heads_are_trained_compared_and_used() {
    let folder = Folder::new("train");
    let (labels, talks, heads) = (folder.0.join("labels.jsonl"), folder.0.join("talks.jsonl"), folder.0.join("heads"));
    let line = |n: usize, label: u8| {
        let text = if label == 1 { "the red lamp stands by the window" } else { "the blue lamp stands by the door" };
        format!("{{\"text\":\"{text} {n}\",\"label\":{label}}}\n")
    };
    std::fs::write(&labels, (0..120).map(|n| line(n, u8::from(n % 3 == 0))).collect::<String>()).unwrap();
    let mut command = vigie();
    command
        .args(["train", "conversation", "--json", "--models", "/nowhere", "--labels"])
        .arg(&labels)
        .arg("--out")
        .arg(&heads);
    let told = object(&command.output().unwrap());
    assert!(told["kept_aside"].as_u64() > Some(5), "{told}");
    let (before, after) = (&told["before"]["words"]["pr_auc"], &told["after"]["words"]["pr_auc"]);
    assert!(after.as_f64() > Some(0.95) && after.as_f64() >= before.as_f64(), "{told}");
    let first = std::fs::read(heads.join("words.bin")).unwrap();
    object(&command.output().unwrap());
    assert!(first == std::fs::read(heads.join("words.bin")).unwrap(), "the same seed gives the same heads");
    std::fs::write(&talks, pairs()).unwrap();
    let mut command = vigie();
    command.args(["eval", "conversation", "--json", "--no-encoder", "--test"]).arg(&talks).arg("--heads").arg(&heads);
    assert_eq!(object(&command.output().unwrap())["n"], 6);
}
