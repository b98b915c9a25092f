//! An event store in memory for the Cutover release engine, for tests and short-lived embedding.
