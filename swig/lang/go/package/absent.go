// SPDX-License-Identifier: MIT OR Apache-2.0

//go:build !cgo || !linux

package osmemlock

// Nothing here could lock memory, so a program shall not compile, instead of failing when it runs.
var _ = osmemlock_is_for_Linux_and_needs_cgo__set_CGO_ENABLED_to_1_and_install_a_C_compiler
