//! Taking the source: what is accepted, and the reasons for what is not.

use super::*;
use heaplab_lab::Lab;
use std::io::Write;
use std::os::unix::fs::symlink;

const NO_SOURCE: &str =
    "there is no source in it: expected src/lib.rs, lib.rs or a single .rs file";

const LAB: &str = "1-implicit";

fn take(path: &Path) -> Result<String, String> {
    let source = Submission::at(path.to_owned()).take(LAB)?;
    Ok(format!("{}: {}", source.file, decode(&source.bytes)?.text))
}

fn tar_of(entries: &[(&str, &str)]) -> Vec<u8> {
    let entries = entries.iter().map(|(name, text)| (*name, text.as_bytes()));
    tar_of_bytes(entries)
}

fn tar_of_bytes<'a>(entries: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, text) in entries {
        let mut header = tar::Header::new_gnu();
        // The name is set directly: the library refuses `..`, but a student's tool may not.
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(text.len() as u64);
        header.set_entry_type(tar::EntryType::Regular);
        header.set_cksum();
        archive.append(&header, text).unwrap();
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
    let found = submissions(&[folder.path().to_owned()], LAB).unwrap().submissions;
    let names: Vec<&str> = found.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["ann", "bob", "cleo"]);
    let taken: Vec<String> = found.iter().map(|one| take(&one.path).unwrap()).collect();
    assert_eq!(taken, ["src/lib.rs: a", "bob.rs: b", "hw/src/lib.rs: c"]);
    // A folder with a source in it is one submission.
    assert_eq!(submissions(&[ann], LAB).unwrap().submissions.len(), 1);
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
    for (name, has_given) in [("ann", true), ("bob", true), ("cleo.tar", true), ("dora.rs", false)]
    {
        let source = Submission::at(at(name)).take(LAB).unwrap();
        assert_eq!(
            (source.bytes.as_slice(), source.has_given),
            (b"mine".as_slice(), has_given),
            "{name}"
        );
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
    fs::create_dir(at("empty")).unwrap();
    assert_eq!(problem("empty"), NO_SOURCE);
    fs::write(at("two.tar"), tar_of(&[("a.rs", "a"), ("b.rs", "b")])).unwrap();
    assert_eq!(problem("two.tar"), "there are 2 .rs files in it, and none is called lib.rs");
    fs::write(at("out.tar"), tar_of(&[("../../src/lib.rs", "a")])).unwrap();
    assert_eq!(
        problem("out.tar"),
        "there is no source in it: ../../src/lib.rs leads out of the archive"
    );
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
        one.take(LAB).unwrap_err(),
        "there are 2 .rs files in it, and none is called lib.rs"
    );
    assert!(Submission::named("ada", Path::new("/nowhere")).unwrap().take(LAB).is_err());
    for name in ["", "../ada", ".ada", "a/b", "a b"] {
        assert!(Submission::named(name, folder.path()).is_err(), "{name}");
    }
}

fn zip_of(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn gzip_of(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

/// A submission's folder with these files.
fn folder_of(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

fn taken_of(files: &[(&str, &[u8])]) -> Result<String, String> {
    take(folder_of(files).path())
}

#[test]
fn the_source_of_the_graded_lab_is_taken_out_of_a_repository() {
    let mine: &[(&str, &[u8])] = &[
        ("Cargo.toml", b""),
        ("labs/0-sbrk/src/lib.rs", b"other"),
        ("labs/1-implicit/src/lib.rs", b"mine"),
        ("labs/1-implicit/src/given.rs", b"given"),
    ];
    assert_eq!(taken_of(mine).unwrap(), "labs/1-implicit/src/lib.rs: mine");
    let other = &mine[..2];
    let reason = "labs/1-implicit/src/lib.rs is not in this repository";
    assert_eq!(taken_of(other).unwrap_err(), reason);

    // The same, as GitHub packs it.
    let packed = zip_of(&[
        ("hw-main/labs/0-sbrk/src/lib.rs", b"other"),
        ("hw-main/labs/1-implicit/src/lib.rs", b"mine"),
        ("hw-main/crates/heap/src/lib.rs", b"given"),
    ]);
    let folder = folder_of(&[("hw.zip", &packed)]);
    let expected = "hw-main/labs/1-implicit/src/lib.rs: mine";
    assert_eq!(take(&folder.path().join("hw.zip")).unwrap(), expected);
}

#[test]
fn an_archive_in_a_folder_is_read() {
    let zip = zip_of(&[("__MACOSX/._lib.rs", b"x"), ("._lib.rs", b"x"), ("lib.rs", b"mine")]);
    let tar = tar_of(&[("hw/heap.rs", "mine"), ("hw/._heap.rs", "x")]);
    let packed = gzip_of(&tar);
    for (name, bytes, file) in [
        ("hw.zip", &zip, "hw.zip/lib.rs"),
        ("HW.ZIP", &zip, "HW.ZIP/lib.rs"),
        ("hw.tar", &tar, "hw.tar/hw/heap.rs"),
        ("hw.tar.gz", &packed, "hw.tar.gz/hw/heap.rs"),
        ("hw.TGZ", &packed, "hw.TGZ/hw/heap.rs"),
        // Named wrongly.
        ("hw.tar", &zip, "hw.tar/lib.rs"),
        ("hw.zip", &packed, "hw.zip/hw/heap.rs"),
        ("hw.zip", &tar, "hw.zip/hw/heap.rs"),
        // Made on Windows.
        ("hw.zip", &zip_of(&[("hw\\src\\lib.rs", b"mine")]), "hw.zip/hw\\src\\lib.rs"),
        // Packed twice.
        ("hw.zip", &zip_of(&[("._hw.tgz", b"x"), ("hw.tgz", &packed)]), "hw.zip/hw.tgz/hw/heap.rs"),
        ("hw.tar.gz", &tar_of_bytes([("a/hw.zip", &*zip)]), "hw.tar.gz/a/hw.zip/lib.rs"),
    ] {
        let taken = taken_of(&[(name, bytes), ("._hw.zip", b"x"), ("notes.txt", b"x")]);
        assert_eq!(taken.unwrap(), format!("{file}: mine"), "{name}");
    }
}

#[test]
fn a_source_in_the_only_folder_of_a_folder_is_taken() {
    let files: &[(&str, &[u8])] = &[("hw/src/lib.rs", b"mine"), ("__MACOSX/lib.rs", b"x")];
    assert_eq!(taken_of(files).unwrap(), "hw/src/lib.rs: mine");
    let labs: &[(&str, &[u8])] = &[("0-sbrk/src/lib.rs", b"a"), ("1-implicit/src/lib.rs", b"b")];
    assert_eq!(taken_of(labs).unwrap(), "1-implicit/src/lib.rs: b");
    let both: &[(&str, &[u8])] = &[("new/lib.rs", b"a"), ("old/lib.rs", b"b")];
    assert_eq!(taken_of(both).unwrap_err(), "several folders in it have a source: new, old");
}

#[test]
fn a_source_under_another_name_is_taken() {
    for (files, expected) in [
        (&[("src/my_heap.rs", &b"mine"[..])][..], "src/my_heap.rs: mine"),
        (
            &[("src/heap.rs", b"mine"), ("src/given.rs", b"x"), ("src/main.rs", b"x")],
            "src/heap.rs: mine",
        ),
        (&[("lib.rs.txt", b"mine"), ("notes.txt", b"x")], "lib.rs.txt: mine"),
        (&[("Heap FINAL (2).RS", b"mine")], "Heap FINAL (2).RS: mine"),
    ] {
        assert_eq!(taken_of(files).unwrap(), expected);
    }
    let two: &[(&str, &[u8])] = &[("src/a.rs", b"x"), ("src/b.rs", b"x")];
    assert_eq!(taken_of(two).unwrap_err(), NO_SOURCE);
}

#[test]
fn leftovers_beside_a_source_do_not_count() {
    let files: &[(&str, &[u8])] = &[
        ("heap.rs", b"mine"),
        ("._heap.rs", b"x"),
        (".#heap.rs", b"x"),
        ("heap.rs~", b"x"),
        ("Thumbs.db", b"x"),
    ];
    assert_eq!(taken_of(files).unwrap(), "heap.rs: mine");
}

#[test]
fn folders_without_one_source_are_refused_with_the_reason() {
    let (inner, empty) = (zip_of(&[("lib.rs", b"a")]), zip_of(&[]));
    let outermost = zip_of(&[("outer.zip", &zip_of(&[("inner.zip", &inner)]))]);
    let class = zip_of(&[("x/submission_1/lib.rs", b"a"), ("x/submission_metadata.yml", b"")]);
    for (files, reason) in [
        (
            &[("a.zip", &*inner), ("b.zip", &*inner)][..],
            "there are 2 archives in it, and no source",
        ),
        (
            &[("a.zip", &*outermost)],
            "a.zip: outer.zip: there is no source in it, but an archive, inner.zip: unpack it first",
        ),
        (
            &[("a.zip", &*empty)],
            "a.zip: there is no source in it: expected src/lib.rs, lib.rs or a single .rs file",
        ),
        (
            &[("a.7z", b"x")],
            "a.7z is packed in a way that is not read: use .zip, .tar, .tar.gz or no archive",
        ),
        (
            &[("a.zip", &*class)],
            "a.zip: it has a whole class in it: unpack it, and name the folder",
        ),
        (&[("a/b/c/lib.rs", b"x")], NO_SOURCE),
        (&[("target/lib.rs", b"x")], NO_SOURCE),
    ] {
        assert_eq!(taken_of(files).unwrap_err(), reason);
    }
}

#[test]
fn links_to_sources_and_archives_are_refused() {
    let folder = folder_of(&[("real/src/lib.rs", b"a")]);
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("zip")).unwrap();
    symlink("/etc/passwd", at("zip/hw.zip")).unwrap();
    assert_eq!(take(&at("zip")).unwrap_err(), "hw.zip is not a file");
    fs::create_dir_all(at("deep")).unwrap();
    symlink(at("real"), at("deep/hw")).unwrap();
    assert_eq!(take(&at("deep")).unwrap_err(), NO_SOURCE);
    fs::create_dir_all(at("repository/labs")).unwrap();
    fs::create_dir_all(at("labs-of/1-implicit/src")).unwrap();
    fs::write(at("labs-of/1-implicit/src/lib.rs"), "x").unwrap();
    symlink(at("labs-of/1-implicit"), at("repository/labs/1-implicit")).unwrap();
    assert_eq!(
        take(&at("repository")).unwrap_err(),
        "labs/1-implicit/src/lib.rs is a symbolic link, not a file"
    );
}

#[test]
fn a_lab_in_c_takes_its_c_file() {
    let lab = Lab::parse(
        "name = \"c\"\ntitle = \"C\"\nlanguage = \"c\"\n[c]\n[[stage]]\nname = \"s\"\ntitle = \"S\"\n\
         points = 1\ntask = \"t\"\nchapter = \"c\"\n[grade]\n",
    )
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let at = |files: &[&str]| {
        let student = folder.path().join(files.join("+").replace('/', "-"));
        for file in files {
            let path = student.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, *file).unwrap();
        }
        Submission::at(student).take(&lab).map(|source| source.file)
    };
    assert_eq!(at(&["mm.c", "mdriver.c", "lib.rs"]).as_deref(), Ok("mm.c"));
    assert_eq!(at(&["heap.c", "lib.rs"]).as_deref(), Ok("heap.c"));
    assert_eq!(at(&["lab/mm.c"]).as_deref(), Ok("lab/mm.c"));
    assert_eq!(
        at(&["a.c", "b.c"]).unwrap_err(),
        "there are 2 .c files in it, and none is called mm.c"
    );
    assert_eq!(
        at(&["lib.rs"]).unwrap_err(),
        "there is no source in it: expected mm.c or a single .c file"
    );
    let class = folder.path().join("class");
    fs::create_dir(&class).unwrap();
    for file in ["ada.c", "bob.c.txt"] {
        fs::write(class.join(file), "x").unwrap();
    }
    let names: Vec<String> =
        submissions(&[class], &lab).unwrap().submissions.into_iter().map(|one| one.name).collect();
    assert_eq!(names, ["ada", "bob"]);
}
