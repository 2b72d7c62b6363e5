//! Names on a leaderboard.

use crate::Digest;

/// Kind of the names on a leaderboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Names {
    /// The names of the submissions.
    AsHandedIn,
    /// Made-up names. Only those who know the secret can tell whose
    /// they are; without a secret, a class list would be enough.
    Pseudonyms {
        /// Kept by the instructor. With the same secret, a name keeps its pseudonym.
        secret: String,
    },
}

impl Names {
    /// Returns what is shown for each name. All are different if the names are.
    pub fn shown<'a>(&self, names: impl Iterator<Item = &'a str>) -> Vec<String> {
        match self {
            Names::AsHandedIn => names.map(str::to_owned).collect(),
            Names::Pseudonyms { secret } => {
                let mut shown: Vec<String> = Vec::new();
                for name in names {
                    let free = |attempt: &u32| !shown.contains(&pseudonym(secret, name, *attempt));
                    let attempt = (0..).find(free).unwrap_or_default();
                    shown.push(pseudonym(secret, name, attempt));
                }
                shown
            }
        }
    }
}

/// Returns a pseudonym such as `brisk-heron-417`.
fn pseudonym(secret: &str, name: &str, attempt: u32) -> String {
    let attempt = attempt.to_be_bytes();
    let parts = [("secret", secret.as_bytes()), ("name", name.as_bytes()), ("attempt", &attempt)];
    let number = Digest::of_parts(parts).number() as usize;
    let (number, digits) = (number / 1000, number % 1000);
    let (number, noun) = (number / NOUNS.len(), NOUNS[number % NOUNS.len()]);
    let adjective = ADJECTIVES[number % ADJECTIVES.len()];
    format!("{adjective}-{noun}-{digits:03}")
}

const ADJECTIVES: [&str; 32] = [
    "amber", "brave", "brisk", "calm", "clever", "copper", "dapper", "early", "fleet", "gentle",
    "golden", "happy", "humble", "keen", "lively", "lucky", "mellow", "merry", "nimble", "noble",
    "patient", "plucky", "polite", "proud", "quick", "quiet", "sandy", "silver", "steady", "sunny",
    "tidy", "witty",
];

const NOUNS: [&str; 32] = [
    "badger", "beaver", "bison", "crane", "curlew", "dolphin", "falcon", "finch", "gecko", "heron",
    "ibex", "jackdaw", "kestrel", "lemur", "lynx", "marten", "newt", "ocelot", "osprey", "otter",
    "owl", "panda", "plover", "puffin", "raven", "robin", "seal", "stoat", "swift", "tapir",
    "tern", "wombat",
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn shown(secret: &str, names: &[&str]) -> Vec<String> {
        Names::Pseudonyms { secret: secret.into() }.shown(names.iter().copied())
    }

    #[test]
    fn pseudonyms_are_stable_and_change_with_the_secret() {
        assert_eq!(shown("s", &["ada", "grace"]), shown("s", &["ada", "grace"]));
        assert_ne!(shown("s", &["ada"]), shown("t", &["ada"]));
        assert!(!shown("s", &["ada"])[0].contains("ada"));
    }

    #[test]
    fn pseudonyms_are_unique() {
        let names: Vec<String> = (0..3000).map(|number| format!("student-{number}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let first = |name: &&str| pseudonym("s", name, 0);
        let tried: BTreeSet<String> = names.iter().map(first).collect();
        assert!(tried.len() < names.len(), "no two collide: the test shows nothing");
        let shown: BTreeSet<String> = shown("s", &names).into_iter().collect();
        assert_eq!(shown.len(), names.len());
    }
}
