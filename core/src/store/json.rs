//! JSON text that is kept as it was written.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// A piece of valid JSON on one line, kept byte for byte as it was written.
///
/// Stores keep what events say without knowing what it means, and give back the same bytes. A clone shares them.
///
/// ```
/// use cutover::store::Json;
///
/// let json = Json::parse(r#"{ "stage": 2 }"#)?;
/// assert_eq!(json.as_str(), r#"{ "stage": 2 }"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone)]
pub struct Json(Arc<RawValue>);

impl Json {
    /// Checks that `text` is JSON. Line breaks between its tokens are taken out; everything else stays.
    ///
    /// # Errors
    /// What is wrong with the text, with line and column.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        Self::on_one_line(serde_json::from_str(text)?)
    }

    fn on_one_line(raw: Box<RawValue>) -> Result<Self, serde_json::Error> {
        if !raw.get().contains('\n') && !raw.get().contains('\r') {
            return Ok(Self(raw.into()));
        }
        // Inside a JSON string a line break can only stand escaped, so these stand between tokens.
        RawValue::from_string(raw.get().replace(['\n', '\r'], " ")).map(|raw| Self(raw.into()))
    }

    /// Writes `value` as JSON.
    ///
    /// # Errors
    /// What the value's own `Serialize` says, for a map whose keys are not strings, say.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        serde_json::value::to_raw_value(value).and_then(Self::on_one_line)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Self::on_one_line(raw).map_err(serde::de::Error::custom)
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Json {}
