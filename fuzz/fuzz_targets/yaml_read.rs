//! Settings files: any bytes give a document or a refusal with a place, and what is read is of the canonical profile.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ztp_core::canonical;
use ztp_yaml::Limits;

fuzz_target!(|file: &[u8]| {
    match ztp_yaml::read(file, "doc", &Limits::default()) {
        Ok(document) => {
            canonical::write(document.value()).expect("within the profile");
            assert!(document.locate("doc").line >= 1);
        }
        Err(error) => {
            let lines = file.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() + 1;
            assert!((1..=lines).contains(&error.position.line), "{error}");
        }
    }
});
