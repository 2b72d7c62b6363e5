//! The third-party crates, so that a package is built without a network.
//!
//! cargo itself vendors what the pruned workspace's lock file names. A crate
//! that is never compiled on the platform becomes a stub, because cargo reads
//! only its manifest. The others lose their tests, benchmarks and examples.

use super::package::Package;
use super::pruned::{below, cannot, files_in, read};
use cargo_metadata::MetadataCommand;
use heaplab_support::{Error, Listener};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use toml::Table;

/// Targets of the platforms.
pub(crate) const LINUX: &[&str] = &["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"];

/// Targets of the students' machines, and of the platforms.
pub(crate) const LINUX_AND_MAC: &[&str] = &[
    "x86_64-unknown-linux-gnu",
    "aarch64-unknown-linux-gnu",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
];

/// Returns a workspace with its third-party crates, and with cargo's
/// configuration for them. `targets` are the systems that it is to be built on.
///
/// # Errors
/// If cargo fails: without a network, it needs the crates among its downloads.
pub(crate) fn with_vendored(
    mut workspace: Package,
    targets: &[&str],
    listener: &dyn Listener,
) -> Result<Package, Error> {
    let stage = heaplab_scratch::Scratch::new();
    let stage = stage.map_err(|error| cannot("make a folder in", &env::temp_dir(), &error))?;
    let root = stage.path();
    for (path, bytes) in workspace.files() {
        write(&root.join(path), bytes)?;
    }
    // What is no longer used is removed from the lock file.
    let needed = needed(root, targets)?;
    let vendor = ["vendor", "--locked", "--versioned-dirs", "vendor"];
    let configuration = cargo(root, &vendor, listener)?;
    workspace.add("Cargo.lock", read(&root.join("Cargo.lock"))?);
    workspace.add(
        ".cargo/config.toml",
        format!("{configuration}\n[net]\noffline = true\n\n[build]\nincremental = false\n"),
    );
    let vendored = fs::read_dir(root.join("vendor"));
    for entry in vendored.map_err(|error| cannot("read", root, &error))? {
        let entry = entry.map_err(|error| cannot("read", root, &error))?;
        let is_needed = needed.contains(&*entry.file_name().to_string_lossy());
        add_crate(&mut workspace, root, &entry.path(), is_needed)?;
    }
    Ok(workspace)
}

/// Returns the third-party crates that are compiled on any
/// of the targets, by the names of their folders.
fn needed(root: &Path, targets: &[&str]) -> Result<BTreeSet<String>, Error> {
    let mut needed = BTreeSet::new();
    for target in targets {
        let mut command = MetadataCommand::new();
        command.cargo_path(cargo_program()).current_dir(root);
        command.other_options(vec!["--filter-platform".into(), (*target).into()]);
        let metadata = command.exec().map_err(|error| {
            Error::new(format!("error: cargo does not accept the pruned workspace: {error}"))
        })?;
        let others = metadata.packages.iter().filter(|package| package.source.is_some());
        needed.extend(others.map(|package| format!("{}-{}", package.name, package.version)));
    }
    Ok(needed)
}

fn add_crate(
    workspace: &mut Package,
    root: &Path,
    folder: &Path,
    is_needed: bool,
) -> Result<(), Error> {
    let manifest = read(&folder.join("Cargo.toml"))?;
    let checksum = read(&folder.join(CHECKSUM))?;
    let manifest = String::from_utf8_lossy(&manifest);
    let wrong = |error: String| Error::new(format!("error: {}: {error}", folder.display()));
    if !is_needed {
        let stub = stub(&manifest, &checksum).map_err(wrong)?;
        workspace.add_all(&below(root, folder), stub);
        return Ok(());
    }
    let table: Table =
        manifest.parse().map_err(|error: toml::de::Error| wrong(error.to_string()))?;
    let mut all = Package::default();
    for path in files_in(folder)? {
        all.add(below(folder, &path), read(&path)?);
    }
    let left_out = for_tests(&table, &all);
    let mut built = Package::default();
    for (name, bytes) in all.files() {
        if name != CHECKSUM && !left_out.iter().any(|folder| is_in(name, folder)) {
            built.add(name, bytes);
        }
    }
    let checksum = checksum_of(&built, &checksum).map_err(wrong)?;
    built.add(CHECKSUM, checksum);
    workspace.add_all(&below(root, folder), built);
    Ok(())
}

/// Folders that by custom hold a crate's own tests.
const FOR_TESTS: [&str; 4] = ["tests", "benches", "examples", ".github"];

/// Returns the folders of a crate that its build does not read. There are none
/// if the manifest has tests without their paths, because cargo then looks for
/// them; a folder that a source includes a file of is not among them.
fn for_tests(manifest: &Table, files: &Package) -> Vec<&'static str> {
    let targets = ["test", "bench", "example"]
        .iter()
        .filter_map(|kind| manifest.get(*kind)?.as_array())
        .flatten();
    if !targets.into_iter().all(|target| target.get("path").is_some()) {
        return Vec::new();
    }
    let is_included = |folder: &&str| {
        let paths = [format!("../{folder}/"), format!("\"/{folder}/")];
        files
            .files()
            .filter(|(name, _)| {
                name.ends_with(".rs") && !FOR_TESTS.iter().any(|top| is_in(name, top))
            })
            .any(|(_, bytes)| {
                let text = String::from_utf8_lossy(bytes);
                paths.iter().any(|path| text.contains(path))
            })
    };
    let mut folders = FOR_TESTS.to_vec();
    folders.retain(|folder| !is_included(folder));
    folders
}

fn is_in(file: &str, folder: &str) -> bool {
    file.split_once('/').is_some_and(|(top, _)| top == folder)
}

/// Returns the checksums of what is left of a crate.
fn checksum_of(files: &Package, checksum: &[u8]) -> Result<String, String> {
    let mut checksum: Value =
        serde_json::from_slice(checksum).map_err(|error| error.to_string())?;
    if let Some(known) = checksum["files"].as_object_mut() {
        known.retain(|file, _| files.get(file).is_some());
    }
    Ok(checksum.to_string())
}

const CHECKSUM: &str = ".cargo-checksum.json";

/// Returns the manifest, an empty library, and the checksum of the lock file.
fn stub(manifest: &str, checksum: &[u8]) -> Result<Package, String> {
    let table: Table = manifest.parse().map_err(|error: toml::de::Error| error.to_string())?;
    let library = table.get("lib").and_then(|lib| lib.get("path")?.as_str());
    let checksum: Value = serde_json::from_slice(checksum).map_err(|error| error.to_string())?;
    let mut stub = Package::default();
    stub.add(library.unwrap_or("src/lib.rs"), "");
    stub.add("Cargo.toml", manifest);
    stub.add(CHECKSUM, json!({ "files": {}, "package": checksum["package"] }).to_string());
    Ok(stub)
}

/// Runs cargo and returns its output.
fn cargo(root: &Path, arguments: &[&str], listener: &dyn Listener) -> Result<String, Error> {
    let output = Command::new(cargo_program())
        .args(arguments)
        .current_dir(root)
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .output()
        .map_err(|error| Error::new(format!("error: can't run cargo: {error}")))?;
    if !output.status.success() {
        listener.remark(&String::from_utf8_lossy(&output.stderr));
        return Err(Error::new(
            "error: cargo can't vendor what heaplab is built from\n\
             help: `cargo fetch` in the workspace downloads it; then no network is needed",
        ));
    }
    String::from_utf8(output.stdout).map_err(Error::new)
}

fn cargo_program() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let parent = path.parent().map_or(Ok(()), fs::create_dir_all);
    parent.and_then(|()| fs::write(path, bytes)).map_err(|error| cannot("write", path, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vendored_crate_has_its_tests_only_if_its_build_reads_them() {
        let with_path: Table =
            "[[bench]]\nname = \"b\"\npath = \"benches/b.rs\"\n".parse().unwrap();
        let without: Table = "[[bench]]\nname = \"b\"\n".parse().unwrap();
        let mut files = Package::default();
        files.add("src/lib.rs", "#![doc = include_str!(\"../examples/one.rs\")]");
        files.add("benches/b.rs", "include_str!(\"../tests/data\")");
        assert_eq!(for_tests(&with_path, &files), ["tests", "benches", ".github"]);
        assert_eq!(for_tests(&without, &files), [""; 0]);
        assert!(is_in("tests/data/x.txt", "tests"));
        assert!(!is_in("src/tests/mod.rs", "tests") && !is_in("tests.rs", "tests"));
    }

    #[test]
    fn a_file_that_is_left_out_has_no_checksum() {
        let mut left = Package::default();
        left.add("src/lib.rs", "");
        let all = br#"{"files":{"src/lib.rs":"a","tests/t.rs":"b"},"package":"0123"}"#;
        let checksum: Value = serde_json::from_str(&checksum_of(&left, all).unwrap()).unwrap();
        assert_eq!(checksum, json!({ "files": { "src/lib.rs": "a" }, "package": "0123" }));
    }

    #[test]
    fn a_stub_is_a_manifest_and_an_empty_library() {
        let manifest = "[package]\nname = \"windows-some\"\n[lib]\npath = \"source/all.rs\"\n";
        let stub = stub(manifest, br#"{"files":{"a":"b"},"package":"0123"}"#).unwrap();
        let files: Vec<&str> = stub.files().map(|(path, _)| path).collect();
        assert_eq!(files, [".cargo-checksum.json", "Cargo.toml", "source/all.rs"]);
        assert_eq!(stub.get("source/all.rs"), Some(&b""[..]));
        assert_eq!(stub.get(CHECKSUM), Some(&br#"{"files":{},"package":"0123"}"#[..]));
    }
}
