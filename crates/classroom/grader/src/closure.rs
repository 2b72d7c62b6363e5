//! The crates of the workspace that a program is built from.
//!
//! A grade's key hashes such a set ([`GRADING_CRATES`]), and a package for
//! a platform holds one: what is not in the set can change neither.

use crate::manifest::of_grading;
use heaplab_lab::crate_folders;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// Crates that can change a grade: these and the crates they are built from
/// make a submission's program, and judge it from outside. The command is
/// not among them: it passes its arguments to `heaplab-grader`, and prints.
pub(crate) const GRADING_CRATES: [&str; 5] =
    ["heaplab-arena", "heaplab-heap", "heaplab-worker", "heaplab-checks", "heaplab-grader"];

/// Returns the folders of the crates that `roots` are built from, the
/// roots included, with the features that grading uses; in order. A
/// root is a package's name or the name of a crate's folder.
///
/// # Errors
/// If a manifest can't be read, or a root's name is not that of a crate.
pub fn closure(root: &Path, roots: &[&str]) -> io::Result<BTreeSet<PathBuf>> {
    let mut crates = BTreeMap::new();
    for folder in crate_folders(root)? {
        let text = fs::read_to_string(folder.join("Cargo.toml"))?;
        let manifest = of_grading(&text).map_err(io::Error::other)?;
        let name = manifest.get("package").and_then(|package| package.get("name")?.as_str());
        crates.insert(name.unwrap_or_default().to_owned(), (folder, manifest));
    }
    let mut found = BTreeSet::new();
    let mut unseen: Vec<String> = Vec::new();
    for name in roots {
        let is_meant = |(package, (folder, _)): &(&String, &(PathBuf, Table))| {
            package == name || folder.ends_with(name)
        };
        match crates.iter().find(is_meant) {
            Some((package, _)) => unseen.push(package.clone()),
            None => return Err(io::Error::other(format!("there is no crate `{name}`"))),
        }
    }
    while let Some(name) = unseen.pop() {
        if let Some((folder, manifest)) = crates.get(&name)
            && found.insert(folder.clone())
        {
            unseen.extend(dependencies_of(manifest));
        }
    }
    Ok(found)
}

/// Returns the names of all that a crate depends on.
pub fn dependencies_of(manifest: &Table) -> BTreeSet<String> {
    let targets = manifest.get("target").and_then(Value::as_table);
    let targets = targets.into_iter().flat_map(|targets| targets.values());
    targets
        .filter_map(Value::as_table)
        .chain([manifest])
        .filter_map(|table| table.get("dependencies")?.as_table())
        .flat_map(|dependencies| dependencies.keys().cloned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use heaplab_assess::Workspace;

    fn names(roots: &[&str]) -> Vec<String> {
        let workspace = Workspace::find().unwrap();
        let folders = closure(workspace.root(), roots).unwrap();
        let name = |folder: &PathBuf| folder.file_name().unwrap().to_string_lossy().into_owned();
        folders.iter().map(name).collect()
    }

    #[test]
    fn the_closure_of_a_crate_has_its_dependencies() {
        assert_eq!(names(&["heap"]), ["arena", "heap"]);
        assert_eq!(names(&["heaplab-heap"]), ["arena", "heap"]);
        let workspace = Workspace::find().unwrap();
        assert!(closure(workspace.root(), &["no-such-crate"]).is_err());
    }

    #[test]
    fn grading_depends_on_neither_allocators_nor_recorders() {
        let crates = names(&GRADING_CRATES);
        for name in ["replay", "trace", "worker", "lab", "grade", "sandbox"] {
            assert!(crates.iter().any(|crate_name| crate_name == name), "{crates:?}");
        }
        for name in ["implicit", "compare", "real", "recording", "export", "diff", "heaplab"] {
            assert!(!crates.iter().any(|crate_name| crate_name == name), "{crates:?}");
        }
    }

    /// A build script could change a grade without changing a hash, so these crates have none.
    #[test]
    fn the_grading_crates_have_no_build_scripts() {
        let workspace = Workspace::find().unwrap();
        for folder in closure(workspace.root(), &GRADING_CRATES).unwrap() {
            let has_one = folder.join("build.rs").is_file();
            assert!(!has_one, "{}", folder.display());
        }
    }
}
