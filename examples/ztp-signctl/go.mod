module github.com/ztp-prem/ztp/examples/ztp-signctl

go 1.19

require github.com/ztp-prem/ztp/bindings/go v0.0.0

replace github.com/ztp-prem/ztp/bindings/go => ../../bindings/go
