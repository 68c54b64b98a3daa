//! Does what is about to leave the bench carry one of its secrets, however dressed: the egress monitor (camada 11).
