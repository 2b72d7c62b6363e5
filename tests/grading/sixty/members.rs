//! Who is in the class.

use heaplab_grading_tests::source_of;
use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::symlink;
use std::path::Path;

/// A member of the class.
pub struct Member {
    /// The name of its record.
    pub name: String,
    file: OsString,
    content: Content,
    pub expected: Expected,
}

/// The grade that a member has.
#[derive(Debug)]
pub enum Expected {
    /// That of another member, or of itself if it is honest.
    As(String),
    /// No more than what was handed out: it cheats, or can't be run.
    AtMostStarter,
    /// Points for the checks that a wrong heap does pass, but none for what is measured.
    NothingMeasured,
}

enum Content {
    File(Vec<u8>),
    Link,
    /// A folder with `src/lib.rs`, or an empty one.
    Folder(Option<String>),
}

impl Member {
    /// Writes its file into the folder of the class.
    pub fn hand_in(&self, class: &Path) {
        let path = class.join(&self.file);
        match &self.content {
            Content::File(bytes) => fs::write(path, bytes).unwrap(),
            Content::Link => symlink("/etc/passwd", path).unwrap(),
            Content::Folder(source) => {
                fs::create_dir_all(path.join("src")).unwrap();
                if let Some(source) = source {
                    fs::write(path.join("src/lib.rs"), source).unwrap();
                }
            }
        }
    }

    /// Returns how the name of its record begins, if that is made from a strange name.
    pub fn begins(&self) -> String {
        self.name.chars().take(30).collect()
    }
}

/// The sources that members change.
struct Sources {
    /// Full marks, with `mod given;`.
    solution: String,
    /// The same in one file.
    whole: String,
}

const TOP: &str = "#![forbid(unsafe_code)]";
const MALLOC: &str = "fn malloc(&mut self, size: u32) -> Result<Addr, HeapError> {";
const GIVEN: &str = "#[rustfmt::skip]\nmod given;";

/// Returns a source with one text replaced, which must be there once.
fn edited(source: &str, from: &str, to: &str) -> String {
    assert_eq!(source.matches(from).count(), 1, "`{from}` is not there once");
    source.replace(from, to)
}

/// Returns all members.
pub fn members(program: &str) -> Vec<Member> {
    let solution = source_of(program, "0-sbrk", &["--solution"]);
    let given = source_of(program, "0-sbrk", &["--given"]);
    let whole = edited(&solution, GIVEN, &format!("mod given {{\n{given}}}"));
    let sources = Sources { solution, whole };
    let mut all = honest(program, &sources);
    all.extend(forbidden(&sources));
    all.extend(not_sources());
    all.extend(against_the_compiler(&sources));
    all.extend(faulty(&sources));
    all.extend(faulty_in_the_given_part(&sources));
    all.extend(two_faced(&sources));
    all
}

fn file(name: &str, content: impl Into<Vec<u8>>, expected: Expected) -> Member {
    Member {
        name: name.to_owned(),
        file: format!("{name}.rs").into(),
        content: Content::File(content.into()),
        expected,
    }
}

fn zip_of(source: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("lib.rs", zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(source.as_bytes()).unwrap();
    zip.finish().unwrap().into_inner()
}

fn honest(program: &str, Sources { solution, whole }: &Sources) -> Vec<Member> {
    let good = || Expected::As("solution".to_owned());
    let commented = format!("{solution}// größe\n");
    let latin: Vec<u8> = commented.chars().map(|sign| u8::try_from(sign).unwrap()).collect();
    let utf_16: Vec<u8> = commented.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let says = format!("{MALLOC}\nheaplab_arena::say!(self.arena, \"{{size}} bytes\");");
    let checker = "impl<P: Probe> Bump<P> {\n#[allow(dead_code)]\n\
         fn check_heap(&self) -> Result<(), heaplab_heap::Violation> { Ok(()) }\n}\n";
    let tests =
        "#[cfg(test)]\nmod tests {\nextern crate std;\n#[test]\nfn f() { std::println!(); }\n}\n";
    let mut all = vec![
        file("solution", solution.as_str(), good()),
        file("in-one-file", whole.as_str(), good()),
        file("windows-lines", solution.replace('\n', "\r\n"), good()),
        file("byte-order-mark", format!("\u{feff}{solution}"), good()),
        file("latin-1", latin, good()),
        file("utf-16", utf_16, good()),
        file("says", edited(solution, MALLOC, &says), good()),
        file("own-checker", format!("{solution}{checker}"), good()),
        file("own-tests", format!("{solution}{tests}"), good()),
    ];
    for filled in ["0", "1", "2", "3", "4", "5"] {
        let source = source_of(program, "0-sbrk", &["--filled", filled]);
        let name = if filled == "0" { "starter".to_owned() } else { format!("filled-{filled}") };
        all.push(file(
            &format!("commented-{filled}"),
            format!("{source}// mine\n"),
            Expected::As(name.clone()),
        ));
        all.push(file(&name, source, Expected::As(name.clone())));
    }
    let other = |name: &str, file: OsString, content| Member {
        name: name.to_owned(),
        file,
        content,
        expected: good(),
    };
    let bytes = || Content::File(solution.clone().into_bytes());
    all.extend([
        other("twice.rs", "twice.rs".into(), bytes()),
        other("twice.zip", "twice.zip".into(), Content::File(zip_of(solution))),
        other("folder", "folder".into(), Content::Folder(Some(solution.clone()))),
        other(&"x".repeat(252), format!("{}.rs", "x".repeat(252)).into(), bytes()),
        other("caf", OsString::from_vec(b"caf\xe9.rs".to_vec()), bytes()),
    ]);
    all
}

fn forbidden(Sources { solution, .. }: &Sources) -> Vec<Member> {
    let at_top = [
        ("unsafe", "#![allow(unsafe_code)]\nunsafe fn f() {}"),
        ("std", "extern crate std;"),
        ("alloc", "extern crate alloc;"),
        ("include-file", "const S: &str = include_str!(\"/etc/passwd\");"),
        ("include-alias", "use core::include_bytes as harmless;"),
        ("include-doc", "#[doc = include_str!(\"/etc/passwd\")]\nstruct S;"),
        ("environment", "const S: Option<&str> = option_env!(\"HOME\");"),
        (
            "static",
            "static COUNT: core::sync::atomic::AtomicU32 = core::sync::atomic::AtomicU32::new(0);",
        ),
        ("assembly", "use core::arch::asm;"),
        ("other-file", "#[path = \"/etc/passwd\"]\nmod other;"),
        ("no-mangle", "#[unsafe(no_mangle)]\nfn malloc() {}"),
        ("drivers-side", "use heaplab_arena::host::Host;"),
        ("unstable", "#![feature(rustc_private)]"),
        ("function-pointer", "type F<'a, 'b, T> = fn(&'a &'b (), &'b T) -> &'a T;"),
        ("higher-ranked", "fn f<F>(_: F) where for<'a> F: Fn(&'a u32) {}"),
        ("trait-object", "fn f(_: &dyn Fn()) {}"),
        ("unsized", "struct U<T: ?Sized>(core::marker::PhantomData<T>);"),
        ("associated-type", "trait T { type A; }"),
        ("raw-pointer", "fn f(x: &u32) -> *const u32 { x }"),
    ];
    let refused = |(name, put): (&str, &str)| {
        file(name, edited(solution, TOP, &format!("{TOP}\n{put}")), Expected::AtMostStarter)
    };
    at_top.into_iter().map(refused).collect()
}

fn not_sources() -> Vec<Member> {
    let not = |name: &str, content| Member {
        name: name.to_owned(),
        file: name.into(),
        content,
        expected: Expected::AtMostStarter,
    };
    vec![
        file("empty", "", Expected::AtMostStarter),
        file("zero-bytes", [0; 4096], Expected::AtMostStarter),
        file("brackets", format!("#![no_std] {}", "[".repeat(500_000)), Expected::AtMostStarter),
        file("half-a-source", "#![no_std]\nfn", Expected::AtMostStarter),
        not("linked", Content::Link),
        not("nothing", Content::Folder(None)),
        Member { file: "no-archive.zip".into(), ..not("no-archive", Content::File(b"PK".into())) },
    ]
}

/// They pass the scan, and would keep the compiler busy or fill memory and disk.
fn against_the_compiler(Sources { solution, .. }: &Sources) -> Vec<Member> {
    let doubling: String = (0..40)
        .map(|level| {
            format!("macro_rules! m{level} {{ () => {{ m{0}!(); m{0}!(); }} }}\n", level + 1)
        })
        .collect();
    let at_top = [
        (
            "endless-constant",
            "pub const N: u32 = { let mut n = 0u32; loop { n = n.wrapping_add(1); } };".to_owned(),
        ),
        (
            "endless-macro",
            "macro_rules! m { ($($t:tt)*) => { m!($($t)* $($t)* x) } }\nm!(x);".to_owned(),
        ),
        (
            "doubling-macros",
            format!("{doubling}macro_rules! m40 {{ () => {{}} }}\nfn f() {{ m0!(); }}"),
        ),
        ("large-constant", "pub const A: [u64; 1 << 34] = [1; 1 << 34];".to_owned()),
        (
            "deep-types",
            format!(
                "type D = {}u32{};\npub const D0: Option<D> = None;",
                "Option<".repeat(3000),
                ">".repeat(3000)
            ),
        ),
        ("prints-a-lot", "compile_error!(\"\u{1b}[2J\u{202e}\");\n".repeat(5000)),
    ];
    let compiled = |(name, put): (&str, String)| {
        file(name, edited(solution, TOP, &format!("{TOP}\n{put}")), Expected::AtMostStarter)
    };
    at_top.into_iter().map(compiled).collect()
}

/// Their `malloc` is not one.
fn faulty(Sources { solution, .. }: &Sources) -> Vec<Member> {
    let in_malloc = [
        ("loops", "loop { core::hint::spin_loop(); }"),
        (
            "recurses",
            "fn f(n: u64) -> u64 { let a = core::hint::black_box([n; 64]); f(n + a[63]) + a[0] }\ncore::hint::black_box(f(1));",
        ),
        ("panics", "panic!(\"\u{1b}[2J\u{202e}\");"),
        (
            "panics-in-a-destructor",
            "struct B; impl Drop for B { fn drop(&mut self) { panic!(\"B\"); } }\nlet _b = B;",
        ),
        ("null", "return Ok(Addr::NULL);"),
        (
            "the-same-block",
            "if self.arena.heap_bytes() > 100 { return Ok(self.arena.start() + 16); }",
        ),
        (
            "misaligned",
            "return self.grow(64).map(|block| block.payload() + 4).map_err(Into::into);",
        ),
        ("outside", "return Ok(self.arena.brk() + 4096);"),
        ("stray-stores", "self.arena.store(self.arena.brk() + (1 << 20), size);"),
        ("takes-all", "while self.arena.sbrk(4096).is_ok() {}"),
        ("refuses", "return Err(OutOfMemory.into());"),
        (
            "reads-what-is-unwritten",
            "if self.arena.load(self.arena.brk() + 4096) == 0 { return Ok(Addr::NULL); }",
        ),
    ];
    let in_malloc = in_malloc.map(|(name, put)| {
        file(name, edited(solution, MALLOC, &format!("{MALLOC}\n{put}")), Expected::NothingMeasured)
    });
    in_malloc.into()
}

/// They change what the lab gives, in a file that is complete in itself.
fn faulty_in_the_given_part(Sources { whole, .. }: &Sources) -> Vec<Member> {
    const BUILD: &str = "Bump::new(arena, align)\n    }\n}";
    const USABLE: &str = "Ok(bytes - OVERHEAD_BYTES)";
    const DERIVED: &str =
        "#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]\npub struct Policy;";
    const BLOCKS: &str = "self.layout().blocks(&self.arena)";
    let own_default = |body: &str| {
        format!(
            "#[derive(Clone, Copy, Debug, PartialEq, Eq)]\npub struct Policy;\n\
             impl Default for Policy {{ fn default() -> Self {{ {body} }} }}"
        )
    };
    let build = |body: &str| format!("{body}\n    }}\n}}");
    let edits = [
        ("usable-size-of-everything", USABLE, format!("let _ = bytes; Ok({})", u32::MAX)),
        ("usable-size-panics", USABLE, "let _ = bytes; panic!()".to_owned()),
        ("default-panics", DERIVED, own_default("panic!(\"in Default\")")),
        ("default-loops", DERIVED, own_default("loop { core::hint::spin_loop(); }")),
        ("build-panics", BUILD, build("let _ = (arena, align); panic!(\"in build\")")),
        ("build-loops", BUILD, build("let _ = (arena, align); loop { core::hint::spin_loop(); }")),
        ("build-fails", BUILD, build("let _ = (arena, align); Err(OutOfMemory)")),
        ("build-leaks", BUILD, build("let _ = align; core::mem::forget(arena); Err(OutOfMemory)")),
        ("no-blocks", BLOCKS, "core::iter::empty()".to_owned()),
        ("blocks-without-end", BLOCKS, "self.layout().blocks(&self.arena).cycle()".to_owned()),
    ];
    let mut all: Vec<Member> = edits
        .into_iter()
        .map(|(name, from, to)| file(name, edited(whole, from, &to), Expected::NothingMeasured))
        .collect();
    let large = edited(whole, "    align: Align,\n}", "    align: Align,\n    more: [u64; 64],\n}");
    let large = edited(&large, "Bump { arena, align }", "Bump { arena, align, more: [0; 64] }");
    all.push(file("large-struct", large, Expected::NothingMeasured));
    let bomb =
        "\nstruct Bomb;\nimpl Drop for Bomb { fn drop(&mut self) { panic!(\"in Drop\"); } }\n";
    let bomb = edited(
        whole,
        "    align: Align,\n}",
        &format!("    align: Align,\n    bomb: Bomb,\n}}{bomb}"),
    );
    let bomb = edited(&bomb, "Bump { arena, align }", "Bump { arena, align, bomb: super::Bomb }");
    all.push(file("drop-panics", bomb, Expected::NothingMeasured));
    all
}

/// They do less where they believe that they are measured and not checked.
fn two_faced(Sources { solution, .. }: &Sources) -> Vec<Member> {
    let wasted = "for _ in 0..20 { let _ = self.arena.load(self.arena.start()); }";
    let with = |name: &str, put: &str, as_good_as: &str| {
        file(
            name,
            edited(solution, MALLOC, &format!("{MALLOC}\n{put}")),
            Expected::As(as_good_as.to_owned()),
        )
    };
    let face = |condition: &str| format!("if {condition} {{ {wasted} }}");
    vec![
        with("wasteful", wasted, "wasteful"),
        with("by-type", &face("!core::any::type_name::<P>().contains(\"Counting\")"), "wasteful"),
        with("by-size", &face("core::mem::size_of::<P>() <= 16"), "wasteful"),
    ]
}
