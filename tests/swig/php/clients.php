<?php
// SPDX-License-Identifier: MIT OR Apache-2.0
// The process that is searched: clients.php CLIENT SEED SEED SOCKET PATH. What it says is told in tests/python/clients/victim.py. Which result a
// client must have, and what may be left of it, is in ../clients/clients.py.
declare(strict_types=1);

use osmemlock\LockedBuffer;

const MESSAGE = 'a message that everybody may read';
const SALT = 'sixteen byte salt';
[, $name, $lockedSeed, $ordinarySeed, $socket, $path] = $argv;
$socket = (int) $socket;
$alive = []; // what a client wants to be alive while its process is searched

function say(string $text): void
{
    echo $text, "\n";
    fgets(STDIN);
}

// $state * $factor + $more modulo 2^64, in pieces of 16 bits, the lowest first: PHP's numbers would become floats.
function step(array $state, array $factor, array $more): array
{
    $sum = $more;
    for ($i = 0; $i < 4; $i++) {
        for ($j = 0; $i + $j < 4; $j++) {
            $sum[$i + $j] += $state[$i] * $factor[$j];
        }
    }
    for ($i = 0; $i < 4; $i++) {
        $sum[$i + 1] = ($sum[$i + 1] ?? 0) + intdiv($sum[$i], 65536);
        $sum[$i] %= 65536;
    }
    return array_slice($sum, 0, 4);
}

// As tests/python/clients/control.py.
function control(string $seed): array
{
    $state = [0, 0, 0, 0];
    foreach (str_split($seed) as $digit) {
        $state = step($state, [10, 0, 0, 0], [(int) $digit, 0, 0, 0]);
    }
    $bytes = [];
    for ($i = 0; $i < 32; $i++) {
        $state = step($state, [0x7f2d, 0x4c95, 0xf42d, 0x5851], [0x814f, 0xf767, 0x7b7e, 0x1405]);
        $bytes[] = $state[3] >> 8;
    }
    return $bytes;
}

function exposed(callable $use): callable
{
    return fn(LockedBuffer $key) => $key->expose($use);
}

function stored(string $text): LockedBuffer
{
    $buffer = new LockedBuffer(strlen($text));
    $buffer->write(0, $text);
    return $buffer;
}

function words(LockedBuffer $b): LockedBuffer
{
    $header = $b->prefixed('Bearer ');
    return $header->part($header->find(0, ' ') + 1, 32);
}

function coded(LockedBuffer $b): LockedBuffer
{
    $text = $b->encode(osmemlock\BASE64);
    $text->decode(osmemlock\BASE64);
    return $text;
}

$sources = [
    'LockedBuffer::from_fd' => fn() => LockedBuffer::from_fd($socket, 4096),
    'LockedBuffer::from_file' => fn() => LockedBuffer::from_file($path, 4096),
    "file_get_contents('php://fd/3')" => function () use (&$alive, $socket) {
        return stored($alive[0] = file_get_contents("php://fd/$socket"));
    },
];
$uses = [
    'hash_hmac' => exposed(fn(string $s) => hash_hmac('sha256', MESSAGE, $s, true)),
    'hash' => exposed(fn(string $s) => hash('sha256', $s, true)),
    'hash_hkdf' => exposed(fn(string $s) => hash_hkdf('sha256', $s, 32, '', SALT)),
    'hash_pbkdf2' => exposed(fn(string $s) => hash_pbkdf2('sha256', $s, SALT, 1000, 32, true)),
    'openssl_encrypt, as key' => exposed(fn(string $s) => openssl_encrypt('hello', 'aes-256-ctr', $s, OPENSSL_RAW_DATA, str_repeat("\0", 16))),
    'openssl_encrypt, as plaintext' => exposed(
        fn(string $s) => openssl_encrypt($s, 'aes-256-ctr', str_repeat("\0", 32), OPENSSL_RAW_DATA, str_repeat("\0", 16)),
    ),
    'hash_equals' => exposed(fn(string $s) => var_export(hash_equals($s, str_repeat('x', 32)), true)),
    '$b->equal' => fn(LockedBuffer $b) => var_export($b->equal($b->part(0, 32)) && !$b->equal_bytes(str_repeat('x', 32)), true),
    '$b->prefixed, find, part' => words(...),
    '$b->encode, decode' => coded(...),
    '$b->write_fd' => fn(LockedBuffer $b) => $b->write_fd($socket),
    '$b->read' => function (LockedBuffer $b) use (&$alive) {
        return $alive[0] = $b->read(0, $b->size());
    },
    '"Bearer $s"' => exposed(fn(string $s) => "Bearer $s"),
    'json_encode' => exposed(fn(string $s) => json_encode([$s])),
    'file_put_contents' => exposed(function (string $s): string {
        file_put_contents('/dev/null', $s);
        return '';
    }),
];

// A buffer's content is told without telling it.
function textOf(mixed $result): string
{
    return $result instanceof LockedBuffer ? $result->expose(fn(string $s) => hash_hmac('sha256', 'fingerprint', $s, true)) : (string) $result;
}

$locked = new LockedBuffer(32);
foreach (control($lockedSeed) as $i => $byte) {
    $locked->set_byte($i, $byte);
}
$ordinary = pack('C*', ...control($ordinarySeed));
$source = $sources[$name] ?? null;
$key = $source ? new LockedBuffer(0) : LockedBuffer::from_fd($socket, 4096);
$answer = bin2hex(textOf($source ? $source() : $uses[$name]($key)));
gc_collect_cycles();
say("used $answer");
$alive = [];
unset($answer);
gc_collect_cycles();
$key->close();
say('closed');
$locked->close();
assert(strlen($ordinary) === 32); // until here
