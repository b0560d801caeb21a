// SPDX-License-Identifier: MIT OR Apache-2.0
// Holds a secret of 64 bytes that comes on descriptor 3: sodium-native, or a Buffer that is filled with zeros. It prints "ready PID", and a line makes
// it release the secret.
const fs = require('fs')
const SIZE = 64

const kinds = {
  buffer () {
    const bytes = Buffer.allocUnsafeSlow(SIZE)
    fs.readSync(3, bytes)
    return () => bytes.fill(0)
  },
  'sodium-native' () {
    const sodium = require('sodium-native')
    const bytes = sodium.sodium_malloc(SIZE)
    fs.readSync(3, bytes)
    return () => sodium.sodium_memzero(bytes)
  }
}

const release = kinds[process.argv[2]]()
console.log('ready ' + process.pid)
process.stdin.once('data', () => {
  release()
  console.log('ready 0')
  process.stdin.resume()
})
