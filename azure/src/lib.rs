//! Reads the JSON that Azure DevOps exports for release definitions into Cutover pipelines.
