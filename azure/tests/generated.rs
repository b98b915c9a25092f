//! Whatever a pipeline says, its export says it too.

mod common;

use std::error::Error;

use common::mended::mended;
use common::pipelines::pipeline;
use cutover::PipelineDefinition;
use cutover_azure::{Warning, export, import};
use proptest::prelude::*;

/// The import of the export of a pipeline; `None` if it is not exported, for which there must be a reason.
fn there_and_back(pipeline: &PipelineDefinition) -> Result<Option<PipelineDefinition>, Box<dyn Error>> {
    let exported = match export(pipeline) {
        Ok(exported) => exported,
        Err(_) if cutover::validate(pipeline).is_err() => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let imported = import(exported.document.as_bytes())?;
    if cutover::validate(pipeline).is_ok() {
        let says_otherwise = |warning: &&Warning| warning.what.contains("cannot be saved");
        assert_eq!(imported.warnings.iter().find(says_otherwise), None, "it can be saved");
    }
    // Nothing is said under a key that nobody else reads without a warning.
    let has_own = exported.document.contains("\"cutover\": {");
    assert_eq!(exported.warnings.iter().any(|warning| warning.path.contains("cutover.")), has_own);
    let again = export(&imported.definition)?;
    assert_eq!(again, exported, "an export of the import is the same");
    assert_eq!(import(again.document.as_bytes())?, imported, "and so is all that is said of it");
    Ok(Some(imported.definition))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_import_of_an_export_is_the_same_pipeline(pipeline in pipeline().prop_map(mended)) {
        match there_and_back(&pipeline) {
            Ok(back) => prop_assert_eq!(back, Some(pipeline)),
            Err(error) => prop_assert!(false, "{}", error),
        }
    }

    #[test]
    fn so_it_is_where_the_pipeline_is_one_that_cannot_be_saved(pipeline in pipeline()) {
        match there_and_back(&pipeline) {
            Ok(Some(back)) => prop_assert_eq!(back, pipeline),
            Ok(None) => {}
            Err(error) => prop_assert!(false, "{}", error),
        }
    }
}
