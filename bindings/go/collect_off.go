//go:build !ztp_debug

package ztp

func provokeCollection() {}
