//! Which files a name on the command line means: `./mm.c`, `a.c,b.c`, a folder, a `.so`; with
//! flags for the compiler after a colon, `./mm.c:-DBEST_FIT -O3`.

use crate::interface::{Family, INITS, SUPPORT};
use crate::symbols::Symbols;
use crate::text::defines;
use heaplab_support::Error;
use std::fs;
use std::path::{Path, PathBuf};

/// A heap in C as it is named on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// What is named: one file or folder, or several files.
    pub paths: Vec<PathBuf>,
    /// Flags for the compiler, after all others.
    pub flags: Vec<String>,
    /// The interface, if it is not to be found out.
    pub family: Option<&'static Family>,
}

/// Returns whether a name on the command line means files: its part before a colon has a slash, or
/// ends as the name of a C file does. A shared object counts if it has the functions of a course:
/// others are mallocs for programs.
pub fn is_file(spec: &str) -> bool {
    let (name, _) = split(spec);
    if is_shared_object(spec) {
        let symbols = Symbols::of_file(Path::new(name)).unwrap_or_default();
        return INITS.iter().any(|init| symbols.defined.iter().any(|one| one == init));
    }
    let is_source =
        |one: &str| SOURCES.iter().any(|end| one.strip_suffix(end).is_some_and(is_stem));
    if name.split(',').any(is_source) || matches!(name, "." | "..") {
        return true;
    }
    // Another file may be a library, or not what was meant; what is not there is missed as a file.
    name.contains('/') && !Path::new(name).is_file()
}

/// The ends of the names of files that the compiler compiles.
const SOURCES: [&str; 4] = [".c", ".cc", ".cpp", ".cxx"];

/// Returns whether the file is one in C++.
pub(crate) fn is_cpp(file: &Path) -> bool {
    let end = file.extension().and_then(|end| end.to_str());
    matches!(end, Some("cc" | "cpp" | "cxx"))
}

/// Returns whether this may stand before the end of a file's name.
fn is_stem(text: &str) -> bool {
    !text.is_empty() && !text.ends_with('/')
}

/// Returns whether this is a name of a shared object: one that exists already.
pub fn is_shared_object(spec: &str) -> bool {
    let (name, _) = split(spec);
    name.ends_with(".so") || name.contains(".so.")
}

/// Returns a name of files with more flags, and with an interface if one is given.
pub fn with_flags(spec: &str, family: Option<&str>, flags: &[String]) -> String {
    let (name, own) = split(spec);
    let family = family.map(|family| format!("interface={family}"));
    let words = family.as_deref().into_iter().chain((!own.is_empty()).then_some(own));
    let words: Vec<&str> = words.chain(flags.iter().map(String::as_str)).collect();
    if words.is_empty() { name.to_owned() } else { format!("{name}:{}", words.join(" ")) }
}

fn split(spec: &str) -> (&str, &str) {
    spec.split_once(':').unwrap_or((spec, ""))
}

impl Spec {
    /// Reads a name.
    ///
    /// # Errors
    /// For an unknown interface, and flags with a quote that does not end.
    pub fn parse(spec: &str) -> Result<Spec, Error> {
        let (name, flags) = split(spec);
        let flags = shlex::split(flags).ok_or_else(|| {
            Error::new(format!("error: in `{spec}`, a quote in the compiler's flags does not end"))
        })?;
        let (families, flags): (Vec<String>, Vec<String>) =
            flags.into_iter().partition(|flag| flag.starts_with("interface="));
        let family = families.last().map(|word| Family::named(&word["interface=".len()..]));
        Ok(Spec {
            paths: name.split(',').map(PathBuf::from).collect(),
            flags,
            family: family.transpose()?,
        })
    }

    /// Returns the files to compile: those named, or the one of a folder that defines a heap.
    ///
    /// # Errors
    /// If something named is not there, or a folder has not exactly one heap.
    pub(crate) fn files(&self) -> Result<Vec<PathBuf>, Error> {
        let mut files = Vec::new();
        for path in &self.paths {
            if path.is_dir() {
                files.push(heap_in(path)?);
            } else if path.is_file() {
                expect_source(path)?;
                files.push(path.clone());
            } else {
                return Err(Error::new(format!(
                    "error: there is no file or folder {}\n\
                     help: a heap in C is named by its file, ./mm.c, or by its folder; \
                     `heaplab heaps` lists the others",
                    path.display()
                )));
            }
        }
        Ok(files)
    }
}

/// Sees to it that the compiler takes the file for what it is.
fn expect_source(file: &Path) -> Result<(), Error> {
    let name = file.to_string_lossy();
    if SOURCES.iter().any(|end| name.ends_with(end)) || is_shared_object(&name) {
        return Ok(());
    }
    Err(Error::new(format!(
        "error: {} is not a file in C: its name does not end in .c\n\
         help: a heap in C is named by its file, ./mm.c, or by its folder",
        file.display()
    )))
}

/// Returns the file of a folder that defines a heap: `mm.c`, if several do.
fn heap_in(folder: &Path) -> Result<PathBuf, Error> {
    let all = c_files(folder)?;
    let mut heaps: Vec<PathBuf> = all.iter().filter(|file| has_heap(file)).cloned().collect();
    if heaps.len() > 1 {
        let usual = |path: &PathBuf| path.file_name().is_some_and(|name| name == "mm.c");
        if let Some(usual) = heaps.iter().position(usual) {
            return Ok(heaps.swap_remove(usual));
        }
    }
    let list = |files: &[PathBuf]| {
        let names = files.iter().filter_map(|file| file.file_name());
        names.map(|name| name.to_string_lossy().into_owned()).collect::<Vec<_>>().join(", ")
    };
    let folder = folder.display();
    match &*heaps {
        [one] => Ok(one.clone()),
        [] if all.is_empty() => {
            Err(Error::new(format!("error: the folder {folder} has no .c files")))
        }
        [] => Err(Error::new(format!(
            "error: no file of the folder {folder} defines a heap: {}\n\
             help: a heap defines {}; name its file if it has other names, with --c-interface",
            list(&all),
            INITS.join(", or ")
        ))),
        _ => Err(Error::new(format!(
            "error: several files of the folder {folder} define a heap: {}\n\
             help: name the one that is meant: {folder}/{}",
            list(&heaps),
            heaps[0].file_name().unwrap_or_default().to_string_lossy()
        ))),
    }
}

/// Returns the files beside this one that may define what it needs: not a second heap, nor a
/// driver, nor the course's own `memlib.c`.
pub(crate) fn beside(file: &Path) -> Vec<PathBuf> {
    let folder = file.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    let others = c_files(folder).unwrap_or_default();
    let name = file.file_name();
    let is_other = |other: &PathBuf| {
        other.file_name() != name
            && read(other).is_some_and(|text| {
                let mut not = INITS.iter().chain(SUPPORT).chain(&["main"]);
                !not.any(|function| defines(&text, function))
            })
    };
    let mut others: Vec<PathBuf> = others.into_iter().filter(is_other).collect();
    if folder == Path::new(".") && file.parent() == Some(Path::new("")) {
        others = others.iter().filter_map(|path| path.file_name().map(PathBuf::from)).collect();
    }
    others
}

fn has_heap(file: &Path) -> bool {
    read(file).is_some_and(|text| {
        INITS.iter().any(|function| defines(&text, function)) && !defines(&text, "main")
    })
}

fn read(file: &Path) -> Option<String> {
    Some(String::from_utf8_lossy(&fs::read(file).ok()?).into_owned())
}

/// Returns the C files of a folder by name.
fn c_files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let error = |error| Error::new(format!("error: can't read {}: {error}", folder.display()));
    let entries = fs::read_dir(folder).map_err(error)?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut files: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|end| end == "c") && path.is_file())
        .collect();
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_from_heaps_of_the_lab() {
        for file in ["./mm.c", "mm.c", "mm.c,list.c", "lab/", "/tmp/x", "mm.c:-O3", "."] {
            assert!(is_file(file), "{file}");
        }
        for heap in
            ["implicit", "explicit:address,best-fit", "libc", "mine", "c", ".c", "./libmm.so"]
        {
            assert!(!is_file(heap), "{heap}");
        }
    }

    #[test]
    fn flags_follow_a_colon_and_are_added_to() {
        let spec = with_flags("./mm.c:-DBEST", Some("cmu"), &["-O3".to_owned()]);
        assert_eq!(spec, "./mm.c:interface=cmu -DBEST -O3");
        let spec = Spec::parse(&spec).unwrap();
        assert_eq!(spec.flags, ["-DBEST", "-O3"]);
        assert_eq!(spec.family.map(|family| family.name), Some("cmu"));
        assert_eq!(with_flags("a.c", None, &[]), "a.c");
        assert!(Spec::parse("a.c:'").is_err() && Spec::parse("a.c:interface=x").is_err());
    }
}
