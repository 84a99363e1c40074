//! The fuzz targets as ordinary tests: over their corpus, and over mutations of it.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

#[path = "../../fuzz/checks/page_body.rs"]
mod page_body;
#[path = "../../fuzz/checks/retry_after.rs"]
mod retry_after;

/// Bytes that mean something in JSON or in a date.
const SPECIAL: &[u8] = b"\"{}[]:,0-+eE.\\u \n\xff";

/// The files of a corpus, by name.
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
    let mut paths: Vec<_> = fs::read_dir(folder.join(target))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    assert!(paths.len() > 10, "{} files", paths.len());
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Feeds the corpus, then mutations of it for a short while: the same ones in the same order.
fn feed(target: &str, check: impl Fn(&[u8])) {
    let corpus = corpus(target);
    corpus.iter().for_each(|bytes| check(bytes));
    let mut state = 1_u64;
    let mut roll = |sides: usize| {
        // Knuth's linear congruence; its upper bits are good enough to mutate with.
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((state >> 33) % sides.max(1) as u64).unwrap()
    };
    let end = Instant::now() + Duration::from_secs(2);
    for _ in 0..100_000 {
        let mut bytes = corpus[roll(corpus.len())].clone();
        for _ in 0..=roll(4) {
            let at = roll(bytes.len());
            match roll(6) {
                0 if !bytes.is_empty() => bytes[at] ^= 1 << roll(8),
                1 if !bytes.is_empty() => drop(bytes.remove(at)),
                2 => bytes.insert(at, SPECIAL[roll(SPECIAL.len())]),
                3 => bytes.truncate(at),
                4 => {
                    let other = &corpus[roll(corpus.len())];
                    let from = roll(other.len());
                    bytes.splice(at.., other[from..].iter().copied());
                }
                _ => {
                    let length = roll(bytes.len() - at.min(bytes.len()));
                    let piece = bytes[at..at + length].to_vec();
                    let to = roll(bytes.len());
                    bytes.splice(to..to, piece);
                }
            }
        }
        check(&bytes);
        if Instant::now() > end {
            break;
        }
    }
}

#[test]
fn fault_31_fuzzed_page_bodies_neither_panic_nor_alter_anything() {
    feed("page_body", page_body::check);
}

#[test]
fn fault_04_fuzzed_retry_after_neither_panics_nor_overflows() {
    feed("retry_after", retry_after::check);
}
