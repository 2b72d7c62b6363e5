//! What the platforms' names of files say.
//!
//! | platform | name |
//! |---|---|
//! | Moodle | `Full name_12345_assignsubmission_file/`, or `..._file_lib.rs` without folders |
//! | Canvas | `lovelaceada_12345_67890_lib.rs`, `lovelaceada_LATE_12345_67890_lib.rs` |
//! | Blackboard | `Malloc lab_ada_attempt_2026-11-20-23-59-00_lib.rs`, and a `.txt` without a file's name |
//! | Brightspace | `123-456 - Ada Lovelace - Nov 20, 2026 1159 PM/`, or with ` - lib.rs` behind |
//! | Autolab | `ada@example.edu_3_lib.rs`: the third version |

/// What a platform's name of a file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Label {
    /// The student's name or address, as the platform writes it.
    pub person: String,
    /// The platform's number or name for the student.
    pub id: String,
    /// Whether no table of the platform has that number.
    pub is_internal: bool,
    /// Whether the platform marks it as late.
    pub is_late: bool,
    /// The name that the file had; empty for a folder.
    pub file: String,
    /// When it was handed in: `2026-11-20 23:59`, on the platform's clock; empty if not said.
    pub time: String,
    /// Which of the student's attempts it is. Later ones are larger.
    pub attempt: u64,
}

/// Reads a name of Moodle's.
pub fn moodle(name: &str) -> Option<Label> {
    let (who, what) = name.split_once("_assignsubmission_")?;
    let (person, id) = who.rsplit_once('_')?;
    let file = ["file", "onlinetext"].iter().find_map(|kind| what.strip_prefix(kind))?;
    if person.is_empty() || !is_number(id) || !(file.is_empty() || file.starts_with('_')) {
        return None;
    }
    let file = file.trim_start_matches('_').to_owned();
    Some(Label { person: person.to_owned(), id: id.to_owned(), file, ..Label::default() })
}

/// Reads a name of Canvas's.
pub fn canvas(name: &str) -> Option<Label> {
    let (person, rest) = name.split_once('_')?;
    let late = rest.strip_prefix("LATE_").or_else(|| rest.strip_prefix("late_"));
    let mut parts = late.unwrap_or(rest).splitn(3, '_');
    let (id, number, file) = (parts.next()?, parts.next()?, parts.next()?);
    if person.is_empty() || !is_number(id) || !is_number(number) || file.is_empty() {
        return None;
    }
    Some(Label {
        person: person.to_owned(),
        id: id.to_owned(),
        is_late: late.is_some(),
        file: file.to_owned(),
        ..Label::default()
    })
}

/// Reads a name of Blackboard's. The `.txt` about an attempt has an empty file's name. The
/// student's login is what stands after the last `_`, unless that `.txt` says more.
pub fn blackboard(name: &str) -> Option<Label> {
    let (who, what) = name.rsplit_once("_attempt_")?;
    let (assignment, id) = who.rsplit_once('_')?;
    let (stamp, file) = what.split_at_checked(BLACKBOARDS_STAMP.len())?;
    let fits = |(c, pattern): (char, char)| match pattern {
        '0' => c.is_ascii_digit(),
        _ => c == pattern,
    };
    let file =
        if file == ".txt" { "" } else { file.strip_prefix('_').filter(|f| !f.is_empty())? };
    if assignment.is_empty()
        || id.is_empty()
        || !stamp.chars().zip(BLACKBOARDS_STAMP.chars()).all(fits)
    {
        return None;
    }
    let (day, clock) = stamp.split_at(10);
    Some(Label {
        id: id.to_owned(),
        file: file.to_owned(),
        time: format!("{day} {}", clock[1..].replace('-', ":")),
        attempt: digits(stamp),
        ..Label::default()
    })
}

const BLACKBOARDS_STAMP: &str = "0000-00-00-00-00-00";

/// Returns what is the same in all names of an attempt at Blackboard.
pub fn blackboards_attempt(name: &str) -> &str {
    let start = name.rfind("_attempt_").map(|at| at + "_attempt_".len() + BLACKBOARDS_STAMP.len());
    start.and_then(|end| name.get(..end)).unwrap_or(name)
}

/// Reads a name of Brightspace's.
pub fn brightspace(name: &str) -> Option<Label> {
    let mut parts = name.splitn(2, " - ");
    let (numbers, rest) = (parts.next()?, parts.next()?);
    let (student, attempt) = numbers.split_once('-')?;
    if !is_number(student) || !is_number(attempt) {
        return None;
    }
    // A student's name and a file's name may have ` - ` in them, the time has not.
    let pieces: Vec<&str> = rest.split(" - ").collect();
    let (at, time) =
        pieces.iter().enumerate().skip(1).find_map(|(at, text)| Some((at, us_time(text)?)))?;
    Some(Label {
        person: pieces[..at].join(" - "),
        id: student.to_owned(),
        is_internal: true,
        file: pieces[at + 1..].join(" - "),
        attempt: digits(&time),
        time,
        ..Label::default()
    })
}

/// Returns `2026-11-20 23:59` for `Nov 20, 2026 1159 PM`.
fn us_time(text: &str) -> Option<String> {
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let words: Vec<&str> = text.split(' ').collect();
    let [month, day, year, clock, half] = words.as_slice() else { return None };
    let month = MONTHS.find(month.get(..3)?).filter(|at| at % 3 == 0)? / 3 + 1;
    let number = |text: &str| -> Option<u32> { is_number(text).then(|| text.parse().ok())? };
    let day = number(day.strip_suffix(',')?).filter(|day| (1..=31).contains(day))?;
    let year = number(year).filter(|year| (1000..=9999).contains(year))?;
    let clock = number(clock)?;
    let (hour, minute) = (clock / 100, clock % 100);
    let hour = match *half {
        "AM" => hour % 12,
        "PM" => hour % 12 + 12,
        _ => return None,
    };
    (clock <= 1259 && minute < 60)
        .then(|| format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}"))
}

/// Reads a name of Autolab's.
pub fn autolab(name: &str) -> Option<Label> {
    let at = name.find('@').filter(|at| *at > 0)?;
    let end = at + name[at..].find('_')?;
    let (version, file) = name[end + 1..].split_once('_')?;
    if !name[at..end].contains('.') || !is_number(version) || file.is_empty() {
        return None;
    }
    Some(Label {
        person: name[..end].to_owned(),
        file: file.to_owned(),
        attempt: digits(version),
        ..Label::default()
    })
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns the number that all digits of a text make together.
fn digits(text: &str) -> u64 {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(person: &str, id: &str, is_late: bool, file: &str) -> Option<Label> {
        let [person, id, file] = [person, id, file].map(str::to_owned);
        Some(Label { person, id, is_late, file, ..Label::default() })
    }

    fn of_attempt(label: Option<Label>, time: &str, attempt: u64) -> Option<Label> {
        Some(Label { time: time.to_owned(), attempt, ..label? })
    }

    #[test]
    fn moodles_names_are_read() {
        for (name, read) in [
            ("U One_1_assignsubmission_file", label("U One", "1", false, "")),
            (
                "Ada_K Lovelace_12345_assignsubmission_file_",
                label("Ada_K Lovelace", "12345", false, ""),
            ),
            ("Ada_7_assignsubmission_file_my_lib.rs", label("Ada", "7", false, "my_lib.rs")),
            ("Ada_7_assignsubmission_onlinetext", label("Ada", "7", false, "")),
            ("Ada_x_assignsubmission_file", None),
            ("_7_assignsubmission_file", None),
            ("Ada_7_assignsubmission_filer", None),
            ("Ada_7", None),
        ] {
            assert_eq!(moodle(name), read, "{name}");
        }
    }

    #[test]
    fn canvas_names_are_read() {
        for (name, read) in [
            (
                "lovelaceada_12345_67890_malloc.zip",
                label("lovelaceada", "12345", false, "malloc.zip"),
            ),
            ("lovelaceada_LATE_12_67_my_lib-1.rs", label("lovelaceada", "12", true, "my_lib-1.rs")),
            ("lovelaceada_12345_malloc.zip", None),
            ("lovelaceada_12_34_", None),
            ("_12_34_lib.rs", None),
            ("ada.rs", None),
        ] {
            assert_eq!(canvas(name), read, "{name}");
        }
    }

    #[test]
    fn blackboards_names_are_read() {
        let at = |file| {
            let label = label("", "ada", false, file);
            of_attempt(label, "2026-11-20 23:59:07", 20_261_120_235_907)
        };
        for (name, read) in [
            ("Malloc lab_ada_attempt_2026-11-20-23-59-07_my_lib.rs", at("my_lib.rs")),
            ("HW_1_ada_attempt_2026-11-20-23-59-07.txt", at("")),
            ("HW_ada_attempt_2026-11-20-23-59-07_notes.txt", at("notes.txt")),
            ("HW_ada_attempt_2026-11-20-23-59-07_", None),
            ("HW_ada_attempt_2026-11-20-23-59_lib.rs", None),
            ("HW_ada_attempt_2026-11-20-23-59-0é_lib.rs", None),
            ("ada_attempt_2026-11-20-23-59-07_lib.rs", None),
            ("my_attempt_at_malloc.rs", None),
        ] {
            assert_eq!(blackboard(name), read, "{name}");
        }
        let name = "HW_ada_attempt_2026-11-20-23-59-07_x.rs";
        assert_eq!(blackboards_attempt(name), &name[..name.len() - 5]);
    }

    #[test]
    fn brightspaces_names_are_read() {
        let at = |person, file| {
            let label = Label { is_internal: true, ..label(person, "123", false, file)? };
            of_attempt(Some(label), "2026-11-20 23:59", 202_611_202_359)
        };
        for (name, read) in [
            ("123-456 - Ada Lovelace - Nov 20, 2026 1159 PM", at("Ada Lovelace", "")),
            (
                "123-456 - Ada Lovelace - Nov 20, 2026 1159 PM - lib.rs",
                at("Ada Lovelace", "lib.rs"),
            ),
            (
                "123-456 - Ada - K - November 20, 2026 1159 PM - my - lib.rs",
                at("Ada - K", "my - lib.rs"),
            ),
            ("123 - Ada - Nov 20, 2026 1159 PM", None),
            ("123-456 - Ada - Nov 20, 2026 1361 PM", None),
            ("123-456 - Ada - Nvo 20, 2026 1159 PM", None),
            ("123-456 - Nov 20, 2026 1159 PM", None),
            ("index.html", None),
        ] {
            assert_eq!(brightspace(name), read, "{name}");
        }
        for (text, time) in [
            ("Jan 1, 2026 1205 AM", "2026-01-01 00:05"),
            ("Jan 1, 2026 1205 PM", "2026-01-01 12:05"),
            ("Jan 1, 2026 905 AM", "2026-01-01 09:05"),
        ] {
            assert_eq!(us_time(text).as_deref(), Some(time));
        }
    }

    #[test]
    fn autolabs_names_are_read() {
        let version =
            |person, file, version| of_attempt(label(person, "", false, file), "", version);
        for (name, read) in [
            ("ada@x.edu_3_lib.rs", version("ada@x.edu", "lib.rs", 3)),
            ("ada_k@cs.x.edu_12_my_heap.rs", version("ada_k@cs.x.edu", "my_heap.rs", 12)),
            ("ada@x.edu_lib.rs", None),
            ("ada@home_3_lib.rs", None),
            ("@x.edu_3_lib.rs", None),
            ("ada@x.edu_3_", None),
            ("ada_3_lib.rs", None),
        ] {
            assert_eq!(autolab(name), read, "{name}");
        }
    }
}
