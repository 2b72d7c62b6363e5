//! Every mistake gets a diagnosis that names the student's function or the true cause.
#![forbid(unsafe_code)]

use heaplab_mistakes::{Told, table, tell_all};
use std::path::Path;
use std::{env, fs};

/// One test, so that the mistakes run once.
#[test]
fn every_mistake_gets_a_diagnosis_that_names_its_cause() {
    let told = tell_all();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("TABLE.md");
    if env::var_os("UPDATE").is_some() {
        fs::write(&path, table(&told)).expect("the table is written");
    }
    if let Some(path) = env::var_os("FULL") {
        let full = told.iter().map(|told| {
            format!("=== {} | {} | {}\n{}\n", told.lab, told.mistake.wrong, told.check, told.text)
        });
        fs::write(path, full.collect::<String>()).expect("the texts are written");
    }
    let failures: Vec<String> = told.iter().filter_map(failure).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(told.len() >= 80);
    let committed = fs::read_to_string(&path).expect("the table is there");
    assert!(committed == table(&told), "run UPDATE=1 cargo test -p heaplab-mistakes");
}

/// Returns what is wrong with a diagnosis.
fn failure(told: &Told) -> Option<String> {
    let name = format!("{}, {}", told.lab, told.mistake.wrong);
    let first = told.first_lines().join("\n");
    if told.text.contains("crates/") {
        return Some(format!("{name}: it points into the driver's code:\n{}", told.text));
    }
    let missing: Vec<&&str> =
        told.mistake.says.iter().filter(|words| !first.contains(**words)).collect();
    (!missing.is_empty()).then(|| format!("{name}: not said: {missing:?}:\n{first}"))
}
