//! What an issuer signs: licences.

use std::path::PathBuf;

use ztp_core::canonical::Value;
use ztp_core::digest::sha256;
use ztp_facade::{licence_sign, licence_sign_chained};

use super::succeeded;
use crate::cli::SignArgs;
use crate::document::{self, Document, object, string};
use crate::failure::Failure;
use crate::files;
use crate::ui::{Report, printable};

/// Signs a licence.
pub(crate) fn sign(args: &SignArgs) -> Result<Report, Failure> {
    let (payload, key) = (files::read(&args.input)?, super::key(&args.key)?);
    let envelope = match &args.certificate {
        None => succeeded(licence_sign(&payload, &key))?,
        Some(certificate) => {
            let read = |path: &PathBuf| files::read(path).map(|bytes| Document::parse(&bytes));
            let value = |document: Document| document.value(&[]).cloned().unwrap_or(Value::Null);
            let roots = args.roots.iter().map(|path| read(path).map(value)).collect::<Result<Vec<_>, _>>()?;
            let revocation = args.revocation.as_ref().map(read).transpose()?.map_or(Value::Null, value);
            let chain = object([
                ("certificate", Some(value(read(certificate)?))),
                ("revocation", Some(revocation)),
                ("roots", Some(roots.into())),
            ]);
            succeeded(licence_sign_chained(&payload, &key, &document::bytes(&chain)))?
        }
    };
    files::replace(&args.out, &envelope)?;
    let (digest, out) = (sha256(&envelope).to_string(), args.out.to_string_lossy());
    let document = object([
        ("file", Some(string(out.as_ref()))),
        ("schema", Some(string("ztp.licence.signed/1"))),
        ("sha256", Some(string(digest.as_str()))),
    ]);
    let text = format!("signed: {}\nsha256: {digest}\n", printable(&out));
    Ok(Report::holds(document::bytes(&document), text))
}
