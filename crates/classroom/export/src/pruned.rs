//! The workspace without what grading does not need: one lab with the traces that it uses, no
//! tests, only the documents that are built in, and the lab's folder as it was at the start.

use super::package::Package;
use heaplab_assess::{GradedTrace, LabFolder};
use heaplab_grader::{closure, dependencies_of, of_grading};
use heaplab_lab::CLab;
use heaplab_support::Error;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use toml::{Table, Value};

/// The pages that are built into the command: `heaplab explain` prints them.
const PAGES: [&str; 2] = ["docs/glossary.md", "docs/codes.md"];

/// Returns the workspace for one lab, without third-party crates.
///
/// # Errors
/// If a file can't be read, or the starter can't be made.
pub(crate) fn workspace(lab: &LabFolder, traces: &[GradedTrace]) -> Result<Package, Error> {
    let root = lab.workspace().root();
    let mut package = Package::default();
    let mut used = BTreeSet::new();
    let mut members = Vec::new();
    let mut roots = vec!["heaplab"];
    roots.extend(lab.lab.references());
    for folder in closure(root, &roots).map_err(Error::new)? {
        add_crate(&mut package, root, &folder, &mut used)?;
        members.push(below(root, &folder));
    }
    if lab.lab.c.is_none() {
        members.push(folder_of(lab));
    }
    add_lab(&mut package, lab, &mut used)?;
    add_traces(&mut package, lab, traces)?;
    for page in PAGES {
        package.add(page, read(&root.join(page))?);
    }
    let manifest = read_text(&root.join("Cargo.toml"))?;
    let manifest = root_manifest(&manifest, members, &used)
        .map_err(|error| Error::new(format!("error: the workspace's Cargo.toml: {error}")))?;
    package.add("Cargo.toml", manifest);
    package.add("Cargo.lock", read(&root.join("Cargo.lock"))?);
    package.add("rust-toolchain.toml", toolchain(root)?);
    Ok(package)
}

/// Adds a crate: its manifest without what grading does not need, all of `src`, and the C code that
/// is built into it.
fn add_crate(
    package: &mut Package,
    root: &Path,
    folder: &Path,
    used: &mut BTreeSet<String>,
) -> Result<(), Error> {
    let path = folder.join("Cargo.toml");
    let manifest = of_grading(&read_text(&path)?)
        .map_err(|error| Error::new(format!("error: {}: {error}", path.display())))?;
    used.extend(dependencies_of(&manifest));
    package.add(below(root, &path), manifest.to_string());
    let c_code = Some(folder.join("runtime")).filter(|folder| folder.is_dir());
    for folder in [folder.join("src")].into_iter().chain(c_code) {
        for path in files_in(&folder)? {
            package.add(below(root, &path), read(&path)?);
        }
    }
    Ok(())
}

/// Adds the lab: the files of its folder, with the starter and the
/// file beside it in place of what a student may have written there.
fn add_lab(
    package: &mut Package,
    lab: &LabFolder,
    used: &mut BTreeSet<String>,
) -> Result<(), Error> {
    if let Some(c) = &lab.lab.c {
        return add_lab_in_c(package, lab, c);
    }
    let root = lab.workspace().root();
    add_crate(package, root, lab.path(), used)?;
    for name in ["lab.toml", "README.md"] {
        let path = lab.path().join(name);
        if path.is_file() {
            package.add(below(root, &path), read(&path)?);
        }
    }
    let starter = lab.starter(0)?;
    package.add(lab.shown_source(), starter.lib);
    package.add(below(root, &lab.given_path()), starter.given);
    Ok(())
}

/// Returns where a package has the lab. One in C may be outside of the workspace that packs it.
pub(super) fn folder_of(lab: &LabFolder) -> String {
    let of_language = if lab.lab.c.is_some() { "labs/c" } else { "labs" };
    format!("{of_language}/{}", lab.lab.name)
}

/// Adds a lab in C: what its `lab.toml` names.
fn add_lab_in_c(package: &mut Package, lab: &LabFolder, c: &CLab) -> Result<(), Error> {
    let folder = folder_of(lab);
    let named = c.headers.iter().chain(&c.reference).map(String::as_str);
    for name in named.chain(["lab.toml"]) {
        package.add(format!("{folder}/{name}"), read(&lab.path().join(name))?);
    }
    for name in ["README.md", &c.file] {
        let path = lab.path().join(name);
        if path.is_file() {
            package.add(format!("{folder}/{name}"), read(&path)?);
        }
    }
    Ok(())
}

/// Adds the traces that the lab is graded on and that students have, its own and the workspace's,
/// and those of its checks.
fn add_traces(package: &mut Package, lab: &LabFolder, traces: &[GradedTrace]) -> Result<(), Error> {
    let root = lab.workspace().root();
    let folder = lab.workspace().traces();
    let known = traces.iter().filter(|trace| !trace.hidden);
    let stages = lab.lab.stages.iter().filter(|stage| !stage.hidden);
    let checks = stages.flat_map(|stage| &stage.checks);
    let of_checks = checks.filter_map(|check| Some(folder.join(check.file.as_ref()?)));
    for path in known.map(|trace| trace.input.path.clone()).chain(of_checks) {
        let place = match path.strip_prefix(lab.path()) {
            Ok(own) => format!("{}/{}", folder_of(lab), below(lab.path(), own)),
            Err(_) => below(root, &path),
        };
        package.add(place, read(&path)?);
    }
    Ok(())
}

/// Returns the workspace's manifest with the one lab, the dependencies
/// that are used, and profiles for them. They have no debug information,
/// which halves the build time; a platform runs no debugger.
fn root_manifest(
    text: &str,
    members: Vec<String>,
    used: &BTreeSet<String>,
) -> Result<String, toml::de::Error> {
    let mut manifest: Table = text.parse()?;
    let mut gone = BTreeSet::new();
    if let Some(Value::Table(workspace)) = manifest.get_mut("workspace") {
        let members: Vec<Value> = members.into_iter().map(Value::String).collect();
        workspace.insert("members".into(), members.into());
        if let Some(Value::Table(dependencies)) = workspace.get_mut("dependencies") {
            dependencies.retain(|name, _| {
                let stays = used.contains(name);
                if !stays {
                    gone.insert(name.to_owned());
                }
                stays
            });
        }
    }
    if let Some(Value::Table(profiles)) = manifest.get_mut("profile") {
        profiles.remove("bench");
        for (_, profile) in profiles.iter_mut() {
            if let Some(Value::Table(packages)) = profile.get_mut("package") {
                // Labs are in no list of dependencies; their debug information goes too.
                packages.retain(|name, _| !gone.contains(name) && !name.starts_with("lab-"));
            }
        }
        if let Some(Value::Table(dev)) = profiles.get_mut("dev") {
            dev.insert("debug".into(), false.into());
        }
    }
    Ok(manifest.to_string())
}

/// Returns the version of the compiler that made the package, so that the platform gets
/// the same; or the workspace's own choice if this compiler has no release number.
fn toolchain(root: &Path) -> Result<String, Error> {
    let output = Command::new("rustc").arg("--version").current_dir(root).output();
    let said =
        output.map_or(String::new(), |output| String::from_utf8_lossy(&output.stdout).into_owned());
    match release(&said) {
        Some(number) => Ok(format!(
            "# The compiler that this package was made with.\n\
             [toolchain]\nchannel = \"{number}\"\nprofile = \"minimal\"\ncomponents = [\"rustfmt\"]\n"
        )),
        None => read_text(&root.join("rust-toolchain.toml")),
    }
}

/// Returns `1.88.0` for `rustc 1.88.0 (6b00bc388 2025-06-23)`; `None` for a nightly compiler.
fn release(version: &str) -> Option<&str> {
    let number = version.strip_prefix("rustc ")?.split_whitespace().next()?;
    number.chars().all(|c| c.is_ascii_digit() || c == '.').then_some(number)
}

/// Returns all files in a folder and its subfolders.
///
/// # Errors
/// If one can't be read.
pub(super) fn files_in(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    for path in sorted(folder)? {
        if path.is_dir() {
            files.extend(files_in(&path)?);
        } else {
            files.push(path);
        }
    }
    Ok(files)
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = fs::read_dir(folder).map_err(|error| cannot("read", folder, &error))?;
    let paths: io::Result<Vec<PathBuf>> = entries.map(|entry| Ok(entry?.path())).collect();
    let mut paths = paths.map_err(|error| cannot("read", folder, &error))?;
    paths.sort();
    Ok(paths)
}

/// Returns a path as archives have it: relative to the folder, with `/` on every system.
pub(super) fn below(folder: &Path, path: &Path) -> String {
    let path = path.strip_prefix(folder).unwrap_or(path);
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

/// # Errors
/// If it can't be read; the error has the path.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(|error| cannot("read", path, &error))
}

fn read_text(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|error| cannot("read", path, &error))
}

/// Returns the error for a file on which an action failed.
pub(super) fn cannot(what: &str, path: &Path, error: &dyn Display) -> Error {
    Error::new(format!("error: can't {what} {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pruned_workspace_keeps_what_is_used() {
        let text = r#"
            [workspace]
            members = ["crates/*", "labs/[0-9]-*", "tests"]
            [workspace.dependencies]
            libc = "0.2"
            proptest = "1"
            heaplab-heap = { path = "crates/machine/heap" }
            heaplab-mutants = { path = "tests/mutants" }
            [profile.dev]
            opt-level = 1
            [profile.dev.package.heaplab-mutants]
            overflow-checks = false
            [profile.dev.package.lab-2-explicit]
            debug = true
            [profile.dev.package."*"]
            opt-level = 0
        "#;
        let used = ["libc", "heaplab-heap"].map(str::to_owned).into();
        let manifest: Table = root_manifest(text, vec!["crates/machine/heap".into()], &used)
            .unwrap()
            .parse()
            .unwrap();
        let workspace = &manifest["workspace"];
        let members: Vec<&str> =
            workspace["members"].as_array().unwrap().iter().flat_map(Value::as_str).collect();
        assert_eq!(members, ["crates/machine/heap"]);
        let names: Vec<&String> = workspace["dependencies"].as_table().unwrap().keys().collect();
        assert_eq!(names, ["heaplab-heap", "libc"]);
        let dev = &manifest["profile"]["dev"];
        assert_eq!(dev["package"].as_table().unwrap().keys().collect::<Vec<_>>(), ["*"]);
        assert_eq!((&dev["opt-level"], &dev["debug"]), (&Value::from(1), &Value::from(false)));
    }

    #[test]
    fn a_release_has_a_number_and_a_nightly_has_none() {
        assert_eq!(release("rustc 1.88.0 (6b00bc388 2025-06-23)\n"), Some("1.88.0"));
        assert_eq!(release("rustc 1.90.0-nightly (abc 2025-07-01)\n"), None);
        assert_eq!(release(""), None);
    }
}
