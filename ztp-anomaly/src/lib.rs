//! Does the bench behave as it did: four detectors that fold over the sealed log (camada 12).
