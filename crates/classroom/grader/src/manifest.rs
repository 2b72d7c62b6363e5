//! Reduces a crate's manifest to the parts that grading needs: without parts for
//! tests and benchmarks, and without optional parts that [`WANTED`] does not name.
//!
//! Grades do not depend on the other parts, and a package for a
//! platform does not have them. So the hashes do not include them.

use toml::{Table, Value};

/// Sections that only tests and benchmarks need, and build
/// dependencies, which only optional parts need.
const NOT_NEEDED: [&str; 5] =
    ["dev-dependencies", "test", "bench", "example", "build-dependencies"];

/// The features that grading needs: one of the command, one of the crate with the records.
const WANTED: [(&str, &str); 2] = [("heaplab", "grading"), ("heaplab-grade", "records")];

/// Parses a manifest, and returns it without these parts. Its features stay,
/// but are empty, except those of `WANTED`, which are on by default.
///
/// # Errors
/// If it is not TOML.
pub fn of_grading(text: &str) -> Result<Table, toml::de::Error> {
    let mut manifest: Table = text.parse()?;
    let wanted = wanted_features(&manifest);
    leave_out(&mut manifest, &wanted);
    if let Some(Value::Table(targets)) = manifest.get_mut("target") {
        for (_, target) in targets {
            if let Value::Table(target) = target {
                leave_out(target, &wanted);
            }
        }
    }
    if let Some(Value::Table(package)) = manifest.get_mut("package") {
        package.remove("build");
    }
    if let Some(Value::Table(features)) = manifest.get_mut("features") {
        for (name, feature) in features.iter_mut() {
            if !wanted.contains_key(name) {
                *feature = Value::Array(Vec::new());
            }
        }
        if let Some(name) = wanted.keys().next() {
            features.insert("default".into(), vec![Value::from(name.as_str())].into());
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

/// Returns the feature that grading needs of a crate, if any, with the entries that it turns on.
fn wanted_features(manifest: &Table) -> Table {
    let name = manifest.get("package").and_then(|package| package.get("name"));
    let features = manifest.get("features").and_then(Value::as_table).cloned();
    let mut wanted = features.unwrap_or_default();
    let name = name.and_then(Value::as_str).unwrap_or_default();
    wanted.retain(|feature, _| WANTED.contains(&(name, feature)));
    wanted
}

/// Removes the parts from a manifest or from its section for one target.
fn leave_out(table: &mut Table, wanted: &Table) {
    for key in NOT_NEEDED {
        table.remove(key);
    }
    if let Some(Value::Table(dependencies)) = table.get_mut("dependencies") {
        let turned_on = |name: &str| {
            let entry = Value::from(format!("dep:{name}"));
            wanted.values().filter_map(Value::as_array).any(|entries| entries.contains(&entry))
        };
        dependencies.retain(|name, dependency| !is_optional(dependency) || turned_on(name));
    }
}

fn is_optional(dependency: &Value) -> bool {
    let optional = dependency.get("optional").and_then(Value::as_bool);
    optional.unwrap_or(false)
}

/// Returns whether a program is not a test: programs outside `src` are for tests.
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
    fn the_grading_manifest_leaves_out_what_is_not_needed() {
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
    fn the_command_keeps_only_its_grading_features() {
        let manifest = of_grading(
            r#"
            [package]
            name = "heaplab"
            [features]
            default = ["classroom", "plots"]
            grading = ["dep:heaplab-grader"]
            classroom = ["grading", "dep:heaplab-export"]
            plots = ["dep:plotters"]
            [dependencies]
            clap.workspace = true
            heaplab-grader = { workspace = true, optional = true }
            heaplab-export = { workspace = true, optional = true }
            plotters = { workspace = true, optional = true }
            "#,
        )
        .unwrap();
        let dependencies: Vec<&String> =
            manifest["dependencies"].as_table().unwrap().keys().collect();
        assert_eq!(dependencies, ["clap", "heaplab-grader"]);
        let features = manifest["features"].as_table().unwrap();
        assert_eq!(features["default"], vec![Value::from("grading")].into());
        assert_eq!(features["plots"], Value::Array(Vec::new()));
        let again = of_grading(&manifest.to_string()).unwrap();
        assert_eq!(again, manifest);
    }

    #[test]
    fn reducing_a_manifest_twice_is_the_same_as_once() {
        let once = of_grading(MANIFEST).unwrap();
        assert_eq!(of_grading(&once.to_string()).unwrap(), once);
    }
}
