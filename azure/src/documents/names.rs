//! Enums that are written as names, and read as names or numbers. One that is not known stays what it is.

/// Makes a public enum: each value with its number and its name there.
macro_rules! names {
    (
        $(#[$about:meta])*
        pub enum $name:ident {
            $($(#[$doc:meta])* $value:ident = $number:literal $text:literal,)*
        }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$doc])* $value,)*
            /// One that is not known here: its name, or its number.
            Other(String),
        }

        impl $crate::documents::part::Part for $name {
            fn read(node: &$crate::read::Node<'_>) -> Option<Self> {
                let text = match node.raw() {
                    serde_json::Value::String(text) => text.clone(),
                    serde_json::Value::Number(number) => number.to_string(),
                    _ => return None,
                };
                let is_it = |number: i64, name: &str| {
                    text.trim().eq_ignore_ascii_case(name) || node.whole_number() == Some(number)
                };
                $(if is_it($number, $text) {
                    return Some(Self::$value);
                })*
                Some(Self::Other(text))
            }

            fn write(&self) -> serde_json::Value {
                serde_json::Value::from(match self {
                    $(Self::$value => $text,)*
                    Self::Other(text) => text.as_str(),
                })
            }

            fn is_none(node: &$crate::read::Node<'_>) -> bool {
                node.is_missing() || node.raw().as_str().is_some_and(|text| text.trim().is_empty())
            }
        }
    };
}

pub(super) use names;
