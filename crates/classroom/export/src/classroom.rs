//! GitHub Classroom: a repository that students get a copy
//! of, with a workflow that grades in a step of its own.

use super::Packed;
use super::contents::Contents;
use super::package::Package;
use super::vendor::LINUX_AND_MAC;
use heaplab_support::{Error, Listener};

/// Packs the package.
///
/// # Errors
/// If there are hidden traces, or cargo can't vendor.
pub(super) fn pack(contents: &Contents, listener: &dyn Listener) -> Result<Packed, Error> {
    if contents.has_hidden {
        return Err(Error::new(
            "error: students of GitHub Classroom can read their whole repository, so it can't hold hidden traces\n\
             help: leave --traces out, and run `heaplab grade --traces` on the collected repositories",
        ));
    }
    let mut package = scripts(contents);
    package.add_all("", contents.workspace(LINUX_AND_MAC, listener)?);
    Ok(Packed { files: package.files().count(), bytes: package.zip().map_err(Error::new)? })
}

fn scripts(contents: &Contents) -> Package {
    let mut package = Package::default();
    package.add(".github/workflows/classroom.yml", include_str!("scripts/classroom/classroom.yml"));
    package.add_program(
        ".github/classroom/grade.sh",
        contents.fill(include_str!("scripts/classroom/grade.sh")),
    );
    if let Some(files) = contents.files_of_lab() {
        package.add(".github/classroom/lab.sha256", without_handin(files, contents));
    }
    package.add("README.md", contents.fill(include_str!("scripts/classroom/README.md")));
    package.add("manifest.json", contents.manifest("github-classroom"));
    package.add(".gitignore", "/target\n/grades\n");
    // For cargo, a vendored file with other line ends has changed.
    package.add(".gitattributes", "vendor/** -text\n");
    package
}

/// Returns the list of files without the one that students write, and without the handout.
fn without_handin(files: &str, contents: &Contents) -> String {
    let source = contents.fill("  @SOURCE@\n");
    let stays = |line: &&str| !line.ends_with(&source) && !line.ends_with("/README.md\n");
    files.split_inclusive('\n').filter(stays).collect()
}

#[cfg(test)]
mod tests {
    use super::super::contents::tests::{any, in_c, no_placeholder_is_left};
    use super::*;
    use heaplab_support::Quiet;

    #[test]
    fn every_placeholder_is_filled_in() {
        no_placeholder_is_left(&scripts(&any()));
        no_placeholder_is_left(&scripts(&in_c()));
    }

    #[test]
    fn the_file_that_students_write_has_no_hash() {
        let package = scripts(&in_c());
        let list = package.get(".github/classroom/lab.sha256").unwrap();
        let list = String::from_utf8_lossy(list);
        assert!(list.contains("labs/c/cs107/reference.c\n") && list.contains("labs/traces/"));
        assert!(!list.contains("allocator.c") && !list.contains("README.md"), "{list}");
    }

    #[test]
    fn hidden_traces_are_refused() {
        let mut contents = any();
        contents.has_hidden = true;
        let refused = pack(&contents, &Quiet).map(|packed| packed.files);
        let message = refused.unwrap_err().to_string();
        assert!(message.contains("can't hold hidden traces"), "{message}");
    }
}
