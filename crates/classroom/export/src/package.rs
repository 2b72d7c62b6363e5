//! A package: files by their paths, and the archives that they become.
//!
//! An archive is a function of the files alone: they are sorted and all have
//! one time and one owner. Packing the same files twice gives the same bytes.

use flate2::{Compression, GzBuilder};
use std::collections::BTreeMap;
use std::io::{self, Cursor, Write};
use std::path::Path;
use zip::write::SimpleFileOptions;

/// The start of 2020, in seconds since 1970: long before any build of the packed sources.
const SECONDS: u64 = 1_577_836_800;
const YEAR: u16 = 2020;

/// Modes, as Unix has them.
mod mode {
    pub(super) const FILE: u32 = 0o644;
    pub(super) const PROGRAM: u32 = 0o755;
    pub(super) const SECRET: u32 = 0o600;
    pub(super) const SECRET_FOLDER: u32 = 0o700;
}

/// Files by their paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Package {
    /// A folder is listed, with `/` at its end, only if it
    /// is secret: other folders follow from their files.
    items: BTreeMap<String, Item>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Item {
    mode: u32,
    bytes: Vec<u8>,
}

impl Package {
    /// Adds a file that everybody may read.
    pub(crate) fn add(&mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.put(path.into(), mode::FILE, bytes.into());
    }

    /// Adds a file that everybody may run.
    pub(crate) fn add_program(&mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.put(path.into(), mode::PROGRAM, bytes.into());
    }

    /// Adds a folder that only its owner may look into.
    pub(crate) fn add_secret_folder(&mut self, path: &str) {
        self.put(format!("{path}/"), mode::SECRET_FOLDER, Vec::new());
    }

    /// Adds a file that only its owner may read.
    pub(crate) fn add_secret(&mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.put(path.into(), mode::SECRET, bytes.into());
    }

    /// Adds all of another package, below a folder; `""` for no folder.
    pub(crate) fn add_all(&mut self, folder: &str, other: Package) {
        for (path, item) in other.items {
            let path = match folder {
                "" => path,
                folder => format!("{folder}/{path}"),
            };
            self.items.insert(path, item);
        }
    }

    fn put(&mut self, path: String, mode: u32, bytes: Vec<u8>) {
        self.items.insert(path, Item { mode, bytes });
    }

    /// Returns the bytes of a file.
    pub(crate) fn get(&self, path: &str) -> Option<&[u8]> {
        self.items.get(path).map(|item| item.bytes.as_slice())
    }

    /// Returns the files, by path.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let files = self.items.iter().filter(|(path, _)| !path.ends_with('/'));
        files.map(|(path, item)| (path.as_str(), item.bytes.as_slice()))
    }

    /// Returns the package as a zip archive.
    ///
    /// # Errors
    /// If a path does not fit into an archive.
    pub(crate) fn zip(&self) -> io::Result<Vec<u8>> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let time =
            zip::DateTime::from_date_and_time(YEAR, 1, 1, 0, 0, 0).map_err(io::Error::other)?;
        let options = SimpleFileOptions::default().last_modified_time(time);
        for (path, item) in &self.items {
            let options = options.unix_permissions(item.mode);
            match path.strip_suffix('/') {
                Some(folder) => zip.add_directory(folder, options)?,
                None => {
                    zip.start_file(path.as_str(), options)?;
                    zip.write_all(&item.bytes)?;
                }
            }
        }
        Ok(zip.finish()?.into_inner())
    }

    /// Returns the package as a tar archive.
    ///
    /// # Errors
    /// If a path does not fit into an archive.
    pub(crate) fn tar(&self) -> io::Result<Vec<u8>> {
        let mut tar = tar::Builder::new(Vec::new());
        for (path, item) in &self.items {
            let mut header = tar::Header::new_gnu();
            header.set_mode(item.mode);
            header.set_mtime(SECONDS);
            header.set_uid(0);
            header.set_gid(0);
            header.set_size(item.bytes.len() as u64);
            header.set_entry_type(if path.ends_with('/') {
                tar::EntryType::Directory
            } else {
                tar::EntryType::Regular
            });
            tar.append_data(&mut header, Path::new(path), item.bytes.as_slice())?;
        }
        tar.into_inner()
    }

    /// Returns the package as a compressed tar archive.
    ///
    /// # Errors
    /// If a path does not fit into an archive.
    pub(crate) fn tar_gz(&self) -> io::Result<Vec<u8>> {
        let tar = self.tar()?;
        let mut gzip = GzBuilder::new().mtime(0).write(Vec::new(), Compression::default());
        gzip.write_all(&tar)?;
        gzip.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    const LONG: &str = "workspace/vendor/a-crate-with-a-name-1.0.0/src/a/folder/in/a/folder/in/a/folder/and/a/file/with/a/name.rs";

    fn package(paths: &[&str]) -> Package {
        let mut package = Package::default();
        for path in paths {
            package.add(*path, path.as_bytes());
        }
        package.add_program("run", "#!/bin/sh\n");
        package.add_secret_folder("hidden");
        package.add_secret("hidden/one.rep", "secret");
        package
    }

    #[test]
    fn the_order_of_the_files_does_not_change_the_archive() {
        let (one, other) = (package(&["b", "a/b", LONG]), package(&[LONG, "a/b", "b"]));
        assert_eq!(one.zip().unwrap(), other.zip().unwrap());
        assert_eq!(one.tar().unwrap(), other.tar().unwrap());
        assert_eq!(one.tar_gz().unwrap(), other.tar_gz().unwrap());
        // Different files give a different archive.
        let another = package(&["b", "a/c", LONG]);
        assert_ne!(one.zip().unwrap(), another.zip().unwrap());
        assert_ne!(one.tar().unwrap(), another.tar().unwrap());
    }

    /// What `tar tv` and `unzip -Z` would list, without the time.
    const LISTED: [(&str, u32); 6] = [
        ("a/b", 0o644),
        ("b", 0o644),
        ("hidden/", 0o700),
        ("hidden/one.rep", 0o600),
        ("run", 0o755),
        (LONG, 0o644),
    ];

    #[test]
    fn every_entry_of_a_tar_has_the_same_time_and_owner() {
        let bytes = package(&["b", "a/b", LONG]).tar_gz().unwrap();
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes.as_slice()));
        let mut listed = Vec::new();
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let header = entry.header().clone();
            assert_eq!(
                (header.mtime().unwrap(), header.uid().unwrap(), header.gid().unwrap()),
                (SECONDS, 0, 0)
            );
            let path = entry.path().unwrap().to_string_lossy().into_owned();
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            assert_eq!(text == "secret", path == "hidden/one.rep");
            listed.push((path, header.mode().unwrap()));
        }
        let listed: Vec<(&str, u32)> =
            listed.iter().map(|(path, mode)| (path.as_str(), *mode)).collect();
        assert_eq!(listed, LISTED);
    }

    #[test]
    fn every_entry_of_a_zip_has_the_same_time() {
        let bytes = package(&["b", "a/b", LONG]).zip().unwrap();
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        for (index, (path, mode)) in LISTED.into_iter().enumerate() {
            let entry = archive.by_index(index).unwrap();
            assert_eq!(
                (entry.name(), entry.unix_mode().map(|mode| mode & 0o777)),
                (path, Some(mode))
            );
            assert_eq!(entry.last_modified().map(|time| time.year()), Some(YEAR));
        }
        assert_eq!(archive.len(), LISTED.len());
    }
}
