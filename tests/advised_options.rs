//! Every option that a message or a help text advises is one that its command has.

use heaplab_tests::command::{package, run, run_in};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const HEAPLAB: &str = env!("CARGO_BIN_EXE_heaplab-under-test");

/// The program of a lab, which has the same options for students.
const LAB: &str = env!("CARGO_BIN_EXE_lab-1-implicit-under-test");

/// The help of a command, and the options that it has.
struct Help {
    text: String,
    options: BTreeSet<String>,
}

/// Every command of heaplab by its words, `trace convert`; the empty text is the whole program.
struct Commands(BTreeMap<String, Help>);

impl Commands {
    fn all() -> Commands {
        let mut all = Commands(BTreeMap::new());
        all.add(HEAPLAB, &[]);
        // Hidden, because it is in the workspace; its options are advised to students.
        let of_lab = run(LAB, ".", &["--help"]);
        assert_eq!(of_lab.code, Some(0));
        for name in subcommands(&of_lab.stdout) {
            let text = run(LAB, ".", &[&name, "--help"]).stdout;
            let options = options_of(&text);
            let help = Help { text, options };
            all.0.entry(format!("lab {name}")).or_insert(help);
        }
        all
    }

    fn add(&mut self, program: &str, words: &[&str]) {
        let seen = run(program, ".", &[words, &["--help"]].concat());
        assert_eq!(seen.code, Some(0), "{words:?}: {}", seen.all());
        for name in subcommands(&seen.stdout) {
            if name != "help" {
                self.add(program, &[words, &[&name]].concat());
            }
        }
        let options = options_of(&seen.stdout);
        let help = Help { text: seen.stdout, options };
        self.0.insert(words.join(" "), help);
    }

    /// Returns whether the command that `text` names last before the option has it;
    /// if the text names none, whether the command that prints the text has it.
    fn has(&self, speaker: &str, before: &str, option: &str) -> bool {
        let owner = self.named_last(before).unwrap_or(speaker);
        self.0[owner].options.contains(option)
    }

    /// Returns the command that a line of a message names
    /// last: `trace convert` in `(`heaplab trace convert `.
    fn named_last(&self, before: &str) -> Option<&str> {
        // It is in a span of code, or after the program's name.
        let code = match before.matches('`').count() % 2 {
            1 => before.rsplit('`').next().unwrap_or_default(),
            _ => &before[before.rfind("heaplab ")?..],
        };
        let words: Vec<&str> = code.split_whitespace().filter(|w| *w != "heaplab").collect();
        let named = |count: usize| {
            let words = words.get(..count)?.join(" ");
            let (name, _) = self.0.get_key_value(&words)?;
            Some(name.as_str()).filter(|name| !name.is_empty())
        };
        named(2).or_else(|| named(1))
    }
}

/// Returns the commands in a help text.
fn subcommands(help: &str) -> Vec<String> {
    let lists = help.lines().take_while(|line| *line != "Options:");
    let names = lists.filter_map(|line| {
        // An example is indented further, an argument is in brackets.
        let entry = line.strip_prefix("  ")?;
        let name = entry.split_whitespace().next()?;
        entry.starts_with(|c: char| c.is_ascii_lowercase()).then(|| name.to_owned())
    });
    names.collect()
}

/// Returns the options in a help text: those at the beginning of their lines.
fn options_of(help: &str) -> BTreeSet<String> {
    let mut options = BTreeSet::new();
    for line in help.lines() {
        let line = line.trim_start();
        let line = match line.as_bytes() {
            [b'-', short, b',', b' ', ..] if *short != b'-' => &line[4..],
            _ => line,
        };
        if let Some((0, option)) = options_in(line).into_iter().next() {
            options.insert(option.to_owned());
        }
    }
    options
}

/// Returns the options in a text, each with its position.
fn options_in(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("--") {
        let before = text[..at].chars().next_back();
        let rest = &text[at + 2..];
        let is_of_option = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let len = rest.find(|c| !is_of_option(c)).unwrap_or(rest.len());
        let is_word = rest.starts_with(|c: char| c.is_ascii_lowercase());
        if is_word && before.is_none_or(|c| c.is_whitespace() || "`(['\"".contains(c)) {
            found.push((at, &text[at..at + 2 + len]));
        }
    }
    found
}

/// Returns the options in a text, printed by a command, that the command lacks.
fn missing(commands: &Commands, speaker: &str, text: &str) -> Vec<String> {
    let mut missing = Vec::new();
    for line in text.lines() {
        // Lines and names of a trace are quoted, and advise nothing.
        if line.contains(" | ") && !line.contains("= ") {
            continue;
        }
        for (at, option) in options_in(line) {
            if !commands.has(speaker, &line[..at], option) {
                missing.push(format!("heaplab {speaker}: {option} in: {line}"));
            }
        }
    }
    missing
}

#[test]
fn help_texts_name_only_existing_options() {
    let commands = Commands::all();
    assert!(commands.0.len() > 25, "{}", commands.0.len());
    let mut wrong = Vec::new();
    for (name, help) in &commands.0 {
        // Options after `--` are a different program's.
        let lines = help.text.lines().filter(|line| !line.contains(" -- "));
        let text: String = lines.map(|line| format!("{line}\n")).collect();
        wrong.extend(missing(&commands, name, &text));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The commands that read traces, and the arguments they need besides the file.
const READERS: [&[&str]; 8] = [
    &["run", "--no-timing", "--heap", "implicit", "--trace"],
    &["check", "implicit", "--trace"],
    &["cost", "implicit", "--trace"],
    &["waste", "implicit", "--trace"],
    &["compare", "--no-timing", "--no-memory", "--heap", "implicit", "--trace"],
    &["compare", "--split", "2", "--heap", "implicit", "--trace"],
    &["trace", "stats"],
    &["trace", "convert"],
];

fn corpus() -> Vec<PathBuf> {
    let entries = fs::read_dir(package().join("corpus/malformed")).expect("the corpus is there");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("readable").path()).collect();
    files.sort();
    files
}

#[test]
fn messages_about_traces_name_only_existing_options() {
    let commands = Commands::all();
    let (mut wrong, mut advised) = (Vec::new(), BTreeSet::new());
    for words in READERS {
        let speaker = match words[0] {
            "trace" => words[..2].join(" "),
            _ => words[0].to_owned(),
        };
        for file in corpus() {
            let file = file.display().to_string();
            let seen = run(HEAPLAB, ".", &[words, &[&file]].concat());
            assert_eq!(seen.code, Some(2), "{speaker} {file}: {}", seen.all());
            advised.extend(options_in(&seen.stderr).into_iter().map(|(_, o)| o.to_owned()));
            wrong.extend(missing(&commands, &speaker, &seen.stderr));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Without advice the test would pass.
    for option in ["--from", "--lenient"] {
        assert!(advised.contains(option), "{advised:?}");
    }
}

/// A command with the advised `--from` works as typed, in every command.
#[test]
fn a_trace_is_read_in_the_requested_dialect() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("t.rep"), "1\n1\n2\n16\na 0 16\nf -1\n").unwrap();
    for words in READERS {
        let strict = [words, &["t.rep"]].concat();
        let seen = run_in(HEAPLAB, folder.path(), &strict);
        assert_eq!(seen.code, Some(2), "{words:?}: {}", seen.all());
        assert!(seen.stderr.contains("T20"), "{words:?}: {}", seen.all());
        // `f -1` is of this dialect; that line 4 is not a flag is accepted.
        let from = [words, &["t.rep", "--from", "ranges", "--lenient"]].concat();
        let seen = run_in(HEAPLAB, folder.path(), &from);
        assert_eq!(seen.code, Some(0), "{words:?}: {}", seen.all());
        assert!(!seen.stderr.contains("T20"), "{words:?}: {}", seen.all());
        // No header, although the name promises one.
        fs::write(folder.path().join("s.rep"), "a 0 16\nf 0\n").unwrap();
        let script = [words, &["s.rep", "--from", "script"]].concat();
        let seen = run_in(HEAPLAB, folder.path(), &script);
        assert_eq!(seen.code, Some(0), "{words:?}: {}", seen.all());
    }
}

/// The command that reproduces a fault reads the trace with the same options;
/// the shrunk trace is in this program's own dialect, and needs no option.
#[test]
fn the_command_that_reproduces_a_fault_has_the_reading_options() {
    let folder = tempfile::tempdir().unwrap();
    let text = "1\n2\n3\n24\na 0 16\nf -1\na 1 200\n";
    fs::write(folder.path().join("t.rep"), text).unwrap();
    let faulty = env!("CARGO_BIN_EXE_faulty");
    let reading = ["--from", "ranges", "--lenient"];
    for command in [&["check", "misaligned"][..], &["run", "--heap", "misaligned"]] {
        let words = [command, &["--trace", "t.rep"], &reading].concat();
        let seen = run_in(faulty, folder.path(), &words);
        let all = seen.all();
        assert_eq!(seen.code, Some(1), "{all}");
        assert!(all.contains("t.rep") && all.contains(" --from ranges --lenient"), "{all}");
    }
    let words = [&["check", "misaligned", "--shrink", "--trace", "t.rep"], &reading[..]];
    let seen = run_in(faulty, folder.path(), &words.concat());
    assert_eq!(seen.code, Some(1), "{}", seen.all());
    let (_, of_small) = seen.stdout.split_once("shrunk from 3 ").expect("it is shrunk");
    assert!(of_small.contains("fault[misaligned]"), "{}", seen.all());
    assert!(!of_small.contains("--from"), "{}", seen.all());
}

/// Sources with texts for people: an option in a text
/// belongs to some command, or to one of the programs below.
const SOURCES: [&str; 6] =
    ["heaplab", "driver/trace", "driver/replay", "driver/worker", "analysis/hunt", "classroom/lab"];

/// Options of cargo, git and other programs that are named in sources.
const OF_OTHERS: [&str; 5] = ["--release", "--profile", "--features", "--package", "--bin"];

/// Files that start other programs, or make pages with a style.
const STARTERS: [&str; 14] = [
    "bench_programs",
    "compile.rs",
    "export",
    "harness.rs",
    "watch.rs",
    "through_cargo.rs",
    "wine",
    "diff",
    "arguments.rs",
    "record",
    "exec",
    "labs",
    "jail",
    "class.rs",
];

#[test]
fn sources_advise_only_existing_options() {
    let commands = Commands::all();
    let known: BTreeSet<&str> = commands
        .0
        .values()
        .flat_map(|help| help.options.iter().map(String::as_str))
        .chain(OF_OTHERS)
        .collect();
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for name in SOURCES {
        let folder = package().join("../crates").join(name).join("src");
        for file in rust_files(&folder) {
            let path = file.display().to_string();
            if STARTERS.iter().any(|part| path.contains(part)) {
                continue;
            }
            let text = fs::read_to_string(&file).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            let lines = code.lines().filter(|line| !line.trim_start().starts_with("//!"));
            for (line, (_, option)) in lines.flat_map(|line| {
                let found = options_in(line).into_iter();
                found.map(move |one| (line, one))
            }) {
                seen += 1;
                if !known.contains(option) {
                    wrong.push(format!("{path}: {option} in: {}", line.trim()));
                }
            }
        }
    }
    assert!(seen > 100, "{seen}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    files
}
