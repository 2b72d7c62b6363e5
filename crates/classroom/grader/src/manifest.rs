//! A crate's manifest without what only its tests and benchmarks need, and without
//! what is optional: grading asks for no features.
//!
//! Grades do not depend on the rest, and a package for a platform leaves it out:
//! so it is in nobody's hash.

use toml::{Table, Value};

/// What only tests and benchmarks need; and programs at build time, which only what is
/// optional needs.
const NOT_NEEDED: [&str; 5] = [
    "dev-dependencies",
    "test",
    "bench",
    "example",
    "build-dependencies",
];

/// The manifest in a text, without that. Features are there, and empty.
///
/// # Errors
/// If it is no TOML.
pub fn of_grading(text: &str) -> Result<Table, toml::de::Error> {
    let mut manifest: Table = text.parse()?;
    leave_out(&mut manifest);
    if let Some(Value::Table(targets)) = manifest.get_mut("target") {
        for (_, target) in targets {
            if let Value::Table(target) = target {
                leave_out(target);
            }
        }
    }
    if let Some(Value::Table(package)) = manifest.get_mut("package") {
        package.remove("build");
    }
    if let Some(Value::Table(features)) = manifest.get_mut("features") {
        for (_, feature) in features {
            *feature = Value::Array(Vec::new());
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

/// Leaves out, of a manifest or of what it says of one system.
fn leave_out(table: &mut Table) {
    for key in NOT_NEEDED {
        table.remove(key);
    }
    if let Some(Value::Table(dependencies)) = table.get_mut("dependencies") {
        dependencies.retain(|_, dependency| !is_optional(dependency));
    }
}

fn is_optional(dependency: &Value) -> bool {
    let optional = dependency.get("optional").and_then(Value::as_bool);
    optional.unwrap_or(false)
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
        build = "build.rs"
        [features]
        all = ["dep:snmalloc-sys", "dep:cc"]
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
        snmalloc-sys = { workspace = true, optional = true }
        [build-dependencies]
        cc = { workspace = true, optional = true }
        [target.'cfg(unix)'.dev-dependencies]
        tempfile.workspace = true
        [dev-dependencies]
        proptest.workspace = true
        [[bench]]
        name = "replay"
    "#;

    #[test]
    fn what_is_not_needed_is_left_out() {
        let manifest = of_grading(MANIFEST).unwrap();
        let text = manifest.to_string();
        for word in [
            "dev-dependencies",
            "proptest",
            "tempfile",
            "for-tests",
            "bench",
            "snmalloc",
            "build",
            "cc",
        ] {
            assert!(!text.contains(word), "{text}");
        }
        for word in ["heaplab-some", "src/main.rs", "libc", "rustix", "all = []"] {
            assert!(text.contains(word), "{text}");
        }
    }

    #[test]
    fn leaving_it_out_twice_is_leaving_it_out_once() {
        let once = of_grading(MANIFEST).unwrap();
        assert_eq!(of_grading(&once.to_string()).unwrap(), once);
    }
}
