//! The inputs of the real programs: scripts and files that are made when needed, for a part of the
//! work in percent.

/// Fills the amount of work into a script.
fn scaled(script: &str, percent: u32) -> String {
    script.replace("SCALE", &percent.to_string())
}

pub fn python(percent: u32) -> String {
    scaled(PYTHON, percent)
}

pub fn perl(percent: u32) -> String {
    scaled(PERL, percent)
}

pub fn lua(percent: u32) -> String {
    scaled(LUA, percent)
}

pub fn sql(percent: u32) -> String {
    scaled(SQL, percent)
}

pub fn redis(percent: u32) -> String {
    scaled(REDIS, percent)
}

pub fn page(percent: u32) -> String {
    scaled(PAGE, percent)
}

/// Objects of all sizes that live for some time: dictionaries, strings, lists, classes.
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
for _ in range(400 * SCALE):
    state = (state * 1103515245 + 12345) % (1 << 31)
    insert(root, state)
words = [format(n * n, 'x') for n in range(600 * SCALE)]
table = {word: [word] * (len(word) % 5) for word in words}
text = json.dumps(table)
again = json.loads(text)
print(len(text), len(again), len(re.findall('[a-f]+', text)))
print(sum(len(line) for line in '\n'.join(sorted(words, key=lambda w: w[::-1])).split('\n')))
";

/// Hashes of growing strings, and regular expressions.
const PERL: &str = r"
my (%count, @lines); my $state = 7;
for my $n (1 .. 3500 * SCALE) {
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

/// Tables, an index, joins, deletions, all in memory.
const SQL: &str = "\
create table item(id integer primary key, name text, price real);
create table sale(item integer, day integer, note text);
with recursive n(x) as (select 1 union all select x + 1 from n where x < 400 * SCALE)
  insert into item select x, printf('item %d %s', x, hex(x * 7919)), x % 977 / 7.0 from n;
with recursive n(x) as (select 1 union all select x + 1 from n where x < 1200 * SCALE)
  insert into sale select x * 31 % (400 * SCALE) + 1, x % 365, substr('of the long note', 1, x % 16) from n;
create index by_item on sale(item);
select day, count(*), round(sum(price), 2) from sale join item on id = item group by day order by 3 desc limit 5;
delete from sale where item % 3 = 0;
select count(*), max(length(name)) from item join sale on id = item;
select group_concat(name) from (select name from item order by price desc, id limit 2000);
";

/// A server that stores nothing on disk, and a client that sends requests for a second.
const REDIS: &str = "\
set -e
socket=$(mktemp -u)
redis-server --port 0 --unixsocket \"$socket\" --save '' --appendonly no --daemonize no >/dev/null &
for i in 1 2 3 4 5 6 7 8 9 10; do
    redis-cli -s \"$socket\" ping 2>/dev/null | grep -q PONG && break
    sleep 0.1
done
redis-benchmark -s \"$socket\" -q -n $((250 * SCALE)) -c 20 -r 20000 -d 200 -t set,get,lpush,sadd,hset
redis-cli -s \"$socket\" shutdown nosave || true
wait
";

/// Trees that become garbage, strings that are built and taken apart.
const LUA: &str = r"
local function grow(depth)
  if depth == 0 then return { value = 1 } end
  return { left = grow(depth - 1), right = grow(depth - 1), value = depth }
end
local function sum(tree)
  if not tree.left then return tree.value end
  return sum(tree.left) + sum(tree.right) + tree.value
end
local total = 0
for round = 1, math.max(1, SCALE // 6) do total = total + sum(grow(13)) end
local words, state = {}, 42
for n = 1, 5000 * SCALE do
  state = (state * 1103515245 + 12345) % 2147483648
  local word = string.format('%x', state % 40000)
  words[word] = (words[word] or '') .. n % 10
end
local keys = {}
for word in pairs(words) do keys[#keys + 1] = word end
table.sort(keys)
local text = table.concat(keys, ' '):gsub('%d+', function(digits) return '<' .. digits .. '>' end)
print(total, #keys, #text)
";

/// A page of curves, with text and a large dictionary.
const PAGE: &str = r"%!PS
/n SCALE def
/Times-Roman findfont 9 scalefont setfont
/seed 7 def
/draw { /seed seed 16807 mul 2147483647 mod def seed } def
/point { draw 600 mod draw 780 mod } def
/part { draw 100 mod 100 div } def
1 1 n 30 mul {
  pop newpath point moveto
  4 { point point point curveto } repeat
  part part part setrgbcolor
  draw 2 mod 0 eq { 0.3 setlinewidth stroke } { clip newpath initclip } ifelse
} for
1 1 n 40 mul { /i exch def point moveto i 20 string cvs show } for
/table n 400 mul dict def
1 1 n 200 mul { dup 20 string cvs cvn exch table 3 1 roll put } for
showpage
";

/// Returns a history for `git fast-import`: files that change a little each time.
pub fn history(percent: u32) -> String {
    let mut text = String::new();
    for commit in 1..=(230 * percent / 100).max(2) {
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
                format!("line {n} of file {file}: {}\n", n * 2_654_435 % 9973 + changes)
            };
            let content: String = (0..lines).map(line).collect();
            text +=
                &format!("M 644 inline folder/file{file}.txt\ndata {}\n{content}\n", content.len());
        }
    }
    text
}

/// The number of functions in the C file.
const FUNCTIONS: u32 = 150;

/// Returns a thousand lines of C with loops, structures and calls.
pub fn c_file(percent: u32) -> String {
    let functions = (FUNCTIONS * percent / 100).max(2);
    let mut text = "struct pair { long a; double b; };\n".to_owned();
    for n in 0..functions {
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
    for n in 0..functions {
        text += &format!("  s += f{n}(p, n);\n");
    }
    text + "  return s;\n}\n"
}

/// How deep the templates of the C++ file are.
const DEPTH: u32 = 12;

/// Returns C++ with a class of maps of tuples of vectors of such classes, all template instances.
pub fn templates(percent: u32) -> String {
    let depth = (DEPTH * percent / 100).max(1);
    format!(
        "#include <map>\n#include <string>\n#include <tuple>\n#include <vector>\n\
         template <int N> struct Row {{\n  \
         std::map<std::string, std::tuple<int, std::vector<Row<N - 1>>>> rows;\n  \
         int sum() const {{\n    int sum = N;\n    for (auto &[name, row] : rows) {{\n      \
         sum += std::get<0>(row) + (int)name.size();\n      \
         for (auto &inner : std::get<1>(row)) sum += inner.sum();\n    }}\n    return sum;\n  }}\n}};\n\
         template <> struct Row<0> {{ int sum() const {{ return 1; }} }};\n\
         int all() {{ return Row<{depth}>{{}}.sum(); }}\n"
    )
}

/// Returns an N-queens problem: a row for each column, and no queen attacks another.
pub fn queens(percent: u32) -> String {
    let columns = if percent < 100 { 8 } else { 17 };
    let mut text = "(set-logic QF_LIA)\n".to_owned();
    for q in 0..columns {
        text +=
            &format!("(declare-const q{q} Int)\n(assert (and (<= 0 q{q}) (< q{q} {columns})))\n");
    }
    let distinct = |of: &dyn Fn(u32) -> String| {
        let all: Vec<String> = (0..columns).map(of).collect();
        format!("(assert (distinct {}))\n", all.join(" "))
    };
    text += &distinct(&|q| format!("q{q}"));
    text += &distinct(&|q| format!("(+ q{q} {q})"));
    text += &distinct(&|q| format!("(- q{q} {q})"));
    text + "(check-sat)\n"
}

/// Pseudo-random numbers, the same in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// Returns random clauses of three literals, 4.26 for each variable, the ratio at which it is
/// hardest to decide whether they can be satisfied.
pub fn cnf(percent: u32) -> String {
    let variables: u64 = if percent < 100 { 120 } else { 215 };
    let clauses = variables * 426 / 100;
    let mut numbers = Numbers(1);
    let mut text = format!("p cnf {variables} {clauses}\n");
    for _ in 0..clauses {
        let mut clause: Vec<u64> = Vec::new();
        while clause.len() < 3 {
            let variable = numbers.below(variables) + 1;
            if !clause.contains(&variable) {
                clause.push(variable);
            }
        }
        for variable in clause {
            let sign = if numbers.below(2) == 0 { "-" } else { "" };
            text += &format!("{sign}{variable} ");
        }
        text += "0\n";
    }
    text
}

/// Returns documents of made-up words, some of them frequent and most of them rare.
pub fn documents(percent: u32) -> String {
    const SYLLABLES: [&str; 20] = [
        "ba", "co", "di", "fe", "gu", "ha", "jo", "ki", "lu", "ma", "no", "pe", "qui", "ro", "su",
        "ta", "ve", "wi", "xo", "zu",
    ];
    let mut numbers = Numbers(7);
    let mut text = String::new();
    for document in 0..(8 * percent).max(1) {
        text += &format!("title=document {document}\ntext=");
        for _ in 0..120 {
            let word = numbers.below(3000).min(numbers.below(3000)) as usize;
            for part in [word, word / 20, word / 400] {
                text += SYLLABLES[part % SYLLABLES.len()];
            }
            text += " ";
        }
        text += "\n\n";
    }
    text
}
