//! Values that people give for variables, when a release is created or edited and when a stage is deployed (R2, R4, S8).

use std::collections::{BTreeMap, BTreeSet};

use crate::{fold, limits};

/// Why values that were given for variables are refused, whatever the variables are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValuesRefusal {
    /// Two for one variable, under names that differ only in case: which of them is meant is not guessed.
    #[error("more than one value of variable {name:?} is given")]
    Twice {
        /// The variable, as the second one spells it.
        name: String,
    },
    /// A value is longer than that of a variable may be.
    #[error("the value of variable {name:?} has {bytes} bytes, at most {limit} are allowed")]
    TooLong {
        /// The variable.
        name: String,
        /// How long it is.
        bytes: usize,
        /// How long it may be.
        limit: usize,
    },
}

/// One value for each variable, each as long as may be.
pub(crate) fn expect_given(values: &BTreeMap<String, String>) -> Result<(), ValuesRefusal> {
    let mut seen = BTreeSet::new();
    for (name, value) in values {
        if !seen.insert(fold(name)) {
            return Err(ValuesRefusal::Twice { name: name.clone() });
        }
        let (bytes, limit) = (value.len(), limits::VARIABLE_BYTES);
        if bytes > limit {
            return Err(ValuesRefusal::TooLong { name: name.clone(), bytes, limit });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given<const N: usize>(values: [(&str, String); N]) -> Result<(), ValuesRefusal> {
        expect_given(&values.map(|(name, value)| (name.to_owned(), value)).into())
    }

    #[test]
    fn a_value_is_as_long_as_may_be_and_no_longer() {
        let limit = limits::VARIABLE_BYTES;
        assert_eq!(given([("a", "x".repeat(limit))]), Ok(()));
        let refused = ValuesRefusal::TooLong { name: "a".to_owned(), bytes: limit + 1, limit };
        assert_eq!(given([("a", "x".repeat(limit + 1))]), Err(refused));
    }

    #[test]
    fn a_variable_has_one_value_whatever_the_case_of_its_name() {
        assert_eq!(given([("Color", "1".to_owned()), ("colors", "2".to_owned())]), Ok(()));
        let twice = given([("Color", "1".to_owned()), ("color", "1".to_owned())]);
        assert_eq!(twice, Err(ValuesRefusal::Twice { name: "color".to_owned() }));
    }
}
