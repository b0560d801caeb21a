<?php
// SPDX-License-Identifier: MIT OR Apache-2.0
// What must never crash: each runs in a child, whose exit status is looked at. test_safety.php [NAME]: NAME is what the child runs.
declare(strict_types=1);

use osmemlock\CoreDumpsGuard;
use osmemlock\LockedBuffer;

class Forgetful extends LockedBuffer
{
    public function __construct()
    {
    }
}

// refused(CALL): why.
function refused(callable $call): string
{
    try {
        $call();
    } catch (Throwable $error) {
        return $error->getMessage();
    }
    throw new Exception('was not refused');
}

// A socket with "text" in a line, the secret, and nothing more to come.
function filled(): mixed
{
    [$reader, $writer] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
    fwrite($writer, "text\nthe secret");
    fclose($writer);
    return $reader;
}

function contents(LockedBuffer $b): string
{
    return $b->read(0, $b->size());
}

function live(): int
{
    return osmemlock\info(osmemlock\INFO_LIVE_BUFFERS);
}

function expect(mixed $found, mixed $wanted): void
{
    if ($found !== $wanted) {
        throw new Exception(var_export($found, true) . ' instead of ' . var_export($wanted, true));
    }
}

function leak(): void
{
    $GLOBALS['leaked'] = [new LockedBuffer(32), new LockedBuffer(100000), osmemlock\disable_core_dumps_with_guard()];
}

// run_child(NAME, COMMAND...): 0 when it ended well; a signal is 128 and more.
function run_child(string $name, string ...$wrapper): int
{
    $command = [...$wrapper, PHP_BINARY, '-d', 'zend.exception_ignore_args=0', __FILE__, $name];
    passthru(implode(' ', array_map('escapeshellarg', $command)), $status);
    return $status;
}

$tests = [];

$tests['use_after_close'] = function () {
    $b = new LockedBuffer(8);
    $b->close();
    $b->close();
    foreach (['wipe', 'verify', 'protections'] as $method) {
        refused(fn() => $b->$method());
    }
};

$tests['null_and_foreign_objects'] = function () {
    $b = new LockedBuffer(8);
    $guard = osmemlock\disable_core_dumps_with_guard();
    foreach ([null, 'text', 12, 1.5, [], STDOUT, new stdClass(), $guard, new Forgetful(), fn() => 1] as $foreign) {
        refused(fn() => $b->equal($foreign));
        refused(fn() => $b->copy(0, $foreign, 0, 1));
        refused(fn() => $b->get_byte($foreign === 12 ? -12 : $foreign));
        refused(fn() => $b->read_into(0, $foreign === 'text' ? null : $foreign));
    }
    foreach ([null, 12, "a\0b", []] as $foreign) {
        refused(fn() => LockedBuffer::from_file($foreign, 9));
    }
    $closed = fopen('php://memory', 'r');
    refused(fn() => LockedBuffer::from_fd($closed, 9));
    fclose($closed);
    refused(fn() => LockedBuffer::from_fd($closed, 9));
};

$tests['never_constructed_or_twice'] = function () {
    foreach ([new Forgetful(), (new ReflectionClass(LockedBuffer::class))->newInstanceWithoutConstructor()] as $empty) {
        foreach (['wipe', 'close', 'closed', 'protections'] as $method) {
            refused(fn() => $empty->$method());
        }
        expect($empty->size(), 0);
    }
    refused(fn() => (new ReflectionClass(CoreDumpsGuard::class))->newInstanceWithoutConstructor()->release());
    $b = new LockedBuffer(8);
    refused(fn() => $b->__construct(8));
    expect(live(), 1);
};

$tests['properties'] = function () {
    $b = new LockedBuffer(8);
    refused(fn() => $b->thisown = false);
    foreach (['__get', '__set', '__isset'] as $method) {
        foreach ([1, [], null, 'thisown'] as $name) {
            refused(fn() => $b->$method($name, false));
        }
    }
    unset($b);
    expect(live(), 0);
};

$tests['copies_and_texts'] = function () {
    $b = new LockedBuffer(8);
    $b->write(0, 'contents');
    refused(fn() => clone $b);
    refused(fn() => serialize($b));
    refused(fn() => unserialize('O:22:"osmemlock\LockedBuffer":0:{}'));
    refused(fn() => (string)$b);
    foreach ([print_r($b, true), var_export($b, true), json_encode($b)] as $text) {
        expect(str_contains($text, 'contents'), false);
    }
    expect(live(), 1);
};

// What was to be written is not in the trace of the refusal; the control is a function of PHP that says nothing about its argument.
$tests['no_secret_in_a_trace'] = function () {
    $secret = implode('', array_map('chr', range(97, 120)));
    $traces = [];
    try {
        (new LockedBuffer(1))->write(0, $secret);
    } catch (OutOfBoundsException $error) {
        $traces[] = print_r($error->getTrace(), true);
    }
    try {
        array_combine([$secret], []);
    } catch (ValueError $error) {
        $traces[] = print_r($error->getTrace(), true);
    }
    expect(array_map(fn($trace) => str_contains($trace, $secret), $traces), [false, true]);
};

$tests['a_destructor_uses_it'] = function () {
    $holder = new class {
        public ?LockedBuffer $buffer;
        public ?object $ring;

        public function __destruct()
        {
            $this->buffer->write(0, 'x');
            $GLOBALS['kept'] = $this->buffer;
        }
    };
    $holder->buffer = new LockedBuffer(8);
    $holder->ring = $holder;
    unset($holder);
    gc_collect_cycles();
    $GLOBALS['kept']->write(0, 'y');
    unset($GLOBALS['kept']);
    expect(live(), 0);
};

$tests['garbage_holds_the_quota'] = function () {
    if (getenv('OSML_QUOTA_SET') === false) {
        putenv('OSML_QUOTA_SET=1');
        expect(run_child('garbage_holds_the_quota', getenv('OSML_QUOTA')), 0);
        return;
    }
    gc_disable();
    for ($i = 0; $i < 10; $i++) {
        $ring = new stdClass();
        $ring->self = $ring;
        $ring->buffer = new LockedBuffer(40000);
        unset($ring);
    }
};

$tests['strings_that_others_share'] = function () {
    $b = new LockedBuffer(4);
    $b->write(0, 'abcd');
    $literal = 'xxxx';
    $b->read_into(0, $literal);
    $copy = $literal;
    osmemlock\wipe($literal);
    expect([$literal, $copy, 'xxxx'], ["\0\0\0\0", 'abcd', implode('', ['xx', 'xx'])]);
    $array = ['key' => str_repeat('k', 4)];
    osmemlock\wipe($array['key']);
    expect($array['key'], "\0\0\0\0");
};

$tests['a_stream_that_has_read_ahead'] = function () {
    foreach ([fgets(...), fgetc(...), fn($stream) => fread($stream, 1)] as $read) {
        $stream = filled();
        $read($stream);
        expect(
            refused(fn() => LockedBuffer::from_fd($stream, 100)),
            'the stream has read ahead; read nothing from it before, or call stream_set_chunk_size() with 1 first',
        );
        stream_set_chunk_size($stream = filled(), 1);
        expect($read($stream) . contents(LockedBuffer::from_fd($stream, 100)), "text\nthe secret");
    }
};

// What a socket has read ahead does not matter to what is written.
// What goes past PHP, by this module or by echo, is not overwritten, and PHP knows afterwards where it is.
$tests['writing_to_a_file'] = function () {
    $b = new LockedBuffer(6);
    $b->write(0, 'secret');
    $file = tmpfile();
    fwrite($file, "k=");
    $b->write_fd($file);
    $b->write_fd($file);
    expect(ftell($file), 14);
    fwrite($file, "\nend\n");
    rewind($file);
    expect(stream_get_contents($file), "k=secretsecret\nend\n");
    ftruncate($file, 0);
    rewind($file);
    fwrite($file, "1\n2\n3\n4\n5\n6\n7\n8\n");
    rewind($file);
    fgets($file);
    $b->write_fd($file);
    expect(fgets($file), "5\n");
    fwrite($file, 'X');
    rewind($file);
    expect(stream_get_contents($file), "1\nsecret5\nX\n7\n8\n");
    $program = 'echo "header\n"; (new osmemlock\LockedBuffer(2))->write_fd(STDOUT); echo "\nend"; (new osmemlock\LockedBuffer(1))->write_fd(STDOUT);';
    $path = stream_get_meta_data($file)['uri'];
    exec(PHP_BINARY . ' -r ' . escapeshellarg($program) . ' >' . escapeshellarg($path));
    expect(file_get_contents($path), "header\n\0\0\nend\0");
};
// PHP would put it into a file of its own.
$tests['what_php_has_in_memory'] = function () {
    $b = new LockedBuffer(6);
    $files = fn() => preg_grep('~/php[^/]*$~', array_map(fn($fd) => @readlink("/proc/self/fd/$fd"), scandir('/proc/self/fd')));
    $before = $files(); // the output may go to a file of such a name
    foreach (['php://temp', 'php://memory', 'data:,secret'] as $uri) {
        $stream = fopen($uri, 'r+');
        refused(fn() => LockedBuffer::from_fd($stream, 100));
        refused(fn() => $b->write_fd($stream));
    }
    expect($files(), $before);
};
$tests['writing_to_a_stream_that_has_read_ahead'] = function () {
    $b = new LockedBuffer(10);
    $b->write(0, 'the secret');
    [$near, $far] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
    fwrite($far, "text\nmore");
    fgets($near);
    $b->write_fd($near);
    expect([fread($far, 10), fread($near, 4), error_get_last()], ['the secret', 'more', null]);
};

// PHP itself refuses filters, but takes what a wrapper written in PHP hands out for stream_select().
$tests['a_stream_that_changes_what_passes'] = function () {
    $wrapper = new class {
        public $context;

        public function stream_open(): bool
        {
            return true;
        }

        public function stream_cast(): mixed
        {
            return $GLOBALS['below'];
        }
    };
    stream_wrapper_register('changes', $wrapper::class);
    $b = new LockedBuffer(8);
    $GLOBALS['below'] = tmpfile();
    stream_filter_append($filtered = tmpfile(), 'string.rot13');
    $zipped = fopen('compress.zlib://' . stream_get_meta_data($filtered)['uri'], 'w');
    foreach ([$filtered, $zipped, fopen('changes://', 'r+')] as $stream) {
        expect(refused(fn() => $b->write_fd($stream)), 'the resource has no descriptor of its own');
        expect(refused(fn() => LockedBuffer::from_fd($stream, 8)), 'the resource has no descriptor of its own');
    }
};

// run_restricted(NAME, SETTING...): the test again, with settings that PHP takes only when it starts; false in there.
function run_restricted(string $name, string ...$settings): bool
{
    if (getenv('OSML_RESTRICTED') !== false) {
        return false;
    }
    putenv('OSML_RESTRICTED=1');
    $options = array_merge(...array_map(fn($setting) => ['-d', $setting], $settings));
    passthru(implode(' ', array_map('escapeshellarg', [PHP_BINARY, ...$options, __FILE__, $name])), $status);
    expect($status, 0);
    return true;
}

$tests['files_outside_of_open_basedir'] = function () {
    $inside = sys_get_temp_dir() . '/osmemlock-' . getmypid();
    if (getenv('OSML_RESTRICTED') === false) {
        mkdir($inside);
        file_put_contents("$inside/secret", 'the secret');
        symlink('/etc/hostname', "$inside/link");
        putenv("INSIDE=$inside");
    }
    if (run_restricted('files_outside_of_open_basedir', "open_basedir=$inside")) {
        array_map('unlink', ["$inside/secret", "$inside/link"]);
        rmdir($inside);
        return;
    }
    $inside = getenv('INSIDE');
    expect([contents(LockedBuffer::from_file("$inside/secret", 100)), @file_get_contents("$inside/link")], ['the secret', false]);
    putenv("CREDENTIALS_DIRECTORY=$inside");
    expect(contents(LockedBuffer::from_credential('secret', 100)), 'the secret');
    foreach (['/etc/hostname', "$inside/../../etc/hostname", "$inside/link", '/nowhere'] as $path) {
        expect(refused(fn() => LockedBuffer::from_file($path, 1000)), 'EPERM: open_basedir does not allow the file');
    }
    expect(refused(fn() => LockedBuffer::from_credential('link', 1000)), 'EPERM: open_basedir does not allow the file');
    putenv('CREDENTIALS_DIRECTORY=/etc');
    expect(refused(fn() => LockedBuffer::from_credential('hostname', 1000)), 'EPERM: open_basedir does not allow the file');
    expect(live(), 0);
};

$tests['no_program_where_proc_open_is_disabled'] = function () {
    $runs = [fn() => LockedBuffer::from_command("echo\0-n\0text", 100), fn() => holding('text')->piped('cat', 100)];
    if (run_restricted('no_program_where_proc_open_is_disabled', 'disable_functions=proc_open')) {
        expect(array_map(fn($run) => contents($run()), $runs), ['text', 'text']);
        return;
    }
    eval('function proc_open() {}');
    foreach ($runs as $run) {
        expect(refused($run), 'EPERM: disable_functions has proc_open, and so no program is run');
    }
};

function holding(string $text): LockedBuffer
{
    $b = new LockedBuffer(strlen($text));
    $b->write(0, $text);
    return $b;
}

function hmac(string $key): string
{
    return hash_hmac('sha256', 'message', $key);
}

// L5: with == PHP itself takes any two objects without properties for equal.
$tests['compared'] = function () {
    [$b, $same, $other] = [holding('secret'), holding('secret'), holding('SECRET')];
    expect([$b == $same, $b == $other, $b != $other, $b == $b, $b === $same], [true, false, true, true, false]);
    expect([in_array($b, [$other]), in_array($b, [$other, $same]), array_search($same, [$other, $b])], [false, true, 1]);
    expect([$b < $other, $b > $other, $b <=> $same], [false, false, 0]);
    expect([$b == 'secret', $b == null, $b == new stdClass(), $b == new LockedBuffer(0)], [false, false, false, false]);
    switch ($b) {
        case $other:
            throw new Exception('taken for another');
    }
    [$guard, $second] = [osmemlock\disable_core_dumps_with_guard(), osmemlock\disable_core_dumps_with_guard()];
    expect([$guard == $second, $guard == $guard, $guard == $b], [false, true, false]);
    $other->close();
    expect(strtok(refused(fn() => $b == $other), ':'), 'OSML_ECLOSED');
    expect(strtok(refused(fn() => in_array($b, [$other])), ':'), 'OSML_ECLOSED');
};

$tests['used_in_place'] = function () {
    foreach ([0, 1, 6, 5000, 1 << 20] as $size) {
        $b = holding(str_repeat('s', $size));
        expect($b->expose(hmac(...)), hmac(str_repeat('s', $size)));
        expect($b->expose(fn(string $outer) => $b->expose(fn(string $inner) => $outer === $inner)), true);
    }
    $b = holding('secret');
    expect($b->expose(function (string $key): string {
        $key[0] = 'x';
        return strrev($key . '!');
    }), '!tercex');
    expect(contents($b), 'secret');
    foreach ([null, 1, 'no function', new stdClass()] as $work) {
        refused(fn() => $b->expose($work));
    }
    refused(fn() => $b->expose());
    expect(refused(fn() => $b->expose(fn() => throw new Exception('mine'))), 'mine');
    expect(refused(fn() => $b->expose(fn() => $b->close() ?? throw new Exception('mine'))), 'mine');
};

$tests['closed_in_the_scope'] = function () {
    foreach ([fn($b) => $b->close(), fn() => osmemlock\purge()] as $end) {
        $b = holding('secret');
        $why = refused(fn() => $b->expose(fn(string $key) => hmac($key . $end($b))));
        expect(strtok($why, ':'), 'OSML_ECLOSED');
        expect(strtok(refused(fn() => $b->expose(fn() => throw new Exception('lent'))), ':'), 'OSML_ECLOSED');
    }
    $b = new LockedBuffer(6, osmemlock\DEFAULT_PROTECTIONS | osmemlock\GUARDED);
    $b->protect(osmemlock\ACCESS_NONE);
    expect(strtok(refused(fn() => $b->expose(fn() => throw new Exception('lent'))), ':'), 'OSML_EACCESS');
    $b->protect(osmemlock\ACCESS_READ);
    expect($b->expose(strlen(...)), 6);
    $b->protect(osmemlock\ACCESS_READWRITE);
};

$tests['strings_outlive_a_purge'] = function () {
    $kept = new ArrayObject();
    $why = refused(fn() => holding('secret')->expose(function (string $key) use ($kept) {
        osmemlock\purge();
        for ($i = 0; $i < 3; $i++) {
            $copy = $key . '';
            $set = [$key => $copy];
            unset($copy, $set);
        }
        $kept->exchangeArray([$key, $key]);
    }));
    expect(strtok($why, ':'), 'OSML_ECLOSED');
    expect(holding('another')->expose(strlen(...)), 7);
    expect($kept->getArrayCopy(), ['', '']);
};

$tests['kept_strings_are_empty'] = function () {
    $kept = [];
    for ($i = 0; $i < 2000; $i++) {
        $b = holding('secret');
        $b->expose(function (string $key) use (&$kept) {
            $kept[] = $key;
            $kept[] = [$key => $key];
        });
    }
    expect(count(array_filter($kept, fn($one) => (is_array($one) ? current($one) : $one) !== '')), 0);
    expect(live(), 1 + 2000);
    $kept = null;
    holding('SECRET')->expose(strlen(...));
    expect(live(), 1);
};

$tests['a_generator_and_a_fiber_leave_it'] = function () {
    $b = holding('secret');
    $generator = $b->expose(function (string $key) {
        yield hmac($key);
    });
    expect($generator->current(), hmac(''));
    $fiber = new Fiber(fn() => $b->expose(fn(string $key) => Fiber::suspend(hmac($key))));
    expect($fiber->start(), hmac('secret'));
    $fiber = $generator = null;
    expect(live(), 1);
};

$tests['forked_in_the_scope'] = function () {
    if (!function_exists('pcntl_fork')) {
        echo "SKIP: forked_in_the_scope: no pcntl\n";
        return;
    }
    $b = holding('secret');
    $why = null;
    try {
        $child = $b->expose(function (string $key) use ($b): int {
            $child = pcntl_fork();
            for ($i = 0; $i < 10; $i++) {
                $copy = $key;
                unset($copy);
            }
            if ($child === 0) {
                expect([$key, strtok(refused(fn() => $b->expose(strlen(...))), ':')], ['', 'OSML_EFORKED']);
            }
            return $child;
        });
    } catch (ValueError | RuntimeException $error) {
        expect(strtok($error->getMessage(), ':'), 'OSML_EFORKED');
        exit(0);
    }
    expect([pcntl_waitpid($child, $status), $status], [$child, 0]);
};

$tests['exit_in_the_scope'] = function () {
    register_shutdown_function(fn() => expect($GLOBALS['kept'], ''));
    holding('secret')->expose(function (string $key) {
        $GLOBALS['kept'] = $key;
        exit(0);
    });
};
$tests['a_fatal_error_in_the_scope'] = function () {
    $code = '$b = new osmemlock\LockedBuffer(32); $b->expose(function ($key) { $GLOBALS["kept"] = [$key]; trigger_error("x", E_USER_ERROR); });';
    exec(PHP_BINARY . ' -r ' . escapeshellarg($code) . ' 2>&1', $output, $status);
    expect($status, 255);
};

// In a server the next request would find the pin.
$tests['no_pin_after_a_fatal_error'] = function () {
    $b = holding('6162');
    register_shutdown_function(function () use ($b) {
        $b->decode(osmemlock\HEX);
        expect([contents($b), $GLOBALS['kept']], ['ab', '']);
        exit(0);
    });
    ini_set('display_errors', '0');
    ini_set('log_errors', '0');
    $b->expose(function (string $key) {
        $GLOBALS['kept'] = $key;
        trigger_error('x', E_USER_ERROR);
    });
};

// A server, of which each request leaves a scope in its way, and what is locked when they are over.
$tests['no_pin_after_a_request'] = function () {
    $script = tempnam(sys_get_temp_dir(), 'osmemlock');
    file_put_contents($script, <<<'PHP'
        <?php
        function scope($leave) { $GLOBALS['b'] = new osmemlock\LockedBuffer(100000); $GLOBALS['b']->expose($leave); }
        match ($_SERVER['REQUEST_URI']) {
            '/fatal' => scope(fn() => trigger_error('x', E_USER_ERROR)),
            '/fiber' => ($GLOBALS['fiber'] = new Fiber('scope'))->start(fn() => Fiber::suspend()) ?? trigger_error('x', E_USER_ERROR),
            '/exit' => scope(fn() => exit()),
            '/locked' => osmemlock\trim() ?? print osmemlock\info(osmemlock\INFO_LIBRARY_LOCKED_BYTES),
        };
        PHP);
    $server = proc_open([PHP_BINARY, '-S', '127.0.0.1:0', $script], [2 => ['pipe', 'w']], $pipes);
    do {
        $line = (string)fgets($pipes[2]);
    } while ($line !== '' && !preg_match('~http://[\d.:]+~', $line, $place));
    $locked = [];
    foreach (['exit', 'fatal', 'fiber'] as $way) {
        for ($i = 0; $i < 3; $i++) {
            @file_get_contents("$place[0]/$way");
        }
        $locked[$way] = file_get_contents("$place[0]/locked");
    }
    proc_terminate($server);
    unlink($script);
    expect($locked, ['exit' => '0', 'fatal' => '0', 'fiber' => '0']);
};

// What a trace shows of a call: its arguments, but for what is or may be a secret.
$tests['secrets_in_traces'] = function () {
    ini_set('zend.exception_ignore_args', '0');
    ini_set('zend.exception_string_param_max_len', '15');
    $closed = new LockedBuffer(8);
    $closed->close();
    $secret = 'the secret';
    $calls = [
        fn() => $closed->write(0, $secret), fn() => $closed->read_into(0, $secret), fn() => $closed->find(0, $secret),
        fn() => $closed->prefixed($secret), fn() => $closed->suffixed($secret), fn() => $closed->equal_bytes($secret),
        fn() => LockedBuffer::take($secret, 1), fn() => osmemlock\wipe($secret, 1),
        fn() => osmemlock\mlock($secret, 1), fn() => osmemlock\munlock($secret, 1), fn() => osmemlock\madvise_dontdump($secret, 1),
    ];
    foreach ($calls as $call) {
        try {
            $call();
        } catch (Throwable $error) {
            $trace = $error->getTrace()[0];
            expect([array_search($secret, $trace['args'], true), str_contains((string)$error, 'the se')], [false, false]);
            expect(count(array_filter($trace['args'], fn($given) => $given instanceof SensitiveParameterValue)), 1);
            continue;
        }
        throw new Exception('was not refused');
    }
    $shown = (fn(string $given) => (string)new Exception())('the control');
    expect(str_contains($shown, "'the control'"), true);
};

// [name, by reference, default] of each parameter, of a text such as "int $max, int $flags = 0".
function told_parameters(string $text): array
{
    preg_match_all('/(&?)\$(\w+)(?: = ([^,]+))?/', $text, $found, PREG_SET_ORDER | PREG_UNMATCHED_AS_NULL);
    return array_map(fn($one) => [$one[2], $one[1] === '&', $one[3] === null ? null : (is_numeric($one[3]) ? (int)$one[3] : constant("osmemlock\\$one[3]"))], $found);
}

function there_are_parameters(ReflectionFunctionAbstract $function): array
{
    return array_map(
        fn($one) => [$one->getName(), $one->isPassedByReference(), $one->isOptional() ? $one->getDefaultValue() : null],
        $function->getParameters(),
    );
}

// What editors are told: every function and method with its parameters, and nothing else. Those that PHP adds by itself are left out.
$tests['the_stub_is_what_there_is'] = function () {
    $told = [];
    preg_match_all('/class (\w+)|(public )?(?:static )?function (\w+)\((.*?)\)/', shell_exec('python3 bindings/describe.py php .'), $found, PREG_SET_ORDER);
    foreach ($found as $one) {
        if (!isset($one[3])) {
            $class = $one[1];
            continue;
        }
        $told[$one[2] === '' ? '' : $class][$one[3]] = told_parameters($one[4]);
    }
    $there = ['' => []];
    foreach ((new ReflectionExtension('osmemlock'))->getFunctions() as $function) {
        $there[''][$function->getShortName()] = there_are_parameters($function);
    }
    foreach ([LockedBuffer::class, CoreDumpsGuard::class] as $class) {
        foreach ((new ReflectionClass($class))->getMethods() as $method) {
            if (!str_starts_with($method->name, '__') || $method->isConstructor()) {
                $there[substr($class, 10)][$method->name] = there_are_parameters($method);
            }
        }
    }
    foreach ($there as $class => $functions) {
        ksort($functions);
        ksort($told[$class]);
        expect($functions, $told[$class]);
    }
};

$tests['named_arguments'] = function () {
    $path = tempnam(sys_get_temp_dir(), 'osmemlock-');
    file_put_contents($path, "the secret\n");
    $b = LockedBuffer::from_file(max: 100, path: $path, policy: osmemlock\POLICY_STRICT, flags: osmemlock\TRIM_NEWLINE);
    expect([contents($b), $b->protections()], ['the secret', osmemlock\DEFAULT_PROTECTIONS]);
    unlink($path);
    $into = 'xxx';
    $b->read_into(into: $into, offset: 4);
    expect([$into, (new LockedBuffer(policy: osmemlock\POLICY_STRICT, size: 8))->size()], ['sec', 8]);
    expect(refused(fn() => $b->write(offset: 0, text: 'x')), 'Unknown named parameter $text');
};

$tests['live_at_end'] = fn() => leak();
$tests['live_at_exit'] = function () {
    leak();
    exit(0);
};
$tests['used_at_shutdown'] = function () {
    leak();
    register_shutdown_function(fn() => $GLOBALS['leaked'][0]->write(0, 'x'));
};

if (isset($argv[1])) {
    $tests[$argv[1]]();
    exit(0);
}
passthru('kill -KILL $$', $status);
if ($status === 0) {
    throw new Exception('the control: a crash of a child must be seen');
}
$failed = 0;
foreach (array_keys($tests) as $name) {
    $status = run_child($name);
    echo $status === 0 ? 'ok     ' : "FAILED ($status) ", $name, "\n";
    $failed += $status === 0 ? 0 : 1;
}
echo count($tests), " tests, $failed failed\n";
exit($failed === 0 ? 0 : 1);
