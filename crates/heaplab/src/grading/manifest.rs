//! A crate's manifest without what only its tests and benchmarks need.
//!
//! Grades do not depend on the rest, and a package for a platform leaves it out:
//! so it is in nobody's hash.

use toml::{Table, Value};

/// What only tests and benchmarks need.
const FOR_TESTS: [&str; 4] = ["dev-dependencies", "test", "bench", "example"];

/// The manifest in a text, without that.
///
/// # Errors
/// If it is no TOML.
pub(crate) fn without_tests(text: &str) -> Result<Table, toml::de::Error> {
    let mut manifest: Table = text.parse()?;
    for key in FOR_TESTS {
        manifest.remove(key);
    }
    if let Some(Value::Table(targets)) = manifest.get_mut("target") {
        for (_, target) in targets {
            if let Value::Table(target) = target {
                target.remove("dev-dependencies");
            }
        }
    }
    if let Some(Value::Array(programs)) = manifest.get_mut("bin") {
        programs.retain(is_no_test);
        if programs.is_empty() {
            manifest.remove("bin");
        }
    }
    Ok(manifest)
}

/// Programs that lie outside `src` are there for tests.
fn is_no_test(program: &Value) -> bool {
    let path = program.get("path").and_then(Value::as_str);
    path.is_none_or(|path| path.starts_with("src/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"
        [package]
        name = "heaplab-some"
        [[bin]]
        name = "heaplab"
        path = "src/main.rs"
        [[bin]]
        name = "for-tests"
        path = "tests/programs/one.rs"
        [dependencies]
        libc.workspace = true
        [target.'cfg(unix)'.dependencies]
        rustix.workspace = true
        [target.'cfg(unix)'.dev-dependencies]
        tempfile.workspace = true
        [dev-dependencies]
        proptest.workspace = true
        [[bench]]
        name = "replay"
    "#;

    #[test]
    fn what_tests_need_is_left_out() {
        let manifest = without_tests(MANIFEST).unwrap();
        let text = manifest.to_string();
        for word in [
            "dev-dependencies",
            "proptest",
            "tempfile",
            "for-tests",
            "bench",
        ] {
            assert!(!text.contains(word), "{text}");
        }
        for word in ["heaplab-some", "src/main.rs", "libc", "rustix"] {
            assert!(text.contains(word), "{text}");
        }
    }

    #[test]
    fn leaving_it_out_twice_is_leaving_it_out_once() {
        let once = without_tests(MANIFEST).unwrap();
        assert_eq!(without_tests(&once.to_string()).unwrap(), once);
    }
}
