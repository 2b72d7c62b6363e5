//! The base that submissions are built against and graded by: this workspace's crates, built once.

use super::closure::{GRADING_CRATES, closure};
use super::manifest::of_grading;
use heaplab_assess::Workspace;
use heaplab_grade as grade;
use heaplab_support::{Error, Listener};
use serde_json::Value;
use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The crates that the code of a submission and its program names.
const CRATES: [&str; 4] = ["heaplab-arena", "heaplab-heap", "heaplab-worker", "heaplab-checks"];

/// Built crates, a compiler, and their identity.
#[derive(Clone, Debug)]
pub struct Harness {
    /// The version and the hash of the sources, for records.
    pub identity: grade::Harness,
    /// Each crate's library, by the crate's name in code.
    libraries: BTreeMap<String, PathBuf>,
    /// The folder with all libraries that those need.
    dependencies: PathBuf,
    /// All of these libraries.
    all: Vec<PathBuf>,
    /// The compiler's own folder.
    sysroot: PathBuf,
}

impl Harness {
    /// Builds the harness.
    ///
    /// # Errors
    /// If the workspace does not build, or there is no compiler.
    pub fn build(workspace: &Workspace, listener: &dyn Listener) -> Result<Harness, Error> {
        let (libraries, others) = libraries(workspace.root(), listener)?;
        let dependencies = libraries.values().next().and_then(|path| path.parent());
        let dependencies =
            dependencies.ok_or_else(|| Error::new("error: cargo built no library"))?.join("deps");
        let libraries = libraries.into_iter().map(|(name, path)| {
            let lasting = lasting(&path, &dependencies);
            (name, lasting.unwrap_or(path))
        });
        let libraries: BTreeMap<String, PathBuf> = libraries.collect();
        let all = libraries.values().cloned().chain(others).collect();
        Ok(Harness {
            all,
            identity: grade::Harness {
                version: env!("CARGO_PKG_VERSION").to_owned(),
                sha256: hash_of_sources(workspace.root()).map_err(|error| {
                    Error::new(format!("error: can't read the workspace's crates: {error}"))
                })?,
            },
            libraries,
            dependencies,
            sysroot: sysroot(workspace.root())?,
        })
    }

    /// Returns the version and the hash of the sources that it would be built from.
    ///
    /// # Errors
    /// If a source can't be read.
    pub fn identity_in(workspace: &Workspace) -> Result<grade::Harness, Error> {
        let sha256 = hash_of_sources(workspace.root());
        Ok(grade::Harness {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            sha256: sha256.map_err(|error| {
                Error::new(format!("error: can't read the workspace's crates: {error}"))
            })?,
        })
    }

    /// Returns the path of the compiler itself, not of rustup's proxy.
    pub fn rustc(&self) -> PathBuf {
        self.sysroot.join("bin/rustc")
    }

    /// Returns the compiler's folder.
    pub fn sysroot(&self) -> &Path {
        &self.sysroot
    }

    /// Returns the folder of the libraries.
    pub fn dependencies(&self) -> &Path {
        &self.dependencies
    }

    /// Returns all libraries that a submission is linked with.
    pub(crate) fn all_libraries(&self) -> &[PathBuf] {
        &self.all
    }

    /// Returns `--extern` for a crate of `CRATES`, by its name in code.
    pub fn extern_of(&self, name: &str) -> Vec<OsString> {
        let Some(path) = self.libraries.get(name) else {
            return Vec::new();
        };
        let mut value = OsString::from(format!("{name}="));
        value.push(path);
        vec!["--extern".into(), value]
    }
}

/// Libraries by their names in code.
type Libraries = BTreeMap<String, PathBuf>;

/// Builds the crates as `cargo build` does. Returns the paths of their libraries, and of those that
/// these are built from.
fn libraries(root: &Path, listener: &dyn Listener) -> Result<(Libraries, Vec<PathBuf>), Error> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let cannot = |error: io::Error| Error::new(format!("error: can't run cargo: {error}"));
    let mut child = Command::new(cargo)
        .args(["build", "--quiet", "--locked", "--message-format", "json-render-diagnostics"])
        .args(CRATES.iter().flat_map(|name| ["--package", name]))
        .current_dir(root)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(cannot)?;
    let mut all = Vec::new();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).lines() {
            all.extend(library_of(&line.map_err(cannot)?));
        }
    }
    let built = child.wait().map_err(cannot)?.success();
    let is_named = |name: &str| CRATES.iter().any(|known| known.replace('-', "_") == name);
    let (found, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|(name, _)| is_named(name));
    let found: Libraries = found.into_iter().collect();
    if built && found.len() == CRATES.len() {
        Ok((found, others.into_iter().map(|(_, path)| path).collect()))
    } else {
        listener.remark(&format!("cargo could not build {}\n", CRATES.join(", ")));
        Err(Error::new("error: the workspace does not build, so nothing can be graded"))
    }
}

/// Returns a library's path among those with a hash in their names. The path without a hash is a
/// link to it, which cargo replaces when it builds the library with other options: submissions that
/// are compiled afterwards would then find libraries that do not fit together.
fn lasting(library: &Path, dependencies: &Path) -> Option<PathBuf> {
    let file_of = |path: &Path| fs::metadata(path).ok().map(|it| (it.dev(), it.ino()));
    let name = library.file_stem()?.to_str()?;
    let paths = fs::read_dir(dependencies).ok()?.filter_map(Result::ok).map(|entry| entry.path());
    let mut of_library = paths.filter(|path| {
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        let rest = stem.and_then(|stem| stem.strip_prefix(name));
        rest.is_some_and(|rest| rest.starts_with('-')) && path.extension() == library.extension()
    });
    let file = file_of(library)?;
    of_library.find(|path| file_of(path) == Some(file))
}

/// Returns the library in a message of cargo's, by the crate's name in code.
fn library_of(message: &str) -> Option<(String, PathBuf)> {
    let message: Value = serde_json::from_str(message).ok()?;
    let target = &message["target"];
    let is_library = target["crate_types"].as_array()?.contains(&"lib".into());
    let files = message["filenames"].as_array()?.iter();
    let rlib = files.filter_map(Value::as_str).find(|file| file.ends_with(".rlib"));
    let name = target["name"].as_str()?.replace('-', "_");
    is_library.then_some((name, PathBuf::from(rlib?)))
}

fn sysroot(root: &Path) -> Result<PathBuf, Error> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args(["--print", "sysroot"])
        .current_dir(root)
        .output()
        .map_err(|error| Error::new(format!("error: can't run rustc: {error}")))?;
    let path = String::from_utf8_lossy(&output.stdout);
    if output.status.success() {
        Ok(PathBuf::from(path.trim_end()))
    } else {
        Err(Error::new("error: `rustc --print sysroot` fails"))
    }
}

/// Returns the sources and manifests of the crates that can change a grade, in order.
pub(crate) fn sources(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for folder in closure(root, &GRADING_CRATES)? {
        files.push(folder.join("Cargo.toml"));
        collect(&folder.join("src"), &mut files)?;
    }
    files.sort();
    Ok(files)
}

/// Returns the hash of the sources and manifests of the crates that can change a
/// grade: their names and contents. Of a manifest, what only tests need is left out:
/// a package for a platform has the hash of the workspace that it was made from.
fn hash_of_sources(root: &Path) -> io::Result<grade::Digest> {
    let mut all = Vec::new();
    for path in sources(root)? {
        let name = path.strip_prefix(root).unwrap_or(&path);
        let mut bytes = fs::read(&path)?;
        if name.ends_with("Cargo.toml") {
            let manifest =
                of_grading(&String::from_utf8_lossy(&bytes)).map_err(io::Error::other)?;
            bytes = serde_json::to_vec(&manifest)?;
        }
        all.extend(format!("{} {}\n", name.display(), grade::Digest::of(&bytes)).into_bytes());
    }
    Ok(grade::Digest::of(&all))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Appends a comment to all sources in a folder.
    fn comment_on(folder: &Path) {
        let mut files = Vec::new();
        collect(folder, &mut files).unwrap();
        assert!(!files.is_empty(), "{}", folder.display());
        for path in files {
            let text = fs::read_to_string(&path).unwrap();
            fs::write(&path, text + "// A comment.\n").unwrap();
        }
    }

    #[test]
    fn a_library_is_named_by_its_hash() {
        let folder = tempfile::tempdir().unwrap();
        let deps = folder.path().join("deps");
        fs::create_dir(&deps).unwrap();
        for name in ["libheap-1.rlib", "libheap-2.rlib", "libheap-2.rmeta", "libheaps-3.rlib"] {
            fs::write(deps.join(name), "").unwrap();
        }
        let link = folder.path().join("libheap.rlib");
        fs::hard_link(deps.join("libheap-2.rlib"), &link).unwrap();
        assert_eq!(lasting(&link, &deps), Some(deps.join("libheap-2.rlib")));
        let copy = folder.path().join("libheaps.rlib");
        fs::write(&copy, "").unwrap();
        assert_eq!(lasting(&copy, &deps), None);
    }

    #[test]
    fn the_path_of_a_library_is_read_from_cargos_messages() {
        let message = r#"{"reason": "compiler-artifact", "target": {"name": "heaplab-heap",
            "crate_types": ["lib"]}, "filenames": ["/t/libheap.rlib", "/t/libheap.rmeta"]}"#;
        let expected = ("heaplab_heap".to_owned(), PathBuf::from("/t/libheap.rlib"));
        assert_eq!(library_of(message), Some(expected));
        assert_eq!(library_of(&message.replace("\"lib\"", "\"bin\"")), None);
        assert_eq!(library_of(r#"{"reason": "build-finished"}"#), None);
    }

    #[test]
    fn a_key_depends_only_on_what_can_change_a_grade() {
        let workspace = Workspace::find().unwrap();
        let copy = tempfile::tempdir().unwrap();
        for folder in heaplab_lab::crate_folders(workspace.root()).unwrap() {
            let mut files = vec![folder.join("Cargo.toml")];
            collect(&folder.join("src"), &mut files).unwrap();
            for file in files {
                let to = copy.path().join(file.strip_prefix(workspace.root()).unwrap());
                fs::create_dir_all(to.parent().unwrap()).unwrap();
                fs::copy(&file, to).unwrap();
            }
        }
        let key = || Harness::identity_in(&Workspace::at(copy.path())).unwrap();
        let before = key();
        let at = |folder: &str| copy.path().join("crates").join(folder);
        for folder in ["heaplab", "allocators", "classroom/export", "production"] {
            comment_on(&at(folder));
        }
        assert_eq!(key(), before);
        for folder in ["driver/replay", "classroom/lab", "machine/arena"] {
            let before = key();
            comment_on(&at(folder));
            assert_ne!(key(), before, "{folder}");
        }
    }
}
