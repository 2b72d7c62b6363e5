//! Takes the source out of an archive, in memory.

use super::left_out::Kind;
use super::{GIVEN, LARGEST_ARCHIVE_BYTES, LARGEST_SOURCE_BYTES, Source, Wanted};
use super::{gradescope, labels, names, read_all};
use flate2::read::GzDecoder;
use std::collections::BTreeSet;
use std::io::{self, Cursor, Read};

/// Maximum number of unpacked bytes that are searched in an archive.
const LARGEST_UNPACKED_BYTES: u64 = 256 << 20;

const GZIP: &[u8] = &[0x1f, 0x8b];

/// Returns the source for a lab in an archive. What kind of archive it is
/// is seen from its first bytes, or if these say nothing, from its name.
/// If it has no source, but an archive, that one is read; an archive in it is not.
///
/// # Errors
/// The reason why there is none.
pub fn source_in(name: &str, bytes: &[u8], wanted: Wanted<'_>) -> Result<Source, String> {
    let found = Found::read(name, bytes, wanted)?;
    let Some(inner) = found.only_archive() else {
        return found.best();
    };
    let place = |why: String| format!("{inner}: {why}");
    let bytes = entry_of(name, bytes, &inner).map_err(place)?;
    let source = Found::read(&inner, &bytes, wanted).and_then(Found::best).map_err(place)?;
    Ok(Source { file: format!("{inner}/{}", source.file), ..source })
}

/// Returns whether an archive is read as a zip archive, and not as a tar archive.
fn is_zip(name: &str, bytes: &[u8]) -> bool {
    let is_tar = bytes.starts_with(GZIP) || bytes.get(257..262) == Some(b"ustar");
    name.to_lowercase().ends_with(".zip") && !is_tar || bytes.starts_with(b"PK\x03\x04")
}

/// Returns the bytes of the entry of this name.
fn entry_of(archive: &str, bytes: &[u8], name: &str) -> Result<Vec<u8>, String> {
    const LOST: &str = "it can't be read";
    if is_zip(archive, bytes) {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| LOST)?;
        let entry = archive.by_name(name).map_err(|error| format!("{LOST}: {error}"))?;
        return read_all(entry, LARGEST_ARCHIVE_BYTES);
    }
    let mut archive = tar::Archive::new(unpacked(bytes));
    let mut entries = archive.entries().map_err(|_| LOST)?.filter_map(Result::ok);
    let entry = entries.find(|entry| *entry.path_bytes() == *name.as_bytes());
    read_all(entry.ok_or(LOST)?, LARGEST_ARCHIVE_BYTES)
}

/// Returns the bytes of a tar archive, which may be compressed.
fn unpacked(bytes: &[u8]) -> impl Read + '_ {
    let plain: Box<dyn Read + '_> =
        if bytes.starts_with(GZIP) { Box::new(GzDecoder::new(bytes)) } else { Box::new(bytes) };
    plain.take(LARGEST_UNPACKED_BYTES)
}

/// What is in an archive.
struct Found<'w> {
    /// What the lab takes.
    wanted: Wanted<'w>,
    /// Accepted names of the source, the preferred name first.
    accepted: Vec<String>,
    /// Files that may be the source, each with its rank.
    sources: Vec<(usize, Source)>,
    has_given: bool,
    /// The archives in the archive.
    archives: Vec<String>,
    /// A source whose name leads out of the archive.
    outside: Option<String>,
    /// Whether the archive has the metadata of a whole class.
    has_metadata: bool,
    /// The students whom folders and files in it are named after, as platforms name them.
    students: BTreeSet<String>,
}

impl<'w> Found<'w> {
    fn new(wanted: Wanted<'w>) -> Found<'w> {
        Found {
            accepted: wanted.names(),
            wanted,
            sources: Vec::new(),
            has_given: false,
            archives: Vec::new(),
            outside: None,
            has_metadata: false,
            students: BTreeSet::new(),
        }
    }

    /// Reads an archive.
    fn read(name: &str, bytes: &[u8], wanted: Wanted<'w>) -> Result<Found<'w>, String> {
        let mut found = Found::new(wanted);
        if is_zip(name, bytes) {
            found.read_zip(bytes)?;
        } else {
            found.read_tar(bytes)?;
        }
        Ok(found)
    }

    /// Returns the name of the only archive, if there is no source.
    fn only_archive(&self) -> Option<String> {
        let is_a_class = self.has_metadata || self.students.len() > 1;
        match self.archives.as_slice() {
            [only] if self.sources.is_empty() && !is_a_class => Some(only.clone()),
            _ => None,
        }
    }

    fn read_zip(&mut self, bytes: &[u8]) -> Result<(), String> {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes))
            .map_err(|error| format!("it is not a zip archive: {error}"))?;
        let mut room = LARGEST_UNPACKED_BYTES;
        for index in 0..archive.len() {
            let name = archive.name_for_index(index).unwrap_or_default().to_owned();
            let Some(rank) = self.see(&name) else { continue };
            let entry = archive
                .by_index(index)
                .map_err(|error| format!("it has a {name} that can't be read: {error}"))?;
            if entry.is_symlink() {
                return Err(format!("{name} is a symbolic link, not a file"));
            }
            if entry.is_file() {
                let bytes = self.add(rank, name, entry)?;
                room = room.checked_sub(bytes).ok_or("its contents are too large")?;
            }
        }
        Ok(())
    }

    fn read_tar(&mut self, bytes: &[u8]) -> Result<(), String> {
        let broken = |error: io::Error| format!("it is not a tar archive: {error}");
        let mut archive = tar::Archive::new(unpacked(bytes));
        for entry in archive.entries().map_err(broken)? {
            let entry = entry.map_err(broken)?;
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let Some(rank) = self.see(&name) else { continue };
            match entry.header().entry_type() {
                tar::EntryType::Regular => {
                    self.add(rank, name, entry)?;
                }
                tar::EntryType::Symlink | tar::EntryType::Link => {
                    return Err(format!("{name} is a link, not a file"));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Looks at the name of an entry, and returns its rank if it may be the source.
    fn see(&mut self, entry: &str) -> Option<usize> {
        self.has_given |= is_given(entry);
        self.has_metadata |= entry.ends_with(gradescope::METADATA);
        let readers = [labels::moodle, labels::blackboard, labels::brightspace];
        let labels = entry.split('/').filter_map(|part| readers.iter().find_map(|read| read(part)));
        self.students.extend(labels.map(|label| label.id));
        let name = entry.replace('\\', "/");
        let parts: Vec<&str> =
            name.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        if parts.contains(&"..") || name.starts_with('/') || name.get(1..3) == Some(":/") {
            if self.wanted.is_source(&name) {
                self.outside.get_or_insert(name);
            }
            return None;
        }
        if parts.iter().any(|part| Kind::of(part, false).is_some()) {
            return None;
        }
        if names::is_archive(&name) {
            self.archives.push(entry.to_owned());
        }
        self.rank(&parts)
    }

    /// Adds a source, and returns its size.
    fn add(&mut self, rank: usize, name: String, from: impl Read) -> Result<u64, String> {
        let bytes =
            read_all(from, LARGEST_SOURCE_BYTES).map_err(|error| format!("{name}: {error}"))?;
        let count = bytes.len() as u64;
        self.sources.push((rank, Source { file: name, bytes, has_given: false }));
        Ok(count)
    }

    /// Returns the rank of a name in an archive, given in parts, 0 for the preferred one; `None` if
    /// the name is not that of a source. An archive may have its files in a folder.
    fn rank(&self, parts: &[&str]) -> Option<usize> {
        if parts.last() == Some(&GIVEN) {
            return None;
        }
        let whole = parts.join("/");
        let inner = parts.get(1..).unwrap_or_default().join("/");
        for (index, known) in self.accepted.iter().enumerate() {
            if whole == *known {
                return Some(2 * index);
            }
            if inner == *known {
                return Some(2 * index + 1);
            }
        }
        (self.wanted.is_source(&whole) && parts.len() <= 2).then_some(2 * self.accepted.len())
    }

    /// Returns the source with the lowest rank.
    fn best(mut self) -> Result<Source, String> {
        if self.has_metadata || self.students.len() > 1 {
            return Err("it has a whole class in it: unpack it, and name the folder".to_owned());
        }
        self.sources.sort_by_key(|(rank, _)| *rank);
        let count = self.sources.len();
        let has_name = 2 * self.accepted.len();
        let has_given = self.has_given;
        match (self.sources.into_iter().next(), self.archives.len(), self.outside) {
            // This source has an accepted name, or is the only one.
            (Some((rank, source)), ..) if rank < has_name || count == 1 => {
                Ok(Source { has_given, ..source })
            }
            (Some(_), ..) => Err(self.wanted.several(count)),
            (None, 0, Some(name)) => {
                Err(format!("there is no source in it: {name} leads out of the archive"))
            }
            (None, 0, None) => Err(self.wanted.nothing()),
            (None, 1, _) => Err(format!(
                "there is no source in it, but an archive, {}: unpack it first",
                self.archives[0]
            )),
            (None, count, _) => {
                Err(format!("there are {count} archives in it, and no source: unpack it first"))
            }
        }
    }
}

fn is_given(name: &str) -> bool {
    name.rsplit(['/', '\\']).next() == Some(GIVEN)
}
