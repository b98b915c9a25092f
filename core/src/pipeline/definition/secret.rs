//! What is known of a secret here: where it is kept, and never what it is (V4).

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where the host's secrets keep a value: a name, and which version of it (V4). The value itself is never here.
///
/// A reference without a version is written as its name alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct SecretRef {
    /// The name under which it is kept.
    pub name: String,
    /// The version; `None` is the newest at the moment at which a task begins.
    pub version: Option<SecretVersion>,
}

/// A version of a secret, in the words of whoever keeps it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretVersion(pub String);

impl SecretRef {
    /// The newest version, whichever that is when a task begins.
    pub fn newest(name: impl Into<String>) -> Self {
        Self { name: name.into(), version: None }
    }

    /// One version.
    ///
    /// ```
    /// use cutover::SecretRef;
    ///
    /// assert_eq!(SecretRef::versioned("shop/password", "3").to_string(), "shop/password, version 3");
    /// ```
    pub fn versioned(name: impl Into<String>, version: impl Into<String>) -> Self {
        Self { name: name.into(), version: Some(SecretVersion(version.into())) }
    }
}

impl From<&str> for SecretRef {
    fn from(name: &str) -> Self {
        Self::newest(name)
    }
}

impl From<String> for SecretRef {
    fn from(name: String) -> Self {
        Self::newest(name)
    }
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.version {
            Some(SecretVersion(version)) => write!(f, "{}, version {version}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// A reference as it is stored.
#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Newest(String),
    Version { name: String, version: SecretVersion },
}

impl From<Written> for SecretRef {
    fn from(written: Written) -> Self {
        match written {
            Written::Newest(name) => Self { name, version: None },
            Written::Version { name, version } => Self { name, version: Some(version) },
        }
    }
}

impl From<SecretRef> for Written {
    fn from(SecretRef { name, version }: SecretRef) -> Self {
        match version {
            None => Self::Newest(name),
            Some(version) => Self::Version { name, version },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_written_as_its_name_or_with_its_version() {
        for (reference, text) in [
            (SecretRef::newest("vault/shop"), r#""vault/shop""#),
            (SecretRef::versioned("vault/shop", "3"), r#"{"name":"vault/shop","version":"3"}"#),
        ] {
            assert_eq!(serde_json::to_string(&reference).expect("it can be written"), text);
            assert_eq!(serde_json::from_str::<SecretRef>(text).expect("it can be read"), reference);
        }
    }
}
