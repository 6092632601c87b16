//go:build pin

// Package kubo keeps the pinned IPFS node in go.mod; nothing here is compiled.
package kubo

import _ "github.com/ipfs/kubo/cmd/ipfs"
