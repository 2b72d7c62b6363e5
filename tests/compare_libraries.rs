//! `heaplab compare --heap ./libmine.so`: libraries that are compiled here, sound ones and
//! broken ones, and those that the system has.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use crate::library_support::{Libraries, of_the_system, source_path};
use heaplab_tests::command::{Seen, run};
use serde_json::Value;
use std::fs;

fn heaplab(arguments: &[&str]) -> Seen {
    run(env!("CARGO_BIN_EXE_heaplab-under-test"), "..", arguments)
}

const STACK: &str = "labs/traces/shapes/stack.rep";
const REALLOC: &str = "labs/traces/classic/realloc.rep";

/// Returns a trace with every kind of operation in 200 blocks.
fn mixed(libraries: &Libraries) -> String {
    let mut ops = Vec::new();
    for id in 0..200 {
        let size = id * 37 % 900 + 1;
        ops.push(match id % 3 {
            0 => format!("c {id} {size}"),
            _ => format!("a {id} {}", size + 32),
        });
        match id {
            100.. => ops.push(format!("r {} {}", id - 100, size * 2)),
            50.. => ops.extend([format!("f {id}"), format!("a {id} 40")]),
            _ => {}
        }
    }
    extended(libraries, "mixed.rep", 200, &ops)
}

/// Writes a trace in the dialect that has calloc and memalign.
fn extended(libraries: &Libraries, name: &str, ids: usize, ops: &[String]) -> String {
    let (mut sizes, mut peak) = (vec![0u64; ids], 0);
    for op in ops {
        let mut words = op.split(' ').skip(1);
        let id: usize = words.next().unwrap().parse().unwrap();
        sizes[id] = words.last().map_or(0, |size| size.parse().unwrap());
        peak = sizes.iter().sum::<u64>().max(peak);
    }
    let (header, lines) = (format!("{ids}\n{}\n{peak}", ops.len()), ops.join("\n"));
    let path = libraries.path(name);
    fs::write(&path, format!("heaplab 1\n1\n{header}\n{lines}\n")).unwrap();
    path
}

#[test]
fn sound_libraries_are_measured_like_the_others() {
    let libraries = Libraries::new();
    let bump = libraries.compile("bump.c", "libbump.so", &[]);
    let first_fit = libraries.compile("first_fit.c", "libfirst_fit.so", &[]);
    let mixed = mixed(&libraries);
    let heaps = ["--heap", &bump, "--heap", "libc", "--heap", &first_fit];
    let rest = ["--trace", STACK, "--trace", REALLOC, "--trace", &mixed];
    let form = ["--turns", "3", "--format", "json"];
    let seen = heaplab(&[&["compare"][..], &heaps, &rest, &form].concat());
    assert_eq!(seen.code, Some(0), "{}", seen.all());
    let document: Value = serde_json::from_str(&seen.stdout).unwrap();
    let results = document["results"].as_array().unwrap();
    assert_eq!(results.len(), 9);
    for row in results {
        assert_eq!(row["error"], Value::Null, "{row}");
        assert_eq!(row["is_production"], true);
        assert_eq!(row["ns_per_op"].as_array().unwrap().len(), 3, "{row}");
        let held = row["peak_payload_bytes"].as_u64().unwrap();
        for bytes in row["resident_bytes"].as_array().unwrap() {
            assert!(bytes.as_u64().unwrap() + 4096 > held, "{row}");
        }
    }
    let names: Vec<&str> =
        results[..3].iter().map(|row| row["contender"].as_str().unwrap()).collect();
    assert_eq!(names, ["libbump.so", "libc", "libfirst_fit.so"]);
    // Memory that a bump allocator never gives back, and the names that it lacks.
    let resident = |at: usize| results[at]["resident_bytes"][0].as_u64().unwrap();
    assert!(resident(3) > 4 * resident(5), "{document}");
    assert!(seen.stderr.contains("libbump.so: it defines none of memalign"), "{}", seen.all());
    assert!(seen.stderr.contains("libbump.so: it does not define malloc_usable"), "{}", seen.all());
    assert!(!seen.stderr.contains("first_fit"), "{}", seen.all());
}

#[test]
fn aligned_blocks_need_a_call_for_them() {
    let libraries = Libraries::new();
    let bump = libraries.compile("bump.c", "libbump.so", &[]);
    let first_fit = libraries.compile("first_fit.c", "libfirst_fit.so", &[]);
    let ops = ["m 0 64 100", "a 1 10", "f 0", "f 1"].map(str::to_owned);
    let trace = extended(&libraries, "aligned.rep", 2, &ops);
    let compare =
        |library: &str| heaplab(&["compare", "--heap", library, "--trace", &trace, "--turns", "3"]);
    let seen = compare(&bump);
    assert_eq!(seen.code, Some(1), "{}", seen.all());
    let expected = "it defines none of memalign, posix_memalign, aligned_alloc, but this operation needs one of them";
    assert!(seen.stderr.contains(expected), "{}", seen.all());
    let seen = compare(&first_fit);
    assert_eq!(seen.code, Some(0), "{}", seen.all());
}

/// If the answer is wrong or the process ends, the library is at fault.
#[test]
fn broken_libraries_get_a_verdict() {
    let libraries = Libraries::new();
    let mixed = mixed(&libraries);
    for (macro_name, expected) in [
        ("GIVES_UP", "no memory for"),
        ("MISALIGNED", "the payload is not aligned to 16 bytes"),
        ("GIVES_TWICE", "the payload overlaps that of id"),
        ("OVERLAPS", "the payload overlaps that of id"),
        ("TOO_SMALL", "bytes are usable, but"),
        ("LOSES", "realloc lost byte"),
        ("NOT_ZERO", "calloc did not set byte"),
        ("CRASHES", "the process was ended by signal 11"),
        ("WILD", "the process was ended by signal 11"),
        ("EXITS", "exit code 3"),
        ("HANGS", "an endless loop?"),
        // When it is loaded.
        (
            "CONSTRUCTOR=*(volatile char*)1=0",
            "signal 11 (an access to invalid memory), while the library was being loaded",
        ),
        ("CONSTRUCTOR=_exit(7)", "exit code 7, while the library was being loaded"),
        ("CONSTRUCTOR=exit(0)", "exit code 0, while the library was being loaded"),
        ("CONSTRUCTOR=abort()", "signal 6 (it aborted), while the library was being loaded"),
    ] {
        let library = libraries.compile("broken.c", "libbroken.so", &[&format!("-D{macro_name}")]);
        let rest = ["--trace", &mixed, "--turns", "3", "--op-timeout", "0.5"];
        let seen = heaplab(&[&["compare", "--heap", &library][..], &rest].concat());
        assert_eq!(seen.code, Some(1), "{macro_name}: {}", seen.all());
        assert!(seen.stderr.contains(expected), "{macro_name}: {}", seen.all());
        assert!(seen.stderr.contains("libbroken.so"), "{macro_name}: {}", seen.all());
    }
    // The same source without a fault.
    let library = libraries.compile("broken.c", "libsound.so", &[]);
    let seen = heaplab(&["compare", "--heap", &library, "--trace", &mixed, "--turns", "3"]);
    assert_eq!(seen.code, Some(0), "{}", seen.all());
}

/// A file that is not a library is the user's mistake.
#[test]
fn unusable_files_are_refused_with_the_reason() {
    let libraries = Libraries::new();
    let broken = source_path("broken.c");
    let expect = |path: &str, expected: &str| {
        let seen = heaplab(&["compare", "--heap", path, "--trace", STACK, "--turns", "3"]);
        assert_eq!(seen.code, Some(2), "{path}: {}", seen.all());
        assert!(seen.stderr.contains(expected), "{path}: {}", seen.all());
        assert!(seen.stderr.starts_with("error: "), "{path}: {}", seen.all());
    };
    expect("./no-such.so", "the file does not exist");
    expect("no-such.so", "the file does not exist");
    expect("labs/traces", "the folder labs/traces has no .c files");
    expect(broken.to_str().unwrap(), "defines no interface that is known");
    let file = |name: &str, bytes: &[u8]| {
        fs::write(libraries.path(name), bytes).unwrap();
        libraries.path(name)
    };
    expect(&file("empty.so", b""), "it is empty");
    expect(&file("text.so", b"INPUT(x)\n"), "it is text");
    expect(&file("random.so", b"\x01\x02\x03\xff\x00"), "not an ELF file");
    let object = libraries.cc(&broken, "mine.o", &["-c", "-fPIC"]).unwrap();
    expect(&object, "it is an object file");
    expect(&file("libmine.a", b"!<arch>\n"), "it is an archive");
    let main = file("main.c", b"int main(void) { return 0; }\n");
    let program = libraries.cc(main.as_ref(), "program", &[]).unwrap();
    expect(&program, "it is a program");
    let shared = ["-shared", "-fPIC"];
    let library = |name: &str, text: &str, options: &[&str]| {
        let source = file("one.c", text.as_bytes());
        libraries.cc(source.as_ref(), name, &[&shared, options].concat()).unwrap()
    };
    expect(&library("none.so", "int x;", &[]), "it does not define malloc, free, realloc, calloc");
    let named = "void *mm_malloc(unsigned long n) { return 0; }";
    expect(&library("mm.so", named, &[]), "it defines `mm_malloc`");
    let without = libraries.compile("broken.c", "without.so", &["-DWITHOUT_CALLOC"]);
    expect(&without, "it does not define calloc");
    let undefined = libraries.compile("broken.c", "undefined.so", &["-DNEEDS=helper_of_mine"]);
    expect(&undefined, "it needs `helper_of_mine`, which no library defines");
    let helper = library("libhelper.so", "void helper_of_mine(void) {}", &[]);
    let needs = libraries.compile("broken.c", "needs.so", &["-DNEEDS=helper_of_mine", &helper]);
    fs::remove_file(&helper).unwrap();
    expect(&needs, "libhelper.so, which the loader does not find");
    // The first half of a library.
    let sound = fs::read(libraries.compile("broken.c", "sound.so", &[])).unwrap();
    let half = file("half.so", &sound[..sound.len() / 2]);
    expect(&half, "half.so: it is an ELF file, but a damaged one");
    // A compiler may lack a 32-bit C library; linking a library needs none.
    match libraries.cc(&broken, "32.so", &["-m32", "-shared", "-fPIC", "-nostdlib"]) {
        Ok(library) => expect(&library, "it is a library for 32-bit programs"),
        Err(why) => {
            println!("made by hand, as the compiler makes none: {why}");
            expect(&file("32.so", b"\x7fELF\x01\x01\x01"), "it is a library for 32-bit programs");
        }
    }
}

#[test]
fn libraries_of_one_file_name_are_distinguished() {
    let libraries = Libraries::new();
    fs::create_dir(libraries.path("other")).unwrap();
    let one = libraries.compile("bump.c", "libmine.so", &[]);
    let other = libraries.compile("first_fit.c", "other/libmine.so", &[]);
    let rest = ["--trace", STACK, "--turns", "3", "--format", "csv"];
    let seen = heaplab(&[&["compare", "--heap", &one, "--heap", &other][..], &rest].concat());
    assert_eq!(seen.code, Some(0), "{}", seen.all());
    let names: Vec<&str> =
        seen.stdout.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(names.len(), 2);
    assert!(
        names[1].ends_with("/other/libmine.so") && names[0].ends_with("/libmine.so"),
        "{names:?}"
    );
    let seen = heaplab(&["compare", "--heap", &one, "--heap", &one]);
    assert_eq!(seen.code, Some(2), "{}", seen.all());
    assert!(seen.stderr.contains("is asked for twice"), "{}", seen.all());
}

#[test]
fn the_systems_allocators_can_be_loaded() {
    let libraries = Libraries::new();
    let mixed = mixed(&libraries);
    for path in of_the_system() {
        let path = path.to_str().unwrap();
        let rest = ["--trace", STACK, "--trace", &mixed, "--turns", "3"];
        let seen = heaplab(&[&["compare", "--heap", path, "--heap", "libc"][..], &rest].concat());
        assert_eq!((seen.code, seen.stderr.as_str()), (Some(0), ""), "{path}: {}", seen.all());
    }
}

#[test]
fn other_commands_take_libraries_too_or_say_why_not() {
    let libraries = Libraries::new();
    let first_fit = libraries.compile("first_fit.c", "libfirst_fit.so", &[]);
    let seen = heaplab(&["usable", "13", "--heap", &first_fit]);
    assert_eq!(seen.code, Some(0), "{}", seen.all());
    assert!(seen.stdout.contains("libfirst_fit.so"), "{}", seen.all());
    let bump = libraries.compile("bump.c", "libbump.so", &[]);
    let seen = heaplab(&["usable", "13", "--heap", &bump]);
    assert_eq!(seen.code, Some(2), "{}", seen.all());
    assert!(seen.stderr.contains("does not define malloc_usable_size"), "{}", seen.all());
    let seen = heaplab(&["compare", "--split", "1,2", "--heap", &bump]);
    assert_eq!(seen.code, Some(2), "{}", seen.all());
    assert!(seen.stderr.contains("can't be split"), "{}", seen.all());
}
