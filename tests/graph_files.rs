//! Inside a crate the dependencies between files have no
//! cycle: each file can be read after the files that it uses.
//!
//! A dependency goes from a file to the file that has the item of a `use`. A name
//! that a file only re-exports (`pub use`) leads to the file that defines it.
#![forbid(unsafe_code)]

use heaplab_lab::crate_folders;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use syn::{Item, UseTree, Visibility};

/// The path of a module in its crate: `["split", "table"]`.
type Module = Vec<String>;

/// Contents of a file: its re-exports, and what it uses.
#[derive(Default)]
struct File {
    path: PathBuf,
    /// Names that it re-exports, and the paths that they stand for.
    passed_on: BTreeMap<String, Vec<String>>,
    /// Paths that it uses, from the crate's root.
    uses: Vec<Vec<String>>,
}

/// All files of a crate.
type Crate = BTreeMap<Module, File>;

fn read(source: &Path, module: Module, all: &mut Crate) {
    let text = fs::read_to_string(source).expect("a source file");
    let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{source:?}: {error}"));
    let mut file = File { path: source.to_owned(), ..File::default() };
    let folder = match source.file_stem().and_then(|stem| stem.to_str()) {
        Some("lib" | "main" | "mod") => source.parent().expect("a folder").to_owned(),
        _ => source.with_extension(""),
    };
    let mut children = Vec::new();
    for item in &parsed.items {
        match item {
            Item::Mod(inner) if inner.content.is_none() => {
                let name = inner.ident.to_string();
                let named = [folder.join(format!("{name}.rs")), folder.join(&name).join("mod.rs")];
                // A module with a `path` attribute belongs to a different crate.
                if let Some(path) = named.into_iter().find(|path| path.is_file()) {
                    children.push((name, path));
                }
            }
            Item::Use(item) => {
                let is_passed_on = !matches!(item.vis, Visibility::Inherited);
                add_use(&item.tree, &module, Vec::new(), is_passed_on, &mut file);
            }
            _ => {}
        }
    }
    all.insert(module.clone(), file);
    for (name, path) in children {
        let child = [&module[..], &[name]].concat();
        if child.last().is_some_and(|name| name != "tests") {
            read(&path, child, all);
        }
    }
}

/// Adds the paths of a `use`, from the crate's root.
fn add_use(tree: &UseTree, module: &[String], path: Vec<String>, passed_on: bool, file: &mut File) {
    let mut add = |path: Vec<String>, name: String| {
        let Some(path) = from_root(&path, module) else {
            return; // of a different crate
        };
        if passed_on {
            file.passed_on.insert(name, path);
        } else {
            file.uses.push(path);
        }
    };
    let with = |name: String| [&path[..], &[name]].concat();
    match tree {
        UseTree::Path(inner) => {
            let path = with(inner.ident.to_string());
            add_use(&inner.tree, module, path, passed_on, file);
        }
        UseTree::Name(inner) => add(with(inner.ident.to_string()), inner.ident.to_string()),
        UseTree::Rename(inner) => add(with(inner.ident.to_string()), inner.rename.to_string()),
        UseTree::Glob(_) => add(path, "*".to_owned()),
        UseTree::Group(group) => {
            for inner in &group.items {
                add_use(inner, module, path.clone(), passed_on, file);
            }
        }
    }
}

/// Returns the path from the crate's root; `None` if it is of a different
/// crate. A path that begins with a name is taken to be of this module.
fn from_root(path: &[String], module: &[String]) -> Option<Vec<String>> {
    let mut base = module.to_vec();
    let mut rest = path;
    match rest.first()?.as_str() {
        "crate" => base.clear(),
        "self" => {}
        "super" => {
            while rest.first().is_some_and(|first| first == "super") {
                base.pop();
                rest = &rest[1..];
            }
            return Some([&base[..], rest].concat());
        }
        _ => return Some([&base[..], rest].concat()),
    }
    Some([&base[..], &rest[1..]].concat())
}

/// Returns the module whose file defines what a path leads to;
/// `None` if it only re-exports an item of a different crate.
fn home(all: &Crate, path: &[String], seen: usize) -> Option<Module> {
    let longest = (0..=path.len()).rev().find(|&n| all.contains_key(&path[..n]))?;
    let (module, rest) = path.split_at(longest);
    let Some(name) = rest.first() else {
        return Some(module.to_vec());
    };
    match all[module].passed_on.get(name) {
        Some(further) if seen < 10 && further != path => {
            home(all, &[&further[..], &rest[1..]].concat(), seen + 1)
        }
        Some(_) => None,
        None => Some(module.to_vec()),
    }
}

/// Returns the files that each file uses.
fn arrows(all: &Crate) -> BTreeMap<Module, BTreeSet<Module>> {
    // A path of a different crate leads to the file that names it.
    let targets = |module: &Module, file: &File| {
        let homes = file.uses.iter().filter_map(|path| home(all, path, 0));
        homes.filter(|home| home != module).collect()
    };
    let arrows = all.iter();
    arrows.map(|(module, file)| (module.clone(), targets(module, file))).collect()
}

/// Returns a cycle, if there is one.
fn circle(arrows: &BTreeMap<Module, BTreeSet<Module>>) -> Option<Vec<Module>> {
    let mut done = BTreeSet::new();
    for start in arrows.keys() {
        let mut way = Vec::new();
        if let Some(circle) = walk(arrows, start, &mut way, &mut done) {
            return Some(circle);
        }
    }
    None
}

fn walk(
    arrows: &BTreeMap<Module, BTreeSet<Module>>,
    at: &Module,
    way: &mut Vec<Module>,
    done: &mut BTreeSet<Module>,
) -> Option<Vec<Module>> {
    if let Some(place) = way.iter().position(|one| one == at) {
        return Some(way[place..].to_vec());
    }
    if done.contains(at) {
        return None;
    }
    way.push(at.clone());
    for next in arrows.get(at).into_iter().flatten() {
        let found = walk(arrows, next, way, done);
        if found.is_some() {
            return found;
        }
    }
    way.pop();
    done.insert(at.clone());
    None
}

fn crate_of(folder: &Path) -> Crate {
    let mut all = Crate::new();
    read(&folder.join("src/lib.rs"), Module::new(), &mut all);
    all
}

#[test]
fn files_have_no_import_cycle() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut circles = Vec::new();
    let mut files = 0;
    for folder in crate_folders(&root).expect("the crates") {
        let all = crate_of(&folder);
        files += all.len();
        if let Some(circle) = circle(&arrows(&all)) {
            let paths: Vec<String> =
                circle.iter().map(|module| all[module].path.display().to_string()).collect();
            circles.push(paths.join("\n  uses "));
        }
    }
    assert!(circles.is_empty(), "circles:\n{}", circles.join("\n\n"));
    assert!(files > 300, "only {files} files were found");
}

/// The libraries of the command's own crate do not use its commands.
#[test]
fn libraries_do_not_import_from_the_commands() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let all = crate_of(&root.join("crates/heaplab"));
    let commands = ["commands".to_owned()];
    for (module, targets) in arrows(&all) {
        let is_above = module.starts_with(&commands) || module.is_empty() || module == ["lab"];
        let into = targets.iter().find(|target| target.starts_with(&commands));
        assert!(is_above || into.is_none(), "{module:?} uses {into:?}");
    }
}

#[test]
fn a_cycle_is_found_through_reexported_names() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("src");
    fs::create_dir(&source).expect("a folder");
    let write = |name: &str, text: &str| fs::write(source.join(name), text).expect("a file");
    write("lib.rs", "mod a;\nmod b;\npub use a::A;\npub use b::B;\n");
    write("a.rs", "use crate::B;\npub struct A(B);\n");
    write("b.rs", "use std::fmt;\npub struct B;\n");
    assert_eq!(circle(&arrows(&crate_of(folder.path()))), None);
    write("b.rs", "use super::a::A;\npub struct B(A);\n");
    let found = circle(&arrows(&crate_of(folder.path())));
    assert_eq!(found.map(|circle| circle.len()), Some(2));
}
