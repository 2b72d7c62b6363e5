//! What is found, and what is not.

use super::*;

/// A list that is searched from the start, and coalesced at once.
const FIRST: &str = r#"
fn find(&self, size: u32) -> Option<Addr> {
    let mut block = self.first;
    while self.size(block) > 0 {
        if !self.allocated(block) && size <= self.size(block) {
            return Some(block);
        }
        block = block + self.size(block);
    }
    None
}

fn place(&mut self, block: Addr, size: u32) {
    let whole = self.size(block);
    let rest = whole - size;
    if rest >= MINIMUM {
        self.write(block, size, true);
        self.write(block + size, rest, false);
    } else {
        self.write(block, whole, true);
    }
}

fn coalesce(&mut self, mut block: Addr) -> Addr {
    let next = block + self.size(block);
    let before = self.arena.load(block - 8) & 1 != 0;
    let mut size = self.size(block);
    if !self.allocated(next) {
        size += self.size(next);
    }
    if !before {
        block = block - (self.arena.load(block - 8) & !7);
        size += self.size(block);
    }
    self.write(block, size, false);
    block
}
"#;

/// The same tasks, by somebody else.
const OTHER: &str = r#"
fn look(&self, wanted: u32) -> Addr {
    let blocks = Walk::new(&self.machine, self.start);
    blocks
        .filter(|b| b.is_free())
        .find(|b| b.len() >= wanted)
        .map_or(Addr::NULL, |b| b.payload())
}

fn cut(&mut self, at: Addr, wanted: u32) -> Result<(), Full> {
    let Block { len, .. } = self.block(at);
    match len.checked_sub(wanted) {
        Some(left) if left > 8 => {
            self.set(at, Tag::used(wanted));
            self.set(at.forward(wanted), Tag::free(left));
            Ok(())
        }
        Some(_) => self.set(at, Tag::used(len)),
        None => Err(Full),
    }
}

fn join(&mut self, at: Addr) -> Addr {
    match (self.left_is_free(at), self.right_is_free(at)) {
        (false, false) => at,
        (false, true) => self.swallow(at, self.right(at)),
        (true, false) => self.swallow(self.left(at), at),
        (true, true) => {
            let middle = self.swallow(at, self.right(at));
            self.swallow(self.left(at), middle)
        }
    }
}
"#;

fn renamed(text: &str) -> String {
    let names = [
        ("block", "bp"),
        ("size", "n"),
        ("before", "prev"),
        ("rest", "r"),
        ("whole", "total"),
        ("find", "f"),
        ("8", "0x8"),
    ];
    names
        .iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// The functions in another order, with a comment before each.
fn reordered(text: &str) -> String {
    let mut functions: Vec<&str> = text.split("\n\n").collect();
    functions.reverse();
    functions.join("\n\n// here it goes\n")
}

fn pairs(sources: &[(&str, &str)], known: &[&str]) -> Vec<Pair> {
    let sources: Vec<Source<'_>> = sources
        .iter()
        .map(|&(name, text)| Source { name, text })
        .collect();
    compare(&sources, known, &Settings::default()).pairs
}

#[test]
fn renaming_and_reordering_hide_nothing() {
    let copy = reordered(&renamed(FIRST));
    let pairs = pairs(&[("zoe", &copy), ("ada", FIRST), ("bob", OTHER)], &[]);
    assert_eq!(pairs.len(), 1, "{pairs:#?}");
    let pair = &pairs[0];
    assert_eq!([&pair.left.name, &pair.right.name], ["ada", "zoe"]);
    assert!(pair.left.share > 0.8 && pair.right.share > 0.8, "{pair:#?}");
}

#[test]
fn the_lines_are_those_of_the_functions() {
    let copy = reordered(&renamed(FIRST));
    let pairs = pairs(&[("ada", FIRST), ("zoe", &copy)], &[]);
    let line = |text: &str, part: &str| {
        let before = text.split(part).next().unwrap();
        u32::try_from(before.lines().count()).unwrap()
    };
    let longest = pairs[0].matches[0];
    // `coalesce` is the longest function. A match may miss a few tokens at each
    // end, and go on into whatever is the same behind it.
    let [left, right] = [line(FIRST, "coalesce"), line(&copy, "coalesce")];
    assert!(
        longest.left.first.abs_diff(left) <= 2,
        "{left}: {longest:?}"
    );
    assert!(
        longest.right.first.abs_diff(right) <= 2,
        "{right}: {longest:?}"
    );
    assert!(longest.left.last - longest.left.first >= 10, "{longest:?}");
    assert_eq!(
        longest.left.last - longest.left.first,
        longest.right.last - longest.right.first
    );
}

#[test]
fn what_everybody_had_counts_nothing() {
    assert_eq!(pairs(&[("ada", FIRST), ("bob", FIRST)], &[FIRST]), []);
    // With it, each has something of their own.
    let [ada, bob] = [OTHER, "struct Mine { a: u32 }"].map(|own| format!("{FIRST}\n{own}"));
    assert_eq!(pairs(&[("ada", &ada), ("bob", &bob)], &[FIRST]), []);
    let eve = renamed(&ada);
    let pairs = pairs(&[("ada", &ada), ("bob", &bob), ("eve", &eve)], &[FIRST]);
    assert_eq!(pairs.len(), 1);
    let start = u32::try_from(FIRST.lines().count()).unwrap();
    for found in &pairs[0].matches {
        assert!(
            found.left.last > start,
            "{found:?} stands in what everybody had"
        );
    }
}

#[test]
fn padding_a_copy_does_not_hide_it() {
    let padded = format!("{FIRST}\n{OTHER}\n{OTHER}");
    let pairs = pairs(&[("ada", FIRST), ("zoe", &padded)], &[]);
    assert!(
        pairs[0].left.share > 0.9 && pairs[0].right.share < 0.7,
        "{:?}",
        pairs[0]
    );
}

#[test]
fn sources_that_do_not_parse_are_compared() {
    let broken = FIRST
        .replace("None\n}", "None")
        .replace("let mut size", "let mut = \" size");
    assert_eq!(pairs(&[("ada", FIRST), ("zoe", &broken)], &[]).len(), 1);
    assert_eq!(
        pairs(&[("ada", ""), ("zoe", "}}}"), ("bob", "\"")], &[]),
        []
    );
}

#[test]
fn what_nearly_everyone_has_counts_nothing() {
    let texts: Vec<(String, String)> = (1..=20)
        .map(|number| {
            (
                format!("s{number:02}"),
                format!("{FIRST}\n{}", noise(number, 40)),
            )
        })
        .collect();
    let of = |texts: &[(String, String)]| {
        let sources: Vec<(&str, &str)> = texts
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()))
            .collect();
        pairs(&sources, &[])
    };
    assert_eq!(of(&texts), []);
    // In a small class it may be what they copied from each other.
    assert_eq!(of(&texts[..10]).len(), 45);
}

/// Lines that no two seeds have in common.
fn noise(seed: u64, lines: usize) -> String {
    let tokens: Vec<&str> =
        "+ - * / % ^ & | = < > ! ? . , ; : ( ) [ ] { } if while loop match return x 1"
            .split(' ')
            .collect();
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        tokens[(state >> 33) as usize % tokens.len()]
    };
    (0..lines)
        .map(|_| (0..8).map(|_| next().to_owned() + " ").collect::<String>() + "\n")
        .collect()
}

#[test]
fn the_report_says_where_to_look() {
    let sources = [
        Source {
            name: "ada",
            text: FIRST,
        },
        Source {
            name: "zoe",
            text: FIRST,
        },
    ];
    let settings = Settings {
        most_pairs: 1,
        ..Settings::default()
    };
    let report = compare(&sources, &[], &settings);
    let text = report.text();
    assert!(text.starts_with("2 submissions compared, each with each; one pair is alike\n\nada (100%) and zoe (100%): "), "{text}");
    let json: serde_json::Value = serde_json::from_str(&report.json()).unwrap();
    assert_eq!(json["pairs"][0]["left"]["share"], 1.0);
    let none = compare(
        &sources,
        &[],
        &Settings {
            most_pairs: 0,
            ..settings
        },
    );
    assert_eq!((none.alike, none.pairs.len()), (1, 0));
}

/// 500 submissions of 600 lines, a third of them copies of one another.
#[test]
fn a_class_of_500_is_compared() {
    let texts: Vec<(String, String)> = (0..500)
        .map(|number| {
            let seed = if number % 3 == 0 { 0 } else { number };
            (format!("s{number}"), noise(seed, 600))
        })
        .collect();
    let sources: Vec<Source<'_>> = texts
        .iter()
        .map(|(name, text)| Source { name, text })
        .collect();
    let report = compare(&sources, &[], &Settings::default());
    let copies = 500_usize.div_ceil(3);
    assert_eq!(report.alike, copies * (copies - 1) / 2);
    for pair in &report.pairs {
        assert_eq!(pair.left.share, 1.0);
        let all = Lines {
            first: 1,
            last: 600,
        };
        assert_eq!((pair.matches[0].left, pair.matches.len()), (all, 1));
    }
}
