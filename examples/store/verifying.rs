//! Whether a store is as it was written.

use std::path::Path;

use cutover::Digest;
use cutover::store::Position;
use cutover_store_file::{KnownDigest, KnownOutcome, LogEnd, SavedIndex, Verified, verify, verify_against};

use super::common::Outcome;

/// Reads `POSITION:DIGEST`, as it is printed.
pub fn known_digest(text: &str) -> Result<KnownDigest, String> {
    let (position, digest) = text.split_once(':').ok_or("expected a position, a colon and a digest")?;
    let position = position.parse().map(Position).map_err(|error| format!("the position: {error}"))?;
    let digest = digest.parse::<Digest>().map_err(|error| format!("the digest: {error}"))?;
    Ok(KnownDigest { position, digest })
}

pub fn print_verified(folder: &Path, known: Option<KnownDigest>) -> Outcome {
    let found = match known {
        Some(known) => verify_against(folder, known)?,
        None => verify(folder)?,
    };
    let Verified { segments, commits, chained, events, streams, bytes, .. } = found;
    println!(
        "{segments} segments, {bytes} bytes: {commits} commits, {events} events of {streams} streams can be read"
    );
    if let Some(head) = found.head {
        println!("head {}:{}", head.position, head.digest);
        if chained > 0 {
            println!(
                "{chained} commits name the one before; the digest stands for all from {} on",
                head.covers_from
            );
        }
    }
    match &found.end {
        LogEnd::Closed => println!("it was closed"),
        LogEnd::Open => println!("it is open, or was not closed"),
        LogEnd::Unfinished(cut) => {
            println!("its end is unfinished and will be cut off: {} bytes, {}", cut.bytes, cut.reason);
        }
        LogEnd::Damaged => println!("its end is damaged"),
    }
    match &found.index {
        SavedIndex::Missing => println!("no index is saved"),
        SavedIndex::Agrees { up_to } => println!("the saved index agrees, up to {up_to}"),
        SavedIndex::Differs { what } => println!("the saved index differs: {what}"),
        SavedIndex::NotCompared => println!("the saved index could not be compared"),
    }
    match found.known {
        None => {}
        Some(KnownOutcome::Same { covers_from }) => {
            println!("the digest that you kept is right, from {covers_from} on")
        }
        Some(KnownOutcome::Other { found }) => println!("history was rewritten: the digest there is {found}"),
        Some(KnownOutcome::Missing) => println!("the commit whose digest you kept can't be read"),
    }
    for problem in &found.problems {
        println!("{problem}");
    }
    if found.further_problems > 0 {
        println!("and {} problems more", found.further_problems);
    }
    if found.is_sound() { Ok(()) } else { Err("it is not as it was written".into()) }
}
