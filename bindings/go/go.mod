module github.com/ztp-prem/ztp/bindings/go

go 1.19
