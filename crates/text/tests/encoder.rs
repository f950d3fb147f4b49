//! The sentence encoder against figures of the reference implementation, in the house's thirteen languages and on
//! odd texts. Runs where the weights have been set up; the figures stand beside it.

use std::path::Path;

use serde_json::Value;
use text::encoder::Encoder;

/// The encoder, where `cargo xtask setup` has fetched its files.
fn encoder() -> Option<Encoder> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/sentence-encoder");
    let weights = std::fs::read(folder.join("weights.npz")).ok()?;
    let vocabulary = std::fs::read(folder.join("sp.model")).ok()?;
    Some(Encoder::from_bytes(&weights, &vocabulary).unwrap())
}

#[test]
fn vectors_are_the_reference_s() {
    let Some(encoder) = encoder() else {
        return; // Nothing to compare: the weights are fetched by set-up, and everything runs without them.
    };
    let rows: Vec<Value> =
        include_str!("encoder.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let texts: Vec<&str> = rows.iter().map(|row| row["text"].as_str().unwrap()).collect();
    let together = encoder.encode(&texts);
    for (row, vector) in rows.iter().zip(&together) {
        let text = row["text"].as_str().unwrap();
        let pieces: Vec<u32> = row["pieces"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as u32).collect();
        assert_eq!(encoder.pieces(text), pieces, "{text:?}");
        for (n, expect) in row["every_16th"].as_array().unwrap().iter().enumerate() {
            let (got, expect) = (f64::from(vector[n * 16]), expect.as_f64().unwrap());
            assert!((got - expect).abs() < 1e-4, "{text:?}: number {} is {got}, not {expect}", n * 16);
        }
        let alone = encoder.encode(&[text]);
        assert!(alone[0].iter().zip(vector).all(|(a, b)| (a - b).abs() < 1e-5), "{text:?} beside others");
        let length: f32 = vector.iter().map(|x| x * x).sum();
        assert!((length - 1.0).abs() < 1e-4, "{text:?}");
    }
    assert!(rows.len() >= 20);
}

#[test]
fn a_text_without_end_costs_a_bounded_amount() {
    let Some(encoder) = encoder() else { return };
    let long = "word ".repeat(20_000);
    assert_eq!(encoder.pieces(&long).len(), text::encoder::LIMIT_PIECES);
    assert_eq!(encoder.encode(&[&long]).len(), 1);
}

#[test]
fn files_that_are_not_the_encoder_s_are_refused() {
    assert!(Encoder::from_bytes(b"", b"").is_err());
    assert!(Encoder::from_bytes(b"PK\x05\x06", &[0x0A, 200]).is_err());
}
