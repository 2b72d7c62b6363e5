//! The programs, and what they work on, which is made on the spot.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A program that may be installed.
pub struct Program {
    pub name: &'static str,
    /// The commands that it takes, and Debian's packages with them.
    needs: &'static [(&'static str, &'static str)],
    /// Files that are made for it.
    files: &'static [File],
    /// Run once, by a shell, in a folder of its own.
    prepare: &'static str,
    /// What is measured: a command and its arguments, by a shell only where it must.
    command: &'static [&'static str],
    prints_the_same: bool,
}

/// A file's name, and what makes its content.
type File = (&'static str, fn() -> String);

/// A program with all that it works on.
pub struct Ready {
    pub name: &'static str,
    pub folder: PathBuf,
    pub command: Vec<OsString>,
    /// Whether it prints the same each time.
    pub prints_the_same: bool,
}

/// All of them.
pub const ALL: [Program; 8] = [
    Program {
        name: "python",
        needs: &[("python3", "python3")],
        files: &[("work.py", || PYTHON.to_owned())],
        // Where python3 is a script that looks for an interpreter, that is not measured.
        prepare: "ln -s \"$(python3 -c 'import sys; print(sys.executable)')\" python",
        command: &["./python", "work.py"],
        prints_the_same: true,
    },
    Program {
        name: "perl",
        needs: &[("perl", "perl")],
        files: &[("work.pl", || PERL.to_owned())],
        prepare: "",
        command: &["perl", "work.pl"],
        prints_the_same: true,
    },
    Program {
        name: "git",
        needs: &[("git", "git")],
        files: &[("history", history)],
        prepare: "git init -q repository && git -C repository fast-import --quiet < history",
        command: &[
            "git",
            "-C",
            "repository",
            "--no-pager",
            "log",
            "-p",
            "--stat",
            "--all",
        ],
        prints_the_same: true,
    },
    Program {
        name: "sqlite",
        needs: &[("sqlite3", "sqlite3")],
        files: &[("work.sql", || SQL.to_owned())],
        prepare: "",
        command: &["sqlite3", ":memory:", ".read work.sql"],
        prints_the_same: true,
    },
    Program {
        name: "gcc",
        needs: &[("gcc", "gcc")],
        files: &[("large.c", large_c_file)],
        prepare: "",
        command: &["gcc", "-O2", "-c", "large.c", "-o", "/dev/null"],
        prints_the_same: true,
    },
    Program {
        name: "redis",
        needs: &[
            ("redis-server", "redis-server"),
            ("redis-benchmark", "redis-tools"),
        ],
        files: &[("work.sh", || REDIS.to_owned())],
        prepare: "",
        command: &["sh", "work.sh"],
        prints_the_same: false,
    },
    Program {
        name: "factor",
        needs: &[("cc", "gcc")],
        files: &[("factor.c", || include_str!("factor.c").to_owned())],
        prepare: "cc -O2 -o factor factor.c",
        command: &["./factor"],
        prints_the_same: true,
    },
    Program {
        name: "server",
        needs: &[("cc", "gcc")],
        files: &[("server.c", || include_str!("server.c").to_owned())],
        prepare: "cc -O2 -pthread -o server server.c",
        command: &["./server"],
        prints_the_same: true,
    },
];

/// Objects of all sizes that live for a while: dictionaries, strings, lists, classes.
const PYTHON: &str = r"
import json, re
class Node:
    def __init__(self, key): self.key, self.left, self.right = key, None, None
def insert(node, key):
    while True:
        side = 'left' if key < node.key else 'right'
        child = getattr(node, side)
        if child is None: setattr(node, side, Node(key)); return
        node = child
state, root = 12345, Node(1 << 30)
for _ in range(40000):
    state = (state * 1103515245 + 12345) % (1 << 31)
    insert(root, state)
words = [format(n * n, 'x') for n in range(60000)]
table = {word: [word] * (len(word) % 5) for word in words}
text = json.dumps(table)
again = json.loads(text)
print(len(text), len(again), len(re.findall('[a-f]+', text)))
print(sum(len(line) for line in '\n'.join(sorted(words, key=lambda w: w[::-1])).split('\n')))
";

/// Hashes of strings that grow, and regular expressions.
const PERL: &str = r"
my (%count, @lines); my $state = 7;
for my $n (1 .. 200000) {
    $state = ($state * 16807) % 2147483647;
    my $word = sprintf('%x', $state % 50000);
    $count{$word} .= $n % 10;
    push @lines, qq($word $n) if $n % 3 == 0;
}
my $text = join qq(\n), @lines;
my $found = () = $text =~ /^[a-f]\w* \d+5$/mg;
my @sorted = sort { length $count{$b} <=> length $count{$a} or $a cmp $b } keys %count;
print scalar(keys %count), ' ', $found, ' ', join(',', @sorted[0 .. 9]), qq(\n);
";

/// Tables, an index, joins, deletions, in memory.
const SQL: &str = "\
create table item(id integer primary key, name text, price real);
create table sale(item integer, day integer, note text);
with recursive n(x) as (select 1 union all select x + 1 from n where x < 40000)
  insert into item select x, printf('item %d %s', x, hex(x * 7919)), x % 977 / 7.0 from n;
with recursive n(x) as (select 1 union all select x + 1 from n where x < 120000)
  insert into sale select x * 31 % 40000 + 1, x % 365, substr('of the long note', 1, x % 16) from n;
create index by_item on sale(item);
select day, count(*), round(sum(price), 2) from sale join item on id = item group by day order by 3 desc limit 5;
delete from sale where item % 3 = 0;
select count(*), max(length(name)) from item join sale on id = item;
select group_concat(name) from (select name from item order by price desc, id limit 2000);
";

/// A server that keeps nothing on disk, and a client that asks for a second.
const REDIS: &str = "\
set -e
socket=$(mktemp -u)
redis-server --port 0 --unixsocket \"$socket\" --save '' --appendonly no --daemonize no >/dev/null &
for i in 1 2 3 4 5 6 7 8 9 10; do
    redis-cli -s \"$socket\" ping 2>/dev/null | grep -q PONG && break
    sleep 0.1
done
redis-benchmark -s \"$socket\" -q -n 25000 -c 20 -r 20000 -d 200 -t set,get,lpush,sadd,hset
redis-cli -s \"$socket\" shutdown nosave || true
wait
";

/// A repository's history for `git fast-import`: files that change a little each time.
fn history() -> String {
    let mut text = String::new();
    for commit in 1..=150u32 {
        let message = format!("change {commit}\n");
        text += &format!(
            "commit refs/heads/main\ncommitter a <a@example.com> {} +0000\ndata {}\n{message}",
            1_600_000_000 + 60 * commit,
            message.len()
        );
        for file in 0..6u32 {
            let lines = 200 + commit + 37 * file;
            let line = |n| {
                let changes = if n % 23 == commit % 23 { commit } else { 0 };
                format!(
                    "line {n} of file {file}: {}\n",
                    n * 2_654_435 % 9973 + changes
                )
            };
            let content: String = (0..lines).map(line).collect();
            text += &format!(
                "M 644 inline folder/file{file}.txt\ndata {}\n{content}\n",
                content.len()
            );
        }
    }
    text
}

/// So many functions are in the C file.
const FUNCTIONS: u32 = 150;

/// A thousand lines of C with loops, structures and calls.
fn large_c_file() -> String {
    let mut text = "struct pair { long a; double b; };\n".to_owned();
    for n in 0..FUNCTIONS {
        text += &format!(
            "long f{n}(struct pair *p, int n) {{\n  long s = {n};\n  for (int i = 0; i < n; i++) {{\n    \
             p[i].a += s * i % ({n} + 3);\n    if (p[i].a & {}) p[i].b = p[i].a * 0.5 + s; else s ^= i << {};\n  }}\n  \
             switch (s % 5) {{ case 0: s += n; break; case 1: s -= n; break; case 3: s *= 3; break; default: s ^= 77; }}\n  \
             return s;\n}}\n",
            n % 64 + 1,
            n % 13
        );
    }
    text += "long all(struct pair *p, int n) {\n  long s = 0;\n";
    for n in 0..FUNCTIONS {
        text += &format!("  s += f{n}(p, n);\n");
    }
    text + "  return s;\n}\n"
}

/// Makes what a program works on, in a folder of its own under this one.
///
/// # Errors
/// Why not: it is not installed, or what it works on can't be made.
pub fn prepare(program: &'static Program, folder: &Path) -> Result<Ready, String> {
    for (command, package) in program.needs {
        if !is_installed(command) {
            return Err(format!(
                "`{command}` is not installed; apt-get install {package}"
            ));
        }
    }
    let folder = folder.join(program.name);
    let cannot = |error: io::Error| format!("can't write {}: {error}", folder.display());
    fs::create_dir(&folder).map_err(cannot)?;
    for (name, content) in program.files {
        fs::write(folder.join(name), content()).map_err(cannot)?;
    }
    let made = Command::new("sh")
        .args(["-c", program.prepare])
        .current_dir(&folder)
        .output()
        .map_err(|error| error.to_string())?;
    if !made.status.success() {
        let why = String::from_utf8_lossy(&made.stderr).into_owned();
        return Err(format!("can't prepare it: {why}"));
    }
    Ok(Ready {
        name: program.name,
        folder,
        command: program.command.iter().map(OsString::from).collect(),
        prints_the_same: program.prints_the_same,
    })
}

fn is_installed(command: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(command).is_file())
}
