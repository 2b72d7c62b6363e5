//! Files beside submissions that are not submissions: what systems and editors leave behind.

use super::names;
use std::fmt;

/// Why a file is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// macOS made it: `__MACOSX`, `._ada.rs`, `.DS_Store`.
    MacOs,
    /// Windows made it: `Thumbs.db`, `desktop.ini`.
    Windows,
    /// An editor's copy: `ada.rs~`, `ada.bak`, `#ada.rs#`, `.ada.rs.swp`.
    Backup,
    /// `README.md`.
    Readme,
    /// A table, such as a roster or a gradebook.
    Table,
    /// Any other name that begins with a dot.
    Hidden,
}

impl Kind {
    const ALL: [Kind; 6] =
        [Kind::MacOs, Kind::Windows, Kind::Backup, Kind::Readme, Kind::Table, Kind::Hidden];

    /// Returns why something of this name is left out; `None` if it is not.
    pub fn of(name: &str, is_folder: bool) -> Option<Kind> {
        let lower = name.to_lowercase();
        let ends = |endings: &[&str]| endings.iter().any(|ending| lower.ends_with(ending));
        let mac = ["__macosx", ".ds_store", ".appledouble", ".localized", "icon\r"];
        if mac.contains(&&*lower) || lower.starts_with("._") {
            return Some(Kind::MacOs);
        }
        if ["thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin"].contains(&&*lower) {
            return Some(Kind::Windows);
        }
        let is_locked = lower.len() > 1 && lower.starts_with('#') && lower.ends_with('#');
        if ends(&["~", ".bak", ".swp", ".swo"]) || is_locked || lower.starts_with(".#") {
            return Some(Kind::Backup);
        }
        if lower.starts_with('.') {
            return Some(Kind::Hidden);
        }
        if is_folder || names::is_source(name) || names::is_archive(name) {
            return None;
        }
        if lower.split(['.', '_', '-', ' ']).next() == Some("readme") {
            return Some(Kind::Readme);
        }
        ends(&[".csv", ".tsv", ".xls", ".xlsx", ".ods"]).then_some(Kind::Table)
    }

    /// Returns words for a number of files.
    fn counted(self, count: usize) -> String {
        let (one, more) = match self {
            Kind::MacOs => ("file of macOS", "files of macOS"),
            Kind::Windows => ("file of Windows", "files of Windows"),
            Kind::Backup => ("editor's backup", "editors' backups"),
            Kind::Readme => ("README", "READMEs"),
            Kind::Table => ("table", "tables"),
            Kind::Hidden => ("hidden file", "hidden files"),
        };
        format!("{count} {}", if count == 1 { one } else { more })
    }
}

/// How many files of each kind are left out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts([usize; Kind::ALL.len()]);

impl Counts {
    /// Counts one more.
    pub fn add(&mut self, kind: Kind) {
        for (count, one) in self.0.iter_mut().zip(Kind::ALL) {
            *count += usize::from(one == kind);
        }
    }

    /// Returns whether nothing was left out.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|&count| count == 0)
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counted = self.0.iter().zip(Kind::ALL).filter(|(count, _)| **count > 0);
        let words: Vec<String> = counted.map(|(&count, kind)| kind.counted(count)).collect();
        write!(f, "{}", words.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leftovers_have_a_kind() {
        for (name, kind) in [
            ("__MACOSX", Kind::MacOs),
            ("._ada.rs", Kind::MacOs),
            (".DS_Store", Kind::MacOs),
            ("Thumbs.db", Kind::Windows),
            ("Desktop.ini", Kind::Windows),
            ("ada.rs~", Kind::Backup),
            ("ada.rs.BAK", Kind::Backup),
            ("#ada.rs#", Kind::Backup),
            (".#ada.rs", Kind::Backup),
            (".ada.rs.swp", Kind::Backup),
            ("README", Kind::Readme),
            ("readme.md", Kind::Readme),
            ("README_first.txt", Kind::Readme),
            ("roster.csv", Kind::Table),
            (".git", Kind::Hidden),
        ] {
            assert_eq!(Kind::of(name, false), Some(kind), "{name}");
        }
    }

    #[test]
    fn submissions_are_not_leftovers() {
        for name in ["ada.rs", "ada.txt", "ada", "readmeister.txt", "README.rs", "readme.zip", "#"]
        {
            assert_eq!(Kind::of(name, false), None, "{name}");
        }
        assert_eq!(Kind::of("readme", true), None);
    }

    #[test]
    fn counts_are_in_words() {
        let mut counts = Counts::default();
        assert!(counts.is_empty());
        for kind in [Kind::Backup, Kind::MacOs, Kind::Backup, Kind::Readme] {
            counts.add(kind);
        }
        assert_eq!(counts.to_string(), "1 file of macOS, 2 editors' backups, 1 README");
    }
}
