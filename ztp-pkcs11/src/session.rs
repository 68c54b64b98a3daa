//! From a URI to a session in which its key can be used.

use std::fs;
use std::io;
use std::path::Path;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::{Slot, TokenInfo};
use cryptoki::types::AuthPin;
use zeroize::Zeroizing;

use crate::TokenError;
use crate::uri::{PinSource, TokenUri};

/// Longest PIN file read.
const PIN_BYTES_MAX: u64 = 1024;

/// A token that was found, and its module.
pub(crate) struct Token {
    module: Pkcs11,
    slot: Slot,
    pub(crate) info: TokenInfo,
}

impl Token {
    /// Loads the module and finds the one token that fits.
    pub(crate) fn find(uri: &TokenUri) -> Result<Self, TokenError> {
        let module = load(&uri.module_path)?;
        let mut present = Vec::new();
        let mut fitting = Vec::new();
        for slot in module.get_slots_with_initialized_token()? {
            let info = module.get_token_info(slot)?;
            present.push(info.label().to_owned());
            if fits(uri, slot, &info) {
                fitting.push((slot, info));
            }
        }
        match (fitting.pop(), fitting.len()) {
            (Some((slot, info)), 0) => Ok(Self { module, slot, info }),
            (Some(_), others) => Err(TokenError::TokenAmbiguous { found: others + 1 }),
            (None, _) => Err(TokenError::TokenMissing { present: listed(&present) }),
        }
    }

    /// Opens a session and logs in, presenting the PIN once.
    pub(crate) fn session(&self, pin: Option<&AuthPin>, writable: bool) -> Result<Session, TokenError> {
        // Asked anew: another program may have used up the tries since.
        let info = self.module.get_token_info(self.slot)?;
        if info.user_pin_locked() {
            return Err(TokenError::PinLocked);
        }
        if info.user_pin_final_try() && pin.is_some() {
            return Err(TokenError::PinFinalTry);
        }
        let session = if writable {
            self.module.open_rw_session(self.slot)?
        } else {
            self.module.open_ro_session(self.slot)?
        };
        if info.login_required() {
            match session.login(UserType::User, pin) {
                Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(session)
    }
}

fn load(path: &Path) -> Result<Pkcs11, TokenError> {
    let failed = |reason: String| TokenError::Module { path: path.display().to_string(), reason };
    let module = Pkcs11::new(path).map_err(|error| failed(error.to_string()))?;
    match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(module),
        Err(error) => Err(failed(TokenError::from(error).to_string())),
    }
}

fn fits(uri: &TokenUri, slot: Slot, info: &TokenInfo) -> bool {
    let same = |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
    same(&uri.token, info.label())
        && same(&uri.manufacturer, info.manufacturer_id())
        && same(&uri.model, info.model())
        && same(&uri.serial, info.serial_number())
        && uri.slot_id.is_none_or(|wanted| wanted == slot.id())
}

/// The names as a message shows them.
fn listed(names: &[String]) -> String {
    let plain = |c: char| if c.is_control() { '?' } else { c };
    let names: Vec<String> =
        names.iter().take(16).map(|name| name.chars().take(64).map(plain).collect()).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// Reads the PIN.
pub(crate) fn pin(source: Option<&PinSource>) -> Result<Option<AuthPin>, TokenError> {
    let pin = match source {
        None => return Ok(None),
        Some(PinSource::Value(pin)) => pin.clone(),
        Some(PinSource::File(path)) => pin_file(path)?,
    };
    Ok(Some(AuthPin::new(pin.as_str().into())))
}

fn pin_file(path: &Path) -> Result<Zeroizing<String>, TokenError> {
    let place = path.display().to_string();
    let failed = |reason: String| TokenError::Pin { place: place.clone(), reason };
    let metadata = fs::metadata(path).map_err(|error| failed(error.to_string()))?;
    if !metadata.is_file() || metadata.len() > PIN_BYTES_MAX {
        return Err(failed("not a file of at most 1024 bytes".to_owned()));
    }
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0 {
        return Err(TokenError::PinExposed { place: place.clone() });
    }
    let text = fs::read_to_string(path).map_err(|error: io::Error| failed(error.to_string()))?;
    let text = Zeroizing::new(text);
    let pin = text.strip_suffix('\n').unwrap_or(&text);
    if pin.is_empty() || pin.contains('\n') {
        return Err(failed("expected one line".to_owned()));
    }
    Ok(Zeroizing::new(pin.to_owned()))
}

/// Finds the one private key that fits.
pub(crate) fn private_key(session: &Session, uri: &TokenUri) -> Result<ObjectHandle, TokenError> {
    let mut found = session.find_objects(&template(uri, ObjectClass::PRIVATE_KEY))?;
    match (found.pop(), found.len()) {
        (Some(key), 0) => Ok(key),
        (Some(_), others) => Err(TokenError::KeyAmbiguous { found: others + 1 }),
        (None, _) => {
            let keys = session.find_objects(&[Attribute::Class(ObjectClass::PRIVATE_KEY)])?;
            let labels: Vec<String> =
                keys.into_iter().filter_map(|key| label(session, key).ok().flatten()).collect();
            Err(TokenError::KeyMissing { present: listed(&labels) })
        }
    }
}

/// What an object of this class must have to fit.
pub(crate) fn template(uri: &TokenUri, class: ObjectClass) -> Vec<Attribute> {
    let mut template = vec![Attribute::Class(class)];
    template.extend(uri.object.as_ref().map(|label| Attribute::Label(label.as_bytes().to_vec())));
    template.extend(uri.id.as_ref().map(|id| Attribute::Id(id.clone())));
    template
}

/// The label of an object.
pub(crate) fn label(session: &Session, object: ObjectHandle) -> Result<Option<String>, TokenError> {
    let bytes = bytes(session, object, AttributeType::Label)?;
    Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}

/// An attribute of an object that is a string of bytes, if the token tells it.
pub(crate) fn bytes(
    session: &Session,
    object: ObjectHandle,
    kind: AttributeType,
) -> Result<Option<Vec<u8>>, TokenError> {
    let found = session.get_attributes(object, &[kind])?;
    Ok(found.into_iter().find_map(|attribute| match attribute {
        Attribute::Label(bytes)
        | Attribute::Id(bytes)
        | Attribute::EcPoint(bytes)
        | Attribute::EcParams(bytes)
        | Attribute::Modulus(bytes)
        | Attribute::PublicExponent(bytes) => Some(bytes).filter(|bytes| !bytes.is_empty()),
        _ => None,
    }))
}
