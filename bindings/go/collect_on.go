//go:build ztp_debug

package ztp

import "runtime"

// provokeCollection runs the garbage collector between taking a handle and using it, which turns a missing KeepAlive into a
// crash in the tests.
func provokeCollection() {
	runtime.GC()
	runtime.GC()
}
