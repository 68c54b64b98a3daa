//! Codes about devices that hold signing keys.

use super::rows;

rows! {
    // Devices that hold signing keys, 450 to 479.
    450 token_uri_scheme Signer: "the text is not a pkcs11: URI",
        "write the key as RFC 7512 says, such as pkcs11:token=T;object=K?module-path=/usr/lib/…";
    451 token_uri_character Signer: "a pkcs11: URI has a character that must be percent-encoded",
        "write it as % and two hexadecimal digits";
    452 token_uri_value Signer: "an attribute of a pkcs11: URI has no value",
        "write name=value";
    453 token_uri_unknown Signer: "a pkcs11: URI has an attribute that is not understood",
        "remove it; it could be the one that tells two keys apart";
    454 token_uri_repeated Signer: "an attribute of a pkcs11: URI is there twice",
        "remove one of the two";
    455 token_uri_content Signer: "an attribute of a pkcs11: URI has a value that is not of its kind",
        "correct the value; the message names what it must be";
    456 token_uri_missing Signer: "a pkcs11: URI lacks what is needed to find a key",
        "add the attribute that the message names";
    457 token_module Signer: "the PKCS#11 module cannot be loaded",
        "check module-path and that the library is for this machine";
    458 token_missing Signer: "no token fits the URI",
        "check that the token is there and what it is called";
    459 token_ambiguous Signer: "several tokens fit the URI",
        "name one by its serial number";
    460 token_pin_source Signer: "the PIN cannot be read",
        "check pin-source: one line in a file of its own";
    461 token_pin_exposed Signer: "others than its owner can read the PIN's file",
        "make it readable by its owner only (chmod 600)";
    462 token_pin_wrong Signer: "the token refused the PIN",
        "correct the PIN before trying again; tokens lock after a few wrong ones";
    463 token_pin_locked Signer: "the PIN of the token is locked",
        "have the security officer set a new PIN";
    464 token_pin_final_try Signer: "one more wrong PIN would lock the token",
        "log in by the token's own tool first, which resets the count";
    465 token_key_missing Signer: "no private key fits the URI",
        "check object and id; the message names the keys that are there";
    466 token_key_ambiguous Signer: "several keys fit the URI",
        "name one by its id";
    467 token_key_exists Signer: "the token has a key of this name or id already",
        "choose another name; keys are never replaced";
    468 token_key_type Signer: "the key is of no suite",
        "make an Ed25519 or RSA-4096 key in the token";
    469 token_key_not_for_signing Signer: "the key may not sign",
        "make a key with CKA_SIGN";
    470 token_key_extractable Signer: "the key is extractable or was once",
        "make a key in the token that never was";
    471 token_key_not_sensitive Signer: "the key is not sensitive or was not always",
        "make a key in the token that always was";
    472 token_key_not_local Signer: "the key was not made in the token",
        "make a key in the token; for development only, allow it with x-ztp-allow=imported";
    473 token_attribute_missing Signer: "the token does not tell an attribute of the key",
        "use a token that does; what cannot be checked is not assumed";
    474 token_ec_point Signer: "the token's public key is in no form that is known",
        "report the token's model; its CKA_EC_POINT is neither raw nor OCTET STRING nor BIT STRING";
    475 token_self_test Signer: "the token's signature over a known message does not hold",
        "do not use the token; it ignores parameters or signs something else";
    476 token_key_changed Signer: "after a lost session the URI leads to another key",
        "find out who changed the token; nothing was signed";
    477 token_session_lost Signer: "the session with the token was lost, and a new one did not help",
        "check the connection to the token and start again";
    478 token_call_failed Signer: "a call of the token failed",
        "look up what the token said in its manual";
}
