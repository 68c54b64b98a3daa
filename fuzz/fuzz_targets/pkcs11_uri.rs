//! `pkcs11:` URIs: refused within their bounds, or read to what names a key.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ztp_core::Coded as _;

fuzz_target!(|input: &str| {
    match input.parse::<ztp_pkcs11::TokenUri>() {
        Ok(uri) => {
            assert!(uri.module_path.is_absolute());
            assert!(uri.object.is_some() || uri.id.is_some());
        }
        Err(error) => assert!(error.offset().is_none_or(|offset| offset <= input.len() as u64)),
    }
});
