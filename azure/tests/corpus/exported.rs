//! What was imported is exported as it was: the import of the export is the same, and nothing of it is only for Cutover.

use std::error::Error;

use cutover_azure::{export, import, import_over};

use crate::files;
use crate::said::news;

#[test]
fn every_definition_is_the_same_after_an_export() -> Result<(), Box<dyn Error>> {
    let Some(files) = files(&["def"])? else { return Ok(()) };
    for file in files {
        let first = import(&file.bytes)?;
        let exported = export(&first.definition)?;
        let second = import(exported.document.as_bytes())?;
        assert_eq!(second.definition, first.definition, "{}", file.name);
        assert_eq!(exported.warnings, [], "{}: the server's shape can say all of it", file.name);
        assert_eq!(news(&first, &second), [""; 0], "{}", file.name);
        assert_eq!(export(&second.definition)?, exported, "{}", file.name);
        assert_eq!(
            import_over(&file.bytes, &first.definition)?.definition,
            first.definition,
            "{}",
            file.name
        );
    }
    Ok(())
}
