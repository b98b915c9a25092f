//! What a job demands of the agent that runs it: `java`, `Agent.OS -equals Linux`, `Agent.Version -gtVersion 2.163.1` (J11).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::fold;

/// What an agent must offer to run a job (J11). Written `name`, `name -equals value` or `name -gtVersion version`.
///
/// Names and values are compared without case. `-gtVersion` is met by that version, too: it is the least that will do.
///
/// ```
/// use cutover::{Capabilities, Demand};
///
/// let capabilities = Capabilities::new([("java", "17.0.2"), ("Agent.OS", "Linux")])?;
/// let is_met = |text: &str| text.parse::<Demand>().is_ok_and(|demand| demand.is_met_by(capabilities.get(demand.name())));
/// assert!(is_met("Java") && is_met("agent.os -equals linux") && is_met("java -gtVersion 17"));
/// assert!(!is_met("node") && !is_met("java -gtVersion 21"));
/// # Ok::<(), cutover::InvalidCapability>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Demand {
    name: String,
    test: Test,
}

/// What is demanded of the capability.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Test {
    Exists,
    Equals(String),
    AtLeast(Version),
}

/// A text that is no demand.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidDemand {
    /// There is nothing in it.
    #[error("must not be empty")]
    Empty,
    /// What follows the name is none of the operators.
    #[error("has {word:?} behind its name, where only -equals or -gtVersion can be")]
    UnknownOperator {
        /// The word.
        word: String,
    },
    /// Nothing follows the operator.
    #[error("has nothing behind {operator}")]
    NoValue {
        /// The operator.
        operator: &'static str,
    },
    /// What follows `-gtVersion` is no version.
    #[error("compares with {text:?}, which is not a version such as 2.163.1")]
    NotAVersion {
        /// The text.
        text: String,
    },
}

const EQUALS: &str = "-equals";
const AT_LEAST: &str = "-gtVersion";

impl Demand {
    /// The capability that it is about.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether an agent meets it whose capability of this name has this value; `None`: it has no such capability.
    pub fn is_met_by(&self, value: Option<&str>) -> bool {
        match (&self.test, value) {
            (_, None) => false,
            (Test::Exists, Some(_)) => true,
            (Test::Equals(wanted), Some(value)) => fold(wanted) == fold(value),
            (Test::AtLeast(least), Some(value)) => {
                Version::parse(value).is_some_and(|version| version.parts >= least.parts)
            }
        }
    }
}

impl FromStr for Demand {
    type Err = InvalidDemand;

    fn from_str(demand: &str) -> Result<Self, InvalidDemand> {
        let (name, rest) = first_word(demand);
        if name.is_empty() {
            return Err(InvalidDemand::Empty);
        }
        let (operator, value) = first_word(rest);
        let test = if operator.is_empty() {
            Test::Exists
        } else if operator.eq_ignore_ascii_case(EQUALS) {
            Test::Equals(given(EQUALS, value)?.to_owned())
        } else if operator.eq_ignore_ascii_case(AT_LEAST) {
            let least = given(AT_LEAST, value)?;
            let not_a_version = || InvalidDemand::NotAVersion { text: least.to_owned() };
            Test::AtLeast(Version::parse(least).ok_or_else(not_a_version)?)
        } else {
            return Err(InvalidDemand::UnknownOperator { word: operator.to_owned() });
        };
        Ok(Self { name: name.to_owned(), test })
    }
}

/// A text's first word, and what follows it, both without spaces around them.
fn first_word(text: &str) -> (&str, &str) {
    let text = text.trim();
    match text.split_once(char::is_whitespace) {
        Some((word, rest)) => (word, rest.trim_start()),
        None => (text, ""),
    }
}

const fn given<'t>(operator: &'static str, value: &'t str) -> Result<&'t str, InvalidDemand> {
    if value.is_empty() { Err(InvalidDemand::NoValue { operator }) } else { Ok(value) }
}

impl fmt::Display for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        match &self.test {
            Test::Exists => Ok(()),
            Test::Equals(value) => write!(f, " {EQUALS} {value}"),
            Test::AtLeast(version) => write!(f, " {AT_LEAST} {}", version.written),
        }
    }
}

impl TryFrom<String> for Demand {
    type Error = InvalidDemand;

    fn try_from(text: String) -> Result<Self, InvalidDemand> {
        text.parse()
    }
}

impl From<Demand> for String {
    fn from(demand: Demand) -> Self {
        demand.to_string()
    }
}

/// Numbers with dots between them, the weightiest first: `17`, `2.163.1`. What is not written is 0.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Version {
    /// Without zeros at the end, so that 1.2 and 1.2.0 are the same.
    parts: Vec<u64>,
    written: String,
}

impl Version {
    fn parse(text: &str) -> Option<Self> {
        let written = text.trim();
        let part = |part: &str| {
            let is_plain = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            if is_plain { part.parse().ok() } else { None }
        };
        let mut parts = written.split('.').map(part).collect::<Option<Vec<u64>>>()?;
        while parts.last() == Some(&0) {
            parts.pop();
        }
        Some(Self { parts, written: written.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Any text is a demand that reads back as it is written, or is refused.
        #[test]
        fn any_text_is_a_demand_or_none(text in r"[a-z. ]{0,3}\PC{0,8}( -(equals|gtVersion|\PC{0,3}) \PC{0,8})?") {
            if let Ok(demand) = text.parse::<Demand>() {
                prop_assert_eq!(demand.to_string().parse::<Demand>(), Ok(demand.clone()));
                prop_assert!(!demand.is_met_by(None));
            }
        }
    }

    fn demand(text: &str) -> Demand {
        text.parse().expect(text)
    }

    fn is_met(text: &str, value: &str) -> bool {
        demand(text).is_met_by(Some(value))
    }

    #[test]
    fn a_demand_reads_back_as_it_is_written() {
        for (text, written) in [
            ("java", "java"),
            (" Agent.OS\t-EQUALS  Windows Server ", "Agent.OS -equals Windows Server"),
            ("Agent.Version -gtversion 2.163.0", "Agent.Version -gtVersion 2.163.0"),
        ] {
            assert_eq!(demand(text).to_string(), written);
            assert_eq!(demand(written), demand(text));
        }
        assert_eq!(demand("Agent.OS -equals Linux").name(), "Agent.OS");
    }

    #[test]
    fn what_is_no_demand_is_refused_and_says_why() {
        for (text, why) in [
            (" ", "must not be empty"),
            ("java 17", r#"has "17" behind its name, where only -equals or -gtVersion can be"#),
            ("java -exists", r#"has "-exists" behind its name, where only -equals or -gtVersion can be"#),
            ("java -Equals ", "has nothing behind -equals"),
            ("java -gtVersion", "has nothing behind -gtVersion"),
            ("java -gtVersion 1.x", r#"compares with "1.x", which is not a version such as 2.163.1"#),
            ("java -gtVersion 1.", r#"compares with "1.", which is not a version such as 2.163.1"#),
        ] {
            assert_eq!(text.parse::<Demand>().expect_err(text).to_string(), why);
        }
    }

    #[test]
    fn a_name_alone_asks_only_that_the_capability_is_there() {
        assert!(is_met("java", "") && is_met("java", "17"));
        assert!(!demand("java").is_met_by(None));
        assert!(!demand("java -equals 17").is_met_by(None));
    }

    #[test]
    fn values_are_compared_as_a_whole_and_without_case() {
        assert!(is_met("os -equals linux", "Linux"));
        assert!(!is_met("os -equals linux", "Linux 6"));
    }

    #[test]
    fn the_least_version_will_do_and_what_is_none_will_not() {
        for (value, expected) in [
            ("2.162.9", false),
            ("2.163.0", false),
            ("2.163.1", true),
            ("2.163.1.0", true),
            ("2.163.10", true),
            ("3", true),
            ("2.163", false),
            ("latest", false),
            ("3-beta", false),
        ] {
            assert_eq!(is_met("Agent.Version -gtVersion 2.163.1", value), expected, "{value}");
        }
        assert!(is_met("a -gtVersion 1.2.0", "1.2") && is_met("a -gtVersion 1.2", "1.2.0"));
    }
}
