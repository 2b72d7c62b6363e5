//! The list of commands in `heaplab --help`, by purpose.

use anstyle::Style;

/// A heading, and the commands under it, each with an example.
type Group = (&'static str, &'static [(&'static str, &'static str)]);

const GROUPS: &[Group] = &[
    (
        "Run and check heaps",
        &[
            ("run", "run explicit quick --trace mine.rep"),
            ("check", "check explicit --trace mine.rep"),
            ("fuzz", "fuzz explicit --time 60"),
            ("heaps", "heaps"),
            ("explain", "explain store-live"),
        ],
    ),
    (
        "Look closer",
        &[
            ("waste", "waste implicit --trace mine.rep"),
            ("bound", "bound quick --trace mine.rep"),
            ("cost", "cost implicit explicit --grow"),
            ("step", "step explicit --trace mine.rep --plain"),
            ("report", "report implicit explicit --trace mine.rep -o mine.html"),
            ("plot", "plot map explicit --trace mine.rep -o map.svg"),
            ("diff", "diff implicit explicit find_fit"),
        ],
    ),
    (
        "Compare with production allocators",
        &[
            ("compare", "compare quick libc --trace mine.rep"),
            ("usable", "usable 13 100 quick libc"),
            ("exec", "exec quick --stats -- python3 -c 'print(1)'"),
            ("bench-programs", "bench-programs --program sqlite"),
        ],
    ),
    (
        "Record and convert traces",
        &[("record", "record -o sort.rep.gz -- sort words.txt"), ("trace", "trace stats mine.rep")],
    ),
    (
        "Do a lab",
        &[
            ("lab", "lab 1-implicit hint"),
            ("starter", "starter 1-implicit"),
            ("new-lab", "new-lab 6-mine --from 1-implicit"),
        ],
    ),
    (
        "Grade a class",
        &[
            ("grade", "grade --lab 1-implicit submissions/ --out records/"),
            ("merge", "merge shard-1/ shard-2/ --out records/"),
            ("feedback", "feedback records/ --show-after 2026-12-01T23:59:00Z"),
            ("gradebook", "gradebook records/ --roster roster.csv"),
            ("grade-diff", "grade-diff before/ records/"),
            ("statistics", "statistics records/ -o class.html"),
            ("leaderboard", "leaderboard records/"),
            ("similar", "similar --lab 1-implicit submissions/*"),
            ("export", "export gradescope 1-implicit -o 1-implicit.zip"),
        ],
    ),
    ("Install", &[("completions", "completions bash > heaplab.bash")]),
];

/// Returns the command with its subcommands listed in groups. Commands that the program was built
/// without are not listed.
pub fn grouped(command: clap::Command) -> clap::Command {
    let bold = Style::new().bold();
    let mut list = String::new();
    for (heading, members) in GROUPS {
        let lines: String = members
            .iter()
            .filter_map(|(name, example)| {
                let about = command.find_subcommand(name)?.get_about()?;
                Some(format!("  {bold}{name:<15}{bold:#} {about}\n{:18}heaplab {example}\n", ""))
            })
            .collect();
        if !lines.is_empty() {
            list += &format!("{bold}{heading}:{bold:#}\n{lines}\n");
        }
    }
    command.help_template(format!(
        "{{about}}\n\n{{usage-heading}} {{usage}}\n\n{list}{bold}Options:{bold:#}\n{{options}}\n\n\
         `heaplab help COMMAND` explains a command.\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::Command;
    use clap::{CommandFactory, Parser, Subcommand};

    #[derive(Parser)]
    #[command(name = "heaplab")]
    struct Cli {
        #[command(subcommand)]
        _command: Command,
    }

    #[test]
    fn each_command_is_in_one_group() {
        let command = Command::augment_subcommands(clap::Command::new("heaplab"));
        let listed: Vec<&str> =
            GROUPS.iter().flat_map(|(_, members)| members.iter().map(|(name, _)| *name)).collect();
        for one in command.get_subcommands().filter(|one| !one.is_hide_set()) {
            let times = listed.iter().filter(|name| **name == one.get_name()).count();
            assert_eq!(times, 1, "{}", one.get_name());
        }
    }

    /// Checks that the command line of every example can be parsed.
    #[test]
    fn every_example_is_a_valid_command_line() {
        for (name, example) in GROUPS.iter().flat_map(|(_, members)| *members) {
            if Cli::command().find_subcommand(name).is_none() {
                continue;
            }
            let line = example.split(" > ").next().unwrap_or_default();
            let words = shlex::split(&format!("heaplab {line}")).expect("words");
            if let Err(error) = Cli::command().try_get_matches_from(words) {
                panic!("{example}: {error}");
            }
        }
    }
}
