use ztp_core::canonical::Value;
use ztp_core::code;

use crate::outcome::Outcome;
use crate::table::ABI_VERSION;

/// The version of the library and of its C ABI: `{"abi","schema":"ztp.version/1","version"}`.
pub fn version() -> Outcome {
    Outcome::object([
        ("abi", ABI_VERSION.into()),
        ("schema", "ztp.version/1".into()),
        ("version", env!("CARGO_PKG_VERSION").into()),
    ])
}

/// Every registered code: `{"codes":[{"action","area","meaning","name","number"}],"schema":"ztp.error-codes/1"}`.
pub fn error_codes() -> Outcome {
    let codes = code::REGISTRY.iter().map(|entry| {
        Value::object::<_, Value>([
            ("action", entry.action.into()),
            ("area", entry.area.as_str().into()),
            ("meaning", entry.meaning.into()),
            ("name", entry.name.into()),
            ("number", entry.number.into()),
        ])
    });
    Outcome::object([("codes", codes.collect::<Vec<_>>().into()), ("schema", "ztp.error-codes/1".into())])
}
