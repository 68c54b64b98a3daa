//! `ztp keys`.

use ztp_facade::keys_generate;

use crate::cli::KeysGenerateArgs;
use crate::document::{self, Document, object, string};
use crate::failure::Failure;
use crate::files;
use crate::ui::{Report, printable};

/// Members of `ztp.keys/1` that are printed; the private key is not among them.
const PUBLIC: [&str; 5] = ["key_id", "public_key", "public_key_pem", "suite", "vkey"];

/// Makes a key pair: the private half goes into a new file, the public half is printed.
pub(crate) fn generate(args: &KeysGenerateArgs) -> Result<Report, Failure> {
    let outcome = keys_generate(b"", args.name.as_bytes());
    if !outcome.is_ok() {
        return Err(Failure::of(outcome));
    }
    let keys = Document::parse(&outcome.document);
    let private_key = keys.text(&["private_key_pem"]).unwrap_or_default();
    files::create_private(&args.out, private_key.as_bytes())?;
    let [key_id, public_key, public_key_pem, suite, vkey] =
        PUBLIC.map(|name| (name, keys.text(&[name]).map(string)));
    let out = args.out.to_string_lossy();
    let file = ("file", Some(string(out.as_ref())));
    let schema = ("schema", Some(string("ztp.keys.generated/1")));
    let document = object([file, key_id, public_key, public_key_pem, schema, suite, vkey]);
    let shown = |name| keys.text(&[name]).unwrap_or_default();
    let text = format!(
        "private key: {} (mode 0600; whoever holds it signs in your name)\npublic key:  {}\nkey id:      {}\nverifier key: {}\n{}",
        printable(&out),
        shown("public_key"),
        shown("key_id"),
        shown("vkey"),
        shown("public_key_pem"),
    );
    Ok(Report::holds(document::bytes(&document), text))
}
