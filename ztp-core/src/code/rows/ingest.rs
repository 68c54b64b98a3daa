//! Codes about the incoming directory of envelopes.

use super::rows;

rows! {
    // The incoming directory of envelopes, 480 to 499.
    480 ingest_envelope_id_reused Ingest: "an envelope has the id of one taken in before, with other bytes",
        "ask the issuer which of the two is theirs; an id is used once";
    481 ingest_previous_mismatch Ingest: "an envelope does not follow the last one taken in for its licence",
        "take in the envelopes in the issuer's order, or ask the issuer for one that follows the last";
    482 ingest_not_a_file Ingest: "a link, pipe, device or directory lies where an envelope should",
        "find out who put it there; copy the envelope itself";
    483 ingest_file_too_large Ingest: "a file is larger than any envelope",
        "check that it is the right file";
    484 ingest_directory_missing Ingest: "the ingest directory or its incoming directory is not there",
        "make it, or give the directory that holds incoming/";
    485 ingest_directory_unsafe Ingest: "a directory of the ingest is a link, or anybody may write to it",
        "make it a directory that only its owner and group may write to";
    486 ingest_locked Ingest: "another process takes envelopes in from the directory",
        "wait for it";
    487 ingest_log_broken Ingest: "a record of the log does not hold, so what the bench has seen is not known",
        "run ztp audit verify and treat it as an incident; nothing is taken in until the log holds";
    488 ingest_seen_malformed Ingest: "a document of what a bench has seen contradicts itself",
        "write it anew from the bench's log";
    489 ingest_record_unproven Ingest: "a record of the log claims what its signed documents do not prove",
        "find out who wrote it; it changes nothing";
    490 ingest_other_vault Ingest: "the log names another vault for the notes of the envelope",
        "give the vault that the log names; if it is lost, ask the issuer for a new envelope";
    491 clock_behind_log Ingest: "the clock is behind the latest time that the log attests",
        "correct the clock of the bench; if the log was ahead, ask the issuer for an envelope with a clock statement";
    492 ingest_stuck Ingest: "a file cannot be moved out of the incoming directory",
        "see the message beside the file; correct the mount or its permissions and run again";
    493 ingest_log_not_intact Ingest: "the log that was read for what a bench has seen does not verify",
        "see the log's own verdict: what a broken or shortened log does not show may have been taken in all the same";
}
