//! What is kept beside a compiled heap: which files it was compiled from, and what was found out.
//!
//! A line is a word, a tab, a value. Texts with several lines have them escaped.

use crate::built::Built;
use crate::cache::{self, Hash};
use crate::interface::{Family, Interface, Returns};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Writes the manifest of a heap that was compiled from these files.
pub(crate) fn write_manifest(folder: &Path, built: &Built, read: &[PathBuf]) -> io::Result<()> {
    let interface = &built.interface;
    let flag = |is: bool| if is { "yes" } else { "no" }.to_owned();
    let mut lines = vec![
        ("object", built.object.display().to_string()),
        ("family", interface.family.name.to_owned()),
        ("program", flag(built.is_program)),
        ("realloc", flag(interface.has_realloc)),
        ("calloc", flag(interface.has_calloc)),
        ("blocks", flag(interface.has_blocks)),
        ("free-lists", flag(interface.has_free_lists)),
        ("segment", flag(interface.is_given_segment)),
        ("warnings", built.warnings.clone()),
    ];
    lines.extend(built.ready.iter().map(|ready| ("ready", ready.display().to_string())));
    lines.extend(interface.init.map(|returns| ("init", returns.word().to_owned())));
    let check = interface.check.map(|(name, returns)| format!("{name} {}", returns.word()));
    lines.extend(check.map(|check| ("check", check)));
    lines.extend(built.remarks.iter().map(|remark| ("remark", remark.clone())));
    for path in read {
        let hash = Hash::of_file(path).unwrap_or_default();
        lines.push(("read", format!("{hash} {}", path.display())));
    }
    let mut text = String::new();
    for (word, value) in lines {
        text += &format!("{word}\t{}\n", value.escape_default());
    }
    cache::write(&folder.join("manifest"), &text)
}

/// Returns the heap that is kept in a folder, if every file that was read is what it was.
pub(crate) fn read_manifest(folder: &Path) -> Option<Built> {
    let manifest = folder.join("manifest");
    let text = fs::read_to_string(&manifest).ok()?;
    let lines: Vec<(&str, String)> = text
        .lines()
        .map(|line| line.split_once('\t').and_then(|(word, value)| Some((word, unescape(value)?))))
        .collect::<Option<_>>()?;
    let all = |word: &'static str| {
        lines.iter().filter(move |line| line.0 == word).map(|line| line.1.clone())
    };
    let one = |word| all(word).next();
    let is = |word| one(word).as_deref() == Some("yes");
    for read in all("read") {
        let (hash, path) = read.split_once(' ')?;
        if Hash::of_file(Path::new(path))? != hash {
            return None;
        }
    }
    let family = Family::named(&one("family")?).ok()?;
    let check = one("check").and_then(|check| {
        let (name, returns) = check.split_once(' ')?;
        let name = family.checks.iter().find(|known| **known == name)?;
        Some((*name, Returns::of_word(returns)))
    });
    let object = PathBuf::from(one("object")?);
    // What is used is kept.
    let now = File::options().append(true).open(&manifest);
    let _ = now.and_then(|file| file.set_modified(SystemTime::now()));
    object.is_file().then_some(())?;
    Some(Built {
        object,
        is_program: is("program"),
        ready: one("ready").map(PathBuf::from),
        interface: Interface {
            family,
            init: one("init").map(|word| Returns::of_word(&word)),
            has_realloc: is("realloc"),
            has_calloc: is("calloc"),
            check,
            has_blocks: is("blocks"),
            has_free_lists: is("free-lists"),
            is_given_segment: is("segment"),
        },
        warnings: one("warnings")?,
        remarks: all("remark").collect(),
    })
}

/// Undoes [`str::escape_default`]. None if the text is not of that form.
fn unescape(text: &str) -> Option<String> {
    let mut plain = String::new();
    let mut chars = text.chars();
    while let Some(one) = chars.next() {
        if one != '\\' {
            plain.push(one);
            continue;
        }
        plain.push(match chars.next()? {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let digits: String = chars.by_ref().skip(1).take_while(|&c| c != '}').collect();
                char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?
            }
            other => other,
        });
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escaped_text_is_read_back() {
        for text in ["", "a\tb\n'\"\\", "‘mm.c’ é"] {
            assert_eq!(unescape(&text.escape_default().to_string()).as_deref(), Some(text));
        }
        assert_eq!(unescape("\\"), None);
    }
}
