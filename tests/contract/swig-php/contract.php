<?php
// SPDX-License-Identifier: MIT OR Apache-2.0
// The contract of ../README.md, told in PHP. `contract.php quota` is the child of scenario 24.
declare(strict_types=1);

use osmemlock\LockedBuffer;

final class NotSo extends Exception
{
}

function holds(bool $so, string $message = 'does not hold'): void
{
    if (!$so) {
        throw new NotSo($message);
    }
}

// The call must throw, an error of the module's or one that PHP has for types, with the code's name in front.
function refused(string $code, string $kind, callable $call): string
{
    try {
        $call();
    } catch (Throwable $error) {
        holds($error instanceof $kind && str_starts_with($error->getMessage(), $code), get_class($error) . ': ' . $error->getMessage());
        return $error->getMessage();
    }
    throw new NotSo('was not refused');
}

function live(): int
{
    return osmemlock\info(osmemlock\INFO_LIVE_BUFFERS);
}

function content(LockedBuffer $buffer): string
{
    return $buffer->read(0, $buffer->size());
}

function zeros(int $count): string
{
    return str_repeat("\0", $count);
}

function holding(string $bytes): LockedBuffer
{
    $buffer = new LockedBuffer(strlen($bytes));
    $buffer->write(0, $bytes);
    return $buffer;
}

function found(string $pattern, string $path): string
{
    holds(preg_match($pattern, file_get_contents($path), $match) === 1);
    return $match[1];
}

function vmlck(): int
{
    return (int)found('/VmLck:\s+(\d+)/', '/proc/self/status');
}

function soft(): string
{
    return found('/Max core file size\s+(\S+)/', '/proc/self/limits');
}

$scenarios = [];

$scenarios['born zero'] = function () {
    $b = new LockedBuffer(32);
    holds($b->size() === 32 && content($b) === zeros(32));
    $none = new LockedBuffer(0);
    holds($none->size() === 0 && content($none) === '');
};

$scenarios['bytes go in and out'] = function () {
    $b = new LockedBuffer(32);
    $b->write(5, "\0key\xff");
    holds(content($b) === zeros(5) . "\0key\xff" . zeros(22));
    $b->set_byte(31, 200);
    holds($b->get_byte(9) === 255 && $b->get_byte(31) === 200);
    $b->fill(0, 7, 2);
    $b->copy(2, $b, 0, 2);
    holds($b->read(0, 5) === "\7\7\7\7\0");
    $into = '12345';
    $other = $into;
    $b->read_into(5, $into);
    holds($into === "\0key\xff" && $other === '12345');
};

$scenarios['positions outside are refused'] = function () {
    $b = new LockedBuffer(8);
    foreach ([-1, 8, 2 ** 31, PHP_INT_MAX, PHP_INT_MIN, 2.0 ** 64] as $position) {
        refused('', Throwable::class, fn() => $b->get_byte($position));
        refused('', Throwable::class, fn() => $b->set_byte($position, 1));
        refused('', Throwable::class, fn() => $b->write($position, 'x'));
        refused('', Throwable::class, fn() => $b->read($position, 1));
    }
    foreach ([[7, 2], [0, 9], [8, 1], [1, PHP_INT_MAX], [PHP_INT_MAX, 2]] as [$offset, $count]) {
        refused('OSML_ERANGE', OutOfBoundsException::class, fn() => $b->read($offset, $count));
        refused('OSML_ERANGE', OutOfBoundsException::class, fn() => $b->fill($offset, 1, $count));
    }
    refused('OSML_ERANGE', OutOfBoundsException::class, fn() => $b->write(4, '12345'));
    refused('OSML_EINVAL', ValueError::class, fn() => $b->set_byte(0, 256));
    holds(content($b) === zeros(8));
};

$scenarios['wrong arguments are refused'] = function () {
    $before = live();
    foreach ([1.5, 1e300, NAN, '8', 'text', [], true, null, new stdClass()] as $size) {
        refused('expected int', TypeError::class, fn() => new LockedBuffer($size));
    }
    foreach ([-1, PHP_INT_MIN] as $size) {
        refused('', ValueError::class, fn() => new LockedBuffer($size));
    }
    refused('', RuntimeException::class, fn() => new LockedBuffer(2 ** 62));
    refused('', ArgumentCountError::class, fn() => new LockedBuffer());
    refused('OSML_EINVAL', ValueError::class, fn() => new LockedBuffer(8, 1 << 31));
    refused('OSML_EINVAL', ValueError::class, fn() => new LockedBuffer(8, osmemlock\DEFAULT_PROTECTIONS, 99));
    $b = new LockedBuffer(8);
    refused('', TypeError::class, fn() => $b->write(0, null));
    refused('', TypeError::class, fn() => $b->write(0, 12));
    refused('OSML_EINVAL', ValueError::class, fn() => $b->equal(null));
    refused('', TypeError::class, fn() => $b->equal('text'));
    refused('', TypeError::class, fn() => $b->equal(new stdClass()));
    refused('', ValueError::class, fn() => LockedBuffer::from_file("a\0b", 8));
    holds(live() === $before + 1);
};

$scenarios['close wipes'] = function () {
    $b = holding('key');
    $before = live();
    holds(!$b->closed());
    $b->close();
    holds($b->closed() && live() === $before - 1);
};

$scenarios['close twice'] = function () {
    $b = new LockedBuffer(8);
    $b->close();
    $b->close();
    holds($b->closed());
};

$scenarios['closed is refused'] = function () {
    $b = new LockedBuffer(8);
    $other = new LockedBuffer(8);
    $text = 'x';
    $b->close();
    $calls = [
        fn() => $b->write(0, 'x'), fn() => $b->read(0, 1), fn() => $b->read_into(0, $text), fn() => $b->get_byte(0),
        fn() => $b->set_byte(0, 1), fn() => $b->fill(0, 1, 1), fn() => $b->random(0, 8), fn() => $b->copy(0, $other, 0, 1), fn() => $other->copy(0, $b, 0, 1),
        fn() => $b->wipe(), fn() => $b->equal($other), fn() => $other->equal($b), fn() => $b->protect(osmemlock\ACCESS_READ),
        fn() => $b->protections(), fn() => $b->verify(), fn() => $b->decode(osmemlock\HEX), fn() => $b->encode(osmemlock\HEX),
        fn() => $b->part(0, 1), fn() => $b->joined($b), fn() => $b->prefixed('x'), fn() => $b->suffixed('x'), fn() => $b->find(0, 'x'),
        fn() => $b->equal_bytes('x'), fn() => $b->write_fd(1), fn() => $b->read_fd(0, 1, 0), fn() => $b->piped('cat', 9),
    ];
    foreach ($calls as $call) {
        refused('OSML_ECLOSED', ValueError::class, $call);
    }
    holds($b->closed() && $b->size() === 8);
};

// PHP's own way is try ... finally; besides, the last reference that goes frees the buffer.
$scenarios['the scope closes'] = function () {
    $b = new LockedBuffer(8);
    try {
        $b->write(0, 'x');
    } finally {
        $b->close();
    }
    holds($b->closed());
    $before = live();
    refused('mine', LogicException::class, function () {
        $local = new LockedBuffer(8);
        try {
            throw new LogicException('mine');
        } finally {
            $local->close();
        }
    });
    holds(live() === $before);
    (fn() => new LockedBuffer(8))();
    holds(live() === $before);
};

$scenarios["the user's error survives"] = function () {
    $mine = new LogicException('mine');
    $caught = null;
    try {
        $b = new LockedBuffer(8);
        try {
            $b->close();
            throw $mine;
        } finally {
            $b->close();
        }
    } catch (LogicException $error) {
        $caught = $error;
    }
    holds($caught === $mine && $caught->getPrevious() === null);
};

// In rings, which only the collector takes apart.
$scenarios['dropped is collected'] = function () {
    gc_collect_cycles();
    $before = live();
    for ($i = 0; $i < 100; $i++) {
        $ring = new stdClass();
        $ring->self = $ring;
        $ring->buffer = new LockedBuffer(32);
    }
    holds(live() === $before + 100);
    unset($ring);
    gc_collect_cycles();
    holds(live() === $before);
};

$scenarios['equal'] = function () {
    [$a, $b, $longer] = [holding('same bytes'), holding('same bytes'), holding('same bytes!')];
    holds($a->equal($b) && !$a->equal($longer));
    $b->set_byte(9, $b->get_byte(9) ^ 1);
    holds(!$a->equal($b));
    $b->close();
    refused('OSML_ECLOSED', ValueError::class, fn() => $a->equal($b));
};

$scenarios['random'] = function () {
    [$a, $b] = [new LockedBuffer(32), new LockedBuffer(32)];
    $a->random(0, 32);
    $b->random(0, 32);
    holds(!$a->equal($b) && content($a) !== zeros(32) && content($b) !== zeros(32));
};

$scenarios['wipe'] = function () {
    $b = holding('key');
    $b->wipe();
    holds(content($b) === zeros(3) && !$b->closed());
};

$scenarios['protections are true'] = function () {
    $wanted = osmemlock\LOCKED | osmemlock\NODUMP | osmemlock\WIPEONFORK | osmemlock\CANARY;
    $b = new LockedBuffer(32);
    holds($wanted === osmemlock\DEFAULT_PROTECTIONS);
    holds(($b->protections() & $wanted) === $wanted && ($b->verify() & $wanted) === $wanted);
};

$scenarios['guarded buffers can be shut'] = function () {
    $b = new LockedBuffer(8, osmemlock\DEFAULT_PROTECTIONS | osmemlock\GUARDED);
    $b->protect(osmemlock\ACCESS_READ);
    holds($b->get_byte(0) === 0);
    refused('OSML_EACCESS', RuntimeException::class, fn() => $b->write(0, 'x'));
    $b->protect(osmemlock\ACCESS_NONE);
    refused('OSML_EACCESS', RuntimeException::class, fn() => $b->get_byte(0));
    refused('OSML_EACCESS', RuntimeException::class, fn() => $b->write(0, 'x'));
    $b->protect(osmemlock\ACCESS_READWRITE);
    $b->write(0, 'x');
    holds($b->read(0, 1) === 'x');
    refused('OSML_EUNSUPPORTED', RuntimeException::class, fn() => (new LockedBuffer(8))->protect(osmemlock\ACCESS_READ));
};

$scenarios['from a file'] = function () {
    $path = tempnam(sys_get_temp_dir(), 'osmemlock');
    file_put_contents($path, "the key\n");
    holds(content(LockedBuffer::from_file($path, 100)) === "the key\n");
    holds(content(LockedBuffer::from_file($path, 8, osmemlock\TRIM_NEWLINE)) === 'the key');
    refused('OSML_ETOOBIG', ValueError::class, fn() => LockedBuffer::from_file($path, 7));
    refused('OSML_EEMPTY', ValueError::class, fn() => LockedBuffer::from_file("/dev/null", 7));
    unlink($path);
    foreach ([fn() => LockedBuffer::from_file($path, 7), fn() => LockedBuffer::from_credential('no-such-credential', 7)] as $call) {
        try {
            $call();
            holds(false, 'was not refused');
        } catch (RuntimeException $error) {
            holds($error->getCode() === 2 && str_starts_with($error->getMessage(), 'ENOENT')); // ENOENT is 2 everywhere
        }
    }
};

$scenarios['from a descriptor, and out again'] = function () {
    [$reader, $writer] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
    $b = holding("\0through\0a pipe\0");
    $b->write_fd($writer);
    $b->write_fd($writer);
    fclose($writer);
    $part = new LockedBuffer(20);
    holds($part->read_fd(2, 16, $reader) === 16 && str_starts_with(content($part), "\0\0\0t"));
    refused('OSML_ERANGE', OutOfBoundsException::class, fn() => $part->read_fd(19, 2, $reader));
    holds($b->equal(LockedBuffer::from_fd($reader, 100)));
    fclose($reader);
    refused('', TypeError::class, fn() => LockedBuffer::from_fd($reader, 100));
    refused('EBADF', RuntimeException::class, fn() => LockedBuffer::from_fd(-1, 100));
    holds(osmemlock\fd_from_os_handle(1) === 1);
    refused('OSML_EINVAL', ValueError::class, fn() => osmemlock\fd_from_os_handle(-1));
};

$scenarios['from the environment'] = function () {
    putenv('OSML_CONTRACT=out of the environment');
    holds(content(LockedBuffer::from_env('OSML_CONTRACT', 100)) === 'out of the environment');
    holds(getenv('OSML_CONTRACT') === false);
    refused('ENOENT', RuntimeException::class, fn() => LockedBuffer::from_env('OSML_CONTRACT', 100));
    refused('OSML_EINVAL', ValueError::class, fn() => LockedBuffer::from_env(null, 100));
};

$scenarios['decode'] = function () {
    [$hex, $base64, $neither] = [holding('00ff6B'), holding('AP9r/w=='), holding('neither!')];
    $base32 = holding("ad7w x7y\n");
    $hex->decode(osmemlock\HEX);
    $base64->decode(osmemlock\BASE64);
    $base32->decode(osmemlock\BASE32);
    holds(content($hex) === "\0\xffk" && content($base64) === "\0\xffk\xff" && content($base32) === "\0\xffk\xff");
    holds(str_contains(refused('OSML_EFORMAT', ValueError::class, fn() => $neither->decode(osmemlock\HEX)), 'Line 1'));
    refused('OSML_EFORMAT', ValueError::class, fn() => $neither->decode(osmemlock\BASE64));
    holds(content($neither) === 'neither!');
};

$scenarios['locks by address'] = function () {
    $own = str_repeat('x', 2 ** 20);
    $before = vmlck();
    osmemlock\mlock($own);
    holds(vmlck() >= $before + 1024);
    osmemlock\munlock($own);
    holds(vmlck() === $before);
    osmemlock\madvise_dontdump($own);
    osmemlock\wipe($own);
    holds($own === zeros(2 ** 20));
    refused('', TypeError::class, fn() => osmemlock\mlock(12));
    refused('', TypeError::class, fn() => osmemlock\mlock(null));
};

$scenarios['core dumps off and on'] = function () {
    $before = soft();
    holds($before !== '0', 'the program must start with core dumps on');
    $guard = osmemlock\disable_core_dumps_with_guard();
    holds(soft() === '0');
    unset($guard);
    holds(soft() === $before);
    [$first, $second] = [osmemlock\disable_core_dumps_with_guard(), osmemlock\disable_core_dumps_with_guard()];
    $first->release();
    holds(soft() === '0');
    $second->release();
    $second->release();
    holds(soft() === $before);
    osmemlock\disable_core_dumps_for_process();
    holds(soft() === '0');
};

$scenarios['Windows helpers'] = function () {
    holds([osmemlock\SEM_FAILCRITICALERRORS, osmemlock\SEM_NOGPFAULTERRORBOX, osmemlock\SEM_NOOPENFILEERRORBOX] === [1, 2, 0x8000]);
    refused('OSML_EUNSUPPORTED', RuntimeException::class, fn() => osmemlock\set_windows_error_mode(1));
    refused('OSML_EUNSUPPORTED', RuntimeException::class, fn() => osmemlock\suppress_windows_error_dialogs_for_process());
};

$scenarios['the report'] = function () {
    gc_collect_cycles();
    holds(osmemlock\info(osmemlock\INFO_PAGE_SIZE) === (int)shell_exec('getconf PAGESIZE'));
    holds(live() === 0);
    $b = new LockedBuffer(8);
    holds(live() === 1);
    $b->close();
    holds(live() === 0 && osmemlock\UNLIMITED === -1); // PHP has no unsigned numbers
    holds(preg_match('/^\d+\.\d+\.\d+(-\w+)?$/', osmemlock\version()) === 1 && osmemlock\error_name(-10001) === 'OSML_EUNSUPPORTED');
    refused('OSML_EINVAL', ValueError::class, fn() => osmemlock\info(999));
};

$scenarios['the lock limit is explained'] = function () {
    $command = [getenv('OSML_QUOTA'), PHP_BINARY, __FILE__, 'quota'];
    $message = shell_exec(implode(' ', array_map('escapeshellarg', $command)));
    foreach (['OSML_ELIMIT', '65536', 'ulimit -l'] as $word) {
        holds(str_contains($message, $word), $message);
    }
};

$scenarios['purge closes everything'] = function () {
    $ended = [holding('secret'), new LockedBuffer(100000, osmemlock\DEFAULT_PROTECTIONS | osmemlock\GUARDED)];
    osmemlock\purge();
    holds(live() === 0);
    foreach ($ended as $b) {
        holds($b->closed());
        refused('OSML_ECLOSED', ValueError::class, fn() => $b->get_byte(0));
        $b->close();
    }
    $new = holding('new');
    holds(live() === 1 && content($new) === 'new');
    osmemlock\purge();
};

$scenarios['trim gives idle memory back'] = function () {
    $figures = fn() => [osmemlock\info(osmemlock\INFO_IDLE_BYTES), osmemlock\info(osmemlock\INFO_LIBRARY_LOCKED_BYTES)];
    [$stays, $made] = [holding('stays'), array_map(fn() => new LockedBuffer(1000), range(1, 100))];
    foreach ($made as $b) {
        $b->close();
    }
    [$idle, $locked] = $figures();
    osmemlock\trim();
    [$idle_now, $locked_now] = $figures();
    holds($idle_now < $idle && $locked_now < $locked && content($stays) === 'stays');
};

$scenarios['encode'] = function () {
    $b = holding("\0\xffk\xff");
    $texts = [osmemlock\HEX => '00ff6bff', osmemlock\BASE64 => 'AP9r/w==', osmemlock\BASE64URL => 'AP9r_w', osmemlock\BASE32 => 'AD7WX7Y='];
    foreach ($texts as $coding => $text) {
        $encoded = $b->encode($coding);
        holds(content($encoded) === $text);
        $encoded->decode($coding);
        holds($encoded->equal($b));
    }
    refused('OSML_EINVAL', ValueError::class, fn() => $b->encode(0));
};

$scenarios['words around a secret'] = function () {
    $b = holding('t0k3n');
    $header = $b->prefixed('Bearer ')->suffixed("\r\n");
    $twice = $b->joined($b);
    holds(content($b) === 't0k3n' && content($header) === "Bearer t0k3n\r\n" && content($twice) === 't0k3nt0k3n');
    holds(content($header->part(7, 5)) === 't0k3n');
    holds($header->find(0, 't0k3n') === 7 && $header->find(8, 't0k3n') === -1 && $twice->find(1, 't0') === 5);
    holds($b->equal_bytes('t0k3n') && !$b->equal_bytes('t0k3N') && !$b->equal_bytes('t0k3'));
    refused('OSML_ERANGE', OutOfBoundsException::class, fn() => $b->part(1, 5));
    $memory = implode(['ta', 'ken']);
    holds(content(LockedBuffer::take($memory)) === 'taken' && $memory === str_repeat("\0", 5));
};

$scenarios['used in place'] = function () {
    $b = holding('secret');
    $kept = null;
    holds($b->expose(function (string $bytes) use (&$kept) {
        $kept = $bytes;
        return strrev($bytes);
    }) === 'terces' && $kept === '');
    try {
        $b->expose(fn() => throw new DomainException('mine'));
        holds(false);
    } catch (DomainException $mine) {
        holds($mine->getMessage() === 'mine');
    }
    refused('OSML_ECLOSED', ValueError::class, fn() => $b->expose(fn() => $b->close() ?? 7));
    refused('OSML_ECLOSED', ValueError::class, fn() => $b->expose(fn() => throw new Exception('lent')));
};

$scenarios['from a command'] = function () {
    $run = fn(int $most, string ...$argv) => LockedBuffer::from_command(implode("\0", $argv), $most);
    holds(content($run(100, 'printf', '%s', '$HOME; `id`')) === '$HOME; `id`');
    $long = new LockedBuffer(300000);
    holds($long->equal($long->piped('cat', 300000)));
    holds(str_contains(refused('OSML_ECOMMAND', RuntimeException::class, fn() => $long->piped("sh\0-c\0exit 3", 9)), 'exit status was 3'));
    refused('OSML_ETOOBIG', ValueError::class, fn() => $run(3, 'echo', 'long'));
    refused('OSML_EEMPTY', ValueError::class, fn() => $run(3, 'true'));
    refused('ENOENT', RuntimeException::class, fn() => $run(3, '/nonexistent/program'));
};

if (($argv[1] ?? '') === 'quota') {
    echo refused('OSML_ELIMIT', RuntimeException::class, fn() => new LockedBuffer(2 ** 20)), "\n";
    exit;
}
echo '1..', count($scenarios), "\n";
foreach (array_keys($scenarios) as $index => $name) {
    $number = $index + 1;
    try {
        $scenarios[$name]();
        echo "ok $number - $name\n";
    } catch (Throwable $error) {
        echo "not ok $number - $name\n# ", str_replace("\n", "\n# ", (string)$error), "\n";
    }
}
