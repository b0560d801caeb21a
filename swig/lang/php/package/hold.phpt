--TEST--
A secret is read, lent, locked, and gone after close
--EXTENSIONS--
osmemlock
--STDIN--
a secret
--FILE--
<?php
use osmemlock\LockedBuffer;

$key = LockedBuffer::from_fd(STDIN, 4096, osmemlock\TRIM_NEWLINE);
echo $key->size(), ' ', $key->expose(fn(string $bytes) => strtoupper($bytes)), ' ', $key->verify() & osmemlock\LOCKED ? 'locked' : 'not', "\n";
$key->close();
try { $key->get_byte(0); } catch (ValueError $error) { echo $error->getMessage(), "\n"; }
?>
--EXPECT--
8 A SECRET locked
OSML_ECLOSED: the buffer is closed.
