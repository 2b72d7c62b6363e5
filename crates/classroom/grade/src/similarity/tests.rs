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

/// The same tasks, by a different author.
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
    names.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// Returns the functions in a different order, with a comment before each.
fn reordered(text: &str) -> String {
    let mut functions: Vec<&str> = text.split("\n\n").collect();
    functions.reverse();
    functions.join("\n\n// here it goes\n")
}

fn pairs(sources: &[(&str, &str)], known: &[&str]) -> Vec<Pair> {
    report(sources, known).pairs
}

fn report(sources: &[(&str, &str)], known: &[&str]) -> Similarity {
    let sources: Vec<Source<'_>> =
        sources.iter().map(|&(name, text)| Source { name, text }).collect();
    compare(&sources, known, &Settings::default())
}

/// Returns the report on submissions with names of their own.
fn report_on(texts: &[(String, String)], settings: &Settings) -> Similarity {
    let sources: Vec<Source<'_>> = texts.iter().map(|(name, text)| Source { name, text }).collect();
    compare(&sources, &[], settings)
}

#[test]
fn renaming_and_reordering_do_not_hide_a_copy() {
    let copy = reordered(&renamed(FIRST));
    let pairs = pairs(&[("zoe", &copy), ("ada", FIRST), ("bob", OTHER)], &[]);
    assert_eq!(pairs.len(), 1, "{pairs:#?}");
    let pair = &pairs[0];
    assert_eq!([&pair.left.name, &pair.right.name], ["ada", "zoe"]);
    assert!(pair.left.share > 0.8 && pair.right.share > 0.8, "{pair:#?}");
}

#[test]
fn matches_have_the_lines_of_the_matching_functions() {
    let copy = reordered(&renamed(FIRST));
    let pairs = pairs(&[("ada", FIRST), ("zoe", &copy)], &[]);
    let line = |text: &str, part: &str| {
        let before = text.split(part).next().unwrap();
        u32::try_from(before.lines().count()).unwrap()
    };
    let longest = pairs[0].matches[0];
    // `coalesce` is the longest function. A match may miss a few
    // tokens at each end, and include equal code that follows.
    let [left, right] = [line(FIRST, "coalesce"), line(&copy, "coalesce")];
    assert!(longest.left.first.abs_diff(left) <= 2, "{left}: {longest:?}");
    assert!(longest.right.first.abs_diff(right) <= 2, "{right}: {longest:?}");
    assert!(longest.left.last - longest.left.first >= 10, "{longest:?}");
    assert_eq!(longest.left.last - longest.left.first, longest.right.last - longest.right.first);
}

#[test]
fn code_that_everybody_was_given_counts_for_nothing() {
    let report = report(&[("ada", FIRST), ("bob", FIRST)], &[FIRST]);
    assert_eq!((report.pairs.as_slice(), report.identical.as_slice()), (&[][..], &[][..]));
    assert_eq!(report.nothing_own, ["ada", "bob"]);
    // With it, each has something of their own.
    let [ada, bob] = [OTHER, "struct Mine { a: u32 }"].map(|own| format!("{FIRST}\n{own}"));
    assert_eq!(pairs(&[("ada", &ada), ("bob", &bob)], &[FIRST]), []);
    let eve = renamed(&ada) + ";"; // otherwise it would be the same file
    let pairs = pairs(&[("ada", &ada), ("bob", &bob), ("eve", &eve)], &[FIRST]);
    assert_eq!(pairs.len(), 1);
    let start = u32::try_from(FIRST.lines().count()).unwrap();
    for found in &pairs[0].matches {
        assert!(found.left.last > start, "{found:?} stands in what everybody had");
    }
}

#[test]
fn padding_a_copy_does_not_hide_it() {
    let padded = format!("{FIRST}\n{OTHER}\n{OTHER}");
    let pairs = pairs(&[("ada", FIRST), ("zoe", &padded)], &[]);
    assert!(pairs[0].left.share > 0.9 && pairs[0].right.share < 0.7, "{:?}", pairs[0]);
}

#[test]
fn sources_that_do_not_parse_are_compared() {
    let broken = FIRST.replace("None\n}", "None").replace("let mut size", "let mut = \" size");
    assert_eq!(pairs(&[("ada", FIRST), ("zoe", &broken)], &[]).len(), 1);
    assert_eq!(pairs(&[("ada", ""), ("zoe", "}}}"), ("bob", "\"")], &[]), []);
}

#[test]
fn code_that_nearly_everyone_has_counts_for_nothing() {
    let texts: Vec<(String, String)> = (1..=20)
        .map(|number| (format!("s{number:02}"), format!("{FIRST}\n{}", noise(number, 40))))
        .collect();
    let of = |texts: &[(String, String)]| {
        let sources: Vec<(&str, &str)> =
            texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        pairs(&sources, &[])
    };
    assert_eq!(of(&texts), []);
    // In a small class it may be what they copied from each other.
    assert_eq!(of(&texts[..10]).len(), 45);
}

/// Returns lines that no two seeds have in common.
fn noise(seed: u64, lines: usize) -> String {
    let tokens: Vec<&str> =
        "+ - * / % ^ & | = < > ! ? . , ; : ( ) [ ] { } if while loop match return x 1"
            .split(' ')
            .collect();
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        tokens[(state >> 33) as usize % tokens.len()]
    };
    (0..lines).map(|_| (0..8).map(|_| next().to_owned() + " ").collect::<String>() + "\n").collect()
}

#[test]
fn the_report_says_where_to_look() {
    let other_order = reordered(FIRST);
    let sources = [Source { name: "ada", text: FIRST }, Source { name: "zoe", text: &other_order }];
    let settings = Settings { most_pairs: 1, ..Settings::default() };
    let report = compare(&sources, &[], &settings);
    let text = report.text();
    assert!(
        text.starts_with("2 submissions compared pairwise; one pair is alike\n\nada ("),
        "{text}"
    );
    assert!(text.contains("\n  lines "), "{text}");
    let json: serde_json::Value = serde_json::from_str(&report.json()).unwrap();
    assert_eq!(json["pairs"][0]["left"]["name"], "ada");
    let none = compare(&sources, &[], &Settings { most_pairs: 0, ..settings });
    assert_eq!((none.alike, none.pairs.len()), (1, 0));
}

/// A class of 30 in which all, or most, hand in one file.
#[test]
fn identical_files_are_reported_first() {
    let of = |copies: usize, copy: &dyn Fn(usize) -> String| {
        let text =
            |number: usize| if number < copies { copy(number) } else { noise(number as u64, 60) };
        let texts: Vec<(String, String)> =
            (0..30).map(|number| (format!("s{number:02}"), text(number))).collect();
        report_on(&texts, &Settings::default())
    };
    for copies in [2, 20, 25, 29, 30] {
        let report = of(copies, &|_| FIRST.to_owned());
        let names: Vec<String> = (0..copies).map(|number| format!("s{number:02}")).collect();
        assert_eq!(report.identical.len(), 1, "{copies}");
        assert_eq!(report.identical[0].names, names);
        assert!(report.identical[0].to_the_byte && report.identical[0].tokens > 100);
        assert_eq!((report.different, report.alike), (31 - copies, 0));
        let text = report.text();
        let told = format!("\n{copies} submissions are the same file, to the byte, ");
        assert!(text.contains(&told), "{text}");
        assert!(!text.contains("no pair is alike"), "{text}");
    }
    // The same except for names, in most of the class: still one file.
    let report = of(25, &|number| match number % 2 {
        0 => FIRST.to_owned(),
        _ => renamed(FIRST),
    });
    assert_eq!(report.identical[0].names.len(), 25);
    assert!(!report.identical[0].to_the_byte);
}

/// A class where most copied, each with something of their
/// own: what is left out is reported, and can be compared.
#[test]
fn left_out_code_is_reported() {
    let texts: Vec<(String, String)> = (0..30)
        .map(|number| {
            let own = noise(number, 10);
            let text = if number < 28 { format!("{FIRST}\n{own}") } else { own };
            (format!("s{number:02}"), text)
        })
        .collect();
    let report = report_on(&texts, &Settings::default());
    let left_out = report.left_out.expect("what most have");
    assert_eq!((report.alike, left_out.in_more_than), (0, 22));
    assert!(left_out.fingerprints > 10 && left_out.fingerprints < left_out.of);
    assert!(left_out.mean_share > 0.4 && left_out.mean_share < 1.0);
    let text = report.text();
    assert!(text.contains("which more than 22 of the 30 files have"), "{text}");
    let everything = Settings { common_share: 1.0, ..Settings::default() };
    let report = report_on(&texts, &everything);
    assert_eq!((report.left_out, report.alike), (None, 28 * 27 / 2));
}

#[test]
fn empty_files_are_not_alike() {
    let texts: Vec<(String, String)> = (0..50)
        .map(|number| {
            let text = ["", "\n\n", "// nothing yet", "fn f() {}", "\u{feff}"][number % 5];
            (format!("s{number:02}"), text.to_owned())
        })
        .collect();
    let report = report_on(&texts, &Settings::default());
    assert_eq!((report.different, report.alike), (0, 0));
    assert_eq!((report.nothing_own.len(), report.identical.len()), (50, 0));
    let text = report.text();
    assert!(text.contains("50 submissions with nothing to compare"), "{text}");
    assert!(text.contains("s39 and 10 more\n"), "{text}");
    let none = report_on(&[], &Settings::default()).text();
    assert!(none.starts_with("0 submissions "), "{none}");
}

/// 1000 submissions of 600 lines: 300 are one file, 200 are pairs
/// in which one is the other with names changed, 20 are empty.
#[test]
fn a_class_of_1000_is_compared() {
    let texts: Vec<(String, String)> = (0..1000)
        .map(|number| {
            let text = match number {
                0..300 => noise(1_000_000, 600),
                300..500 => match number % 2 {
                    0 => noise(number, 600),
                    _ => noise(number - 1, 600).replace('x', "renamed") + "+",
                },
                500..520 => String::new(),
                _ => noise(number, 600),
            };
            (format!("s{number:03}"), text)
        })
        .collect();
    let report = report_on(&texts, &Settings::default());
    assert_eq!(report.identical.len(), 1);
    assert_eq!(report.identical[0].names.len(), 300);
    assert_eq!(report.nothing_own.len(), 20);
    assert_eq!(report.different, 1 + 200 + 480);
    assert_eq!((report.alike, report.pairs.len()), (100, 100));
    for pair in &report.pairs {
        assert!(pair.left.share > 0.9 && pair.matches.len() == 1, "{pair:?}");
    }
    assert!(report.json().len() < 1 << 20);
}

/// The largest report that can be asked for: everybody shares a little with everybody.
#[test]
fn a_report_on_1000_similar_submissions_has_a_limited_size() {
    let parts: Vec<String> = (0..60).map(|seed| noise(1_000_000 + seed, 12)).collect();
    let texts: Vec<(String, String)> = (0..1000_usize)
        .map(|number| {
            let own = (0..20).map(|part| parts[(number * 7 + part * 3) % 60].as_str());
            let own: String = own.collect();
            (format!("s{number:03}"), own + &noise(number as u64, 5))
        })
        .collect();
    let settings = Settings { most_pairs: 100_000, ..Settings::default() };
    let report = report_on(&texts, &settings);
    assert!(report.alike > 100_000, "{}", report.alike);
    assert_eq!(report.pairs.len(), 100_000);
    assert_eq!(report.pairs[999].more_matches, Some(0));
    assert_eq!(report.pairs[1000].more_matches, None);
    assert!(report.pairs[1000].matches.is_empty());
    let bytes = report.json().len();
    assert!(bytes < 100_000_000, "{bytes}");
}

fn against_others(class: &[(&str, &str)], others: &[(&str, &str)], given: &[&str]) -> Against {
    let [class, others] = [class, others].map(|texts| {
        let sources = texts.iter().map(|(name, text)| Source { name, text });
        sources.collect::<Vec<Source<'_>>>()
    });
    against(&class, &others, given, &Settings::default())
}

#[test]
fn a_copy_of_an_earlier_year_is_found_with_its_lines() {
    let renamed = FIRST.replace("block", "b").replace("size", "s");
    let found = against_others(
        &[("ada", OTHER), ("eve", &renamed)],
        &[("2025/bob", FIRST), ("2025/zoe", "fn nothing() {}")],
        &[],
    );
    assert_eq!((found.others, found.alike), (2, 1));
    let pair = &found.pairs[0];
    assert_eq!((pair.left.name.as_str(), pair.right.name.as_str()), ("eve", "2025/bob"));
    assert_eq!((pair.left.share, pair.right.share), (1.0, 1.0));
    assert!(!pair.matches.is_empty());
}

#[test]
fn what_everyone_was_given_is_not_evidence_against_others() {
    let found = against_others(&[("eve", FIRST)], &[("the reference", FIRST)], &[FIRST]);
    assert_eq!(found.alike, 0);
}

#[test]
fn others_are_not_compared_with_each_other() {
    let found = against_others(&[("ada", OTHER)], &[("2024/x", FIRST), ("2025/y", FIRST)], &[]);
    assert_eq!((found.others, found.alike), (2, 0));
}

#[test]
fn the_report_names_what_was_not_compared_and_the_others() {
    let sources = [Source { name: "eve", text: FIRST }];
    let mut report = compare(&sources, &[], &Settings::default());
    report.against = Some(against_others(&[("eve", FIRST)], &[("2025/bob", FIRST)], &[]));
    let why = "there is no source in it\u{202e}".to_owned();
    report.not_compared = vec![NotCompared { name: "dan".into(), why }];
    let text = report.text();
    assert!(text.contains("\nagainst 1 reference or earlier submission: one pair is alike\n\neve (100%) and 2025/bob (100%): "), "{text}");
    assert!(text.contains("\nnot compared: dan: there is no source in it\\u{202e}\n"), "{text}");
    let json: serde_json::Value = serde_json::from_str(&report.json()).unwrap();
    assert_eq!(json["against"]["pairs"][0]["right"]["name"], "2025/bob");
    assert_eq!(json["not_compared"][0]["name"], "dan");
}
