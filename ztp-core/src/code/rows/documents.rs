//! Codes about single documents, keys and signatures.

use super::rows;

rows! {
    // Canonical JSON, 100 to 139.
    100 canonical_empty Canonical: "the input is empty",
        "give one JSON document";
    101 canonical_too_large Canonical: "the document exceeds the size limit",
        "split it, or raise the limit";
    102 canonical_too_deep Canonical: "arrays and objects are nested too deeply",
        "flatten the document";
    103 canonical_byte_order_mark Canonical: "the input starts with a byte order mark",
        "save it as UTF-8 without one";
    104 canonical_utf16 Canonical: "the input is UTF-16 or UTF-32 text",
        "save it as UTF-8";
    105 canonical_unexpected_end Canonical: "the input ends inside the document",
        "fetch the whole document again";
    106 canonical_unexpected_byte Canonical: "a byte that JSON does not allow here",
        "correct the syntax";
    107 canonical_trailing_bytes Canonical: "bytes follow the end of the document",
        "give one document only";
    108 canonical_invalid_utf8 Canonical: "a string is not valid UTF-8",
        "encode the text as UTF-8";
    109 canonical_control_character Canonical: "a raw control character in a string",
        "write it as an escape";
    110 canonical_invalid_escape Canonical: "an escape that JSON does not know",
        "correct the escape";
    111 canonical_lone_surrogate Canonical: "an escape for half of a surrogate pair",
        "write the whole pair";
    112 canonical_duplicate_member Canonical: "an object has two members of the same name",
        "keep one of them";
    113 canonical_fraction Canonical: "a number with a fraction",
        "use an integer, or a string";
    114 canonical_exponent Canonical: "a number with an exponent",
        "write the integer in full, or use a string";
    115 canonical_leading_zero Canonical: "an integer with a leading zero",
        "remove the zero";
    116 canonical_negative_zero Canonical: "a zero with a minus sign",
        "write 0";
    117 canonical_integer_out_of_range Canonical: "an integer beyond 2^53 - 1",
        "use a string for it";
    120 canonical_white_space Canonical: "white space that the canonical form does not have",
        "fetch the document again, or encode it";
    121 canonical_unsorted_member Canonical: "a member is out of order",
        "fetch the document again, or encode it";
    122 canonical_escape_spelling Canonical: "an escape that is not the canonical one",
        "fetch the document again, or encode it";
    123 canonical_unescaped_character Canonical: "a character that the canonical form escapes",
        "fetch the document again, or encode it";

    // Hexadecimal, base64, PEM, DER and keys, 140 to 159.
    140 hex_length Encoding: "a hexadecimal text has the wrong number of digits",
        "give exactly two digits for each byte";
    141 hex_character Encoding: "a character is not one of 0-9 and a-f",
        "write hexadecimal in lower case, without spaces or prefix";
    142 base64_length Encoding: "the length of a base64 text is not a multiple of four",
        "write base64 with its padding";
    143 base64_character Encoding: "a character is outside the standard base64 alphabet",
        "use the alphabet with + and /, without white space";
    144 base64_padding Encoding: "base64 padding is not in its only allowed place",
        "put one or two = at the very end, and only there";
    145 base64_trailing_bits Encoding: "the unused bits of the last base64 character are not zero",
        "encode the bytes again; another text for the same bytes is not accepted";
    146 pem_framing Encoding: "the PEM text lacks a well-formed BEGIN line, body or END line",
        "give the file exactly as the key tool wrote it";
    147 pem_label Encoding: "the PEM block is of another kind than the one expected",
        "give a PRIVATE KEY block (PKCS#8, not encrypted) to sign and a PUBLIC KEY block to verify";
    148 pem_several_blocks Encoding: "the PEM text holds more than one block",
        "give one key in one file";
    149 pem_outside_text Encoding: "there is text before or after the PEM block",
        "remove everything outside the BEGIN and END lines";
    150 key_der_malformed Encoding: "the key is not the DER structure of its algorithm",
        "export the key again as PKCS#8 or SubjectPublicKeyInfo";
    151 key_algorithm Encoding: "the key is of another algorithm than expected here",
        "give a key of the suite that is asked for; docs/formats/signatures.md lists them";
    152 key_der_trailing_bytes Encoding: "bytes follow the DER structure of the key",
        "export the key again; nothing may follow it";
    153 key_pair_mismatch Encoding: "the public half stored with a private key is not the one that belongs to it",
        "do not use this key file; generate or export the key again";
    154 public_key_length Encoding: "a public key has the wrong number of bytes",
        "give the key of the suite, whole";
    155 public_key_not_canonical Encoding: "the y coordinate of a public key is not reduced modulo p",
        "refuse the key; no key generator makes one like it";
    156 public_key_low_order Encoding: "a public key is one of the 14 low-order encodings",
        "refuse the key; signatures under it prove nothing";
    157 public_key_not_on_curve Encoding: "a public key is not a point of the curve",
        "check that the key was copied whole";
    158 public_key_rsa_modulus Encoding: "an RSA modulus is even or does not have exactly 4096 bits",
        "give an RSA key of 4096 bits";
    159 public_key_rsa_exponent Encoding: "an RSA exponent is another than 65537",
        "give an RSA key with the exponent 65537";

    // Signatures and verifier keys, 160 to 179.
    160 signature_suite_unknown Signature: "the signature suite is not one this build knows",
        "use ed25519, mldsa65-ed25519 or rsa4096-pss-sha384";
    161 signature_length Signature: "a signature has the wrong number of bytes",
        "give the signature of the key's suite, whole";
    162 signature_scalar_range Signature: "the scalar S of a signature is not below the group order L",
        "refuse the signature; it was altered after signing";
    163 signature_point_not_canonical Signature: "the y coordinate of a signature's point R is not reduced modulo p",
        "refuse the signature; no signer makes one like it";
    164 signature_point_low_order Signature: "a signature's point R is one of the 14 low-order encodings",
        "refuse the signature; no signer makes one like it";
    165 signature_mismatch Signature: "the signature is not one by this key over these bytes",
        "check that key, message and signature belong together and that nothing was edited";
    166 signature_purpose Signature: "a signing purpose is empty, longer than 40 bytes or has a character outside a-z 0-9 . / -",
        "use one of the purposes in docs/formats/signatures.md";
    167 signature_signer_failed Signature: "the signing device or service did not sign",
        "look at the message of the signer and try again";
    168 signature_self_check Signature: "what the signer returned does not verify under its own public key",
        "do not use the signature; check the signer for a fault or a wrong mechanism";
    169 signature_prehashed Signature: "the signature is one of Ed25519ph, which signs a digest",
        "have the signing service sign the message itself (pure Ed25519)";
    170 vkey_format Signature: "a verifier key is not of the form name+key id+base64",
        "copy the whole line, as docs/formats/signatures.md shows it";
    171 vkey_name Signature: "a key name is empty, longer than 255 bytes or holds white space, a control character or a plus",
        "use a name such as example.com/bench-7";
    172 vkey_key_type Signature: "a verifier key is of another type than Ed25519 (0x01)",
        "give the log's Ed25519 verifier key, not a cosigner's or a key of another algorithm";
    173 vkey_key_id_mismatch Signature: "the key id in a verifier key is not the one of its name and key",
        "copy the verifier key again from its source; a character was changed";
    174 signature_half_missing Signature: "a composite signature has the length of one of its halves",
        "refuse the signature; a half was stripped";
    175 signature_halves_swapped Signature: "the halves of a composite signature stand in the wrong order",
        "write the ML-DSA half first";
    176 signature_mldsa_mismatch Signature: "the ML-DSA half of a composite signature does not hold, the Ed25519 half does",
        "refuse the signature; the halves do not come from one signing";
    177 signature_ed25519_mismatch Signature: "the Ed25519 half of a composite signature does not hold, the ML-DSA half does",
        "refuse the signature; the halves do not come from one signing";
    178 signature_salt_length Signature: "an RSASSA-PSS signature has a salt of another length than 48 bytes",
        "set the salt length of the signing token to that of SHA-384";
    179 signature_representative_range Signature: "an RSA signature is not below the modulus",
        "refuse the signature; it was altered after signing";

    // Timestamps and event classes, 180 to 189.
    180 timestamp_length Event: "a timestamp is not 24 characters long",
        "write YYYY-MM-DDTHH:MM:SS.mmmZ, in UTC with milliseconds";
    181 timestamp_character Event: "a character of a timestamp is not the digit or separator of its place",
        "write YYYY-MM-DDTHH:MM:SS.mmmZ, in UTC with milliseconds";
    182 timestamp_field_range Event: "a month, day, hour, minute or second does not exist",
        "give a time of the Gregorian calendar; a leap second is written as second 59";
    183 timestamp_out_of_range Event: "a time lies outside the years 0000 to 9999",
        "give milliseconds since 1970-01-01T00:00:00Z, not seconds or nanoseconds";
    184 event_class_length Event: "an event class is empty or longer than 64 bytes",
        "use one of the classes of the vocabulary or a shorter name";
    185 event_class_character Event: "an event class is not made of words [a-z][a-z0-9-]* joined by dots",
        "use lower-case words joined by dots, such as admission.decision";
    186 event_class_reserved Event: "the classes log and log.* are written by the log itself",
        "use another event class";
    187 event_payload_not_object Event: "the payload of an event is not a JSON object",
        "wrap the value in an object with a named member";
    188 event_payload_value Event: "a member of an event's payload has a value that its class does not allow",
        "give a value that the message allows, or another class of event";

    // Closed schemas, 190 to 199.
    190 schema_not_object Schema: "a document or member that must be an object is something else",
        "give an object with the members that the format lists";
    191 schema_missing_member Schema: "a member that the format requires is missing",
        "add the member; the path names it";
    192 schema_unknown_member Schema: "a member is not one that the format knows",
        "remove the member, or use software that knows this version of the format";
    193 schema_wrong_type Schema: "a member has a value of another type than the format says",
        "give a value of the type that the message names";
    194 schema_case_variant Schema: "the name of a member differs from a known one in upper and lower case only",
        "write the name in lower case, and only once";
    195 schema_member_name Schema: "the name of a member is not of the form [a-z][a-z0-9_]{0,63}",
        "remove the member; no format of ZTP has one of that name";
}
