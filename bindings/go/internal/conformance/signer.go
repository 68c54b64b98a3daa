//go:build ztp_signer

package main

import ztp "github.com/ztp-prem/ztp/bindings/go"

// The operations that only an issuer's libztp has.
func init() {
	for name, op := range map[string]operation{
		"licence_sign": {2, func(a []argument) ([]byte, error) { return ztp.LicenceSign(a[0], a[1].text()) }},
		"keys_public": {1, func(a []argument) ([]byte, error) {
			return ztp.KeysPublic(a[0].text())
		}},
		"custody_sign": {2, func(a []argument) ([]byte, error) {
			return ztp.CustodySign(a[0], a[1].text())
		}},
		"custody_cosign": {2, func(a []argument) ([]byte, error) {
			return ztp.CustodyCosign(a[0], a[1].text())
		}},
		"dlp_baseline": {3, func(a []argument) ([]byte, error) {
			return ztp.DlpBaseline(a[0], a[1], a[2].text())
		}},
		"licence_sign_chained": {3, func(a []argument) ([]byte, error) {
			return ztp.LicenceSignChained(a[0], a[1].text(), a[2])
		}},
	} {
		operations[name] = op
	}
}
