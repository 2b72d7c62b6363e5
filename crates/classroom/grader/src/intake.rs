//! Takes the one source file of a submission out of a file, a folder or an archive.
//!
//! Everything else in a folder or archive is ignored: build scripts,
//! manifests, configurations. An archive is read in memory and never
//! unpacked, so the names of its entries have no effect on the disk.

use flate2::read::GzDecoder;
use heaplab_support::Error;
use heaplab_trace::Visible;
use std::fs::{self, File};
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};

/// A file, a folder or an archive that a student handed in.
#[derive(Clone, Debug)]
pub struct Submission {
    /// The name of the file or folder, without its extension.
    pub name: String,
    /// Its path.
    pub path: PathBuf,
}

/// The source that was taken out of a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The name of its file in the folder or archive.
    pub file: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Whether the submission also has a `given.rs`, which is ignored: the lab has its own.
    pub has_given: bool,
}

/// Maximum size of a source: twenty times the largest reference.
const LARGEST_SOURCE_BYTES: u64 = 1 << 20;

/// Maximum size of a packed archive.
const LARGEST_ARCHIVE_BYTES: u64 = 64 << 20;

/// Maximum number of unpacked bytes that are searched in an archive.
const LARGEST_UNPACKED_BYTES: u64 = 256 << 20;

/// The name of a file that the lab has. A submission's file of this name is ignored.
const GIVEN: &str = "given.rs";

/// Accepted names of the source file, the preferred name first.
const SOURCE_NAMES: [&str; 3] = ["src/lib.rs", "lib.rs", "mm.rs"];

/// Returns the submissions at some paths. A source file, an archive or a folder with a
/// source in it is one submission. In any other folder each entry is one submission.
///
/// # Errors
/// If a path can't be read, or two submissions have the same name.
pub fn submissions(paths: &[PathBuf]) -> Result<Vec<Submission>, Error> {
    let mut found = Vec::new();
    for path in paths {
        let metadata = fs::symlink_metadata(path).map_err(|error| cannot_read(path, &error))?;
        if metadata.is_dir() && !holds_a_source(path) {
            let mut entries = entries(path).map_err(|error| cannot_read(path, &error))?;
            entries.retain(|entry| !is_hidden(entry));
            if entries.is_empty() {
                return Err(Error::new(format!(
                    "error: {}: there is no submission here\n\
                     help: name source files, archives, or a folder of them",
                    path.visible()
                )));
            }
            found.extend(entries.into_iter().map(Submission::at));
        } else {
            found.push(Submission::at(path.clone()));
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    match found.windows(2).find(|pair| pair[0].name == pair[1].name) {
        Some(pair) => Err(Error::new(format!(
            "error: two submissions are called `{}`: {} and {}\nhelp: rename one, or grade them one by one",
            pair[0].name,
            pair[0].path.visible(),
            pair[1].path.visible()
        ))),
        None => Ok(found),
    }
}

impl Submission {
    fn at(path: PathBuf) -> Submission {
        let path_name = match path.file_name() {
            Some(name) => name.to_string_lossy().into_owned(),
            // `.` and `..` get the names of the folders to which they lead.
            None => fs::canonicalize(&path)
                .ok()
                .and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
                .unwrap_or_else(|| "submission".to_owned()),
        };
        let endings = [".rs", ".zip", ".tar", ".tar.gz", ".tgz"];
        let stem = endings.iter().find_map(|ending| path_name.strip_suffix(ending));
        Submission { name: stem.unwrap_or(&path_name).to_owned(), path }
    }

    /// Returns the file or folder at a path as one submission of this name.
    ///
    /// # Errors
    /// If the name is not allowed for a record.
    pub fn named(name: &str, path: &Path) -> Result<Submission, Error> {
        let is_harmless = |c: char| c.is_alphanumeric() || "-_.".contains(c);
        if name.is_empty() || name.starts_with('.') || !name.chars().all(is_harmless) {
            return Err(Error::new(format!(
                "error: a submission can't be called `{name}`\nhelp: a name consists of letters, digits, `-`, `_` and `.`"
            )));
        }
        Ok(Submission { name: name.to_owned(), path: path.to_owned() })
    }

    /// Takes the source out of the submission.
    ///
    /// # Errors
    /// The reason why there is no source, in words for the student.
    pub fn take(&self) -> Result<Source, String> {
        let metadata = fs::symlink_metadata(&self.path).map_err(|error| error.to_string())?;
        if metadata.is_symlink() {
            return Err("it is a symbolic link, not a file".to_owned());
        }
        if metadata.is_dir() {
            return from_folder(&self.path);
        }
        if !metadata.is_file() {
            return Err("it is neither a file nor a folder".to_owned());
        }
        let name = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(".zip") {
            return from_zip(&read_file(&self.path, LARGEST_ARCHIVE_BYTES)?);
        }
        if name.ends_with(".tar") || name.ends_with(".tar.gz") || name.ends_with(".tgz") {
            return from_tar(&read_file(&self.path, LARGEST_ARCHIVE_BYTES)?);
        }
        Ok(Source {
            file: name,
            bytes: read_file(&self.path, LARGEST_SOURCE_BYTES)?,
            has_given: false,
        })
    }
}

impl Source {
    /// Returns the source as text.
    ///
    /// # Errors
    /// If it is not UTF-8.
    pub fn text(&self) -> Result<&str, String> {
        std::str::from_utf8(&self.bytes).map_err(|error| {
            format!("{} is not text: byte {} is not UTF-8", self.file, error.valid_up_to())
        })
    }
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
}

/// Returns whether a folder is one submission, and not a folder of submissions.
fn holds_a_source(folder: &Path) -> bool {
    SOURCE_NAMES.iter().any(|name| fs::symlink_metadata(folder.join(name)).is_ok())
}

fn from_folder(folder: &Path) -> Result<Source, String> {
    let mut candidates: Vec<String> = SOURCE_NAMES.map(str::to_owned).into();
    let others = entries(folder).map_err(|error| error.to_string())?;
    let others: Vec<String> = others
        .iter()
        .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
        .filter(|name| name.ends_with(".rs") && name != GIVEN)
        .collect();
    // A single source file is taken, under any name.
    if let [only] = others.as_slice() {
        candidates.push(only.clone());
    }
    for name in candidates {
        let path = folder.join(&name);
        let Ok(metadata) = fs::symlink_metadata(&path) else {
            continue;
        };
        let through_a_link =
            fs::symlink_metadata(folder.join("src")).is_ok_and(|src| src.is_symlink());
        if metadata.is_symlink() || (name.starts_with("src/") && through_a_link) {
            return Err(format!("{name} is a symbolic link, not a file"));
        }
        if metadata.is_file() {
            return Ok(Source {
                file: name,
                bytes: read_file(&path, LARGEST_SOURCE_BYTES)?,
                has_given: path.with_file_name(GIVEN).is_file(),
            });
        }
    }
    Err(match others.len() {
        0 | 1 => NO_SOURCE.to_owned(),
        count => several(count),
    })
}

/// Returns why no source is taken if there are several.
fn several(count: usize) -> String {
    format!("there are {count} .rs files in it, and none is called lib.rs")
}

const NO_SOURCE: &str =
    "there is no source in it: expected src/lib.rs, lib.rs or a single .rs file";

/// Reads a file of at most `limit_bytes` bytes.
fn read_file(path: &Path, limit_bytes: u64) -> Result<Vec<u8>, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    read_all(file, limit_bytes)
}

fn read_all(from: impl Read, limit_bytes: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut from = from.take(limit_bytes + 1);
    from.read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > limit_bytes {
        Err(format!("it has more than {} KiB", limit_bytes >> 10))
    } else {
        Ok(bytes)
    }
}

/// Returns the rank of a name in an archive, 0 for the preferred one; `None` if the
/// name is not that of a source. An archive may have its files in a folder.
fn rank(name: &str) -> Option<usize> {
    let parts: Vec<&str> =
        name.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if parts.contains(&"..")
        || name.starts_with('/')
        || name.contains('\\')
        || parts.contains(&"__MACOSX")
        || is_given(name)
    {
        return None;
    }
    let whole = parts.join("/");
    let inner = parts.get(1..).unwrap_or_default().join("/");
    for (index, known) in SOURCE_NAMES.iter().enumerate() {
        if whole == *known {
            return Some(2 * index);
        }
        if inner == *known {
            return Some(2 * index + 1);
        }
    }
    (whole.ends_with(".rs") && parts.len() <= 2).then_some(2 * SOURCE_NAMES.len())
}

/// Returns the source with the lowest rank of those in an archive.
fn best(mut found: Vec<(usize, Source)>, has_given: bool) -> Result<Source, String> {
    found.sort_by_key(|(rank, _)| *rank);
    match found.as_slice() {
        [] => Err(NO_SOURCE.to_owned()),
        // This source has an accepted name, or is the only one.
        [(rank, source), rest @ ..] if *rank < 2 * SOURCE_NAMES.len() || rest.is_empty() => {
            Ok(Source { has_given, ..source.clone() })
        }
        _ => Err(several(found.len())),
    }
}

fn is_given(name: &str) -> bool {
    name.rsplit('/').next() == Some(GIVEN)
}

fn from_zip(bytes: &[u8]) -> Result<Source, String> {
    let broken = |error| format!("it is not a zip archive: {error}");
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    let (mut found, mut has_given) = (Vec::new(), false);
    let mut room = LARGEST_UNPACKED_BYTES;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(broken)?;
        let name = entry.name().to_owned();
        has_given |= is_given(&name);
        let Some(rank) = rank(&name) else { continue };
        if entry.is_symlink() {
            return Err(format!("{name} is a symbolic link, not a file"));
        }
        if entry.is_file() {
            let bytes = read_all(entry, LARGEST_SOURCE_BYTES)
                .map_err(|error| format!("{name}: {error}"))?;
            room = room.checked_sub(bytes.len() as u64).ok_or("its contents are too large")?;
            let has_given = false; // `best` sets it
            found.push((rank, Source { file: name, bytes, has_given }));
        }
    }
    best(found, has_given)
}

fn from_tar(bytes: &[u8]) -> Result<Source, String> {
    let is_gzip = bytes.starts_with(&[0x1f, 0x8b]);
    let plain: Box<dyn Read + '_> =
        if is_gzip { Box::new(GzDecoder::new(bytes)) } else { Box::new(bytes) };
    let broken = |error: io::Error| format!("it is not a tar archive: {error}");
    let mut archive = tar::Archive::new(plain.take(LARGEST_UNPACKED_BYTES));
    let (mut found, mut has_given) = (Vec::new(), false);
    for entry in archive.entries().map_err(broken)? {
        let entry = entry.map_err(broken)?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        has_given |= is_given(&name);
        let Some(rank) = rank(&name) else { continue };
        match entry.header().entry_type() {
            tar::EntryType::Regular => {
                let bytes = read_all(entry, LARGEST_SOURCE_BYTES)
                    .map_err(|error| format!("{name}: {error}"))?;
                let has_given = false;
                found.push((rank, Source { file: name, bytes, has_given }));
            }
            tar::EntryType::Symlink | tar::EntryType::Link => {
                return Err(format!("{name} is a link, not a file"));
            }
            _ => {}
        }
    }
    best(found, has_given)
}

fn cannot_read(path: &Path, error: &io::Error) -> Error {
    Error::new(format!("error: can't read {}: {error}", path.visible()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::unix::fs::symlink;

    fn take(path: &Path) -> Result<String, String> {
        let source = Submission::at(path.to_owned()).take()?;
        Ok(format!("{}: {}", source.file, source.text()?))
    }

    fn tar_of(entries: &[(&str, &str)]) -> Vec<u8> {
        let mut archive = tar::Builder::new(Vec::new());
        for (name, text) in entries {
            let mut header = tar::Header::new_gnu();
            // The name is set directly: the library refuses `..`, but a student's tool may not.
            header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_size(text.len() as u64);
            header.set_entry_type(tar::EntryType::Regular);
            header.set_cksum();
            archive.append(&header, text.as_bytes()).unwrap();
        }
        archive.into_inner().unwrap()
    }

    #[test]
    fn only_the_source_file_of_a_submission_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let ann = folder.path().join("ann");
        fs::create_dir_all(ann.join("src")).unwrap();
        fs::write(ann.join("src/lib.rs"), "a").unwrap();
        fs::write(ann.join("build.rs"), "evil").unwrap();
        fs::write(folder.path().join("bob.rs"), "b").unwrap();
        fs::write(folder.path().join(".DS_Store"), "x").unwrap();
        let tar = tar_of(&[
            ("../../lib.rs", "out"),
            ("/lib.rs", "root"),
            ("hw/src/lib.rs", "c"),
            ("hw/build.rs", "evil"),
        ]);
        fs::write(folder.path().join("cleo.tar"), tar).unwrap();
        let found = submissions(&[folder.path().to_owned()]).unwrap();
        let names: Vec<&str> = found.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["ann", "bob", "cleo"]);
        let taken: Vec<String> = found.iter().map(|one| take(&one.path).unwrap()).collect();
        assert_eq!(taken, ["src/lib.rs: a", "bob.rs: b", "hw/src/lib.rs: c"]);
        // A folder with a source in it is one submission.
        assert_eq!(submissions(&[ann]).unwrap().len(), 1);
    }

    #[test]
    fn a_zip_is_read_as_a_submission() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dora.zip");
        let mut zip = zip::ZipWriter::new(File::create(&path).unwrap());
        let options = zip::write::SimpleFileOptions::default();
        for (name, text) in [("mine/lib.rs", "d"), ("mine/.cargo/config.toml", "evil")] {
            zip.start_file(name, options).unwrap();
            zip.write_all(text.as_bytes()).unwrap();
        }
        zip.finish().unwrap();
        assert_eq!(take(&path).unwrap(), "mine/lib.rs: d");
    }

    #[test]
    fn the_labs_own_files_are_not_taken_from_a_student() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("ann/src")).unwrap();
        fs::create_dir(at("bob")).unwrap();
        for file in ["ann/src/lib.rs", "bob/heap.rs"] {
            fs::write(at(file), "mine").unwrap();
            fs::write(at(file).with_file_name(GIVEN), "not mine").unwrap();
        }
        let tar = tar_of(&[("hw/src/given.rs", "not mine"), ("hw/heap.rs", "mine")]);
        fs::write(at("cleo.tar"), tar).unwrap();
        fs::write(at("dora.rs"), "mine").unwrap();
        for (name, has_given) in
            [("ann", true), ("bob", true), ("cleo.tar", true), ("dora.rs", false)]
        {
            let source = Submission::at(at(name)).take().unwrap();
            assert_eq!((source.text().unwrap(), source.has_given), ("mine", has_given), "{name}");
        }
    }

    #[test]
    fn invalid_submissions_are_refused_with_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let problem = |name: &str| take(&at(name)).unwrap_err();
        symlink("/etc/passwd", at("link.rs")).unwrap();
        assert_eq!(problem("link.rs"), "it is a symbolic link, not a file");
        fs::create_dir_all(at("linked/src")).unwrap();
        symlink("/etc/passwd", at("linked/src/lib.rs")).unwrap();
        assert_eq!(problem("linked"), "src/lib.rs is a symbolic link, not a file");
        let huge = File::create(at("huge.rs")).unwrap();
        huge.set_len(1 << 30).unwrap();
        assert_eq!(problem("huge.rs"), "it has more than 1024 KiB");
        fs::write(at("latin.rs"), b"fn f() {} // \xe9").unwrap();
        assert_eq!(problem("latin.rs"), "latin.rs is not text: byte 13 is not UTF-8");
        fs::create_dir(at("empty")).unwrap();
        assert_eq!(problem("empty"), NO_SOURCE);
        fs::write(at("two.tar"), tar_of(&[("a.rs", "a"), ("b.rs", "b")])).unwrap();
        assert_eq!(problem("two.tar"), "there are 2 .rs files in it, and none is called lib.rs");
        fs::write(at("out.tar"), tar_of(&[("../../src/lib.rs", "a")])).unwrap();
        assert_eq!(problem("out.tar"), NO_SOURCE);
        fs::write(at("no.zip"), "PK?").unwrap();
        assert!(problem("no.zip").starts_with("it is not a zip archive"));
    }

    #[test]
    fn a_named_folder_is_one_submission_whatever_its_contents() {
        let folder = tempfile::tempdir().unwrap();
        for file in ["a.rs", "b.rs"] {
            fs::write(folder.path().join(file), "").unwrap();
        }
        let one = Submission::named("ada", folder.path()).unwrap();
        assert_eq!(one.name, "ada");
        assert_eq!(
            one.take().unwrap_err(),
            "there are 2 .rs files in it, and none is called lib.rs"
        );
        assert!(Submission::named("ada", Path::new("/nowhere")).unwrap().take().is_err());
        for name in ["", "../ada", ".ada", "a/b", "a b"] {
            assert!(Submission::named(name, folder.path()).is_err(), "{name}");
        }
    }

    #[test]
    fn two_submissions_of_one_name_are_an_error() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["eve.rs", "eve.zip"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let error = submissions(&[folder.path().to_owned()]).unwrap_err().to_string();
        assert!(error.contains("two submissions are called `eve`"), "{error}");
    }
}
