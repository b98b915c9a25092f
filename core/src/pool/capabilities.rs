use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde::{Deserialize, Serialize};

use crate::{fold, limits};

/// What an agent has to offer: values by their names, which are compared without case (J11).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>", into = "BTreeMap<String, String>")]
pub struct Capabilities(
    /// By the folded name: the name as it was given, and the value.
    BTreeMap<String, (String, String)>,
);

/// Why something can't be a capability of an agent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidCapability {
    /// No demand could be about a name like this one.
    #[error(
        "{name:?} can't be the name of a capability: it must have 1 to 256 characters, none of them a space"
    )]
    Name {
        /// The name.
        name: String,
    },
    /// Two names differ in nothing but case, or not at all.
    #[error("capability {name} is given twice")]
    Twice {
        /// The name.
        name: String,
    },
    /// A value is longer than it may be.
    #[error("the value of capability {name} has {characters} characters, at most {limit} are allowed")]
    ValueTooLong {
        /// The capability.
        name: String,
        /// How long its value is.
        characters: usize,
        /// How long it may be.
        limit: usize,
    },
    /// There are more than an agent may have.
    #[error("an agent has at most {limit} capabilities")]
    TooMany {
        /// How many it may have.
        limit: usize,
    },
}

impl Capabilities {
    /// Takes names and values.
    ///
    /// # Errors
    /// [`InvalidCapability`] for a name that no demand can be about or that comes twice, and for what exceeds
    /// [`limits::CAPABILITIES`] or [`limits::LABEL_CHARACTERS`].
    pub fn new<N: Into<String>, V: Into<String>>(
        entries: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self, InvalidCapability> {
        let mut all = BTreeMap::new();
        for (name, value) in entries {
            let (name, value) = (name.into(), value.into());
            expect_fitting(&name, &value)?;
            match all.entry(fold(&name)) {
                Entry::Vacant(entry) => drop(entry.insert((name, value))),
                Entry::Occupied(_) => return Err(InvalidCapability::Twice { name }),
            }
            if all.len() > limits::CAPABILITIES {
                return Err(InvalidCapability::TooMany { limit: limits::CAPABILITIES });
            }
        }
        Ok(Self(all))
    }

    /// The value of the capability with this name, however it is spelled; `None`: there is none.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(&fold(name)).map(|(_, value)| value.as_str())
    }

    /// Names, as they were given, and values.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.0.values().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

fn expect_fitting(name: &str, value: &str) -> Result<(), InvalidCapability> {
    let is_name = !name.is_empty() && !name.chars().any(|it| it.is_whitespace() || it.is_control());
    if !is_name || name.chars().count() > limits::NAME_CHARACTERS {
        return Err(InvalidCapability::Name { name: name.to_owned() });
    }
    let characters = value.chars().count();
    if characters > limits::LABEL_CHARACTERS {
        let (name, limit) = (name.to_owned(), limits::LABEL_CHARACTERS);
        return Err(InvalidCapability::ValueTooLong { name, characters, limit });
    }
    Ok(())
}

impl TryFrom<BTreeMap<String, String>> for Capabilities {
    type Error = InvalidCapability;

    fn try_from(entries: BTreeMap<String, String>) -> Result<Self, InvalidCapability> {
        Self::new(entries)
    }
}

impl From<Capabilities> for BTreeMap<String, String> {
    fn from(capabilities: Capabilities) -> Self {
        capabilities.0.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(entries: &[(&str, &str)]) -> String {
        Capabilities::new(entries.iter().copied()).expect_err("it can't be").to_string()
    }

    #[test]
    fn names_are_compared_without_case_and_kept_as_they_were_given() -> Result<(), InvalidCapability> {
        let capabilities = Capabilities::new([("Java", "17"), ("Agent.OS", "Linux")])?;
        assert_eq!((capabilities.get("JAVA"), capabilities.get("agent.os")), (Some("17"), Some("Linux")));
        assert_eq!(capabilities.get("node"), None);
        let given = BTreeMap::from(capabilities.clone());
        assert_eq!(given.keys().collect::<Vec<_>>(), ["Agent.OS", "Java"]);
        assert_eq!(Capabilities::try_from(given)?, capabilities);
        assert_eq!(refused(&[("java", "17"), ("JAVA", "21")]), "capability JAVA is given twice");
        Ok(())
    }

    #[test]
    fn what_no_demand_can_be_about_is_refused() {
        let long = "x".repeat(limits::NAME_CHARACTERS + 1);
        for name in ["", "a b", "a\tb", "a\u{7}", &long] {
            let refused = Capabilities::new([(name, "")]).expect_err(name);
            assert_eq!(refused, InvalidCapability::Name { name: name.to_owned() });
        }
        assert!(Capabilities::new([(&long[1..], "")]).is_ok());
    }

    #[test]
    fn there_are_so_many_and_no_longer_than_fits() {
        let value = |characters| Capabilities::new([("path", "ü".repeat(characters))]);
        assert!(value(limits::LABEL_CHARACTERS).is_ok());
        let refused = value(limits::LABEL_CHARACTERS + 1).expect_err("it is too long").to_string();
        assert_eq!(refused, "the value of capability path has 1001 characters, at most 1000 are allowed");
        let many = |count: usize| Capabilities::new((0..count).map(|it| (format!("c{it}"), "")));
        assert!(many(limits::CAPABILITIES).is_ok());
        let refused = many(limits::CAPABILITIES + 1).expect_err("there are too many");
        assert_eq!(refused, InvalidCapability::TooMany { limit: limits::CAPABILITIES });
    }
}
