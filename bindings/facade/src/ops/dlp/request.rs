use ztp_core::canonical::{self, Limits, Value};
use ztp_core::schema::Fields;
use ztp_dlp::request::RequestHead;

use crate::error::FacadeError;
use crate::options;
use crate::outcome::{Outcome, failed};

/// Largest request document: four times what servers take of a head.
const LIMITS: Limits = Limits { bytes_max: 4 << 20, depth_max: 4 };

/// The head's name in errors.
const PATH: &str = "request";

/// Header names and values as they go over the wire.
pub(crate) type Headers = Vec<(Vec<u8>, Vec<u8>)>;

/// Reads the head of a request: `{"headers"?,"hop"?,"id"?,"method"?,"principal"?,"url","via"?}`.
///
/// `headers` is a list of `[name, value]`. `hop` counts redirects from 0, and `id` is the same for all hops of one call.
/// No member is repeated in an error: what is wrong with a request that is to be judged may be a secret.
pub(crate) fn head(bytes: &[u8]) -> Result<RequestHead, Outcome> {
    let value = canonical::read(bytes, &LIMITS).map_err(failed)?;
    let mut fields = Fields::open(&value, PATH).map_err(failed)?;
    let text = |fields: &mut Fields<'_>, name, missing: &str| {
        Ok::<_, Outcome>(options::text(fields, name)?.unwrap_or(missing).to_owned())
    };
    let head = RequestHead {
        headers: header_list(&mut fields, "headers")?,
        hop: match fields.optional("hop").map_err(failed)? {
            Some(_) => {
                u32::try_from(options::number(&mut fields, "hop", 0, u32::MAX.into())?).unwrap_or(u32::MAX)
            }
            None => 0,
        },
        id: text(&mut fields, "id", "")?,
        method: text(&mut fields, "method", "GET")?.into_bytes(),
        principal: text(&mut fields, "principal", "")?,
        url: fields.string("url").map_err(failed)?.as_bytes().to_vec(),
        via: text(&mut fields, "via", "")?,
    };
    fields.finish().map_err(failed)?;
    Ok(head)
}

/// What a stream is begun with.
pub(crate) enum Begun {
    /// Bytes that are no request, and of which nothing is known: no document.
    Bytes,
    /// The bytes of a file, for which the allow-list may have exceptions: `{"file"}`, its path.
    File(String),
    /// A request.
    Request(RequestHead),
}

/// Reads what a stream is begun with.
pub(crate) fn begun_with(bytes: &[u8]) -> Result<Begun, Outcome> {
    if bytes.is_empty() {
        return Ok(Begun::Bytes);
    }
    let value = canonical::read(bytes, &LIMITS).map_err(failed)?;
    if value.get("file").is_none() {
        return head(bytes).map(Begun::Request);
    }
    let mut fields = Fields::open(&value, PATH).map_err(failed)?;
    let path = fields.string("file").map_err(failed)?.to_owned();
    fields.finish().map_err(failed)?;
    Ok(Begun::File(path))
}

/// Reads what ends a stream: `{"cut"?,"trailers"?}`, or nothing at all. `cut` says that the body ended before its end.
pub(crate) fn trailers(bytes: &[u8]) -> Result<(Headers, bool), Outcome> {
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    let value = canonical::read(bytes, &LIMITS).map_err(failed)?;
    let mut fields = Fields::open(&value, "end").map_err(failed)?;
    let cut = match fields.optional("cut").map_err(failed)? {
        Some(_) => fields.boolean("cut").map_err(failed)?,
        None => false,
    };
    let trailers = header_list(&mut fields, "trailers")?;
    fields.finish().map_err(failed)?;
    Ok((trailers, cut))
}

fn header_list(fields: &mut Fields<'_>, name: &'static str) -> Result<Headers, Outcome> {
    if fields.optional(name).map_err(failed)?.is_none() {
        return Ok(Vec::new());
    }
    let pair = |(index, item): (usize, &Value)| match item.as_array() {
        Some([Value::String(key), Value::String(value)]) => Ok((wire(key), wire(value))),
        _ => Err(failed(FacadeError::DlpConfigValue {
            path: format!("{}[{index}]", fields_path(name)),
            what: "a list of two strings, name and value".to_owned(),
        })),
    };
    fields.array(name).map_err(failed)?.iter().enumerate().map(pair).collect()
}

fn fields_path(name: &str) -> String {
    format!("{PATH}.{name}")
}

/// A header's bytes. Programs hold them as text in which each character is a byte; text that has others is its UTF-8.
fn wire(text: &str) -> Vec<u8> {
    text.chars()
        .map(|c| u8::try_from(u32::from(c)))
        .collect::<Result<_, _>>()
        .unwrap_or_else(|_| text.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_has_the_bytes_that_go_over_the_wire() {
        let head =
            head(br#"{"headers":[["X","caf\u00e9"],["y","\u6771"]],"url":"https://example.com/"}"#).unwrap();
        let headers = [(b"X".to_vec(), b"caf\xe9".to_vec()), (b"y".to_vec(), "\u{6771}".as_bytes().to_vec())];
        assert_eq!(head.headers, headers);
        assert_eq!((head.method.as_slice(), head.hop, head.principal.as_str()), (&b"GET"[..], 0, ""));
    }

    #[test]
    fn a_head_of_another_form_is_refused_without_repeating_it() {
        for (document, code) in [
            (r#"{"method":"GET"}"#, "schema_missing_member"),
            (r#"{"url":7}"#, "schema_wrong_type"),
            (r#"{"url":"x","body":"hunter22hunter22"}"#, "schema_unknown_member"),
            (r#"{"url":"x","headers":[["hunter22hunter22"]]}"#, "dlp_config_value"),
            (r#"{"url":"x","hop":-1}"#, "option_out_of_range"),
        ] {
            let refused = head(document.as_bytes()).unwrap_err();
            assert_eq!(refused.name(), code, "{document}");
            assert!(!String::from_utf8_lossy(&refused.document).contains("hunter22"), "{document}");
        }
    }
}
