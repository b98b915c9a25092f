//! Properties: what extensions and pages keep with a pipeline or a stage.

use crate::left_out;
use crate::read::Node;

/// Reads properties by name: plain texts, or objects that hold a type and a value.
pub(crate) fn read(node: &Node<'_>) -> Vec<(String, String)> {
    node.object(left_out::NONE, |fields| {
        let mut properties = Vec::new();
        for (name, value) in fields.take_all() {
            let text = if value.peek("$value").is_missing() {
                value.text_or_json()
            } else {
                value.object(left_out::NONE, |wrapped| {
                    wrapped.take("$type");
                    wrapped.take("$value").text_or_json()
                })
            };
            properties.extend(text.map(|text| (name.to_owned(), text)));
        }
        properties
    })
}
