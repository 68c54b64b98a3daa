//! Sign with a key that nobody can take out: licence keys in tokens, through PKCS#11.
