//! Records: one list of fields from which both the reader and the writer are made, so that neither can forget one.

use serde_json::{Map, Value};

use super::part::Part;
use crate::read::Node;
use crate::text::is_empty_text;

/// Makes a public record: each field with its type and with the key that it has there. What it has no field for stays in `rest`.
macro_rules! record {
    (
        $(#[$about:meta])*
        pub struct $name:ident {
            $($(#[$doc:meta])* $field:ident: $type:ty = $key:literal,)*
        }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        pub struct $name {
            $($(#[$doc])* pub $field: $type,)*
            /// What there is no field for, and what could not be read, as it stands in the document.
            pub rest: serde_json::Map<String, serde_json::Value>,
        }

        impl $crate::documents::part::Part for $name {
            fn read(node: &$crate::read::Node<'_>) -> Option<Self> {
                let mut fields = $crate::documents::record::Taking::of(node)?;
                Some(Self {
                    $($field: fields.take($key),)*
                    rest: fields.rest(),
                })
            }

            fn write(&self) -> serde_json::Value {
                let Self { $($field,)* rest } = self;
                let mut written = rest.clone();
                $($crate::documents::record::put(&mut written, $key, $field);)*
                written.into()
            }
        }
    };
}

pub(super) use record;

/// The keys of an object that nobody took yet.
pub(crate) struct Taking<'n, 'a> {
    node: &'n Node<'a>,
    left: Map<String, Value>,
}

impl<'n, 'a> Taking<'n, 'a> {
    /// Those of an object; none of what stands for an empty one.
    pub(crate) fn of(node: &'n Node<'a>) -> Option<Self> {
        let left = match node.raw() {
            Value::Object(map) => map.clone(),
            Value::Null => Map::new(),
            Value::String(text) if is_empty_text(text) => Map::new(),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => return None,
        };
        Some(Self { node, left })
    }

    /// What a key holds; keys are compared without case. What can't be read is left.
    pub(crate) fn take<T: Part + Default>(&mut self, key: &str) -> T {
        let exact = self.left.contains_key(key).then(|| key.to_owned());
        let found = exact.or_else(|| self.left.keys().find(|name| name.eq_ignore_ascii_case(key)).cloned());
        let Some(found) = found else { return T::default() };
        let node = self.node.exactly(&found);
        if let Some(value) = T::read(&node) {
            self.left.remove(&found);
            return value;
        }
        node.warn("cannot be read: kept as it stands");
        T::default()
    }

    /// What nobody took.
    pub(crate) fn rest(self) -> Map<String, Value> {
        self.left
    }
}

/// Puts a field into the object that is written, unless there is nothing to say.
pub(crate) fn put<T: Part>(written: &mut Map<String, Value>, key: &str, field: &T) {
    let value = field.write();
    if !value.is_null() {
        written.insert(key.to_owned(), value);
    }
}
