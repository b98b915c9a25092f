//! What holds of any bytes that are taken for a document.

use std::fmt::Debug;

#[path = "said.rs"]
mod said;

use cutover_azure::documents::{
    Approval, Deployment, Document, Intervention, Release, ReleaseStage, ServiceEvent,
};
use cutover_azure::{ExportError, export, import, import_over};

/// Panics if it does not hold: what is imported is exported as the same, and what is read is written as the same. Nothing else panics.
pub(crate) fn of_any(bytes: &[u8]) {
    of_import(bytes);
    of_document::<Release>(bytes);
    of_document::<ReleaseStage>(bytes);
    of_document::<Approval>(bytes);
    of_document::<Deployment>(bytes);
    of_document::<Intervention>(bytes);
    of_document::<ServiceEvent>(bytes);
}

fn of_import(bytes: &[u8]) {
    let Ok(first) = import(bytes) else { return };
    let over = import_over(bytes, &first.definition);
    assert!(over.is_ok(), "what is imported can be imported over itself");
    let exported = match export(&first.definition) {
        Ok(exported) => exported,
        Err(ExportError::TooLarge { .. }) => return,
        Err(error) => panic!("what was imported is not exported: {error}"),
    };
    match import(exported.document.as_bytes()) {
        Ok(second) => {
            assert_eq!(second.definition, first.definition, "the import of the export");
            assert_eq!(said::news(&first, &second), [""; 0], "the import of the export says nothing new");
        }
        Err(error) => panic!("what was exported is not imported: {error}"),
    }
    assert_eq!(export(&first.definition).as_ref(), Ok(&exported), "an export is the same each time");
}

fn of_document<T: Document + PartialEq + Debug>(bytes: &[u8]) {
    let Ok(first) = T::parse(bytes) else { return };
    match T::parse(first.document.to_json().as_bytes()) {
        Ok(second) => assert_eq!(second.document, first.document, "the record of what was written"),
        Err(error) => panic!("what was written is not read: {error}"),
    }
}
