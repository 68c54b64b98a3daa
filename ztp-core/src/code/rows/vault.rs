//! Codes about notes and what was spent of them.

use super::rows;

rows! {
    // What a transaction may be refused for, 500 to 529.
    500 vault_conservation Vault: "what a spend consumes and gives back is not what its inputs hold",
        "make amount plus change equal to the sum of the inputs";
    501 vault_total_exceeded Vault: "the amounts of one class would exceed 2^53 - 1",
        "spend before minting more, or mint in a larger unit";
    502 vault_note_exists Vault: "a note to be created exists already or existed once",
        "ask the issuer; an envelope may have been minted twice under different names";
    503 vault_input_spent Vault: "an input was spent already",
        "look the earlier spend up with vault history; choose other notes";
    504 vault_input_unknown Vault: "an input was never created in this vault",
        "check the note id, and that the envelope which mints it was taken in";
    505 vault_inputs_empty Vault: "a spend names no input",
        "name the notes to spend";
    506 vault_inputs_order Vault: "the inputs of a spend do not ascend",
        "sort the inputs";
    507 vault_inputs_repeated Vault: "an input of a spend is named twice",
        "name each note once";
    508 vault_amount_zero Vault: "an amount is zero or larger than 2^53 - 1",
        "give a positive amount";
    509 vault_class_mixed Vault: "an input is of another class than the spend",
        "spend the notes of each class by themselves";
    510 vault_note_not_yet_valid Vault: "the validity of an input has not begun",
        "check the clock, or wait";
    511 vault_note_expired Vault: "the validity of an input is over",
        "choose other notes; ask the issuer for new ones before they expire";
    512 vault_insufficient Vault: "the spendable notes of the class do not reach the amount",
        "ask the issuer for notes with vault request";
    513 vault_request_reused Vault: "the request id was used for another request",
        "use a new request id for a new request";
    514 vault_clock_behind Vault: "the clock is behind a time that the vault has seen",
        "correct the clock of the bench; the vault never goes back";
    515 vault_envelope_not_accepted Vault: "the envelope that mints was not accepted by the verifier",
        "run licence verify to see which check fails";
    516 vault_envelope_reused Vault: "another envelope of the same id was minted already",
        "ask the issuer; an envelope id is used once";
    517 vault_envelope_unbound Vault: "an envelope that mints is not bound to one bench",
        "ask the issuer for an envelope that names this bench; another bench could mint the same notes";
    518 vault_other_bench Vault: "the envelope mints for another bench",
        "use the envelope made for this bench";
    519 vault_head_mismatch Vault: "the envelope answers a request that this vault did not make",
        "treat it as an incident: the vault was rolled back or replaced since the request, or the file is another bench's";
    520 vault_mint_empty Vault: "the envelope mints no notes",
        "check that it is the right file";
    521 vault_list_length Vault: "a list of a transaction is too long",
        "split the spend";
    522 vault_other_device Vault: "the signing key is not the device key of this vault",
        "use the device key the vault was made with";
    523 vault_generation_changed Vault: "the machine was restored from a snapshot or cloned since the last transaction",
        "find out why, then record it with vault reanchor; reconcile with the issuer";
    524 vault_text Vault: "a purpose, reason or id is empty, too long or holds characters that are not allowed",
        "correct the text";
    // The store, 530 to 539.
    530 vault_not_found Vault: "there is no vault in the directory",
        "make one with vault init, or check the path; if a vault was there, treat it as an incident";
    531 vault_exists Vault: "the log holds a vault already",
        "open it, or choose an empty directory";
    532 vault_store_unsafe Vault: "a part of the store is a link or can be written by everyone",
        "make the directory and its files writable for their owner alone; find out who changed them";
    533 vault_log_broken Vault: "a record of the vault's log does not hold",
        "run audit verify and treat it as an incident";
    534 vault_record_malformed Vault: "a record or document of the vault does not have the form it must have",
        "check that it is the right file; for a log, treat it as an incident";
    535 vault_replay_differs Vault: "a record states another outcome than the replay of the log gives",
        "treat it as an incident: somebody wrote records that the vault did not make";
    536 vault_stale Vault: "the vault moved on since the caller looked",
        "read the status again and decide anew";
    // Rollback and its anchors, 540 to 559.
    540 vault_unanchored Vault: "nothing outside the copied state shows that this is the newest state",
        "give an anchor: a TPM, a witness' cosignature, or the issuer's reconciliation";
    541 vault_rolled_back Vault: "an outside anchor has seen transactions that this vault does not have",
        "treat it as an incident: an older copy was put back; keep both as evidence";
    542 vault_forked Vault: "an outside anchor has seen another history than this vault's",
        "treat it as an incident: two histories exist; ask the issuer to reconcile";
    543 vault_anchor_behind Vault: "the anchor lacks more than the one transaction that a crash can leave",
        "treat it as an incident: the vault was used without its anchor, or the anchor was made anew";
    544 vault_anchor_missing Vault: "the vault is bound to an anchor that was not given",
        "give the anchor, or record its loss with vault reanchor";
    545 vault_anchor_other Vault: "the anchor given is not the one the vault is bound to",
        "give the right anchor, or record the change with vault reanchor";
    546 vault_anchor_failed Vault: "the anchor could not be read or advanced",
        "check the device; nothing was acknowledged";
    547 vault_witness_unusable Vault: "the witness' evidence cannot be used",
        "check the file and the witness' verifier key";
    548 vault_unlinked Vault: "receipts are missing between what the issuer holds and what the bench sent",
        "ask the bench for the missing receipts; without them nothing is known of that time";
    // Receipts and fork proofs, 560 to 569.
    560 vault_receipt_inconsistent Vault: "a receipt's head does not follow from what it states",
        "refuse it: it was not made by a vault";
    561 vault_receipt_other_vault Vault: "the receipts are of different vaults",
        "compare receipts of one vault";
    562 vault_no_fork Vault: "the two receipts do not contradict each other",
        "nothing is proved; compare other receipts";
    563 vault_request_malformed Vault: "what is asked of a vault is not of the form that it must have",
        "correct the argument that the message names";
    564 vault_evidence_unusable Vault: "what was brought to hold a vault against cannot be used",
        "give the file as it was kept: a receipt, a history (`ztp vault history DIR --json`) or a request of this device";
    565 vault_nothing_held Vault: "the issuer holds no receipt of the device, so that nothing was compared",
        "give the receipts or the history that you hold; for a first request there is none: verify its signature and keep it";
}
