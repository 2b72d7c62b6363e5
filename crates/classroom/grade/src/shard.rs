//! A part of a class, so that several machines share the work.

use crate::Digest;
use std::fmt;
use std::str::FromStr;

/// The K-th of N parts, written `K/N`. Every submission is in
/// exactly one of the N, independently of the other submissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: u32,
    count: u32,
}

impl Shard {
    /// All of it: `1/1`.
    pub const ALL: Shard = Shard { index: 1, count: 1 };

    /// Returns the K-th of N parts, counted from 1; `None` unless K is from 1 to N.
    pub fn new(index: u32, count: u32) -> Option<Shard> {
        (1..=count).contains(&index).then_some(Shard { index, count })
    }

    /// Returns which part it is, from 1.
    pub fn index(self) -> u32 {
        self.index
    }

    /// Returns how many parts there are.
    pub fn count(self) -> u32 {
        self.count
    }

    /// Returns whether the submission of that name is in this part. That
    /// depends on the name's hash alone, the same on every machine.
    pub fn holds(self, name: &str) -> bool {
        let part = Digest::of(name.as_bytes()).number() % u64::from(self.count);
        part == u64::from(self.index - 1)
    }
}

impl FromStr for Shard {
    type Err = String;

    /// # Errors
    /// If it is not `K/N` with K from 1 to N.
    fn from_str(text: &str) -> Result<Shard, String> {
        let parts = text.split_once('/');
        let numbers =
            parts.and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
        let shard = numbers.and_then(|(index, count)| Shard::new(index, count));
        shard.ok_or_else(|| {
            format!("{text:?} is not part of a class: write K/N, such as 1/4 for the first of four")
        })
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn shards_are_counted_from_one() {
        assert_eq!("2/4".parse(), Ok(Shard { index: 2, count: 4 }));
        assert_eq!("1/1".parse(), Ok(Shard::ALL));
        for bad in ["", "0/4", "5/4", "1/0", "-1/4", "1", "1/4/2", "a/b", "1/4294967296"] {
            assert!(bad.parse::<Shard>().is_err(), "{bad}");
        }
    }

    /// These results must not change: shards of different versions are merged.
    #[test]
    fn names_stay_in_their_shard() {
        let of = |name: &str| (1..=4).find(|&index| Shard { index, count: 4 }.holds(name));
        assert_eq!(["ada", "grace", "alan", "eve"].map(of), [3, 4, 2, 4].map(Some));
    }

    #[test]
    fn shards_are_about_equally_large() {
        let names: Vec<String> = (0..1000).map(|number| format!("student-{number}")).collect();
        for index in 1..=4 {
            let held = names.iter().filter(|name| Shard { index, count: 4 }.holds(name)).count();
            assert!((200..=300).contains(&held), "{index}: {held}");
        }
    }

    proptest! {
        #[test]
        fn every_name_is_in_exactly_one_shard(name: String, count in 1_u32..50) {
            let holding = (1..=count).filter(|&index| Shard { index, count }.holds(&name)).count();
            prop_assert_eq!(holding, 1);
        }
    }
}
